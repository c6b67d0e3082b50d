"""Builders for the search's tests: documents, and an embedder whose meanings are a short list."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.detection import detect_language
from search.embedding import embed_document
from search.port import Document, DocumentText, Embedder, Query

CONCEPTS: Final = {
    "drying": ("dry", "drying", "dryer", "sấy", "อบแห้ง", "烘干", "mengeringkan", "pengering"),
    "cassava": ("cassava", "sắn", "มันสำปะหลัง", "木薯", "singkong", "ubi kayu"),
    "shrimp": ("shrimp", "tôm", "กุ้ง", "虾", "udang"),
    "silk": ("silk", "tơ", "ไหม", "丝绸", "sutera"),
    "battery": ("battery", "pin", "แบตเตอรี่", "电池", "baterai"),
    "copper": ("copper", "đồng", "ทองแดง", "铜", "tembaga"),
}


def _direction(name: str) -> NDArray[np.float32]:
    seed = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    vector = np.random.default_rng(seed).normal(size=ConceptEmbedder.dimensions)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


class ConceptEmbedder:
    """Adds up a direction for each concept a text names, and a strong one for its language, as real models do."""

    name = "concepts"
    dimensions = 48

    def embed_passages(self, texts: list[str]) -> list[bytes]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> bytes:
        vector = 1.5 * _direction(detect_language(text, trusted="en")) + 0.3 * _direction(text)
        for concept, words in CONCEPTS.items():
            if any(
                re.search(rf"(?<!\w){re.escape(word)}(?!\w)" if word.isascii() else re.escape(word), text.lower())
                for word in words
            ):
                vector = vector + _direction(concept)
        return np.asarray(vector / np.linalg.norm(vector), "<f4").tobytes()


def make_document(
    identifier: str,
    texts: Mapping[str, str],
    *,
    version: int = 1,
    facets: Mapping[str, tuple[str, ...]] | None = None,
    numbers: Mapping[str, int] | None = None,
    embedder: Embedder | None = None,
) -> Document:
    """A document whose texts are given as title by language."""
    written = tuple(DocumentText(language, title) for language, title in texts.items())
    return Document(
        id=identifier,
        version=version,
        hash=f"{identifier}-{version}",
        texts=written,
        facets=facets or {},
        numbers=numbers or {},
        vectors=embed_document(embedder, written) if embedder else (),
    )


def ask(words: str, language: str = "en", limit: int = 20) -> Query:
    return Query(words=words, language=language, limit=limit)
