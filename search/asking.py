"""What every engine does with a query before it searches: refuse what makes no sense, find its language and vector."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from search.centring import CODES, Centring, Floats, place_of, weigh_sentence
from search.detection import detect_language
from search.embedding import to_array
from search.languages import OTHER, normalise_code
from search.port import MAX_QUERY_CHARACTERS, Embedder, FoundBy, Query, QueryRefused, SearchUnavailable
from search.ranking import Expectation

NUMBERS: Final = ("trl", "published_at", "expires_at")
"""Numbers that ranges and sorts know. Every engine has a field for each."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CentredQuery:
    """A query's centred vector, and what unrelated texts of each language score with it."""

    vector: Floats
    stored: Expectation


def check_query(query: Query) -> None:
    """Refuse what cannot be answered: too long, a name that is none, a place that is none."""
    if len(query.words) > MAX_QUERY_CHARACTERS:
        raise QueryRefused(f"a query has at most {MAX_QUERY_CHARACTERS} characters")
    if query.offset < 0 or query.limit < 0:
        raise QueryRefused("offset and limit count from zero")
    if unknown := set(query.filters.at_least) - set(NUMBERS):
        raise QueryRefused(f"no such number to filter by: {sorted(unknown)}")
    names = [*query.filters.any_of, *query.facets]
    if odd := [name for name in names if not _NAME.match(name)]:
        raise QueryRefused(f"no such facet: {odd}")


@lru_cache(maxsize=1_024)
def detect_lately(text: str, trusted: str) -> str:
    """Of a query's text: people page through, and narrow down, what they have just asked."""
    return detect_language(text, trusted=trusted)


def embed_query(embedder: Embedder, centring: Centring, text: str, language: str) -> CentredQuery | None:
    """None where the model does not answer: then words alone are searched."""
    try:
        vector = to_array(embedder.embed_query(text))
    except SearchUnavailable as problem:
        _logger.warning("searching by words alone: %s", problem)
        return None
    return centre_query(centring, vector, language, weigh_sentence(text, language))


def centre_query(centring: Centring, vector: Floats, language: str, sentence: float) -> CentredQuery:
    """Return a raw query vector centred for its language and form, with its stored pair statistics."""
    place = place_of(language)
    stored = Expectation(centring.expected[place], centring.spread[place])
    return CentredQuery(centring.centre_query(vector, language, sentence), stored)


def choose_language(query: Query, detected: str, written: Sequence[str], near: str | None, by: FoundBy) -> str:
    """Return the language of a hit's text that fits best: of those it is `written` in, `near` is nearest in meaning."""
    if detected in written and (by is FoundBy.WORDS or near is None):
        return detected
    if near is not None and near in CODES:
        return near
    asked = normalise_code(query.language)
    return asked if asked in written else (written[0] if written else OTHER.code)
