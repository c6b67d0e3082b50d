"""The search engine of a market that outgrows one machine: an Elasticsearch cluster, shared by all processes.

`open_engine` is the way in. `connection` holds the hosts and the breaker, `mapping` how a document lies there,
`asking` the bodies of requests, `searching` carries a search out, `sampling` what scores are compared with, `writing`
sends documents with their versions, and `engine` puts them together, rebuilds included.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from search.centring import load_centring
from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine
from search.port import Embedder, Engine


def open_engine(
    urls: Sequence[str],
    *,
    alias: str,
    embedder: Embedder | None,
    shards: int = 1,
    ca_file: str = "",
    directory: Path | None = None,
    is_filled: Callable[[], bool] = lambda: False,
) -> ElasticEngine:
    """`urls` of the cluster's hosts, with user and password where it asks for them. `shards`: in how many parts an
    index lies that is made from now on. `directory`: where means that were recomputed are kept. `is_filled` says
    whether there is something to find: an index that is made where none was then needs a rebuild before it answers.
    Nothing is asked of the cluster yet: a market starts also while it is away.
    """
    centring = None if embedder is None else load_centring(embedder, directory)
    connection = Connection(urls, ca_file=ca_file)
    return ElasticEngine(
        connection, alias=alias, embedder=embedder, centring=centring, shards=shards, is_filled=is_filled
    )


@contextmanager
def open_throwaway(
    urls: Sequence[str], *, alias: str, embedder: Embedder | None, ca_file: str = "", directory: Path | None = None
) -> Iterator[Engine]:
    """An empty index with a name of its own that begins with `alias`, deleted when this ends, whatever happened."""
    name = f"{alias}-throwaway-{uuid.uuid4().hex[:12]}"
    engine = open_engine(urls, alias=name, embedder=embedder, ca_file=ca_file, directory=directory)
    try:
        yield engine
    finally:
        engine.indices.delete_all()
        engine.close()
