"""The commands on a real Elasticsearch node, by words: what they do with the embedded engine they do there too."""

import json
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel.config import Settings
from market.kernel.outbox import Delivery
from market.kernel.work import Lane, Work
from market.worker import Worker
from search import evaluate
from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine
from tests.make.commands import Market
from tests.make.listings import make_draft, make_listing
from tests.make.stored import read_stored

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]


@pytest.fixture
def shared(elasticsearch_url: str, market: Market, monkeypatch: pytest.MonkeyPatch) -> Iterator[ElasticEngine]:
    """The index that the command uses, as another process has it."""
    alias = f"test-{uuid.uuid4().hex[:12]}"
    monkeypatch.setenv("MARKET_SEARCH_URL", elasticsearch_url)
    monkeypatch.setenv("MARKET_SEARCH_INDEX", alias)
    engine = ElasticEngine(Connection([elasticsearch_url]), alias=alias, embedder=None, centring=None)
    yield engine
    engine.indices.delete_all()
    engine.close()


def list_indices(engine: ElasticEngine) -> list[str]:
    """Of any alias that begins like the command's."""
    return engine._connection.run(lambda client: list(client.indices.get(index=f"{engine._alias}*")))


def test_the_index_is_rebuilt_shown_and_verified(
    market: Market, db: Session, shared: ElasticEngine, settings: Settings
) -> None:
    listings = [make_listing(db), make_listing(db)]
    make_draft(db)

    rebuilt = market("index", "rebuild", "--json")
    again = market("index", "rebuild")
    status = market("index", "status", "--json").json
    verified = market("index", "verify", "--json")
    make_listing(db)
    behind = market("index", "verify")

    assert (rebuilt.code, rebuilt.json, again.printed) == (0, {"documents": 2}, "2 documents\n")
    assert {name: status[name] for name in ("engine", "alias", "index", "documents", "published", "problem")} == {
        "engine": "elasticsearch", "alias": shared._alias, "index": shared.status().name, "documents": 2,
        "published": 2, "problem": None,
    }  # fmt: skip
    assert verified.json == {"compared": 2, "differences": []}
    assert behind.said.endswith("refused: 1 differences between index and database")
    assert {one.id for one in shared.iterate()} == {listing.reference for listing in listings}
    assert list_indices(shared) == [shared.status().name]
    assert not (settings.data_dir / "index").exists()


def test_a_rebuild_parts_the_index_into_the_shards_that_are_set(
    market: Market, db: Session, shared: ElasticEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(9):
        make_listing(db)
    market("index", "rebuild")
    before = count_shards(shared)
    monkeypatch.setenv("MARKET_SEARCH_SHARDS", "3")

    rebuilt = market("index", "rebuild", "--json")

    assert (rebuilt.json, before, count_shards(shared)) == ({"documents": 9}, 1, 3)
    assert market("index", "verify", "--json").json == {"compared": 9, "differences": []}


def count_shards(engine: ElasticEngine) -> int:
    (index,) = engine._connection.run(lambda client: client.indices.get_settings(index=engine._alias)).values()
    return int(index["settings"]["index"]["number_of_shards"])


def test_an_index_that_is_not_there_yet_says_that_it_needs_a_rebuild(
    market: Market, db: Session, shared: ElasticEngine
) -> None:
    make_listing(db)

    status = market("index", "status", "--json").json

    assert status["problem"] == "it is new and lacks what was there before: needs a rebuild"


def test_a_rebuild_is_done_once_when_a_worker_is_there_too(
    market: Market, db: Session, work: Work, shared: ElasticEngine
) -> None:
    make_listing(db)
    stopping = threading.Event()

    def work_on() -> None:
        worker = Worker(replace(work, search=shared))
        while not stopping.wait(0.01):
            worker.drain(lanes=(Lane.REBUILD,))

    thread = threading.Thread(target=work_on)
    thread.start()
    try:
        outcomes = [market("index", "rebuild", "--json") for _ in range(3)]
    finally:
        stopping.set()
        thread.join()

    assert [(outcome.code, outcome.json) for outcome in outcomes] == [(0, {"documents": 1})] * 3
    attempts = read_stored(work.database, select(Delivery.attempts).where(Delivery.handler == "rebuild_index"))
    assert attempts == [1, 1, 1]


def test_listings_are_found(market: Market, db: Session, shared: ElasticEngine) -> None:
    listing = make_listing(db, texts={"th": "เครื่องอบแห้งกล้วย"})
    make_listing(db, texts={"en": "Rice mill"})
    market("index", "rebuild")

    outcome = market("search", "อบแห้ง", "--language", "th", "--json")

    assert [item["reference"] for item in outcome.json["items"]] == [listing.reference]


def test_what_is_imported_and_published_is_found(
    market: Market, db: Session, shared: ElasticEngine, tmp_path: Path
) -> None:
    row = {
        "id": "1",
        "kind": "offer",
        "language": "vi",
        "title": "Máy sấy sắn",
        "summary": "Sấy nhanh",
        "country": "VN",
    }
    (tmp_path / "offers.jsonl").write_text(json.dumps(row))

    imported = market("import", "listings", tmp_path / "offers.jsonl", "--publish")

    assert imported.code == 0
    assert [item["title"] for item in market("search", "máy sấy", "--json").json["items"]] == ["Máy sấy sắn"]
    assert market("index", "verify").code == 0


@pytest.fixture
def judged(tmp_path: Path) -> list[object]:
    """A query, and the one document that answers it."""
    (tmp_path / "queries.jsonl").write_text(json.dumps({"id": "1", "language": "en", "text": "cassava"}))
    (tmp_path / "documents.jsonl").write_text(
        "\n".join(json.dumps({"id": word, "language": "en", "title": f"{word} mill"}) for word in ("cassava", "rice"))
    )
    (tmp_path / "qrels.tsv").write_text("1\tcassava")
    return ["--queries", tmp_path / "queries.jsonl", "--qrels", tmp_path / "qrels.tsv"]


def test_documents_are_measured_on_an_index_of_their_own_that_is_gone_afterwards(
    market: Market, shared: ElasticEngine, judged: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile: list[str] = []
    measure = evaluate.evaluate_engine

    def look(*arguments: Any, **named: Any) -> evaluate.Report:
        meanwhile.extend(list_indices(shared))
        return measure(*arguments, **named)

    monkeypatch.setattr(evaluate, "evaluate_engine", look)

    outcome = market("evaluate", *judged, "--documents", tmp_path / "documents.jsonl", "--json")

    assert (outcome.code, outcome.json["overall"]["recall@1"]) == (0, 1.0)
    assert [name.startswith(f"{shared._alias}-throwaway-") for name in meanwhile] == [True]
    assert list_indices(shared) == []


def test_an_evaluation_that_fails_leaves_no_index(
    market: Market, shared: ElasticEngine, judged: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        assert len(list_indices(shared)) == 1
        raise OSError("no space left")

    monkeypatch.setattr(evaluate, "evaluate_engine", fail)

    outcome = market("evaluate", *judged, "--documents", tmp_path / "documents.jsonl")

    assert (outcome.code, outcome.said) == (1, "refused: no space left")
    assert list_indices(shared) == []


def test_published_listings_are_measured_where_they_are(
    market: Market, db: Session, shared: ElasticEngine, judged: list[object], tmp_path: Path
) -> None:
    listing = make_listing(db, texts={"en": "Cassava mill"})
    (tmp_path / "qrels.tsv").write_text(f"1\t{listing.reference}")
    market("index", "rebuild")

    outcome = market("evaluate", *judged, "--json")

    assert outcome.json["overall"]["recall@1"] == 1.0


def test_the_doctor_finds_a_cluster_well(market: Market, shared: ElasticEngine) -> None:
    outcome = market("doctor", "--json")

    findings = {finding["what"]: (finding["good"], finding["detail"]) for finding in outcome.json["findings"]}
    assert findings["search"] == (True, "elasticsearch, 0 documents, no embedder: search goes by words alone")
