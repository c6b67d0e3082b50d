"""One search: words in tantivy, meaning by a scan, both fused. Reads a `View`, changes nothing."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from tantivy import DocAddress, FieldType, Occur, Order, Schema, Searcher
from tantivy import Query as TantivyQuery

from search.asking import CentredQuery, choose_language
from search.centring import CODES
from search.embedded.columns import MISSING, Columns, Mask
from search.embedded.generation import Generation, View
from search.embedded.vectors import Floats
from search.embedded.wording import compile_plan, count_terms
from search.fields import LANGUAGE_FACET
from search.languages import OTHER
from search.port import (
    FUSED_WINDOW,
    MEANING_LIMIT,
    Answer,
    Filters,
    FoundBy,
    Hit,
    Query,
    Sort,
)
from search.ranking import (
    LEAST_MEANING,
    REPEATS_AMONG,
    THEME_WEIGHT,
    fuse,
    leave_theme,
    put_repeats_back,
    shrink_statistics,
    standardise,
)
from search.wording import Group, choose_groups, list_terms, make_plan

_ALL_CODES: Final = 10_000
_FEW_HITS: Final = 10
"""Hits by whole words under which fragments of words are looked for too: it costs more."""

_MOST_ROWS: Final = 1_200
"""Nearest vectors looked at: listings have some vectors each, and this many hold enough listings."""

_SAME: Final = 0.97
"""Cosine of raw vectors from which two listings of a language say the same in the same words."""

_SORT_FIELDS: Final = {Sort.NEWEST: ("published_at", Order.Desc), Sort.EXPIRING: ("expires_at", Order.Asc)}


@dataclass(frozen=True, slots=True)
class Found:
    """A place in the order, before it is described."""

    slot: int
    by: FoundBy
    score: float


@dataclass(frozen=True, slots=True)
class WordHits:
    """What matches by words: how many, their counts, and the best of them with their coverage by slot."""

    total: int
    facets: dict[str, dict[str, int]]
    coverage: dict[int, float]
    query: TantivyQuery | None


@dataclass(frozen=True, slots=True)
class MeaningHits:
    """Standardised similarity and best row of slots: of all that words found, and of the `nearest` others."""

    similarity: dict[int, float]
    row: dict[int, int]
    nearest: list[int]


def filter_clauses(schema: Schema, filters: Filters) -> list[tuple[Occur, TantivyQuery]]:
    clauses = [
        TantivyQuery.boolean_query(
            [(Occur.Should, TantivyQuery.term_query(schema, f"facets.{name}", code, "basic")) for code in codes]
        )
        for name, codes in filters.any_of.items()
    ]
    clauses += [
        TantivyQuery.range_query(schema, name, FieldType.Integer, least) for name, least in filters.at_least.items()
    ]
    return [(Occur.Must, TantivyQuery.const_score_query(clause, 0.0)) for clause in clauses]


class Search:
    """Carries out one query on one view."""

    theme_weight: ClassVar = THEME_WEIGHT

    def __init__(self, generation: Generation, query: Query, text: str, language: str) -> None:
        self._view: View = generation.view
        self._columns: Columns = generation.columns
        self._schema = generation.words.schema
        self._query = query
        self._text = text
        self._language = language
        self._mask: Mask = self._columns.select(query.filters)

    def answer(self, centred: CentredQuery | None, *, meaning_asked: bool) -> Answer:
        words = self._find_words()
        meaning = self._find_meaning(centred, words) if centred is not None else MeaningHits({}, {}, [])
        by_words, by_meaning = self._part(words, meaning)
        found = [
            Found(slot, FoundBy.WORDS, fuse(words.coverage[slot], meaning.similarity.get(slot))) for slot in by_words
        ]
        found += [Found(slot, FoundBy.MEANING, fuse(0.0, meaning.similarity[slot])) for slot in by_meaning]
        places = self._put_repeats_back(self._order(found)[:FUSED_WINDOW], meaning)
        end = self._query.offset + self._query.limit
        return Answer(
            hits=tuple(self._describe(one, words, meaning) for one in places[self._query.offset : end]),
            total=words.total,
            facets=words.facets,
            by_meaning=sum(one.by is FoundBy.MEANING for one in places),
            more=len(places) > end,
            query_language=self._language,
            meaning_asked=meaning_asked,
        )

    def browse(self) -> Answer:
        """Answer a query without words: what passes the filters, newest first or as sorted. No meaning is missed."""
        slots = np.flatnonzero(self._mask)
        ordered = self._sort(slots, self._list_keys(slots))
        end = self._query.offset + self._query.limit
        nothing = WordHits(0, {}, {}, None)
        return Answer(
            hits=tuple(
                self._describe(Found(slot, FoundBy.WORDS, 0.0), nothing, MeaningHits({}, {}, []))
                for slot in ordered[self._query.offset : end]
            ),
            total=len(slots),
            facets=self._columns.count(self._mask, self._query.facets),
            by_meaning=0,
            more=len(ordered) > end,
            query_language=self._language,
            meaning_asked=True,
        )

    def _find_words(self) -> WordHits:
        searcher = self._view.searcher
        groups = choose_groups(self._text, self._language, self._view.totals)
        if not groups:
            return WordHits(0, {name: {} for name in self._query.facets}, {}, None)
        filters = filter_clauses(self._schema, self._query.filters)
        filtered = TantivyQuery.boolean_query([(Occur.Must, self._ask(groups, fragments=False)), *filters])
        result = searcher.search(filtered, limit=FUSED_WINDOW, count=True)
        if _count_hits(result) < _FEW_HITS:
            filtered = TantivyQuery.boolean_query([(Occur.Must, self._ask(groups, fragments=True)), *filters])
            result = searcher.search(filtered, limit=FUSED_WINDOW, count=True)
        found = self._to_coverage(searcher, result.hits)
        if self._query.sort is not Sort.RELEVANCE and _count_hits(result) > FUSED_WINDOW:
            found = self._find_sorted(searcher, filtered)
        return WordHits(_count_hits(result), self._count_facets(searcher, filtered), found, filtered)

    def _ask(self, groups: list[Group], *, fragments: bool) -> TantivyQuery:
        frequencies = count_terms(self._view.searcher, list_terms(groups, fragments=fragments))
        return compile_plan(self._schema, make_plan(groups, self._view.totals, frequencies, fragments=fragments))

    def _find_sorted(self, searcher: Searcher, filtered: TantivyQuery) -> dict[int, float]:
        """Return the first that match, in the order of the sort. The word index breaks ties by where a document lies,
        which every rewriting changes, so whatever ties for the last place is looked at."""
        field, order = _SORT_FIELDS[self._query.sort]
        result = searcher.search(filtered, limit=FUSED_WINDOW, count=False, order_by_field=field, order=order)
        slots = self._to_slots(searcher, result.hits)
        if slots:
            value = int(self._columns.number(field)[slots[-1]])
            edge = -MISSING if value == MISSING else value  # where the word index puts what has none
            tying = TantivyQuery.range_query(self._schema, field, FieldType.Integer, edge, edge)
            both = TantivyQuery.boolean_query([(Occur.Must, filtered), (Occur.Must, tying)])
            slots += self._to_slots(searcher, searcher.search(both, limit=self._columns.size, count=False).hits)
        unique = np.unique(np.array(slots, np.int64))
        return self._cover(searcher, filtered, self._sort(unique, self._list_keys(unique)))

    def _to_slots(self, searcher: Searcher, hits: list[tuple[Any, DocAddress]]) -> list[int]:
        slots = searcher.fast_field_values("slot", [address for _, address in hits])
        # A reader may see words a moment before it sees their document.
        return [int(slot) for slot in slots if slot is not None and slot < len(self._mask)]

    def _list_keys(self, slots: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what the slots are sorted by, least first; those without the number come last."""
        field, order = _SORT_FIELDS.get(self._query.sort, _SORT_FIELDS[Sort.NEWEST])
        values = self._columns.number(field)[slots]
        return np.where(values == MISSING, -MISSING, -values if order == Order.Desc else values)

    def _sort(self, slots: NDArray[np.int64], keys: NDArray[np.int64]) -> list[int]:
        """Return the first of the slots. Ids break ties: slots and places in the word index change with a rebuild."""
        if len(slots) > FUSED_WINDOW:
            near = keys <= np.partition(keys, FUSED_WINDOW - 1)[FUSED_WINDOW - 1]
            slots, keys = slots[near], keys[near]
        ids = self._columns.ids
        pairs = sorted(zip(keys.tolist(), slots.tolist(), strict=True), key=lambda pair: (pair[0], ids[pair[1]]))
        return [slot for _, slot in pairs[:FUSED_WINDOW]]

    def _to_coverage(self, searcher: Searcher, hits: list[tuple[float, DocAddress]]) -> dict[int, float]:
        slots = searcher.fast_field_values("slot", [address for _, address in hits])
        size = len(self._mask)
        return {
            int(slot): float(score)
            for (score, _), slot in zip(hits, slots, strict=True)
            # A reader may see words a moment before it sees their document.
            if slot is not None and slot < size and self._mask[int(slot)]
        }

    def _cover(self, searcher: Searcher, words: TantivyQuery, slots: list[int]) -> dict[int, float]:
        """Return the coverage of those of the given slots that match by words."""
        if not slots:
            return {}
        among = TantivyQuery.boolean_query(
            [(Occur.Should, TantivyQuery.term_query(self._schema, "slot", slot, "basic")) for slot in slots]
        )
        chosen = TantivyQuery.boolean_query(
            [(Occur.Must, words), (Occur.Must, TantivyQuery.const_score_query(among, 0.0))]
        )
        return self._to_coverage(searcher, searcher.search(chosen, limit=len(slots), count=False).hits)

    def _count_facets(self, searcher: Searcher, filtered: TantivyQuery) -> dict[str, dict[str, int]]:
        if not self._query.facets:
            return {}
        asked = {
            name: {"terms": {"field": f"facets.{name}", "size": _ALL_CODES, "segment_size": _ALL_CODES}}
            for name in self._query.facets
        }
        counted = searcher.aggregate(filtered, asked)
        return {
            name: {str(bucket["key"]): int(bucket["doc_count"]) for bucket in counted[name]["buckets"]}
            for name in self._query.facets
        }

    def _find_meaning(self, centred: CentredQuery, words: WordHits) -> MeaningHits:
        view = self._view
        # A dead row's slot is -1: it takes the last place, where nothing passes.
        passing = np.append(self._mask, False)[np.minimum(view.row_slot, len(self._mask))]
        rows = np.flatnonzero(passing)
        if len(rows) == 0:
            return MeaningHits({}, {}, [])
        vector = leave_theme(centred.vector, view.sample.theme, self.theme_weight)
        expectation = shrink_statistics(view.sample.score(vector), view.sample.languages, centred.stored)
        whole = len(rows) == len(view.row_slot)
        scores = view.matrix.score(vector, None if whole else rows)
        standard = standardise(scores, view.row_language if whole else view.row_language[rows], expectation)
        return self._gather(rows, standard, words)

    def _gather(self, rows: NDArray[np.int64], standard: Floats, words: WordHits) -> MeaningHits:
        slots = self._view.row_slot[rows]
        known = np.zeros(len(self._mask), np.bool_)
        known[list(words.coverage)] = True
        is_known = known[slots]
        near = np.flatnonzero((standard >= LEAST_MEANING) & ~is_known)
        if len(near) > _MOST_ROWS:
            near = near[np.argpartition(-standard[near], _MOST_ROWS)[:_MOST_ROWS]]
        near = _take_best(near, slots, standard)[: MEANING_LIMIT + FUSED_WINDOW]
        best = np.concatenate([near, _take_best(np.flatnonzero(is_known), slots, standard)])
        described = slots[best].tolist()
        return MeaningHits(
            similarity=dict(zip(described, standard[best].tolist(), strict=True)),
            row=dict(zip(described, rows[best].tolist(), strict=True)),
            nearest=described[: len(near)],
        )

    def _part(self, words: WordHits, meaning: MeaningHits) -> tuple[list[int], list[int]]:
        """Return the slots found by words and those by meaning alone, at most `MEANING_LIMIT`."""
        others = meaning.nearest
        if words.query is not None and words.total > len(words.coverage):
            # The best by words are not all that match: some of the nearest match as well.
            words.coverage.update(self._cover(self._view.searcher, words.query, others))
            others = [slot for slot in others if slot not in words.coverage]
        return list(words.coverage), others[:MEANING_LIMIT]

    def _describe(self, found: Found, words: WordHits, meaning: MeaningHits) -> Hit:
        return Hit(
            id=self._columns.ids[found.slot],
            score=found.score,
            by=found.by,
            language=choose_language(
                self._query,
                self._language,
                self._columns.find_codes(LANGUAGE_FACET, found.slot),
                self._find_nearest_language(found.slot, meaning),
                found.by,
            ),
            coverage=min(1.0, words.coverage.get(found.slot, 0.0)),
            similarity=meaning.similarity.get(found.slot),
        )

    def _find_nearest_language(self, slot: int, meaning: MeaningHits) -> str | None:
        if slot not in meaning.row:
            return None
        place = int(self._view.row_language[meaning.row[slot]])
        return CODES[place] if place < len(CODES) else OTHER.code

    def _put_repeats_back(self, places: list[Found], meaning: MeaningHits) -> list[Found]:
        compared = [one for one in places[:REPEATS_AMONG] if one.slot in meaning.row]
        if self._query.sort is not Sort.RELEVANCE or not compared:
            return places
        raw = np.asarray(self._view.matrix.raw[[meaning.row[one.slot] for one in compared]], np.float32)
        raw /= np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-9)
        return put_repeats_back(places, compared, raw @ raw.T >= _SAME)

    def _order(self, found: list[Found]) -> list[Found]:
        ids = self._columns.ids
        if self._query.sort is Sort.RELEVANCE:
            return sorted(found, key=lambda one: (-one.score, ids[one.slot]))
        keys = self._list_keys(np.array([one.slot for one in found], np.int64)).tolist()
        places = {one.slot: (key, ids[one.slot]) for one, key in zip(found, keys, strict=True)}
        return sorted(found, key=lambda one: places[one.slot])


def _take_best(places: NDArray[np.int64], slots: NDArray[np.int32], values: Floats) -> NDArray[np.int64]:
    """Return of the places the one with the highest value for each slot, highest first."""
    ordered = places[np.argsort(-values[places], kind="stable")]
    _, first = np.unique(slots[ordered], return_index=True)
    return np.asarray(ordered[np.sort(first)])


def _count_hits(result: Any) -> int:
    # The package's own type stubs leave the attribute out.
    return int(result.count)
