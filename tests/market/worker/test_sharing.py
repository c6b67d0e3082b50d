"""Several workers on an engine that they share: none writes alone, and each leaves the others' claims in peace."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market import wiring
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.outbox import Delivery, DeliveryState, RecordedFact
from market.kernel.work import Handler, Lane, Work
from market.listings import indexing
from market.listings.facts import IndexRebuildAsked, ListingPublished
from market.worker import Worker
from search.embedded.engine import EmbeddedEngine
from tests.make.listings import make_listing
from tests.make.stored import read_stored

SHORT = timedelta(seconds=2)


@pytest.fixture(autouse=True)
def _shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a cluster is: many may write at once."""
    monkeypatch.setattr(EmbeddedEngine, "writes_alone", False)


class Held:
    """A step that waits in the middle, and counts who came."""

    def __init__(self) -> None:
        self.began, self.release = threading.Event(), threading.Event()
        self.came = 0

    def __call__(self, _work: Work, _facts: Sequence[RecordedFact]) -> None:
        self.came += 1
        self.began.set()
        assert self.release.wait(20)


def ask_for_rebuild(work: Work) -> None:
    with work.database.transaction() as session:
        outbox.record(session, IndexRebuildAsked(uuid4()), by=None)


def read_deliveries(work: Work) -> list[tuple[DeliveryState, int]]:
    return [(row.state, row.attempts) for row in read_stored(work.database, select(Delivery))]


def work_beside(step: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=step)
    thread.start()
    return thread


def test_a_worker_that_starts_leaves_alone_what_another_is_at(
    db: Session, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    handler = Handler("index", (ListingPublished,), held, Lane.INDEX, writes_index=True)
    monkeypatch.setattr(wiring, "HANDLERS", (handler,))
    make_listing(db)
    first = work_beside(Worker(work).drain)
    assert held.began.wait(20)

    monkeypatch.setattr("market.worker.JOBS_SECONDS", 0)
    second = Worker(work)
    second.run_jobs()  # where the one writer of an index takes up what the last one was at
    with work.database.reading() as session:
        due = outbox.list_due_handlers(session, [handler.name], now=utc_now())
    held.release.set()
    first.join()

    assert (due, held.came) == (set(), 1)
    assert read_deliveries(work) == [(DeliveryState.DONE, 1)]


def list_slowly(monkeypatch: pytest.MonkeyPatch, *, seconds: float) -> threading.Event:
    """A market that takes so long to read; the event says that it began."""
    began = threading.Event()
    really = indexing.iterate_documents

    def iterate(*arguments: Any, **named: Any) -> Iterator[object]:
        documents = list(really(*arguments, **named))
        began.set()
        for _ in range(20):
            time.sleep(seconds / 20)
            yield from documents

    monkeypatch.setattr(indexing, "iterate_documents", iterate)
    return began


def test_a_rebuild_that_outlasts_its_lease_is_not_begun_a_second_time(
    db: Session, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_listing(db)
    (handler,) = (one for one in wiring.HANDLERS if one.name == "rebuild_index")
    monkeypatch.setattr(wiring, "HANDLERS", (replace(handler, lease=SHORT),))
    began = list_slowly(monkeypatch, seconds=2 * SHORT.total_seconds())
    ask_for_rebuild(work)
    first = work_beside(Worker(work).drain)
    assert began.wait(20)
    began.clear()

    second, busy = Worker(work), []
    while first.is_alive():
        busy.append(second.deliver_lane(Lane.REBUILD))
        time.sleep(0.05)

    assert (any(busy), began.is_set()) == (False, False)
    assert read_deliveries(work) == [(DeliveryState.DONE, 1)]


def test_one_rebuild_answers_all_who_asked_and_who_asks_meanwhile_waits(
    db: Session, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_listing(db)
    held = Held()
    (handler,) = (one for one in wiring.HANDLERS if one.name == "rebuild_index")
    monkeypatch.setattr(wiring, "HANDLERS", (replace(handler, run=held),))
    ask_for_rebuild(work)
    ask_for_rebuild(work)
    first = work_beside(Worker(work).drain)
    assert held.began.wait(20)
    ask_for_rebuild(work)

    second = Worker(work)
    second.dispatch()
    busy = second.deliver_lane(Lane.REBUILD)
    came = held.came
    held.release.set()
    first.join()

    assert (busy, came, held.came) == (False, 1, 2)
    assert read_deliveries(work) == [(DeliveryState.DONE, 1)] * 3


def test_a_rebuild_that_failed_holds_up_no_other(
    work: Work, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runs: list[int] = []

    def fail_first(_work: Work, _facts: Sequence[RecordedFact]) -> None:
        runs.append(1)
        if len(runs) == 1:
            raise ConnectionError

    (handler,) = (one for one in wiring.HANDLERS if one.name == "rebuild_index")
    monkeypatch.setattr(wiring, "HANDLERS", (replace(handler, run=fail_first),))
    ask_for_rebuild(work)
    Worker(work).drain()
    ask_for_rebuild(work)

    Worker(work).drain()

    assert len(runs) == 2
    assert sorted(read_deliveries(work)) == [(DeliveryState.DONE, 1), (DeliveryState.WAITING, 1)]
