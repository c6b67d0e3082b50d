"""The worker's threads: a lane each, so that slow work holds up nothing else."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from market import wiring, worker
from market.accounts.facts import ConfirmationAsked
from market.kernel import outbox
from market.kernel import work as kernel_work
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.jobs import JobRow
from market.kernel.outbox import Delivery, DeliveryState, Fact, RecordedFact
from market.kernel.work import Handler, Lane, PeriodicJob, Work
from market.listings.enums import ListingState
from market.listings.facts import ListingPublished
from market.listings.models import Listing
from market.notifications.models import Mail, MailState
from market.worker import Worker
from search.embedded import open_engine
from search.port import Query, SearchUnavailable
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.stored import read_stored
from tests.make.waiting import wait_until


@dataclass(frozen=True, slots=True)
class LampLit(Fact):
    lamp_id: UUID


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDLE_SECONDS", "AFTER_FAULT_SECONDS", "JOBS_SECONDS"):
        monkeypatch.setattr(worker, name, 0.02)


@contextmanager
def running(work: Work) -> Iterator[Worker]:
    worker = Worker(work)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def light(work: Work) -> None:
    with work.database.transaction() as session:
        outbox.record(session, LampLit(uuid4()), by=None)


def test_a_published_listing_is_found_without_anybody_asking(db: Session, work: Work) -> None:
    def find() -> list[str]:
        return [hit.id for hit in work.search.search(Query(words="ข้าวหอมมะลิ", language="th")).hits]

    with running(work):
        listing = make_listing(db, texts={"th": "เครื่องคัดข้าวหอมมะลิ"})
        wait_until(find)

    assert find() == [listing.reference]


def test_a_handler_that_hangs_does_not_delay_the_mails(
    db: Session, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, release = threading.Event(), threading.Event()

    def hang(_work: Work, _facts: Sequence[RecordedFact]) -> None:
        began.set()
        release.wait()

    hanging = Handler("index_listings", (ListingPublished,), hang, Lane.INDEX)
    mails = [handler for handler in wiring.HANDLERS if handler.lane is Lane.MAIL]
    monkeypatch.setattr(wiring, "HANDLERS", (hanging, *mails))
    with running(work):
        user = make_user(db, confirmed=False)
        outbox.record(db, ListingPublished(uuid4()), by=None)
        db.commit()
        assert began.wait(20)
        outbox.record(db, ConfirmationAsked(user.id), by=user.id)
        db.commit()
        wait_until(lambda: read_stored(work.database, select(Mail).where(Mail.state == MailState.KEPT)))
        meanwhile = read_stored(work.database, select(Delivery.state).where(Delivery.handler == "index_listings"))
        release.set()

    assert meanwhile == [DeliveryState.WAITING]
    after = read_stored(work.database, select(Delivery.state).where(Delivery.handler == "index_listings"))
    assert after == [DeliveryState.DONE]


def test_every_handler_has_a_lane_that_runs(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = set[str]()
    handlers = [
        Handler(lane.value, (LampLit,), lambda _work, _facts, lane=lane: ran.add(lane.value), lane)  # type: ignore[misc] # mypy takes the bound lane for an argument
        for lane in Lane
    ]
    monkeypatch.setattr(wiring, "HANDLERS", tuple(handlers))

    with running(work):
        light(work)
        wait_until(lambda: len(ran) == len(Lane))

    assert ran == {"index", "rebuild", "embed", "mail", "import", "bulk", "match", "draft"}


def test_stopping_lets_what_is_under_way_come_to_its_end(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    began, release = threading.Event(), threading.Event()

    def take_time(_work: Work, _facts: Sequence[RecordedFact]) -> None:
        began.set()
        release.wait()

    monkeypatch.setattr(wiring, "HANDLERS", (Handler("slow", (LampLit,), take_time, Lane.MAIL),))
    with running(work) as stopped:
        light(work)
        assert began.wait(20)
        stopped.stop(patience=0.05)
        under_way = read_stored(work.database, select(Delivery.state))
        release.set()

    assert under_way == [DeliveryState.WAITING]
    assert read_stored(work.database, select(Delivery.state)) == [DeliveryState.DONE]


def test_what_happens_after_stopping_waits_for_the_next_start(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[UUID] = []
    handler = Handler("note", (LampLit,), lambda _work, facts: ran.extend(f.subject_id for f in facts), Lane.MAIL)
    monkeypatch.setattr(wiring, "HANDLERS", (handler,))
    with running(work):
        pass
    light(work)
    assert ran == []

    with running(work):
        wait_until(lambda: ran)

    assert len(ran) == 1


def test_a_job_that_fails_comes_again_in_its_turn_and_stops_no_other(
    work: Work, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runs = {"sweep": 0, "dust": 0}

    def fail(_work: Work, _now: datetime) -> None:
        runs["sweep"] += 1
        raise ConnectionError("no broom")

    def dust(_work: Work, _now: datetime) -> None:
        runs["dust"] += 1

    jobs = (PeriodicJob("sweep", timedelta(hours=1), fail), PeriodicJob("dust", timedelta(0), dust))
    monkeypatch.setattr(wiring, "JOBS", jobs)

    with running(work):
        wait_until(lambda: runs["dust"] >= 3)

    assert runs["sweep"] == 1
    assert [record.getMessage() for record in caplog.records] == ["worker step failed"]


def test_a_listing_is_taken_down_after_its_last_day(db: Session, work: Work) -> None:
    now = utc_now()
    over, open_today, endless = (make_listing(db) for _ in range(3))
    for listing, last_day in ((over, now - timedelta(days=1)), (open_today, now)):
        db.execute(update(Listing).where(Listing.id == listing.id).values(expires_on=last_day.date()))
    db.commit()
    Worker(work).drain()

    with running(work):
        wait_until(lambda: len(list(work.search.iterate())) == 2)

    expired = select(Listing.id).where(Listing.state == ListingState.EXPIRED)
    assert read_stored(work.database, expired) == [over.id]
    assert {state.id for state in work.search.iterate()} == {open_today.reference, endless.reference}
    (due,) = read_stored(work.database, select(JobRow.due_at).where(JobRow.name == "expire_listings"))
    assert due > now


def test_whoever_takes_the_index_takes_up_at_once_what_its_last_writer_was_at(
    db: Session, work: Work, settings: Settings
) -> None:
    """That one was killed with deliveries claimed; nobody waits until the claims end, as with other handlers."""
    listing = make_listing(db)
    first = Worker(work)
    first.dispatch()
    with work.database.transaction() as session:
        claimed = outbox.claim_deliveries(session, "index_listings", now=utc_now(), lease=timedelta(minutes=2), limit=9)
    assert len(claimed) == 1
    work.search.close()
    engine = open_engine(settings.data_dir / "index", embedder=None)

    with running(replace(work, search=engine)):
        wait_until(lambda: [state.id for state in engine.iterate()])

    assert [state.id for state in engine.iterate()] == [listing.reference]
    engine.close()


def test_an_engine_that_is_away_for_long_costs_nothing_its_attempts(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is set aside: all of it goes on by itself, batch by batch, when the engine is back."""
    away = iter([SearchUnavailable] * 3 * outbox.MAX_ATTEMPTS)
    batches: list[int] = []

    def handle(_work: Work, facts: Sequence[RecordedFact]) -> None:
        for problem in away:
            raise problem
        batches.append(len(facts))

    monkeypatch.setattr(worker, "AWAY_SECONDS", 0.0)
    monkeypatch.setattr(wiring, "HANDLERS", (Handler("light", (LampLit,), handle, Lane.MAIL),))
    for _ in range(5):
        light(work)

    with running(work):
        wait_until(lambda: read_stored(work.database, select(Delivery.state)) == [DeliveryState.DONE] * 5)

    assert sum(batches) == 5
    assert set(read_stored(work.database, select(Delivery.attempts))) == {1}
    assert list(away) == []


@pytest.mark.parametrize("outcome", ["finish_deliveries", "postpone_deliveries"])
def test_what_became_of_a_fact_is_noted_as_soon_as_the_database_takes_it(
    work: Work, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    """Not after the claim's end only, when another worker would do all of it again."""
    runs: list[UUID] = []
    locked = iter([OperationalError("UPDATE", {}, Exception("database is locked"))] * 3)
    note = getattr(outbox, outcome)

    def note_when_unlocked(*args: object, **kwargs: object) -> None:
        for problem in locked:
            raise problem
        note(*args, **kwargs)

    def handle(_work: Work, facts: Sequence[RecordedFact]) -> None:
        runs.extend(fact.subject_id for fact in facts)
        if outcome == "postpone_deliveries" and len(runs) == 1:
            raise ConnectionError

    monkeypatch.setattr(kernel_work, "NOTE_SECONDS", 0.02)
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(0))
    monkeypatch.setattr(outbox, outcome, note_when_unlocked)
    monkeypatch.setattr(wiring, "HANDLERS", (Handler("light", (LampLit,), handle, Lane.MAIL),))
    light(work)

    with running(work):
        wait_until(lambda: read_stored(work.database, select(Delivery.state)) == [DeliveryState.DONE])

    assert len(runs) == (1 if outcome == "finish_deliveries" else 2)
    assert list(locked) == []


@pytest.mark.parametrize("fault", [KeyboardInterrupt, SystemExit, Exception])
def test_a_lane_goes_on_whatever_one_of_its_steps_raises(
    db: Session, work: Work, monkeypatch: pytest.MonkeyPatch, fault: type[BaseException]
) -> None:
    steps: list[int] = []

    def fail_once(_worker: Worker) -> bool:
        steps.append(1)
        if len(steps) == 1:
            raise fault
        return False

    monkeypatch.setattr(Worker, "dispatch", fail_once)

    with running(work):
        wait_until(lambda: len(steps) > 1)
