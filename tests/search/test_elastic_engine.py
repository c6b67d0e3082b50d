"""The engine on a real Elasticsearch node: the contract of all engines."""

import uuid
from collections.abc import Iterator

import pytest

from search.centring import Centring
from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine
from search.port import Engine
from tests.search.contract import EngineContract
from tests.search.likeness_contract import LikenessContract
from tests.search.making import ConceptEmbedder

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]


@pytest.fixture
def engine(elasticsearch_url: str, embedder: ConceptEmbedder, centring: Centring) -> Iterator[Engine]:
    connection = Connection([elasticsearch_url])
    alias = f"test-{uuid.uuid4().hex[:12]}"
    engine = ElasticEngine(connection, alias=alias, embedder=embedder, centring=centring)
    yield engine
    engine.indices.delete_all()
    engine.close()


class TestElasticEngine(EngineContract, LikenessContract):
    pass
