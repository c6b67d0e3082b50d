"""Words and meaning fused into one order.

Plain reciprocal-rank fusion loses what is found across languages, since the words of the query's
own language always find something. Here the lexical side counts by a high power of the
coverage: it decides where nearly the whole query is there, and says little where half is.
The figures behind the weights stand in docs/decisions/0004-ranking.md.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

WORDS_WEIGHT: Final = 1.5
WORDS_POWER: Final = 6
EXCESS_WEIGHT: Final = 0.5
MEANING_SCALE: Final = 10.0

SHRINKAGE: Final = 200.0
"""Documents of a language whose own scores weigh as much as the stored pair statistics: what a query is about
raises the mean and the spread of the language that has most of it, and so lowers its hits there. More of it
favours the query's own language."""

THEME_SHRINKAGE: Final = 50.0
"""Documents of a language from which half of what they have in common is its theme."""

THEME_WEIGHT: Final = 0.3
"""How much of what all documents have in common is taken out of a query."""

LEAST_MEANING: Final = 1.5
"""Standardised similarity below which a document is not shown for its meaning alone."""

REPEATS_AMONG: Final = 50
"""First places among which what repeats an earlier one goes behind the others: the same text published again."""

_Place = TypeVar("_Place", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Expectation:
    """Mean and spread of unrelated scores for each document language: (languages,) each."""

    mean: Floats
    spread: Floats


def shrink_statistics(scores: Floats, languages: NDArray[np.int16], stored: Expectation) -> Expectation:
    """Return what to expect of a query's scores in each language, from a sample of them and the stored statistics.

    Few documents of a language may all be near the query; the stored statistics then hold the
    scale. Weights follow n / (n + `SHRINKAGE`).
    """
    size = len(stored.mean)
    number = np.bincount(languages, minlength=size)[:size].astype(np.float32)
    total = np.bincount(languages, weights=scores, minlength=size)[:size]
    squares = np.bincount(languages, weights=scores.astype(np.float64) ** 2, minlength=size)[:size]
    safe = np.maximum(number, 1.0)
    mean = total / safe
    variance = np.maximum(squares / safe - mean**2, 0.0)
    share = number / (number + SHRINKAGE)
    mixed = share * mean + (1.0 - share) * stored.mean
    spread = np.sqrt(share * variance + (1.0 - share) * stored.spread**2)
    return Expectation(mixed.astype(np.float32), np.maximum(spread, 1e-3).astype(np.float32))


def standardise(scores: Floats, languages: NDArray[np.int16], expectation: Expectation) -> Floats:
    """Return the scores in standard deviations above what is expected of their language."""
    return np.asarray((scores - expectation.mean[languages]) / expectation.spread[languages], np.float32)


def find_theme(vectors: Floats, languages: NDArray[np.int16]) -> Floats:
    """Return what centred vectors (n, d) have in common, whatever their language: the theme of an index.

    The mean of the languages' means. A language counts by n / (n + `THEME_SHRINKAGE`), and where all of them
    together hold little the theme is short: a handful of documents is no theme yet.
    """
    if len(vectors) == 0:
        return np.zeros(vectors.shape[1], np.float32)
    places, number = np.unique(languages, return_counts=True)
    shares = number / (number + THEME_SHRINKAGE)
    means = np.array([vectors[languages == place].mean(axis=0) for place in places])
    return np.asarray(shares @ means / max(1.0, shares.sum()), np.float32)


def leave_theme(query: Floats, theme: Floats, weight: float = THEME_WEIGHT) -> Floats:
    """Return a centred query (d,), or several (n, d), with less of the theme in it, length one.

    In a market of technology every text is a little near every query for being about technology.
    What is left of the query tells documents apart.
    """
    rest = query - np.float32(weight) * theme
    return np.asarray(rest / np.maximum(np.linalg.norm(rest, axis=-1, keepdims=True), 1e-9), np.float32)


def fuse(lexical: float, similarity: float | None) -> float:
    """Return the score that orders hits: similarity / 10 + 1.5 coverage⁶, and a little for what exceeds 1.

    `lexical` is the coverage with what titles add; its excess parts hits that have the whole query.
    """
    coverage = min(1.0, lexical)
    excess = min(1.0, max(0.0, lexical - 1.0))
    return WORDS_WEIGHT * coverage**WORDS_POWER + EXCESS_WEIGHT * excess + (similarity or 0.0) / MEANING_SCALE


def put_repeats_back(places: list[_Place], compared: list[_Place], same: NDArray[np.bool_]) -> list[_Place]:
    """Return the places with those of the first that repeat a better one after the others of the first.

    `compared` are some of the first `REPEATS_AMONG` in their order, `same` (n, n) says which of them say the same.
    """
    earlier = np.asarray(np.tril(same, -1).any(axis=1))
    repeats = {place for place, is_repeat in zip(compared, earlier, strict=True) if is_repeat}
    first, rest = places[:REPEATS_AMONG], places[REPEATS_AMONG:]
    kept = [place for place in first if place not in repeats]
    return [*kept, *(place for place in first if place in repeats), *rest]
