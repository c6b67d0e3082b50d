import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.cli import index as index_commands
from market.kernel import outbox
from market.kernel.config import Settings
from market.kernel.work import Lane, Work
from market.listings import indexing
from market.listings.indexing import load_documents
from market.listings.models import Listing
from market.worker import Worker
from search.embedded import open_engine
from search.port import Document, DocumentText, Engine
from tests.make.commands import Market
from tests.make.listings import make_draft, make_listing

Index = Callable[[], None]


@pytest.fixture
def change_index(settings: Settings) -> Callable[[Callable[[Engine], object]], None]:
    """Something happens to the index behind the database's back."""

    def change(step: Callable[[Engine], object]) -> None:
        engine = open_engine(settings.data_dir / "index", embedder=None)
        step(engine)
        engine.close()

    return change


def test_status_tells_engine_size_and_lag(
    market: Market, db: Session, index: Index, facts: Callable[[], list[str]]
) -> None:
    make_listing(db)
    make_listing(db)
    make_draft(db)
    index()
    delivered = len(facts())
    make_listing(db)

    status = market("index", "status", "--json").json

    assert status == {
        "engine": "embedded",
        "alias": None,
        "index": "index-1",
        "documents": 2,
        "published": 3,
        "vectors": 0,
        "embedder": None,
        "means": None,
        "problem": None,
        "waiting": len(facts()) - delivered,
        "set_aside": 0,
    }


def test_for_people_status_is_a_line_a_value(market: Market, index: Index) -> None:
    index()

    outcome = market("index", "status")

    assert [line.split() for line in outcome.printed.splitlines()] == [
        ["engine", "embedded"],
        ["alias", "-"],
        ["index", "index-1"],
        ["documents", "0"],
        ["published", "0"],
        ["vectors", "0"],
        ["embedder", "-"],
        ["means", "-"],
        ["problem", "-"],
        ["waiting", "0"],
        ["set_aside", "0"],
    ]


@pytest.mark.parametrize("command", ["status", "verify"])
def test_without_an_index_its_commands_are_refused(market: Market, command: str) -> None:
    outcome = market("index", command)

    assert (outcome.code, outcome.printed) == (1, "")
    assert outcome.said.endswith("refused: there is no index yet: a process that writes has to make it")


def test_rebuilding_makes_the_index_from_the_database(market: Market, db: Session) -> None:
    make_listing(db)
    make_listing(db)
    make_draft(db)

    rebuilt = market("index", "rebuild")

    assert (rebuilt.code, rebuilt.printed) == (0, "2 documents\n")
    assert market("index", "verify", "--json").json == {"compared": 2, "differences": []}
    assert market("index", "status", "--json").json["index"] == "index-2"


def test_rebuilding_drops_what_the_database_does_not_have(
    market: Market, db: Session, index: Index, change_index: Callable[..., None]
) -> None:
    make_listing(db)
    index()
    stray = Document("TO-CN-STRAY2", 1, "x", (DocumentText("en", "Stray"),))
    change_index(lambda engine: engine.write([stray]))

    assert market("index", "rebuild", "--json").json == {"documents": 1}
    assert market("index", "verify").code == 0


def test_an_index_in_step_is_verified(market: Market, db: Session, index: Index) -> None:
    make_listing(db)
    make_draft(db)
    index()

    outcome = market("index", "verify")

    assert (outcome.code, outcome.printed) == (0, "1 compared\n")


@pytest.mark.parametrize(
    ("plant", "difference"),
    [
        pytest.param(
            lambda engine, document: engine.remove([(document.id, document.version)]),
            "missing in the index",
            id="missing",
        ),
        pytest.param(
            lambda engine, document: engine.write([replace(document, version=document.version + 1)]),
            "version {later} in the index, {version} in the database",
            id="another version",
        ),
        pytest.param(
            lambda engine, document: engine.rebuild([replace(document, hash="other")]),
            "same version, other content",
            id="other content",
        ),
    ],
)
def test_one_planted_difference_is_found(
    market: Market,
    db: Session,
    index: Index,
    change_index: Callable[..., None],
    plant: Callable[[Engine, Document], object],
    difference: str,
) -> None:
    listing = make_listing(db)
    index()
    ((document,), _removals) = load_documents(db, [listing.id], model=None)
    db.commit()
    change_index(lambda engine: plant(engine, document))

    outcome = market("index", "verify")

    reason = difference.format(version=document.version, later=document.version + 1)
    assert outcome.code == 1
    assert outcome.printed.splitlines() == ["1 compared", f"{listing.reference}: {reason}"]
    assert outcome.said.endswith("refused: 1 differences between index and database")


def test_what_the_index_has_and_the_public_may_not_see_is_found(
    market: Market, db: Session, index: Index, change_index: Callable[..., None]
) -> None:
    """A draft, and one that is nowhere."""
    draft = make_draft(db)
    kept = make_listing(db)
    index()
    documents = [Document(name, 1, "x", (DocumentText("en", "x"),)) for name in (draft.reference, "TO-CN-STRAY2")]
    change_index(lambda engine: engine.write(documents))

    outcome = market("index", "verify", "--json")

    strays = sorted([draft.reference, "TO-CN-STRAY2"])
    assert outcome.code == 1
    assert outcome.json == {
        "compared": 1,
        "differences": [f"{reference}: in the index but not public in the database" for reference in strays],
    }
    assert kept.reference not in outcome.printed


def test_a_row_changed_behind_the_services_is_found(market: Market, db: Session, index: Index) -> None:
    listing = make_listing(db)
    index()
    db.execute(update(Listing).where(Listing.id == listing.id).values(trl=9))
    db.commit()

    outcome = market("index", "verify", "--json")

    assert outcome.code == 1
    assert outcome.json == {
        "compared": 1,
        "differences": [f"{listing.reference}: same version, other content"],
    }


def test_no_more_differences_are_printed_than_asked_for_and_all_are_counted(market: Market, db: Session) -> None:
    market("index", "rebuild")
    for _ in range(3):
        make_listing(db)

    outcome = market("index", "verify", "--limit", "2", "--json")

    assert outcome.code == 1
    assert len(outcome.json["differences"]) == 2
    assert outcome.said.endswith("refused: 3 differences between index and database")


@pytest.fixture
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_commands, "WAIT_SECONDS", 0.02)
    monkeypatch.setattr(index_commands, "PATIENCE_SECONDS", 0.1)


@pytest.mark.usefixtures("_hurry")
def test_while_a_server_holds_the_index_it_is_asked_and_waited_for(
    market: Market, db: Session, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_commands, "PATIENCE_SECONDS", 20)
    make_listing(db)
    stopping = threading.Event()

    def serve() -> None:
        while not stopping.wait(0.01):
            Worker(work).drain(lanes=(Lane.REBUILD,))

    server = threading.Thread(target=serve)
    server.start()
    try:
        outcome = market("index", "rebuild", "--json")
    finally:
        stopping.set()
        server.join()

    assert (outcome.code, outcome.json) == (0, {"documents": 1})
    assert outcome.said.endswith("a running server holds the index; it rebuilds now")
    assert work.search.status().name == "index-2"


@pytest.mark.usefixtures("_hurry")
def test_a_rebuild_that_nobody_does_is_told(market: Market, engine: Engine) -> None:
    """The index is held by somebody who delivers nothing."""
    outcome = market("index", "rebuild")

    assert (outcome.code, outcome.printed) == (1, "")
    assert outcome.said.endswith("refused: the rebuild was not done: look into the server's log")


@pytest.mark.usefixtures("_hurry")
def test_a_rebuild_that_fails_leaves_the_old_index_and_is_told(
    market: Market, db: Session, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_listing(db)
    Worker(work).drain()
    stopping = threading.Event()

    def fail(*_arguments: object, **_named: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(indexing, "iterate_documents", fail)
    monkeypatch.setattr(outbox, "FIRST_RETRY", outbox.FIRST_RETRY * 0)

    def serve() -> None:
        while not stopping.wait(0.01):
            worker = Worker(work)
            worker.dispatch()
            worker.deliver_lane(Lane.REBUILD)

    server = threading.Thread(target=serve)
    server.start()
    try:
        outcome = market("index", "rebuild")
    finally:
        stopping.set()
        server.join()

    assert outcome.code == 1
    assert outcome.said.endswith("refused: the rebuild was not done: look into the server's log")
    assert work.search.status().documents == 1
