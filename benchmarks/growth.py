"""What does a listing weigh on an Elasticsearch node, and what does a search cost there, as the market grows?

    python -m benchmarks.growth [--sizes 10000 100000] [--documents FILE] [--vectors 3] [--heap 4g]

One index on one node grows from size to size as a worker writes it. At each size, when the node has merged what it
likes to: bytes on disk and those of vectors by the files of the index, heap in use after a collection, memory of the
process, a hundred searches by words and meaning and by words alone, and what is asked for without words: milliseconds
of the clock, and of processor time of the node and of this process. The vectors of the queries are remembered ones.
"""

import argparse
import logging
import random
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from elasticsearch import Elasticsearch

from benchmarks.cluster import search_at_last
from benchmarks.search_engine import embed_some, make_listings, read_demo
from search.centring import load_centring
from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine
from search.elastic.sampling import DRAWN_AT_ONCE, Sampler
from search.embedding import RememberingEmbedder, load_embedder
from search.evaluate import read_documents
from search.port import Document, Embedder, Filters, Query, SearchUnavailable
from tests.elasticsearch.nodes import Node
from tests.elasticsearch.program import Program

SEARCHES = 100
FACETS = ("kind", "country", "field", "language")
FILTERS = Filters({"kind": ("offer",), "country": ("CN", "VN")})
MEBI = 2**20
DIMENSIONS = 384
VECTOR_FILES = {"vec": "as floats", "veq": "of eight bits", "vex": "the graph"}
SETTLED_SECONDS = 5


class Silent:
    """Answers no query, so that words alone are searched."""

    def __init__(self, inner: Embedder) -> None:
        self.name = inner.name
        self.dimensions = inner.dimensions

    def embed_passages(self, texts: list[str]) -> list[bytes]:
        raise SearchUnavailable(str(len(texts)))

    def embed_query(self, text: str) -> bytes:
        raise SearchUnavailable(text)


class Scales:
    """What the node says of itself."""

    def __init__(self, node: Node, index: str) -> None:
        self._node = node
        self._client = Elasticsearch(node.url, request_timeout=600)
        self._index = index

    def read_cpu(self) -> float:
        """Seconds of processor time since it started."""
        (stats,) = self._client.nodes.stats(metric="process")["nodes"].values()
        return float(stats["process"]["cpu"]["total_in_millis"]) / 1e3

    def settle(self) -> None:
        """Until nothing is merged any more."""
        self._client.indices.flush(index=self._index, force=True)
        quiet_since = time.monotonic()
        while time.monotonic() < quiet_since + SETTLED_SECONDS:
            merges = self._client.indices.stats(index=self._index, metric="merge")["_all"]["primaries"]["merges"]
            if merges["current"]:
                quiet_since = time.monotonic()
            time.sleep(0.5)

    def clear_caches(self) -> None:
        self._client.indices.clear_cache(index=self._index)

    def draw_sample(self, dimensions: int) -> None:
        """As a process does that has none."""
        sampler = Sampler(Connection([self._node.url]), self._index, dimensions)
        while not len(sampler.take(DRAWN_AT_ONCE + 1).vectors):
            time.sleep(0.005)

    def show_size(self, documents: int) -> None:
        answer = self._client.indices.stats(index=self._index, metric="store,segments,dense_vector")
        about = answer["_all"]["primaries"]
        store, vectors = about["store"]["size_in_bytes"], about["dense_vector"]["value_count"]
        segments = about["segments"]["count"]
        print(f"  on disk {store / MEBI:,.0f} MiB, {store / documents:,.0f} bytes a listing, {segments} segments")
        for ending, name in VECTOR_FILES.items():
            size = about["dense_vector"]["off_heap"][f"total_{ending}_size_bytes"]
            print(f"  vectors, {name}: {size / MEBI:,.0f} MiB, {size / vectors:,.0f} bytes each of {vectors:,}")

    def show_memory(self) -> None:
        command = [self._node.program.java.with_name("jcmd"), str(self._node.pid), "GC.run"]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a JDK's own
        (stats,) = self._client.nodes.stats(metric="jvm")["nodes"].values()
        used = stats["jvm"]["mem"]["heap_used_in_bytes"]
        lines = Path(f"/proc/{self._node.pid}/status").read_text(encoding="utf-8").splitlines()
        resident = " ".join(
            f"{name} {int(size.split()[0]) / 1024:,.0f} MiB"
            for name, size in (line.split(":") for line in lines)
            if name in ("RssAnon", "RssFile")
        )
        print(f"  heap after a collection {used / MEBI:,.0f} MiB; process {resident}")


def time_writing(engine: ElasticEngine, scales: Scales, listings: list[Document]) -> None:
    started, node, mine = time.perf_counter(), scales.read_cpu(), time.process_time()
    written = engine.write(listings)
    seconds, mine = time.perf_counter() - started, time.process_time() - mine
    scales.settle()
    node = scales.read_cpu() - node
    print(
        f"  {written:,} more written at {written / seconds:,.0f} a second; "
        f"CPU {node:.0f} s of the node until it had merged them, {mine:.0f} s of this process"
    )


def time_searches(engine: ElasticEngine, scales: Scales, queries: list[Query], name: str) -> None:
    for query in queries:
        search_at_last(engine, query)
    spent: list[float] = []
    node, mine = scales.read_cpu(), time.process_time()
    for query in queries:
        started = time.perf_counter()
        engine.search(query)
        spent.append((time.perf_counter() - started) * 1e3)
    mine = (time.process_time() - mine) * 1e3 / len(queries)
    node = (scales.read_cpu() - node) * 1e3 / len(queries)
    spent.sort()
    print(
        f"  search, {name}: {statistics.median(spent):.0f} ms, 95 % below {spent[int(len(spent) * 0.95)]:.0f}; "
        f"CPU {node:.0f} ms of the node, {mine:.0f} ms of this process"
    )


def time_others(engine: ElasticEngine, scales: Scales) -> None:
    """What is asked for without words, each time anew: an equal request is answered from a cache of the node."""
    browsing = [Filters({"kind": ("offer",)}, {"trl": least}) for least in range(1, 6)]
    asked: dict[str, list[Callable[[], object]]] = {
        "counts without words": [partial(engine.count, one, FACETS) for one in browsing],
        "a list without words": [
            partial(engine.search, Query("", "en", filters=one, facets=FACETS)) for one in browsing
        ],
        "status": [engine.status] * 5,
        "a sample of vectors": [partial(scales.draw_sample, DIMENSIONS)],
    }
    for name, calls in asked.items():
        spent: list[float] = []
        node = scales.read_cpu()
        for call in calls:
            scales.clear_caches()
            started = time.perf_counter()
            call()
            spent.append((time.perf_counter() - started) * 1e3)
        node = (scales.read_cpu() - node) * 1e3 / len(calls)
        print(f"  {name}: {statistics.median(spent):.0f} ms, CPU {node:.0f} ms of the node")


def make_queries(rows: list[Document], take: Callable[[Document], str], filters: Filters) -> list[Query]:
    chosen = random.Random(3).choices(rows, k=SEARCHES)
    return [Query(take(row), row.texts[0].language, filters=filters, facets=FACETS) for row in chosen]


def take_keywords(row: Document) -> str:
    return " ".join(row.texts[0].keywords[:2]) or row.texts[0].title


def take_sentence(row: Document) -> str:
    return (row.texts[0].summary or row.texts[0].body)[:120]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--documents", type=Path, default=None)
    parser.add_argument("--vectors", type=int, default=3)
    parser.add_argument("--heap", default="4g")
    chosen = parser.parse_args()
    logging.getLogger("search.asking").setLevel(logging.ERROR)  # a line for each search by words alone
    rows = read_documents(chosen.documents) if chosen.documents else read_demo()
    embedder = load_embedder(None)
    assert isinstance(embedder, RememberingEmbedder), "needs the model"
    real = embed_some(embedder, rows)
    centring = load_centring(embedder)
    with (
        tempfile.TemporaryDirectory() as folder,
        Node(Program.find_or_assemble(), Path(folder), heap=chosen.heap, jvm=()) as node,
    ):
        alias = f"bench-{uuid.uuid4().hex[:8]}"
        engine, wordy = (
            ElasticEngine(Connection([node.url]), alias=alias, embedder=one, centring=centring)
            for one in (embedder, Silent(embedder))
        )
        engine.status()
        scales = Scales(node, alias)
        listings = make_listings(rows, real, number=max(chosen.sizes), vectors=chosen.vectors)
        written = 0
        for size in sorted(chosen.sizes):
            print(f"{size:,} listings of {chosen.vectors} vectors, heap of {chosen.heap}")
            time_writing(engine, scales, list(islice(listings, size - written)))
            written = size
            scales.show_size(size)
            for filters in (Filters(), FILTERS):
                for take in (take_keywords, take_sentence):
                    name = f"{take.__name__.removeprefix('take_')}, {'filtered' if filters.any_of else 'all'}"
                    queries = make_queries(rows, take, filters)
                    time_searches(engine, scales, queries, f"{name}, words and meaning")
                    time_searches(wordy, scales, queries, f"{name}, words alone")
            time_others(engine, scales)
            scales.show_memory()


if __name__ == "__main__":
    main()
