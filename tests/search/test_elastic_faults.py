"""What a cluster can do wrong, tried on real nodes and on an address that answers nonsense."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from search.centring import Centring
from search.elastic import connection as elastic_connection
from search.elastic import engine as elastic_engine
from search.elastic import searching, writing
from search.elastic.connection import FAILURES, Connection
from search.elastic.engine import ElasticEngine
from search.elastic.sampling import DRAWN_AT_ONCE, Sampler
from search.port import Document, DocumentRefused, DocumentText, IndexedState, Query, SearchUnavailable
from tests.elasticsearch.clusters import Cluster
from tests.elasticsearch.nodes import Node
from tests.elasticsearch.program import Program
from tests.make.waiting import wait_until
from tests.search.contract import by_words
from tests.search.making import ConceptEmbedder, ask, make_document
from tests.search.traffic import Traffic, finds, make_pump, using

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]

NONSENSE = {
    "not found": (404, "text/html", b"<h1>Not found</h1>"),
    "another product": (200, "text/html", b"<h1>It works!</h1>"),
    "half an answer": (200, "application/json", b'{"took": 3, "hits": {"to'),
    "an empty answer": (200, "application/json", b"{}"),
    "an answer of another form": (200, "application/json", b'{"responses": [{"took": 1}], "hits": []}'),
    "a list": (200, "application/json", b"[]"),
    "a fault": (500, "application/json", b'{"error": {"type": "broken"}, "status": 500}'),
    "no permission": (403, "application/json", b'{"error": {"type": "security_exception"}, "status": 403}'),
}


@contextmanager
def answering(status: int, kind: str, body: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            self.send_header("content-type", kind)
            if kind == "application/json":
                self.send_header("x-elastic-product", "Elasticsearch")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _answer  # noqa: N815 - the names of the methods

        def log_message(self, *_arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_no_answer(answer: tuple[int, str, bytes]) -> None:
    with answering(*answer) as url, using(url) as engine:
        for call in (
            lambda: engine.search(ask("pump")),
            lambda: engine.search(Query("", "en")),
            engine.status,
            lambda: list(engine.iterate()),
            lambda: engine.write([make_pump(1)]),
            lambda: engine.remove([("pump-001", 2)]),
            lambda: engine.rebuild([make_pump(1)]),
        ):
            with pytest.raises(SearchUnavailable):
                call()


def test_a_sample_that_cannot_be_drawn_is_tried_again_by_who_searches_next(caplog: pytest.LogCaptureFixture) -> None:
    def count_tries() -> int:
        return sum(message.startswith("no sample of vectors was drawn") for message in caplog.messages)

    with answering(*NONSENSE["an empty answer"]) as url:
        sampler = Sampler(Connection([url]), "market", dimensions=8)
        for tried in (1, 2):
            wait_until(lambda: not sampler._lock.locked())
            sampler.take(DRAWN_AT_ONCE + 1)
            wait_until(lambda tried=tried: count_tries() == tried)  # type: ignore[misc] # bound

    assert count_tries() == 2


def test_where_nobody_listens_the_search_is_unavailable_and_soon_not_even_tried() -> None:
    with using("http://127.0.0.1:9") as engine:
        for _ in range(FAILURES + 1):
            with pytest.raises(SearchUnavailable):
                engine.search(ask("pump"))
        with pytest.raises(SearchUnavailable, match="left alone"):
            engine.search(ask("pump"))


def test_a_node_that_hangs_costs_a_search_its_deadline_and_then_nothing(
    elasticsearch_program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elastic_connection, "PAUSE_SECONDS", 0.5)
    with Node(elasticsearch_program, tmp_path) as node, using(node.url) as engine:
        engine.write([make_pump(1)])
        assert by_words(engine, ask("pump")) == ["pump-001"]
        node.pause()
        spent = []
        for _ in range(FAILURES + 1):
            start = time.monotonic()
            with pytest.raises(SearchUnavailable):
                engine.search(ask("pump"))
            spent.append(time.monotonic() - start)
        node.resume()

        assert max(spent) < elastic_connection.SEARCH_SECONDS + 1
        assert spent[-1] < 0.2
        wait_until(lambda: finds(engine, "pump") == ["pump-001"])


def test_an_index_that_takes_no_writes_keeps_them_waiting_and_takes_them_later(
    elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a disk is nearly full."""
    monkeypatch.setattr(writing, "FIRST_WAIT_SECONDS", 0.01)
    with using(elasticsearch_url) as engine:
        engine.write([make_pump(1)])
        block(engine, True)

        with pytest.raises(SearchUnavailable, match="no room"):
            engine.write([make_pump(2)])
        assert finds(engine, "pump") == ["pump-001"]

        block(engine, None)
        assert engine.write([make_pump(2)]) == 1
        assert finds(engine, "pump") == ["pump-001", "pump-002"]


def block(engine: ElasticEngine, value: bool | None) -> None:  # noqa: FBT001 - a value of a setting
    settings = {"index.blocks.read_only_allow_delete": value}
    engine._connection.run(lambda client: client.indices.put_settings(index=engine._alias, settings=settings))


def test_what_the_cluster_never_takes_is_refused_and_its_neighbours_are_taken(elasticsearch_url: str) -> None:
    """A word of 40,000 letters is longer than a term can be."""
    endless = Document("endless", 1, "h", (DocumentText("en", "Endless"),), facets={"kind": ("x" * 40_000,)})
    with using(elasticsearch_url) as engine:
        with pytest.raises(DocumentRefused, match="endless"):
            engine.write([make_pump(1), endless, make_pump(2)])
        engine._show()

        assert finds(engine, "pump") == ["pump-001", "pump-002"]
        assert list(engine.iterate()) == [
            IndexedState("pump-001", 1, "pump-001-1"),
            IndexedState("pump-002", 1, "pump-002-1"),
        ]


def test_another_model_or_other_means_need_a_rebuild(
    elasticsearch_url: str, embedder: ConceptEmbedder, centring: Centring
) -> None:
    with using(elasticsearch_url) as words, using(elasticsearch_url, embedder=embedder, centring=centring) as meaning:
        meaning.write([make_document("pump", {"en": "Pump"}, embedder=embedder)])
        other = Centring("another", centring.means, centring.expected, centring.spread)
        changed = ElasticEngine(
            Connection([elasticsearch_url]), alias=meaning._alias, embedder=embedder, centring=other
        )
        words._alias = meaning._alias

        assert finds(words, "pump") == ["pump"]  # without a model it goes by words
        with pytest.raises(SearchUnavailable, match="needs a rebuild"):
            changed.search(ask("pump"))
        assert changed.status().problem is not None
        assert changed.rebuild([make_document("pump", {"en": "Pump"}, embedder=embedder)]) == 1
        assert finds(changed, "pump") == ["pump"]
        changed.close()


def test_another_index_in_the_place_of_the_one_that_was_searched_is_noticed(
    elasticsearch_url: str, embedder: ConceptEmbedder, centring: Centring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process rebuilt it with another model, or somebody deleted it."""
    monkeypatch.setattr(elastic_engine, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(searching, "KEPT_SECONDS", 0.0)
    with using(elasticsearch_url, embedder=embedder, centring=centring) as engine:
        engine.write([make_document("pump", {"en": "Pump"}, embedder=embedder)])
        assert finds(engine, "pump") == ["pump"]
        other = Centring("another", centring.means, centring.expected, centring.spread)
        rebuilding = ElasticEngine(
            Connection([elasticsearch_url]), alias=engine._alias, embedder=embedder, centring=other
        )
        rebuilding.rebuild([make_document("pump", {"en": "Pump"}, embedder=embedder)])
        rebuilding.close()

        with pytest.raises(SearchUnavailable, match="needs a rebuild"):
            engine.search(ask("pump"))
        engine.indices.delete_all()
        with pytest.raises(SearchUnavailable, match="no index"):
            engine.search(ask("pump"))
        assert engine.write([make_document("pump", {"en": "Pump"}, embedder=embedder)]) == 1
        assert finds(engine, "pump") == ["pump"]


def test_a_cluster_that_loses_a_node_loses_no_change_and_answers_on(
    elasticsearch_program: Program, tmp_path: Path
) -> None:
    """Twenty writes and twenty searches a second, one node killed, then another after the first is back."""
    settings = {
        "cluster.fault_detection.follower_check.timeout": "1s",
        "cluster.fault_detection.leader_check.timeout": "1s",
    }
    with Cluster(elasticsearch_program, tmp_path, settings=settings) as cluster, using(cluster.urls) as engine:
        engine.write([make_pump(0)])
        wait_until(lambda: is_green(engine), seconds=60)
        traffic = Traffic(engine)
        with traffic.running():
            wait_until(lambda: traffic.written > 20)
            cluster.node(0).kill()
            wait_until(lambda: traffic.written > 80, seconds=90)
            cluster.start()
            wait_until(lambda: is_green(engine), seconds=90)
            cluster.node(1).kill()
            wait_until(lambda: traffic.written > 160, seconds=90)

        assert traffic.faults <= 2 * FAILURES
        assert sorted(state.id for state in engine.iterate()) == sorted(traffic.living)
        assert {state.id: state.version for state in engine.iterate()} == traffic.living


def is_green(engine: ElasticEngine) -> bool:
    try:
        health = engine._connection.run(lambda client: client.cluster.health(index=engine._alias))
    except SearchUnavailable:
        return False
    return bool(health["status"] == "green")
