"""The engine on an Elasticsearch cluster, shared by any number of processes that search and write.

An alias names the index that is searched. While a rebuild fills the next one, a second alias names that, and whoever
writes writes to both.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from search.analysis import clean_text
from search.asking import check_query, detect_lately, embed_query
from search.batches import cut_batches
from search.centring import Centring
from search.elastic import asking
from search.elastic.connection import SEARCH_SECONDS, Connection, NotThere, answering
from search.elastic.indices import Indices
from search.elastic.likening import Likening
from search.elastic.mapping import make_source, make_tombstone, read_meta, spell_term
from search.elastic.sampling import Sampler
from search.elastic.searching import KEPT_SECONDS, SIZE, Knowledge, Search
from search.elastic.writing import Change, IndexGone, send
from search.fields import GROUPS, words_field
from search.meta import Meta
from search.port import (
    Agreement,
    Answer,
    Counts,
    Document,
    Embedder,
    Filters,
    IndexedState,
    IndexStatus,
    Likeness,
    Passages,
    Query,
    SearchUnavailable,
    find_nothing,
    says_nothing,
)
from search.profile import centre_profile, compare_passages
from search.wording import Frequencies

BATCH: Final = 1_000
"""Documents that are written before the index is asked whether a rebuild has begun meanwhile."""

TRIES: Final = 3
"""How often a rebuild sends a request that gets no answer: it would begin again from the first document. Together no
longer than the claim of a worker lasts that is at it.
"""

SHARD: Final = "frequencies"
"""Routing of what is asked of the word index: always the same shard, which stands for the others."""

PAGE: Final = 1_000


class IndexNeedsRebuild(SearchUnavailable):
    """The index was built with another model, other means or another analysis than this program has."""


class ElasticEngine:
    """Implements `search.port.Engine`. Safe in many threads; `centring` belongs to `embedder`."""

    writes_alone: Final = False

    def __init__(
        self, connection: Connection, *, alias: str, embedder: Embedder | None, centring: Centring | None,
        shards: int = 1, is_filled: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        """`is_filled`: whether there is something to find, so that an index made where none was lacks it."""
        self._connection = connection
        self._alias = alias
        self.indices = Indices(connection, alias, shards=shards)
        self._embedder = embedder
        self._centring = centring
        self._wanted = Meta.describe(centring)
        self._is_filled = is_filled
        self._knowledge = Knowledge(self._count, self._count_terms)
        self._sampler: Sampler | None = None
        self._meta: tuple[float, Meta] | None = None

    @answering()
    def search(self, query: Query) -> Answer:
        check_query(query)
        text = clean_text(query.words)
        language = detect_lately(text, query.language)
        if says_nothing(query.words):
            return find_nothing(query, language)
        meta = self._usable()
        search = Search(
            self._connection, self._alias, query, text, language, knowledge=self._knowledge, sampler=self._sampler
        )
        if not text.strip():
            return search.browse()
        centred = None
        # Who asks for no places wants the counts, which are of words alone.
        if query.limit and self._embedder is not None and self._centring is not None and meta.embedder is not None:
            centred = embed_query(self._embedder, self._centring, text, language)
        return search.answer(centred, meaning_asked=centred is not None)

    @answering()
    def count(self, filters: Filters, facets: tuple[str, ...]) -> Counts:
        check_query(Query(words="", language="", filters=filters, facets=facets))
        self._usable()
        query = {"bool": {"filter": asking.compile_filters(filters)}}
        answer = self._connection.ask(
            lambda client: client.search(
                index=self._alias, query=query, size=0, track_total_hits=True, aggs=asking.count_facets(facets) or None,
                allow_partial_search_results=False,
            )
        )  # fmt: skip
        counted = asking.read_facets(answer.get("aggregations", {}), facets)
        return Counts(answer["hits"]["total"]["value"], counted)

    @answering()
    def resemble(self, likeness: Likeness) -> Mapping[str, float]:
        check_query(Query("", "", filters=likeness.filters, limit=likeness.limit))
        meta = self._usable()
        centred = centre_profile(self._centring, likeness) if self._centring and meta.embedder else None
        likening = Likening(self._connection, self._alias, likeness, knowledge=self._knowledge, sampler=self._sampler)
        return likening.resemble(centred)

    @answering()
    def compare(self, mine: Passages, others: Sequence[Passages]) -> Sequence[Agreement]:
        self._usable()
        if self._centring is None or self._sampler is None:
            return ()
        theme = self._sampler.take(self._knowledge.totals()[SIZE]).theme
        return compare_passages(self._centring, theme, mine, others)

    @answering()
    def find_version(self, identifier: str) -> int | None:
        """Of what was refreshed: a get by id would answer what no search finds yet."""
        answer = self._connection.ask(
            lambda client: client.search(
                index=self._alias, query={"bool": {"filter": [asking.LIVING, {"term": {"id": identifier}}]}}, size=1,
                version=True, source=False, allow_partial_search_results=False,
            )
        )  # fmt: skip
        return next((hit["_version"] // 2 for hit in answer["hits"]["hits"]), None)

    def write(self, documents: Iterable[Document]) -> int:
        taken = 0
        for batch in cut_batches(documents, BATCH):
            for document in batch:
                self._wanted.check_document(document)
            newest: dict[str, Document] = {}
            for document in batch:
                if document.id not in newest or newest[document.id].version <= document.version:
                    newest[document.id] = document
            taken += len(self._write_changes(partial(self._make_changes, list(newest.values()))))
        self._show()
        return taken

    def remove(self, removals: Iterable[tuple[str, int]]) -> int:
        """A removal outdoes a document of the same version: it came last."""
        removed = 0
        for batch in cut_batches(removals, BATCH):
            living = self._list_living([identifier for identifier, _ in batch])
            changes = [Change(one, 2 * version + 1, make_tombstone(one)) for one, version in batch]
            removed += len(living & self._write_changes(lambda changes=changes: iter(changes)))  # type: ignore[misc] # bound
        self._show()
        return removed

    def _make_changes(self, documents: Iterable[Document]) -> Iterator[Change]:
        """One after the other: cut into words a document is several times as long."""
        for one in documents:
            yield Change(one.id, 2 * one.version, make_source(one, self._centring))

    def _write_changes(self, make: Callable[[], Iterator[Change]]) -> set[str]:
        """Into the index that is searched and those that rebuilds fill meanwhile. Where the aliases lead is asked
        again afterwards: a rebuild that began, read the market before this change and ended in between would lack it.
        """
        self._usable_to_write()
        taken: set[str] = set()
        written: set[str] = set()
        while fresh := [name for name in self.indices.find().names if name not in written]:
            written.update(fresh)
            for name in fresh:
                taken.update(self._write_into(name, make()))
        return taken

    def _write_into(self, index: str, changes: Iterator[Change]) -> list[str]:
        try:
            return send(self._connection, index, changes)
        except IndexGone:
            if index in self.indices.find().names:
                raise
            return []  # another has taken its place, or the rebuild that filled it has failed

    @answering()
    def _list_living(self, ids: list[str]) -> set[str]:
        answer = self._connection.run(lambda client: client.mget(index=self._alias, ids=ids, source=["removed"]))
        return {one["_id"] for one in answer["docs"] if one.get("found") and not one["_source"]["removed"]}

    def _show(self) -> None:
        """Also in what a rebuild fills: its swap may have come after its own last look."""
        self._connection.run(lambda client: client.indices.refresh(index=self.indices.aliases, ignore_unavailable=True))
        self._knowledge.forget()

    def rebuild(self, documents: Iterable[Document]) -> int:
        self._make_sure()
        fresh = self.indices.make_next(self._wanted)
        try:
            send(self._connection, fresh, self._make_changes(documents), tries=TRIES)
            former = self.indices.swap(fresh)
        except BaseException:
            self.indices.abandon(fresh)
            raise
        self._meta = None
        self._knowledge.forget()
        if former is not None:
            self.indices.let_go(former)
        return self.status().documents

    def may_write(self) -> bool:
        return True

    def iterate(self) -> Iterator[IndexedState]:
        self._usable_to_write()
        after: list[Any] | None = None
        point = self._connection.run(lambda client: client.open_point_in_time(index=self._alias, keep_alive="5m"))["id"]
        try:
            while True:
                hits = self._read_page(point, after)
                for hit in hits:
                    yield IndexedState(hit["_id"], hit["_version"] // 2, hit["fields"]["hash"][0])
                if len(hits) < PAGE:
                    return
                after = hits[-1]["sort"]
        finally:
            self._connection.run(lambda client: client.close_point_in_time(id=point))

    @answering()
    def _read_page(self, point: str, after: list[Any] | None) -> list[Any]:
        answer = self._connection.run(
            lambda client: client.search(
                pit={"id": point, "keep_alive": "5m"}, query=asking.LIVING, size=PAGE, sort=[{"id": "asc"}],
                search_after=after,
                version=True, source=False, docvalue_fields=[{"field": "hash"}], track_total_hits=False,
                allow_partial_search_results=False,
            )
        )  # fmt: skip
        return list(answer["hits"]["hits"])

    @answering()
    def status(self) -> IndexStatus:
        with self._connection.breaker.trying():
            name = self.indices.find(seconds=SEARCH_SECONDS).live
        if name is None:
            self._make_sure()
            name = self.indices.find().live or ""
        meta = self._read_meta()
        documents, vectors = self._count_exactly()
        return IndexStatus(
            engine="elasticsearch",
            name=name,
            documents=documents,
            vectors=vectors,
            embedder=meta.embedder,
            means=meta.means,
            writable=True,
            problem=meta.find_problem(self._wanted),
        )

    def close(self) -> None:
        self._connection.close()

    def _usable(self) -> Meta:
        meta = self._recall_meta() or self._read_meta()
        if problem := meta.find_problem(self._wanted):
            self._meta = None  # read anew the next time: another process may have rebuilt it by then
            raise IndexNeedsRebuild(problem)
        return meta

    def _usable_to_write(self) -> None:
        self._make_sure()
        self._usable()

    def _make_sure(self) -> None:
        if self._recall_meta() is None and self.indices.find().live is None:
            self.indices.make_first(self._wanted, is_lacking=self._is_filled())

    @answering()
    def _read_meta(self) -> Meta:
        try:
            answer = self._connection.ask(lambda client: client.indices.get_mapping(index=self._alias))
        except NotThere as problem:
            message = "there is no index yet"
            raise SearchUnavailable(message) from problem
        (mapping,) = answer.values()
        meta = read_meta(mapping["mappings"])
        if meta is None:
            message = "the index was built by another version of this program: needs a rebuild"
            raise IndexNeedsRebuild(message)
        if self._meta is None or self._meta[1] != meta:
            has_vectors = meta.embedder is not None
            self._sampler = Sampler(self._connection, self._alias, meta.dimensions) if has_vectors else None
        self._meta = (time.monotonic(), meta)
        return meta

    def _recall_meta(self) -> Meta | None:
        """What was read a moment ago; another process may have put another index in the place of this one since."""
        if self._meta is None or time.monotonic() > self._meta[0] + KEPT_SECONDS:
            return None
        return self._meta[1]

    @answering()
    def _count(self) -> dict[str, int]:
        """How many documents of each language group there are, and how large the index is. None of it grows with the
        market: the word index keeps the first, and the second counts vectors as documents of their own.
        """
        fields = {words_field(group): group for group in GROUPS}
        answer = self._connection.ask(
            lambda client: client.termvectors(
                index=self._alias, doc=dict.fromkeys(fields, "-"), field_statistics=True, routing=SHARD,
                positions=False, offsets=False, payloads=False, realtime=False,
            )
        )  # fmt: skip
        found = answer["term_vectors"]
        totals = {
            group: found.get(field, {}).get("field_statistics", {}).get("doc_count", 0)
            for field, group in fields.items()
        }
        if empty := [field for field, group in fields.items() if not totals[group]]:
            totals |= {fields[field]: 1 for field in self._list_filled(empty)}
        sizes = self._connection.ask(lambda client: client.indices.stats(index=self._alias, metric="docs"))
        return totals | {SIZE: sizes["_all"]["primaries"]["docs"]["count"]}

    def _list_filled(self, fields: list[str]) -> list[str]:
        """Those that some document has: one shard stands for the others, and of a rare language it may have none."""
        answer = self._connection.ask(
            lambda client: client.field_caps(index=self._alias, fields=fields, include_empty_fields=False)
        )
        return list(answer["fields"])

    def _count_exactly(self) -> tuple[int, int]:
        """How many documents and vectors there are."""
        aggs: dict[str, dict[str, Any]] = {"vectors": {"nested": {"path": "vectors"}}}
        answer = self._connection.ask(
            lambda client: client.search(
                index=self._alias, query=asking.LIVING, size=0, track_total_hits=True, aggs=aggs,
                allow_partial_search_results=False,
            )
        )  # fmt: skip
        return answer["hits"]["total"]["value"], answer["aggregations"]["vectors"]["doc_count"]

    @answering()
    def _count_terms(self, terms: dict[str, list[str]]) -> Frequencies:
        spelt = {name: [spell_term(name, word) for word in words] for name, words in terms.items()}
        answer = self._connection.ask(
            lambda client: client.termvectors(
                index=self._alias, doc={name: " ".join(words) for name, words in spelt.items()}, term_statistics=True,
                field_statistics=False, routing=SHARD, positions=False, offsets=False, payloads=False, realtime=False,
            )
        )  # fmt: skip
        vectors = answer["term_vectors"]
        return {
            (name, word): vectors.get(name, {}).get("terms", {}).get(spell_term(name, word), {}).get("doc_freq", 0)
            for name, words in terms.items()
            for word in words
        }
