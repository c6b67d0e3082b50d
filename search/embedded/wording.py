"""Words of a query as a tantivy query whose score says how much of the query a listing covers.

Within a language every word weighs its inverse document frequency *in that language*; the
weights of a query sum to 1, so a score near 1 means that all of it is there. What the words
miss in fragments and unspaced scripts the second field catches. A listing counts with the
language that fits best. Titles and plain BM25 add a little, enough to part equals.
"""

import math
from dataclasses import dataclass
from typing import Final

from tantivy import Occur, Query, Schema, Searcher

from search.analysis import Cut, analyse, list_grams, list_words
from search.detection import count_scripts
from search.embedded.words import GROUPS, folded_field, grams_field, title_field, words_field
from search.languages import OTHER, Language, Script, find_language

MOST_TERMS: Final = 40
"""Words of one query that are looked up; the rarest of a longer one."""

NEEDED: Final = 0.6
"""Share of a query's telling words that a listing must have to count as found by words."""

NEEDED_GRAMS: Final = 0.7
_COMMON: Final = 0.3
"""Words in a greater share of a language's listings are not needed, they only count."""

_FEW: Final = 20
_MANY: Final = 1_000
_SECOND_WEIGHT: Final = 0.85
_OTHER_LANGUAGE: Final = 0.9
_TIE: Final = 0.1
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


def _inverse_frequency(total: int, frequency: int) -> float:
    frequency = min(frequency, total)
    return math.log(1.0 + (total - frequency + 0.5) / (frequency + 0.5))


def weigh_words(searcher: Searcher, field: str, words: list[str], total: int) -> list[Term]:
    """Return the query's different words with weights that sum to 1, the heaviest `MOST_TERMS`."""
    unique = list(dict.fromkeys(words))
    found = {word: searcher.doc_freq(field, word) for word in unique}
    common = _COMMON * total if total >= _FEW else total
    weights = {word: _inverse_frequency(max(total, 1), number) for word, number in found.items()}
    kept = sorted(unique, key=lambda word: -weights[word])[:MOST_TERMS]
    whole = sum(weights[word] for word in kept) or 1.0
    return [Term(word, weights[word] / whole, found[word] <= common) for word in kept]


def choose_groups(text: str, language: str) -> list[tuple[str, Language, bool]]:
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


@dataclass(frozen=True, slots=True)
class Group:
    """A language group that a query may be in, and the query cut for it."""

    name: str
    language: Language
    own: bool
    cut: Cut


class WordQueries:
    """Builds the queries of one search. `totals` counts the living listings of each group."""

    def __init__(self, schema: Schema, searcher: Searcher, totals: dict[str, int]) -> None:
        self._schema = schema
        self._searcher = searcher
        self._totals = totals

    def choose(self, text: str, language: str) -> list[Group]:
        """Return the groups whose listings can match; none where the text has no words."""
        groups = [
            Group(name, row, own, analyse(text, row))
            for name, row, own in choose_groups(text, language)
            if self._totals.get(name, 0)
        ]
        return [group for group in groups if list_words(group.cut.words)]

    def build(self, groups: list[Group]) -> Query:
        """Return the query for whole words, and for grams in scripts without spaces."""
        return self._join([(group, query) for group in groups for query in self._find(group, fragments=False)])

    def build_fragments(self, groups: list[Group]) -> Query:
        """Return the query that also finds words cut off or mistyped, by their grams in every script."""
        return self._join([(group, query) for group in groups for query in self._find(group, fragments=True)])

    def _join(self, queries: list[tuple[Group, Query]]) -> Query:
        weighed = [query if group.own else Query.boost_query(query, _OTHER_LANGUAGE) for group, query in queries]
        return Query.disjunction_max_query(weighed, _TIE)

    def _find(self, group: Group, *, fragments: bool) -> list[Query]:
        field = words_field(group.name)
        terms = weigh_words(self._searcher, field, list_words(group.cut.words), self._totals[group.name])
        titles = [(Occur.Should, self._raise_title(group.name, term)) for term in terms]
        queries = [self._require(field, terms, NEEDED, titles)]
        if group.cut.folded:
            second = folded_field(group.name)
            terms = weigh_words(self._searcher, second, list_words(group.cut.folded), self._totals[group.name])
            queries.append(Query.boost_query(self._require(second, terms, NEEDED, []), _SECOND_WEIGHT))
        if not group.language.spaced or (fragments and len(group.cut.letters) <= _LONGEST_FRAGMENTS):
            queries += self._find_grams(group)
        return queries

    def _find_grams(self, group: Group) -> list[Query]:
        """Nothing where all of them stand in any text, such as those of `ent of this`: most of many listings have them
        all, which tells nothing and takes long to find out."""
        total = self._totals[group.name]
        field = grams_field(group.name)
        grams = list_grams(group.cut.letters, group.language)
        terms = weigh_words(self._searcher, field, grams, total)
        if group.language.spaced and total >= _MANY and not any(term.telling for term in terms):
            return []
        return [Query.boost_query(self._require(field, terms, NEEDED_GRAMS, []), _SECOND_WEIGHT)]

    def _require(self, field: str, terms: list[Term], share: float, more: list[tuple[Occur, Query]]) -> Query:
        telling = [term for term in terms if term.telling] or terms
        least = max(1, math.ceil(share * len(telling) - 1e-9))
        either = [(Occur.Should, self._look_up(field, term)) for term in telling]
        needed = (Occur.Must, Query.boolean_query(either, least))
        others = [(Occur.Should, self._look_up(field, term)) for term in terms if term not in telling]
        return Query.boolean_query([needed, *others, *more])

    def _look_up(self, field: str, term: Term) -> Query:
        found = Query.term_query(self._schema, field, term.word, "basic")
        return Query.const_score_query(found, term.weight)

    def _raise_title(self, group: str, term: Term) -> Query:
        found = Query.term_query(self._schema, title_field(group), term.word, "basic")
        return Query.const_score_query(found, term.weight * _TITLE_WEIGHT)
