"""What the search engine costs on a real Elasticsearch node: writing beside the vendor's own bulk helper, and a search
beside the request that it sends.

    python -m benchmarks.cluster [--listings 100000] [--documents FILE] [--url URL]

A node is started where no address is given. Both sides send the same documents with the same vectors; the helper gets
them ready made, the engine makes them of what the database keeps. A search is timed five times in turn with the very
requests that it had sent, sent again by the bare client. The vectors of the queries are remembered ones.
"""

import argparse
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk

from benchmarks.search_engine import embed_some, make_listings, read_demo
from search.centring import Centring, load_centring
from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine
from search.elastic.mapping import describe_index, make_source
from search.embedding import RememberingEmbedder, load_embedder
from search.evaluate import read_documents
from search.meta import Meta
from search.port import Document, Engine, Filters, Query, SearchUnavailable
from tests.elasticsearch.nodes import Node
from tests.elasticsearch.program import Program

ROUNDS = 5
PATIENCE = 60
FACETS = ("kind", "country", "field", "language")
FILTERS = Filters({"kind": ("offer",), "country": ("CN", "VN")})


@contextmanager
def node_at(url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        Node(Program.find_or_assemble(), Path(folder), heap="4g", jvm=()) as node,
    ):
        yield node.url


def time_helper(url: str, listings: list[Document], centring: Centring) -> float:
    """Documents a second of `parallel_bulk` with its own choice of threads and sizes."""
    client = Elasticsearch(url, request_timeout=120)
    name = f"bench-{uuid.uuid4().hex[:8]}"
    client.indices.create(index=name, **describe_index(Meta.describe(centring), shards=1))
    sources = [{"_id": one.id, "_index": name, "_source": make_source(one, centring)} for one in listings]
    started = time.perf_counter()
    for done, _ in parallel_bulk(client, sources):
        assert done
    client.indices.refresh(index=name)
    spent = time.perf_counter() - started
    client.indices.delete(index=name)
    return len(listings) / spent


def time_writing(engine: ElasticEngine, listings: list[Document]) -> float:
    started = time.perf_counter()
    engine.rebuild(listings)
    return len(listings) / (time.perf_counter() - started)


def search_at_last(engine: Engine, query: Query) -> int:
    """The first searches of a node that has just started load its program and may take longer than a page waits. How
    many went unanswered.
    """
    for failed in count():
        try:
            engine.search(query)
        except SearchUnavailable:
            assert failed < PATIENCE
            time.sleep(1)
        else:
            return failed
    raise AssertionError


def time_searches(engine: ElasticEngine, connection: Connection, rows: list[Document]) -> None:
    failed = search_at_last(engine, Query(rows[0].texts[0].title, rows[0].texts[0].language, facets=FACETS))
    print(f"{failed} of the first searches were not answered in time")
    chance = random.Random(3)
    takes: dict[str, Callable[[Document], str]] = {
        "keywords": lambda row: " ".join(row.texts[0].keywords[:2]) or row.texts[0].title,
        "sentence": lambda row: (row.texts[0].summary or row.texts[0].body)[:120],
    }
    for name, take in takes.items():
        for filters in (Filters(), FILTERS):
            more: list[float] = []
            raw: list[float] = []
            for _ in range(20):
                row = chance.choice(rows)
                query = Query(take(row), row.texts[0].language, filters=filters, facets=FACETS)
                sent = note_requests(engine, connection, query)
                pairs = [(_time(partial(engine.search, query)), _time(sent)) for _ in range(ROUNDS)]
                raw.append(statistics.median(one for _, one in pairs))
                more.append(statistics.median(mine - one for mine, one in pairs))
            kind = "filtered" if filters.any_of else "all"
            print(
                f"search, {name}, {kind}: the requests alone {statistics.median(raw):.1f} ms, "
                f"the engine {statistics.median(more):+.1f} ms"
            )


def note_requests(engine: ElasticEngine, connection: Connection, query: Query) -> Callable[[], None]:
    """Search once, and return what sends the same search requests again, without reading what comes."""
    bodies: list[list[Any]] = []
    ask = connection.ask

    class Noting:
        def __init__(self, client: Any) -> None:
            self._client = client

        def msearch(self, *, searches: list[Any]) -> Any:
            bodies.append(searches)
            return self._client.msearch(searches=searches)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._client, name)

    connection.ask = lambda call, **options: ask(lambda client: call(Noting(client)), **options)  # type: ignore[method-assign,assignment] # for this search
    try:
        engine.search(query)
    finally:
        connection.ask = ask  # type: ignore[method-assign] # as it was

    def send() -> None:
        for searches in bodies:
            ask(lambda client, searches=searches: client.msearch(searches=searches))

    return send


def _time(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--documents", type=Path, default=None)
    parser.add_argument("--vectors", type=int, default=1)
    parser.add_argument("--url", default=None)
    chosen = parser.parse_args()
    rows = read_documents(chosen.documents) if chosen.documents else read_demo()
    embedder = load_embedder(None)
    assert isinstance(embedder, RememberingEmbedder), "needs the model"
    listings = list(make_listings(rows, embed_some(embedder, rows), number=chosen.listings, vectors=chosen.vectors))
    centring = load_centring(embedder)
    with node_at(chosen.url) as url:
        connection, alias = Connection([url]), f"bench-{uuid.uuid4().hex[:8]}"
        engine = ElasticEngine(connection, alias=alias, embedder=embedder, centring=centring)
        engine.status()
        helper = time_helper(url, listings, centring)
        mine = time_writing(engine, listings)
        print(f"{len(listings):,} listings, {chosen.vectors} vectors each")
        print(f"parallel_bulk, documents ready made: {helper:,.0f} a second")
        print(f"the engine: {mine:,.0f} a second, {mine / helper:.0%} of it")
        time_searches(engine, connection, rows)
        client = Elasticsearch(url)
        client.indices.delete(index=list(client.indices.get(index=f"{alias}-*")))


if __name__ == "__main__":
    main()
