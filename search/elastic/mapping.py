"""How a document lies in Elasticsearch.

Words are cut by `search.fields` and only split at spaces there, so that both engines find the same. Fields keep
neither frequencies nor norms: the clauses of a query carry constant weights. What is taken out stays as a tombstone,
a document with nothing but its version: Elasticsearch forgets a deletion after a minute, and an older change that
arrives later would bring the listing back.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.analysis import list_grams
from search.asking import NUMBERS
from search.centring import Centring, Floats, centre_vectors, quantise
from search.fields import (
    GROUPS,
    LANGUAGE_FACET,
    cut_texts,
    folded_field,
    grams_field,
    list_own_facets,
    title_field,
    words_field,
)
from search.meta import Meta
from search.port import Document

MAPPING_VERSION: Final = 1
"""Counts the changes of this file that an index of before cannot take."""

REFRESH: Final = "1s"
_TEXT: Final = {"type": "text", "analyzer": "whitespace", "index_options": "docs", "norms": False}
_KEPT: Final = {"type": "keyword", "index": False, "doc_values": True}


def describe_index(meta: Meta, *, shards: int) -> dict[str, Any]:
    """The settings and mappings of a new index."""
    properties: dict[str, Any] = {
        "id": {"type": "keyword"},
        "hash": _KEPT,
        "removed": {"type": "boolean"},
        "draw": {"type": "integer"},
        "print": _KEPT,
        "written": {"type": "keyword"},
        "facets": {"type": "object", "dynamic": True},
        **{name: {"type": "long"} for name in NUMBERS},
        **dict.fromkeys(_list_text_fields(), _TEXT),
    }
    if meta.embedder is not None:
        properties["vectors"] = {
            "type": "nested",
            "dynamic": "strict",
            "properties": {
                "language": {"type": "keyword"},
                "values": {
                    "type": "dense_vector", "dims": meta.dimensions, "index": True, "similarity": "dot_product",
                    "index_options": {"type": "int8_hnsw"},
                },
                "code": {"type": "binary", "doc_values": True},
            },
        }  # fmt: skip
    return {
        "settings": {
            "number_of_shards": shards,
            "auto_expand_replicas": "0-1",
            "refresh_interval": REFRESH,
            "mapping.nested_objects.limit": 1_000,
        },
        "mappings": {
            "dynamic": "strict",
            # Words are kept as an index only, and vectors where they are searched: the database has both.
            "_source": {"includes": ["id", "hash", "removed"]},
            "_meta": {"mapping": MAPPING_VERSION, **meta.as_dict()},
            "dynamic_templates": [{"codes": {"path_match": "facets.*", "mapping": {"type": "keyword"}}}],
            "properties": properties,
        },
    }


def read_meta(mappings: Mapping[str, Any]) -> Meta | None:
    """What an index was built with; None where this program did not build it, or another version of this file did."""
    stored = dict(mappings.get("_meta", {}))
    if stored.pop("mapping", None) != MAPPING_VERSION:
        return None
    try:
        return Meta(**stored)
    except TypeError:
        return None


def make_source(document: Document, centring: Centring | None) -> dict[str, Any]:
    """The document as it is sent."""
    own = list_own_facets(tuple(text.language for text in document.texts))
    source: dict[str, Any] = {
        "id": document.id,
        "hash": document.hash,
        "removed": False,
        "draw": _draw(document.id),
        "written": list(own[LANGUAGE_FACET]),
        "facets": {name: list(codes) for name, codes in document.facets.items() if codes},
        **document.numbers,
        **_spell_fields(document),
    }
    if centring is not None and document.vectors:
        vectors = centre_vectors(centring, document)
        source["vectors"] = [
            {"language": language, "values": values.tolist(), "code": write_code(values)}
            for language, values in vectors
        ]
        if vectors:
            source["print"] = make_print(vectors[0][1])
    return source


def _draw(identifier: str) -> int:
    """A number by chance, the same whenever the document is written: samples are taken in its order."""
    return int.from_bytes(hashlib.blake2b(identifier.encode(), digest_size=4).digest(), "big") >> 1


def write_code(vector: Floats) -> str:
    """A vector (d,) as whole numbers of eight bits: what is read back of it for samples and comparisons."""
    return base64.b64encode(quantise(vector[None, :]).tobytes()).decode()


def read_code(code: str) -> Floats:
    """The vector (d,) of a code, length one."""
    values = np.frombuffer(base64.b64decode(code), np.int8).astype(np.float32)
    return np.asarray(values / max(float(np.linalg.norm(values)), 1e-9), np.float32)


def make_print(vector: Floats) -> str:
    """A bit for each component of a centred vector, set where it is positive: the angle between two vectors is about
    the share of the bits that differ, of 180 degrees.
    """
    return base64.b64encode(np.packbits(vector > 0).tobytes()).decode()


def compare_prints(prints: list[str]) -> NDArray[np.float32]:
    """The share of bits that differ (n, n)."""
    bits = np.unpackbits(np.array([np.frombuffer(base64.b64decode(one), np.uint8) for one in prints]), axis=1)
    signs = bits.astype(np.float32) * 2 - 1
    return np.asarray((1 - signs @ signs.T / signs.shape[1]) / 2, np.float32)


def make_tombstone(identifier: str) -> dict[str, Any]:
    return {"id": identifier, "hash": "", "removed": True}


def spell_term(field: str, term: str) -> str:
    """A term as it stands in a field. A gram is one word there: a space in it would part it."""
    return term.replace(" ", "_") if field in _LANGUAGE_OF_GRAMS else term


def _spell_fields(document: Document) -> dict[str, str]:
    spelt: dict[str, str] = {}
    for field, parts in cut_texts(document.texts).items():
        content, language = " ".join(parts), _LANGUAGE_OF_GRAMS.get(field)
        if language is not None:
            content = " ".join(sorted(spell_term(field, gram) for gram in set(list_grams(content, language))))
        spelt[field] = content
    return {field: words for field, words in spelt.items() if words}


def _list_text_fields() -> list[str]:
    return [
        name(group)
        for group, language in GROUPS.items()
        for name in (words_field, title_field, grams_field, folded_field)
        if name is not folded_field or language.accented
    ]


_LANGUAGE_OF_GRAMS: Final = {grams_field(group): language for group, language in GROUPS.items()}
