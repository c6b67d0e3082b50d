"""What a whole listing says, in words and in meaning, to find those that say the same.

A query is a few words that somebody chose; of a listing's hundreds most say nothing. Those of the title and the
keywords count double, a word that comes again counts a little more, and what stands in many listings of the language is
left out. The weights sum to 1, so that a score says how much of what the listing tells another one tells as well.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from search.analysis import analyse, list_words
from search.asking import CentredQuery
from search.centring import Centring, Floats, centre_text, centre_vectors, judge_length, normalise, place_of
from search.fields import words_field
from search.languages import Language, find_language
from search.port import Agreement, Document, DocumentText, Likeness, Passages
from search.ranking import Expectation, leave_theme
from search.wording import Clause, Frequencies, Plan, Term

WHOLE_THEME: Final = 1.0
"""Of what all listings have in common nothing is left: two whole texts are compared, not a question with a text."""

MOST_TERMS: Final = 24
"""Telling words of a listing that are looked up in others."""

_COMMON: Final = 0.1
"""Share of a language's listings that a telling word stands in at most."""

_FEW: Final = 50
"""Listings of a language under which no word is common. Of few, those that were taken out a moment ago still count."""

_NAMED: Final = 2.0
"""How much more often a word counts that stands in the title or among the keywords."""

_LONGEST: Final = 4_000
"""Characters of a text that are read for its words: what comes later repeats it."""

Counted = Mapping[str, Mapping[str, float]]
"""Field → word → how often it counts."""


def count_words(texts: tuple[DocumentText, ...], totals: Mapping[str, int]) -> Counted:
    """Count the words of a listing by their field; `totals` are the listings of each language group."""
    counted: dict[str, Counter[str]] = {}
    for text in texts:
        language = find_language(text.language)
        if totals.get(language.group, 0):
            field = counted.setdefault(words_field(language.group), Counter())
            _count(field, "\n".join((text.title, *text.keywords)), language, _NAMED)
            _count(field, f"{text.summary}\n{text.body}"[:_LONGEST], language, 1.0)
    return counted


def _count(counts: "Counter[str]", text: str, language: Language, weight: float) -> None:
    for word in list_words(analyse(text, language).words):
        counts[word] += weight  # type: ignore[assignment] # a counter takes any numbers


def list_profile_terms(counted: Counted) -> dict[str, list[str]]:
    """Return the words of each field whose frequencies a profile needs."""
    return {field: list(words) for field, words in counted.items()}


def make_profile(counted: Counted, totals: Mapping[str, int], frequencies: Frequencies) -> Plan:
    """A clause for each language the listing is written in, of those words that others have too."""
    clauses: list[Clause] = []
    for field, words in counted.items():
        total = totals[field.removeprefix(words_field(""))]
        weights = {
            word: _weigh(times, frequencies[field, word], total)
            for word, times in words.items()
            if frequencies[field, word] and (total < _FEW or frequencies[field, word] <= _COMMON * total)
        }
        if terms := _take_heaviest(weights):
            clauses.append(Clause(field, terms, least=1))
    return tuple(clauses)


def _weigh(times: float, frequency: int, total: int) -> float:
    return (1.0 + math.log(times)) * math.log(1.0 + total / frequency)


def _take_heaviest(weights: Mapping[str, float]) -> tuple[Term, ...]:
    kept = sorted(weights, key=lambda word: (-weights[word], word))[:MOST_TERMS]
    whole = sum(weights[word] for word in kept)
    return tuple(Term(word, weights[word] / whole, telling=True) for word in kept)


def centre_profile(centring: Centring, likeness: Likeness) -> CentredQuery | None:
    """One vector for the whole listing, the mean of its centred ones; None where it has none.

    What unrelated texts score with it is taken from sentences: their scores spread as those of passages do, and of a
    language with some listings the sample says it better.
    """
    rows = centre_vectors(centring, Document("", 0, "", likeness.texts, vectors=likeness.vectors))
    if not rows:
        return None
    place = place_of(rows[0][0])
    vector = normalise(np.mean([vector for _, vector in rows], axis=0)[None, :])[0]
    return CentredQuery(np.asarray(vector, np.float32), Expectation(centring.expected[place], centring.spread[place]))


def compare_passages(
    centring: Centring, theme: Floats, mine: Passages, others: Sequence[Passages]
) -> Sequence[Agreement]:
    """`theme` (d,) is what all listings have in common: left out of both sides."""
    own = _centre_passages(centring, theme, mine)
    return [_agree(own, _centre_passages(centring, theme, other)) for other in others]


def _centre_passages(centring: Centring, theme: Floats, passages: Passages) -> Floats:
    role = judge_length(passages.characters, passages.vector.language)
    return leave_theme(centre_text(centring, passages.vector, role), theme, WHOLE_THEME)


def _agree(mine: Floats, other: Floats) -> Agreement:
    """The mean of what each of the two finds best in the other.

    The one best pair alone is often chance; the mean of all pairs punishes a listing that says more than the other.
    """
    products = mine @ other.T
    similarity = (products.max(axis=0).mean() + products.max(axis=1).mean()) / 2
    row, column = np.unravel_index(int(products.argmax()), products.shape)
    return Agreement(float(similarity), int(row), int(column))
