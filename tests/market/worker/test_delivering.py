"""The worker's three steps: claim, run, note the outcome. Whatever ends it between them, the fact comes again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market import wiring
from market.accounts.facts import ConfirmationAsked
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.outbox import Delivery, DeliveryState, Fact, FactRow, RecordedFact
from market.kernel.work import Handler, Lane, NotYet, Work
from market.listings import indexing
from market.listings.facts import ListingChanged, ListingPublished
from market.listings.indexing import make_document
from market.listings.models import Listing
from market.listings.reactions import index_listings
from market.notifications.models import Mail, MailState
from market.worker import Worker
from search.embedded import open_engine
from search.port import Document, DocumentRefused, SearchUnavailable, Vector
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.stored import read_stored

Run = Callable[[Work, Sequence[RecordedFact]], None]


@dataclass(frozen=True, slots=True)
class LampLit(Fact):
    lamp_id: UUID


class Killed(BaseException):
    """What a worker does not survive: a signal, a power cut. No `except Exception` sees it."""


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """These handlers are all there are."""

    def set_handlers(*handlers: Handler) -> None:
        monkeypatch.setattr(wiring, "HANDLERS", handlers)

    return set_handlers


def note(lamps: list[UUID]) -> Run:
    return lambda _work, facts: lamps.extend(fact.subject_id for fact in facts)


def fail(_work: Work, _facts: Sequence[RecordedFact]) -> None:
    raise ConnectionError("nobody answers")


def light(work: Work, number: int = 1) -> list[UUID]:
    lamps = [uuid4() for _ in range(number)]
    with work.database.transaction() as session:
        for lamp in lamps:
            outbox.record(session, LampLit(lamp), by=None)
    return lamps


def read_states(work: Work) -> dict[str, tuple[DeliveryState, int]]:
    """Handler → state and attempts of its delivery, where each has one."""
    rows = read_stored(work.database, select(Delivery))
    return {row.handler: (row.state, row.attempts) for row in rows}


def read_rows(work: Work) -> Sequence[Any]:
    """Each delivery with the subject of its fact."""
    with work.database.reading() as session:
        joined = select(FactRow.subject_id, Delivery).join(FactRow, FactRow.id == Delivery.fact_id)
        return session.execute(joined).all()


def spoil(reference: str) -> Callable[..., Document]:
    """The document of this listing has a number that no engine has a field for."""

    def make(listing: Listing, vectors: Sequence[Vector]) -> Document:
        document = make_document(listing, vectors)
        return replace(document, numbers={"weight": 5}) if listing.reference == reference else document

    return make


def test_what_follows_from_a_fact_is_delivered_to_the_end(db: Session, work: Work) -> None:
    user = make_user(db, confirmed=False, language="vi")
    outbox.record(db, ConfirmationAsked(user.id), by=user.id)
    db.commit()

    Worker(work).drain()

    (mail,) = read_stored(work.database, select(Mail))
    assert (mail.recipient, mail.language, mail.state) == (user.email, "vi", MailState.KEPT)
    assert read_states(work) == {
        "write_account_mails": (DeliveryState.DONE, 1),
        "send_mails": (DeliveryState.DONE, 1),
    }


def test_draining_some_lanes_leaves_the_others_waiting(work: Work, handle: Callable[..., None]) -> None:
    mailed: list[UUID] = []
    indexed: list[UUID] = []
    handle(
        Handler("mail", (LampLit,), note(mailed), Lane.MAIL), Handler("index", (LampLit,), note(indexed), Lane.INDEX)
    )
    lamps = light(work)

    Worker(work).drain(lanes=(Lane.MAIL,))
    assert (mailed, indexed) == (lamps, [])
    Worker(work).drain(lanes=(Lane.INDEX,))

    assert (mailed, indexed) == (lamps, lamps)


def test_draining_ends_where_a_handler_fails_and_the_fact_waits(
    work: Work, handle: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    lit: list[UUID] = []
    handle(Handler("fail", (LampLit,), fail, Lane.MAIL), Handler("light", (LampLit,), note(lit), Lane.MAIL))
    lamps = light(work)

    Worker(work).drain()

    assert lit == lamps
    assert read_states(work) == {"fail": (DeliveryState.WAITING, 1), "light": (DeliveryState.DONE, 1)}
    errors = read_stored(work.database, select(Delivery.error).where(Delivery.handler == "fail"))
    assert errors == ["ConnectionError('nobody answers')"]
    assert [record.getMessage() for record in caplog.records] == [
        "fail failed on 1 facts: ConnectionError('nobody answers')"
    ]


def test_one_refused_document_holds_up_none_of_its_batch_and_is_set_aside_at_once(
    db: Session, work: Work, handle: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No moment passes: draining ends where what is left waits for a later one."""
    handle(Handler("index", (ListingPublished,), index_listings, Lane.INDEX, writes_index=True))
    good, bad, other = (make_listing(db) for _ in range(3))
    monkeypatch.setattr(indexing, "make_document", spoil(bad.reference))

    Worker(work).drain()

    assert [state.id for state in work.search.iterate()] == sorted([good.reference, other.reference])
    rows = {row.subject_id: row.Delivery for row in read_rows(work)}
    assert {listing.reference: rows[listing.id].state for listing in (good, bad, other)} == {
        good.reference: DeliveryState.DONE,
        bad.reference: DeliveryState.SET_ASIDE,
        other.reference: DeliveryState.DONE,
    }
    assert rows[bad.id].error == repr(DocumentRefused(f"{bad.reference}: no field for ['weight']"))
    assert rows[good.id].error is None


def test_facts_of_a_refused_batch_come_again_alone(work: Work, handle: Callable[..., None]) -> None:
    portions: list[int] = []

    def refuse(_work: Work, facts: Sequence[RecordedFact]) -> None:
        portions.append(len(facts))
        raise DocumentRefused("no field for this")

    handle(Handler("refuse", (LampLit,), refuse, Lane.INDEX))
    light(work, 3)

    Worker(work).drain()

    assert portions == [3, 1, 1, 1]
    states = [(row.state, row.attempts) for row in read_stored(work.database, select(Delivery))]
    assert states == [(DeliveryState.SET_ASIDE, 2)] * 3


def test_what_is_set_aside_keeps_since_when(work: Work, handle: Callable[..., None]) -> None:
    def refuse(_work: Work, _facts: Sequence[RecordedFact]) -> None:
        raise DocumentRefused("no field for this")

    handle(Handler("refuse", (LampLit,), refuse, Lane.INDEX))
    light(work)
    began = utc_now()

    Worker(work).drain()

    (row,) = read_stored(work.database, select(Delivery))
    assert began <= row.due_at <= utc_now()


def test_facts_come_in_portions_as_large_as_the_handler_asked(work: Work, handle: Callable[..., None]) -> None:
    portions: list[int] = []
    handle(Handler("count", (LampLit,), lambda _work, facts: portions.append(len(facts)), Lane.INDEX, batch=2))
    light(work, 5)

    Worker(work).drain()

    assert portions == [2, 2, 1]


@pytest.mark.parametrize("does_its_work", [False, True], ids=["before its work", "after its work"])
def test_a_worker_killed_while_it_handles_a_fact_leaves_it_to_the_next_one(
    db: Session, work: Work, handle: Callable[..., None], *, does_its_work: bool
) -> None:
    deaths = iter([Killed])

    def index_and_die(work: Work, facts: Sequence[RecordedFact]) -> None:
        if does_its_work:
            index_listings(work, facts)
        for death in deaths:
            raise death
        index_listings(work, facts)

    handle(
        Handler("index", (ListingPublished,), index_and_die, Lane.INDEX, writes_index=True, lease=timedelta(seconds=0))
    )
    listing = make_listing(db)

    with pytest.raises(Killed):
        Worker(work).drain()
    assert read_states(work) == {"index": (DeliveryState.WAITING, 1)}
    Worker(work).drain()

    assert read_states(work) == {"index": (DeliveryState.DONE, 2)}
    assert [state.id for state in work.search.iterate()] == [listing.reference]


def test_a_worker_killed_before_its_lease_ends_blocks_the_fact_until_then(
    work: Work, handle: Callable[..., None]
) -> None:
    def die(_work: Work, _facts: Sequence[RecordedFact]) -> None:
        raise Killed

    handle(Handler("light", (LampLit,), die, Lane.MAIL))
    light(work)
    with pytest.raises(Killed):
        Worker(work).drain()
    lit: list[UUID] = []
    handle(Handler("light", (LampLit,), note(lit), Lane.MAIL))

    Worker(work).drain()

    assert lit == []
    assert read_states(work) == {"light": (DeliveryState.WAITING, 1)}


def test_no_transaction_is_open_while_a_handler_works(work: Work, handle: Callable[..., None]) -> None:
    checked_out: list[int] = []

    def look(work: Work, _facts: Sequence[RecordedFact]) -> None:
        checked_out.append(work.database.engine.pool.checkedout())  # type: ignore[attr-defined] # every queue pool has it

    handle(Handler("look", (LampLit,), look, Lane.MAIL))
    light(work)

    Worker(work).drain()

    assert checked_out == [0]


def test_a_fact_handled_twice_leaves_one_document_of_the_newest_state(db: Session, work: Work) -> None:
    listing = make_listing(db)
    Worker(work).drain()
    outbox.record(db, ListingPublished(listing.id), by=None)
    outbox.record(db, ListingChanged(listing.id, 1), by=None)
    db.commit()

    Worker(work).drain()

    versions = read_stored(work.database, select(Listing.index_version))
    assert [(state.id, state.version) for state in work.search.iterate()] == [(listing.reference, versions[0])]


def test_only_who_holds_the_lock_of_the_index_writes_it(db: Session, work: Work) -> None:
    reader = open_engine(work.settings.data_dir / "index", embedder=None, write=True)  # the lock is taken already
    make_listing(db)

    Worker(replace(work, search=reader)).drain()
    by_reader = read_states(work)
    Worker(work).drain()
    reader.close()

    assert by_reader["index_listings"] == (DeliveryState.WAITING, 0)
    assert by_reader["embed_listings"] == (DeliveryState.DONE, 1)
    assert read_states(work)["index_listings"] == (DeliveryState.DONE, 1)


def test_a_worker_with_nothing_to_do_only_reads(db: Session, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite it would wait here for the lock that somebody else holds."""
    monkeypatch.setattr("market.worker.JOBS_SECONDS", 0)
    make_listing(db)
    worker = Worker(work)
    worker.drain()

    with work.database.writing() as somebody:
        somebody.execute(select(Delivery))
        steps = [worker.dispatch(), *(worker.deliver_lane(lane) for lane in Lane), worker.run_jobs()]

    assert steps == [False] * (len(Lane) + 2)


def test_what_waits_for_the_engine_is_said_once_and_what_is_on_its_way_never(
    work: Work, handle: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    def miss(_work: Work, _facts: Sequence[RecordedFact]) -> None:
        raise SearchUnavailable("away")

    def wait(_work: Work, _facts: Sequence[RecordedFact]) -> None:
        raise NotYet("on its way")

    handle(
        Handler("miss", (LampLit,), miss, Lane.INDEX, batch=1), Handler("wait", (LampLit,), wait, Lane.MATCH, batch=1)
    )
    light(work)
    light(work)

    Worker(work).drain()

    states = read_states(work)
    assert set(states.values()) == {(DeliveryState.WAITING, 0)}
    assert [record.getMessage() for record in caplog.records] == [
        "work waits for the search engine: SearchUnavailable('away')"
    ]
