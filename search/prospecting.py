"""Searches that wait: each new document is matched with all of them at once, instead of each of them with an index.

By words a document is found when an engine would find it: cut by the same rules, with the same share of the query's
telling words. Which words tell nothing is learnt from the project's own texts, since no index is asked here. Fragments
of words in spaced scripts, which an engine looks for when it finds little, are not looked for.

By meaning alone it is found only where that is nearly sure (`LEAST_SURE`, far above what a page of results shows):
nobody wants to be written to about what is perhaps a little like it.

docs/decisions/0013-interests.md holds the figures.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from search.analysis import clean_text, list_grams
from search.centring import Centring, Floats, Places, centre_vectors, place_of, weigh_sentence
from search.detection import detect_language
from search.embedding import to_array
from search.fields import GROUPS, cut_texts, grams_field
from search.own_texts import read_texts
from search.port import Document, DocumentText, Embedder, Filters, FoundBy, says_nothing
from search.ranking import SHRINKAGE, find_theme, leave_theme
from search.wording import Frequencies, choose_groups, list_terms, make_plan

LEAST_SURE: Final = 4.25
"""Standardised similarity from which a meaning alone is worth a message."""

_GRAMS: Final = {grams_field(name): language for name, language in GROUPS.items()}


class Need(NamedTuple):
    """At least `least` of the terms must stand in this field of a document."""

    field: str
    least: int
    terms: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What can be told of a query's words without any index. A document that meets one of the needs is found by words;
    where there is none, nothing is. `sentence` says how much of a sentence it is, 0 to 1.
    """

    language: str
    sentence: float
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """Of a query: the raw vector of a model, with what centring asks for."""

    vector: bytes
    language: str
    sentence: float


@dataclass(frozen=True, slots=True)
class StandingQuery:
    """A search that waits. Without words (`needs` is None) it is found by whatever passes the filters."""

    filters: Filters
    needs: Sequence[Need] | None = None
    meaning: Meaning | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What meanings are measured against: centred vectors (n, d) of documents that stand for all, and their languages.

    `theme` (d,) is what they have in common.
    """

    centring: Centring
    vectors: Floats
    languages: Places
    theme: Floats


class Found(NamedTuple):
    """Places of a document and of a query. `by` is None where the query has no words."""

    document: int
    query: int
    by: FoundBy | None


def read_words(words: str, language: str) -> Reading:
    """`language` is the asker's: it is trusted first when the words' own language is unsure."""
    text = clean_text(words)
    found = detect_language(text, trusted=language)
    if says_nothing(words):
        return Reading(found, 0.0, ())
    own = _count_own_words()
    groups = choose_groups(text, found, own.totals)
    wanted = list_terms(groups, fragments=False)
    frequencies = {
        (field, term): own.frequencies.get((field, term), 0) for field, terms in wanted.items() for term in terms
    }
    plan = make_plan(groups, own.totals, frequencies, fragments=False)
    needs = tuple(
        Need(clause.field, clause.least, tuple(term.word for term in clause.needed)) for clause in plan if clause.needed
    )
    return Reading(found, weigh_sentence(text, found), needs)


def embed_words(embedder: Embedder, words: str) -> bytes:
    """The raw vector of a query's words. Raises `SearchUnavailable` when the model does not answer."""
    return embedder.embed_query(clean_text(words))


def survey(centring: Centring, documents: Iterable[Document]) -> Surroundings:
    """Learn from some documents what is usual: the newest hundreds serve well."""
    pieces = [piece for document in documents for piece in centre_vectors(centring, document)]
    vectors = np.array([vector for _, vector in pieces], np.float32).reshape(-1, centring.means.shape[2])
    languages = np.array([place_of(code) for code, _ in pieces], np.int64)
    return Surroundings(centring, vectors, languages, find_theme(vectors, languages.astype(np.int16)))


class Prospector:
    """Many searches that wait, put in order for as many documents as come."""

    def __init__(self, queries: Sequence[StandingQuery], surroundings: Surroundings | None = None) -> None:
        """Without `surroundings` nothing is found by its meaning."""
        self._queries = queries
        self._wordless = [place for place, query in enumerate(queries) if query.needs is None]
        self._fields = _FieldNeeds(queries)
        self._surroundings = surroundings
        self._meant = [place for place, query in enumerate(queries) if query.meaning] if surroundings else []
        self._vectors = (
            _centre_queries(surroundings, [queries[place] for place in self._meant]) if surroundings else None
        )
        self._expected: dict[int, tuple[Floats, Floats]] = {}

    def find(self, documents: Sequence[Document]) -> Iterator[Found]:
        """Each pair at most once; what is found by words is not said to be found by its meaning."""
        for place, document in enumerate(documents):
            by_words = self._fields.find(document)
            found: dict[int, FoundBy | None] = dict.fromkeys(self._wordless)
            found |= dict.fromkeys(self._find_by_meaning(document), FoundBy.MEANING)
            found |= dict.fromkeys(by_words, FoundBy.WORDS)
            for query, by in found.items():
                if passes(self._queries[query].filters, document):
                    yield Found(place, query, by)

    def _find_by_meaning(self, document: Document) -> list[int]:
        return [self._meant[place] for place in np.flatnonzero(self.measure(document) >= LEAST_SURE)]

    def measure(self, document: Document) -> Floats:
        """How near a document is to each of the queries that have a meaning, as `Hit.similarity` says it."""
        around = self._surroundings
        best = np.full(len(self._meant), -np.inf, np.float32)
        if around is None or self._vectors is None or not self._meant:
            return best
        for code, vector in centre_vectors(around.centring, document):
            mean, spread = self._expect(place_of(code))
            best = np.maximum(best, (self._vectors @ vector - mean) / spread)
        return best

    def _expect(self, language: int) -> tuple[Floats, Floats]:
        """Mean and spread of what texts of a language score with each query: of those around, and as stored, mixed as
        `ranking.shrink_statistics` does it for one query.
        """
        if language not in self._expected:
            self._expected[language] = self._mix_statistics(language)
        return self._expected[language]

    def _mix_statistics(self, language: int) -> tuple[Floats, Floats]:
        around = self._surroundings
        assert around is not None and self._vectors is not None  # noqa: S101, PT018 - its caller has looked
        asked = _place_languages([self._queries[place] for place in self._meant])
        mean, spread = around.centring.expected[asked, language], around.centring.spread[asked, language]
        those = around.vectors[around.languages == language]
        if len(those):
            scores = self._vectors @ those.T
            share = np.float32(len(those) / (len(those) + SHRINKAGE))
            mean = share * scores.mean(axis=1) + (1 - share) * mean
            spread = np.sqrt(share * scores.var(axis=1) + (1 - share) * spread**2)
        return mean.astype(np.float32), np.maximum(spread, 1e-3).astype(np.float32)


def passes(filters: Filters, document: Document) -> bool:
    """Within one facet any of the codes, between facets all of them, as `Filters` says."""
    for name, codes in filters.any_of.items():
        if not any(code in codes for code in document.facets.get(name, ())):
            return False
    return all(name in document.numbers and document.numbers[name] >= least for name, least in filters.at_least.items())


class _FieldNeeds:
    """The needs of all queries by field and term: a document's own terms lead to the queries that they may meet."""

    def __init__(self, queries: Sequence[StandingQuery]) -> None:
        self._waiting: dict[str, list[tuple[int, Need]]] = {}
        self._leading: dict[str, tuple[Sequence[tuple[int, Need]], Mapping[str, list[int]]]] = {}
        for place, query in enumerate(queries):
            for need in query.needs or ():
                self._waiting.setdefault(need.field, []).append((place, need))

    def find(self, document: Document) -> set[int]:
        found: set[int] = set()
        for field, parts in cut_texts(document.texts).items():
            if field in self._waiting:
                needs, places = self._lead(field)
                met = Counter(place for term in _list_terms(field, parts) for place in places.get(term, ()))
                found.update(needs[place][0] for place, number in met.items() if number >= needs[place][1].least)
        return found

    def _lead(self, field: str) -> tuple[Sequence[tuple[int, Need]], Mapping[str, list[int]]]:
        """Put in order once, and only for fields that documents have."""
        if field not in self._leading:
            places: dict[str, list[int]] = {}
            for place, (_query, need) in enumerate(self._waiting[field]):
                for term in need.terms:
                    places.setdefault(term, []).append(place)
            self._leading[field] = self._waiting[field], places
        return self._leading[field]


def _list_terms(field: str, parts: Sequence[str]) -> set[str]:
    """The different terms that a document has in a field, as the engines split it."""
    whole = " ".join(parts)
    return set(list_grams(whole, _GRAMS[field])) if field in _GRAMS else set(whole.split(" "))


def _place_languages(queries: Sequence[StandingQuery]) -> Places:
    """Where the languages of those that have a meaning stand in the means (n,)."""
    return np.array([place_of(query.meaning.language) for query in queries if query.meaning], np.int64)


def _centre_queries(around: Surroundings, queries: Sequence[StandingQuery]) -> Floats:
    """All at once (n, d), each as `asking.centre_query` and `ranking.leave_theme` do it for one."""
    meanings = [query.meaning for query in queries if query.meaning]
    dimensions = around.centring.means.shape[2]
    raw = np.array([to_array(meaning.vector) for meaning in meanings], np.float32).reshape(-1, dimensions)
    places = _place_languages(queries)
    sentences = np.array([meaning.sentence for meaning in meanings], np.float32)
    return leave_theme(around.centring.centre_queries(raw, places, sentences), around.theme)


@dataclass(frozen=True, slots=True)
class _OwnWords:
    totals: Mapping[str, int]
    frequencies: Frequencies


@lru_cache(maxsize=1)
def _count_own_words() -> _OwnWords:
    """In how many of the project's own passages each term stands, by field: `the` and `的` tell nothing anywhere."""
    totals = dict.fromkeys(GROUPS, 0)
    frequencies: Counter[tuple[str, str]] = Counter()
    for code, texts in read_texts().items():
        for passage in texts.passages:
            fields = cut_texts((DocumentText(code, "", body=passage),))
            for name in {field.partition("_")[2] for field in fields}:
                totals[name] += 1
            for field, parts in fields.items():
                frequencies.update((field, term) for term in _list_terms(field, parts))
    # A group without texts of ours is not left out: all its words tell something.
    return _OwnWords({name: max(1, total) for name, total in totals.items()}, frequencies)
