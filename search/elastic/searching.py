"""One search: words and meaning asked for together, both fused as in every engine."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

import numpy as np

from search.asking import CentredQuery, choose_language
from search.centring import place_of
from search.elastic import asking
from search.elastic.asking import Body
from search.elastic.connection import Connection, Deadline
from search.elastic.mapping import compare_prints
from search.elastic.sampling import Sample, Sampler
from search.port import FUSED_WINDOW, MEANING_LIMIT, Answer, FoundBy, Hit, Query, SearchUnavailable, Sort
from search.ranking import (
    LEAST_MEANING,
    REPEATS_AMONG,
    THEME_WEIGHT,
    Expectation,
    fuse,
    leave_theme,
    put_repeats_back,
    shrink_statistics,
    standardise,
)
from search.wording import Frequencies, Group, choose_groups, list_terms, make_plan

_FEW_HITS: Final = 10
"""Hits by whole words under which fragments of words are looked for too: it costs more."""

KEPT_SECONDS: Final = 5.0
"""How long the frequencies of words are remembered."""

SIZE: Final = "_size"
"""Beside the groups in `Knowledge.totals`: how many documents and vectors there are together."""

_SAME: Final = 0.18
"""Share of differing bits of two prints up to which listings say the same in the same words."""

_MOST_KEPT: Final = 5_000
_EDGE: Final = 2**62


Totals = Mapping[str, int]


class Knowledge:
    """What is known of an index for a moment: its size, and how frequent words are. Forgotten after a change of one's
    own.
    """

    def __init__(self, count: Callable[[], Totals], count_terms: Callable[[dict[str, list[str]]], Frequencies]) -> None:
        self._count = count
        self._count_terms = count_terms
        self._known: tuple[float, Totals, dict[tuple[str, str], int]] = (0.0, {}, {})

    def totals(self) -> Totals:
        return self._fresh()[1]

    def frequencies(self, terms: dict[str, list[str]]) -> Frequencies:
        _, _, known = self._fresh()
        missing = {name: [word for word in words if (name, word) not in known] for name, words in terms.items()}
        missing = {name: words for name, words in missing.items() if words}
        if missing:
            known.update(self._count_terms(missing))
        return known

    def forget(self) -> None:
        self._known = (0.0, {}, {})

    def _fresh(self) -> tuple[float, Totals, dict[tuple[str, str], int]]:
        known = self._known
        if time.monotonic() > known[0] or len(known[2]) > _MOST_KEPT:
            known = self._known = (time.monotonic() + KEPT_SECONDS, self._count(), {})
        return known


Place = tuple[str, FoundBy, float]
"""Who, how found, with which score."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a hit needs to be put in order and described: its languages and the numbers it is sorted by."""

    written: tuple[str, ...]
    published_at: int | None
    expires_at: int | None
    print: str | None


@dataclass(slots=True)
class WordHits:
    """What matches by words: how many, their counts, and the best of them with their coverage."""

    total: int = 0
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    coverage: dict[str, float] = field(default_factory=dict)
    words: Body | None = None


@dataclass(slots=True)
class MeaningHits:
    """Standardised similarity and best language of what was near, and of all that words found."""

    similarity: dict[str, float] = field(default_factory=dict)
    language: dict[str, str] = field(default_factory=dict)
    nearest: list[str] = field(default_factory=list)


class Search:
    """Carries out one query on one index."""

    theme_weight: ClassVar = THEME_WEIGHT

    def __init__(
        self, connection: Connection, index: str, query: Query, text: str, language: str, *, knowledge: Knowledge,
        sampler: Sampler | None,
    ) -> None:  # fmt: skip
        self._connection = connection
        self._index = index
        self._query = query
        self._text = text
        self._language = language
        self._deadline = Deadline()
        self._knowledge = knowledge
        self._sampler = sampler
        self._filters = asking.compile_filters(query.filters)
        self._shown: dict[str, Shown] = {}
        self._totals: Totals = {}

    def answer(self, centred: CentredQuery | None, *, meaning_asked: bool) -> Answer:
        words, meaning = self._find(centred)
        by_words, by_meaning = self._part(words, meaning)
        found = [(one, FoundBy.WORDS, fuse(words.coverage[one], meaning.similarity.get(one))) for one in by_words]
        found += [(one, FoundBy.MEANING, fuse(0.0, meaning.similarity[one])) for one in by_meaning]
        places = self._put_repeats_back(self._order(found)[:FUSED_WINDOW])
        end = self._query.offset + self._query.limit
        return Answer(
            hits=tuple(
                self._describe(one, by, score, words, meaning) for one, by, score in places[self._query.offset : end]
            ),
            total=words.total,
            facets=words.facets,
            by_meaning=sum(by is FoundBy.MEANING for _, by, _ in places),
            more=len(places) > end,
            query_language=self._language,
            meaning_asked=meaning_asked,
        )

    def browse(self) -> Answer:
        """Answer a query without words: what passes the filters, newest first or as sorted. No meaning is missed."""
        query = self._query
        sort = query.sort if query.sort is not Sort.RELEVANCE else Sort.NEWEST
        end = min(query.offset + query.limit, FUSED_WINDOW)
        body = asking.ask_words({"match_all": {}}, self._filters, sort=sort, facets=query.facets, size=FUSED_WINDOW)
        (answer,) = self._ask([body])
        found = self._read_hits(answer)
        places = list(found)[query.offset : end]
        nothing, no_meaning = WordHits(), MeaningHits()
        return Answer(
            hits=tuple(self._describe(one, FoundBy.WORDS, 0.0, nothing, no_meaning) for one in places),
            total=answer["hits"]["total"]["value"],
            facets=asking.read_facets(answer.get("aggregations", {}), query.facets),
            by_meaning=0,
            more=len(found) > end,
            query_language=self._language,
            meaning_asked=True,
        )

    def _find(self, centred: CentredQuery | None) -> tuple[WordHits, MeaningHits]:
        self._totals = self._knowledge.totals()
        groups = choose_groups(self._text, self._language, self._totals)
        expectation, vector = self._expect(centred) if centred is not None else (None, [])
        nearest = [asking.ask_nearest(vector, self._filters)] if vector else []
        words, near = self._find_words(groups, vector, nearest, fragments=False)
        if groups and words.total < _FEW_HITS:
            words, among = self._find_words(groups, vector, [], fragments=True)
            near = near[:1] + among
        meaning = self._read_meaning(near, words, expectation) if expectation is not None else MeaningHits()
        return words, meaning

    def _find_words(
        self, groups: list[Group], vector: list[float], others: list[Body], *, fragments: bool
    ) -> tuple[WordHits, list[Any]]:
        """By words, and in the same request what the others ask and the nearest of those that match by words."""
        query = self._query
        words = self._compile(groups, fragments=fragments) if groups else None
        if words is None:
            return WordHits(facets={name: {} for name in query.facets}), self._ask(others)
        bodies = [asking.ask_words(words, self._filters, sort=query.sort, facets=query.facets), *others]
        if vector:
            bodies.append(asking.ask_nearest(vector, [*self._filters, words]))
        answer, *near = self._ask(bodies)
        found = self._read_hits(answer)
        facets = asking.read_facets(answer.get("aggregations", {}), query.facets)
        return WordHits(answer["hits"]["total"]["value"], facets, found, words), near

    def _compile(self, groups: list[Group], *, fragments: bool) -> Body | None:
        frequencies = self._knowledge.frequencies(list_terms(groups, fragments=fragments))
        plan = make_plan(groups, self._totals, frequencies, fragments=fragments)
        return asking.compile_plan(plan) if plan else None

    def _expect(self, centred: CentredQuery) -> tuple[Expectation, list[float]]:
        """What scores to expect of each language, and the query's vector as it is asked with."""
        sample = self._take_sample()
        vector = leave_theme(centred.vector, sample.theme, self.theme_weight)
        return shrink_statistics(sample.score(vector), sample.languages, centred.stored), vector.tolist()

    def _take_sample(self) -> Sample:
        assert self._sampler is not None  # noqa: S101 - an index with vectors has one
        return self._sampler.take(self._totals[SIZE])

    def _read_meaning(self, answers: Iterable[Any], words: WordHits, expectation: Expectation) -> MeaningHits:
        meaning = MeaningHits()
        for answer in answers:
            self._read_hits(answer)
            for hit in answer["hits"]["hits"]:
                self._read_similarity(hit, meaning, expectation)
        near = [
            one for one, similarity in meaning.similarity.items()
            if similarity >= LEAST_MEANING and one not in words.coverage
        ]  # fmt: skip
        meaning.nearest = sorted(near, key=lambda one: -meaning.similarity[one])
        return meaning

    def _read_similarity(self, hit: Any, meaning: MeaningHits, expectation: Expectation) -> None:
        """The best of a document's vectors by what is expected of its language."""
        pieces = hit["inner_hits"]["vectors"]["hits"]["hits"]
        if hit["_id"] in meaning.similarity or not pieces:
            return
        codes = [piece["fields"]["vectors.language"][0] for piece in pieces]
        scores = np.array([2.0 * piece["_score"] - 1.0 for piece in pieces], np.float32)
        standard = standardise(scores, np.array([place_of(code) for code in codes], np.int16), expectation)
        best = int(np.argmax(standard))
        meaning.similarity[hit["_id"]] = float(standard[best])
        meaning.language[hit["_id"]] = codes[best]

    def _part(self, words: WordHits, meaning: MeaningHits) -> tuple[list[str], list[str]]:
        """Return what was found by words and what by meaning alone, at most `MEANING_LIMIT`."""
        others = meaning.nearest[: MEANING_LIMIT + FUSED_WINDOW]
        if words.words is not None and others and words.total > len(words.coverage):
            # The best by words are not all that match: some of the nearest match as well.
            (answer,) = self._ask([asking.ask_cover(words.words, others)])
            words.coverage.update(self._read_hits(answer))
            others = [one for one in others if one not in words.coverage]
        return list(words.coverage), others[:MEANING_LIMIT]

    def _order(self, found: list[Place]) -> list[Place]:
        if self._query.sort is Sort.RELEVANCE:
            return sorted(found, key=lambda one: (-one[2], one[0]))
        return sorted(found, key=lambda one: (self._key(one[0]), one[0]))

    def _put_repeats_back(self, places: list[Place]) -> list[Place]:
        compared = [place for place in places[:REPEATS_AMONG] if self._shown[place[0]].print is not None]
        if self._query.sort is not Sort.RELEVANCE or not compared:
            return places
        prints = [self._shown[one].print or "" for one, _, _ in compared]
        return put_repeats_back(places, compared, compare_prints(prints) <= _SAME)

    def _key(self, identifier: str) -> int:
        """What a document is sorted by, least first; those without the number come last."""
        shown = self._shown[identifier]
        if self._query.sort is Sort.EXPIRING:
            return _EDGE if shown.expires_at is None else shown.expires_at
        return _EDGE if shown.published_at is None else -shown.published_at

    def _describe(self, identifier: str, by: FoundBy, score: float, words: WordHits, meaning: MeaningHits) -> Hit:
        return Hit(
            id=identifier,
            score=score,
            by=by,
            language=choose_language(
                self._query, self._language, self._shown[identifier].written, meaning.language.get(identifier), by
            ),
            coverage=min(1.0, words.coverage.get(identifier, 0.0)),
            similarity=meaning.similarity.get(identifier),
        )

    def _ask(self, bodies: list[Body]) -> list[Any]:
        if not bodies:
            return []
        header = {"index": self._index}
        searches = [part for body in bodies for part in (header, body)]
        answer = self._connection.ask(
            lambda client: client.msearch(searches=searches), seconds=self._deadline.seconds_left
        )
        for one in answer["responses"]:
            if "error" in one or one["timed_out"] or one["_shards"]["failed"]:
                message = f"the search cluster answered in part only: {str(one.get('error', one.get('_shards')))[:300]}"
                raise SearchUnavailable(message)
        return list(answer["responses"])

    def _read_hits(self, answer: Mapping[str, Any]) -> dict[str, float]:
        """Ids with their scores, in the order of the answer."""
        found: dict[str, float] = {}
        for hit in answer["hits"]["hits"]:
            fields = hit.get("fields", {})
            others = [fields.get(name, [None])[0] for name in ("published_at", "expires_at", "print")]
            self._shown[hit["_id"]] = Shown(tuple(fields.get("written", ())), *others)
            found[hit["_id"]] = hit["_score"] or 0.0
        return found
