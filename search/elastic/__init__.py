"""The search engine of a market that outgrows one machine: an Elasticsearch cluster, shared by all processes.

`open_engine` is the way in. `connection` holds the hosts and the breaker, `mapping` how a document lies there,
`asking` the bodies of requests, `searching` carries a search out, `sampling` what scores are compared with, `writing`
sends documents with their versions, and `engine` puts them together, rebuilds included.
"""

from collections.abc import Sequence
from pathlib import Path

from search.centring import load_centring
from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine
from search.port import Embedder, Engine


def open_engine(
    urls: Sequence[str], *, alias: str, embedder: Embedder | None, ca_file: str = "", directory: Path | None = None
) -> Engine:
    """`urls` of the cluster's hosts, with user and password where it asks for them. `directory`: where means that were
    recomputed are kept. Nothing is asked of the cluster yet: a market starts also while it is away.
    """
    centring = None if embedder is None else load_centring(embedder, directory)
    return ElasticEngine(Connection(urls, ca_file=ca_file), alias=alias, embedder=embedder, centring=centring)
