"""Words of a query as a plan that any engine can carry out, whose score says how much of the query a listing covers.

Within a language every word weighs its inverse document frequency *in that language*; the
weights of a query sum to 1, so a score near 1 means that all of it is there. What the words
miss in fragments and unspaced scripts the second field catches. A listing counts with the
language that fits best. Titles add a little, enough to part equals.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from search.analysis import Cut, analyse, list_grams, list_words
from search.detection import count_scripts
from search.fields import GROUPS, folded_field, grams_field, title_field, words_field
from search.languages import OTHER, Language, Script, find_language

MOST_TERMS: Final = 40
"""Words of one query that are looked up; the rarest of a longer one."""

NEEDED: Final = 0.6
"""Share of a query's telling words that a listing must have to count as found by words."""

NEEDED_GRAMS: Final = 0.7
TIE: Final = 0.1
"""What the languages and fields that fit less well add to the score of the one that fits best."""

_COMMON: Final = 0.3
"""Words in a greater share of a language's listings are not needed, they only count."""

_FEW: Final = 20
_MANY: Final = 1_000
_SECOND_WEIGHT: Final = 0.85
_OTHER_LANGUAGE: Final = 0.9
_TITLE_WEIGHT: Final = 0.1
_SHORT_QUERY: Final = 4
_LONGEST_FRAGMENTS: Final = 40
"""Letters of a query in a spaced script whose fragments are looked for: seven tenths of the three-letter groups of a
sentence stand in any long text."""


@dataclass(frozen=True, slots=True)
class Term:
    """`telling`: in few enough listings to say something about one that has it."""

    word: str
    weight: float
    telling: bool


@dataclass(frozen=True, slots=True)
class Clause:
    """One field of one language: at least `least` of the `needed` terms must be there; they, the `others` and those of
    the title that are there add their weights, and `boost` multiplies the sum.
    """

    field: str
    needed: tuple[Term, ...]
    least: int
    others: tuple[Term, ...] = ()
    title_field: str = ""
    titles: tuple[Term, ...] = ()
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """A language group that a query may be in, and the query cut for it."""

    name: str
    language: Language
    own: bool
    cut: Cut


Plan = tuple[Clause, ...]
"""A listing's score is that of the clause that fits best, and `TIE` of those of the others."""

Frequencies = Mapping[tuple[str, str], int]
"""(field, term) → how many documents have it there."""


def choose_languages(text: str, language: str) -> list[tuple[str, Language, bool]]:
    """Return the language groups whose words a query may be in: name, language, whether its own.

    A query in Thai letters asks for Thai text. One in Latin letters may be in any language that
    uses them, and when it is short it may be a name or a unit that stands in any text.
    """
    scripts = set(count_scripts(text))
    own = find_language(language).group
    if scripts - {Script.LATIN}:
        return [
            (name, row, True)
            for name, row in GROUPS.items()
            if row.script in scripts - {Script.LATIN} and row is not OTHER
        ]
    short = len(text.split()) <= _SHORT_QUERY
    return [(name, row, name == own) for name, row in GROUPS.items() if row.script is Script.LATIN or short]


def choose_groups(text: str, language: str, totals: Mapping[str, int]) -> list[Group]:
    """Return the groups whose listings can match; none where the text has no words. `totals` counts their listings."""
    groups = [
        Group(name, row, own, analyse(text, row))
        for name, row, own in choose_languages(text, language)
        if totals.get(name, 0)
    ]
    return [group for group in groups if list_words(group.cut.words)]


def list_terms(groups: list[Group], *, fragments: bool) -> dict[str, list[str]]:
    """Return the different terms of each field whose frequencies a plan needs."""
    terms: dict[str, list[str]] = {}
    for group in groups:
        terms[words_field(group.name)] = list_words(group.cut.words)
        if group.cut.folded:
            terms[folded_field(group.name)] = list_words(group.cut.folded)
        if _asks_grams(group, fragments=fragments):
            terms[grams_field(group.name)] = list_grams(group.cut.letters, group.language)
    return {field: list(dict.fromkeys(words)) for field, words in terms.items()}


def make_plan(groups: list[Group], totals: Mapping[str, int], frequencies: Frequencies, *, fragments: bool) -> Plan:
    """`fragments`: also find words cut off or mistyped, by their grams in every script; else only in those without
    spaces. `frequencies` of all of `list_terms`.
    """
    terms = list_terms(groups, fragments=fragments)
    clauses: list[Clause] = []
    for group in groups:
        total = totals[group.name]
        boost = 1.0 if group.own else _OTHER_LANGUAGE
        weighed = {
            field: weigh_terms(terms[field], {term: frequencies[field, term] for term in terms[field]}, total)
            for field in (words_field(group.name), folded_field(group.name), grams_field(group.name))
            if field in terms
        }
        clauses += _plan_group(group.name, weighed, boost, is_costly=group.language.spaced and total >= _MANY)
    return tuple(clauses)


def _plan_group(name: str, weighed: Mapping[str, list[Term]], boost: float, *, is_costly: bool) -> list[Clause]:
    words = weighed[words_field(name)]
    titles = tuple(Term(term.word, term.weight * _TITLE_WEIGHT, term.telling) for term in words)
    clauses = [_require(words_field(name), words, NEEDED, boost, title_field=title_field(name), titles=titles)]
    if folded := weighed.get(folded_field(name)):
        clauses.append(_require(folded_field(name), folded, NEEDED, boost * _SECOND_WEIGHT))
    grams = weighed.get(grams_field(name), [])
    # Fragments such as `ent of this` have letters that stand in any text: most of many listings have them all, which
    # tells nothing and takes long to find out.
    if grams and not (is_costly and not any(term.telling for term in grams)):
        clauses.append(_require(grams_field(name), grams, NEEDED_GRAMS, boost * _SECOND_WEIGHT))
    return clauses


def _require(
    field: str, terms: list[Term], share: float, boost: float, *, title_field: str = "", titles: tuple[Term, ...] = ()
) -> Clause:
    needed = tuple(term for term in terms if term.telling) or tuple(terms)
    others = tuple(term for term in terms if term not in needed)
    least = max(1, math.ceil(share * len(needed) - 1e-9))
    return Clause(field, needed, least, others, title_field, titles, boost)


def weigh_terms(words: list[str], found: Mapping[str, int], total: int) -> list[Term]:
    """Return the query's different words with weights that sum to 1, the heaviest `MOST_TERMS`."""
    common = _COMMON * total if total >= _FEW else total
    weights = {word: _inverse_frequency(max(total, 1), found[word]) for word in words}
    kept = sorted(words, key=lambda word: -weights[word])[:MOST_TERMS]
    whole = sum(weights[word] for word in kept) or 1.0
    return [Term(word, weights[word] / whole, found[word] <= common) for word in kept]


def _inverse_frequency(total: int, frequency: int) -> float:
    frequency = min(frequency, total)
    return math.log(1.0 + (total - frequency + 0.5) / (frequency + 0.5))


def _asks_grams(group: Group, *, fragments: bool) -> bool:
    return not group.language.spaced or (fragments and len(group.cut.letters) <= _LONGEST_FRAGMENTS)
