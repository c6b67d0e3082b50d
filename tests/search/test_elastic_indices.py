"""Names of indices on a cluster that several markets and processes share."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from search.elastic import open_throwaway
from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine, IndexNeedsRebuild
from search.port import Engine
from tests.search.making import ask, make_document

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]

PUMP = make_document("pump", {"en": "Diesel pump"})
Open = Callable[..., ElasticEngine]


@pytest.fixture
def alias() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def open_one(elasticsearch_url: str, alias: str) -> Iterator[Open]:
    engines: list[ElasticEngine] = []

    def open_engine(name: str = alias, *, filled: bool = False, shards: int = 1) -> ElasticEngine:
        connection = Connection([elasticsearch_url])
        engine = ElasticEngine(
            connection, alias=name, embedder=None, centring=None, shards=shards, is_filled=lambda: filled
        )
        engines.append(engine)
        return engine

    yield open_engine
    for engine in engines:
        engine.indices.delete_all()
        engine.close()


def list_names(engine: Engine, text: str) -> list[str]:
    return [hit.id for hit in engine.search(ask(text, "en")).hits]


def test_a_rebuild_leaves_the_index_of_another_market_whose_name_begins_alike(open_one: Open, alias: str) -> None:
    own, other = open_one(), open_one(f"{alias}-test")
    own.write([PUMP])
    other.write([PUMP])

    own.rebuild([PUMP])

    assert (list_names(own, "pump"), list_names(other, "pump")) == (["pump"], ["pump"])


def test_processes_that_start_at_once_make_one_index(open_one: Open) -> None:
    engines = [open_one() for _ in range(4)]
    documents = [make_document(f"pump-{number}", {"en": "Diesel pump"}) for number in range(4)]

    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda engine, document: engine.write([document]), engines, documents))

    assert {engine.status().name for engine in engines} == {engines[0].status().name}
    assert sorted(list_names(engines[0], "pump")) == [f"pump-{number}" for number in range(4)]


def test_an_index_made_where_one_was_lost_answers_after_a_rebuild_by_any_process(open_one: Open) -> None:
    first, second = open_one(filled=True), open_one(filled=True)
    assert "needs a rebuild" in str(first.status().problem)
    for engine in (first, second):
        with pytest.raises(IndexNeedsRebuild):
            engine.write([PUMP])
        with pytest.raises(IndexNeedsRebuild):
            engine.search(ask("pump", "en"))

    first.rebuild([PUMP])

    assert (first.status().problem, second.status().problem) == (None, None)
    assert list_names(second, "pump") == ["pump"]


@pytest.mark.parametrize("fails", [False, True], ids=["went well", "failed"])
def test_a_throwaway_index_is_gone_afterwards(elasticsearch_url: str, alias: str, *, fails: bool) -> None:
    names: list[str] = []
    try:
        with open_throwaway([elasticsearch_url], alias=alias, embedder=None) as engine:
            engine.write([PUMP])
            names += list_names(engine, "pump")
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        names.append("interrupted")

    connection = Connection([elasticsearch_url])
    left = connection.run(lambda client: list(client.indices.get(index=f"{alias}*")))
    connection.close()
    assert (names, left) == (["pump", *["interrupted"] * fails], [])


def test_a_language_that_one_shard_alone_has_is_found(open_one: Open) -> None:
    """How frequent words are is asked of one shard, which stands for the others."""
    words = {
        "en": "pump",
        "vi": "bơm",
        "th": "ปั๊ม",
        "zh-Hans": "水泵",
        "km": "ស្នប់",
        "lo": "ປໍ້າ",
        "my": "ပန့်",
        "ta": "பம்பு",
    }
    engine = open_one(shards=8)

    engine.rebuild([make_document(code, {code: text}) for code, text in words.items()])

    found = {code: [hit.id for hit in engine.search(ask(text, code)).hits] for code, text in words.items()}
    assert found == {code: [code] for code in words}
