"""Facts on their way to their handlers, step by step; `tests/market/worker` runs the whole way."""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import Backlog, Delivery, DeliveryState, Fact, FactRow, RecordedFact
from tests.postgresql import PostgresqlServer

LEASE = timedelta(minutes=2)
SUBSCRIPTIONS = {"LampLit": ("light", "count"), "BellRung": ("count",)}


@dataclass(frozen=True, slots=True)
class LampLit(Fact):
    lamp_id: UUID


@dataclass(frozen=True, slots=True)
class BellRung(Fact):
    bell_id: UUID
    by_id: UUID
    times: int


@dataclass(frozen=True, slots=True)
class NobodyCares(Fact):
    thing_id: UUID


def light(database: Database, number: int = 1, *, since: datetime | None = None) -> list[UUID]:
    """Lamps lit one after the other, a second between them; returns the lamps."""
    lamps = [uuid4() for _ in range(number)]
    with database.transaction() as session:
        for lamp in lamps:
            outbox.record(session, LampLit(lamp), by=None)
    with database.transaction() as session:
        for place, lamp in enumerate(lamps):
            moment = (since or utc_now()) + timedelta(seconds=place)
            session.execute(update(FactRow).where(FactRow.subject_id == lamp).values(recorded_at=moment))
    return lamps


def dispatch(database: Database, now: datetime, **options: int) -> int:
    with database.transaction() as session:
        return outbox.dispatch_facts(session, SUBSCRIPTIONS, now=now, **options)


def claim(database: Database, now: datetime, *, handler: str = "light", limit: int = 50) -> list[RecordedFact]:
    with database.transaction() as session:
        return outbox.claim_deliveries(session, handler, now=now, lease=LEASE, limit=limit)


def finish(database: Database, facts: Sequence[RecordedFact], *, handler: str = "light") -> None:
    with database.transaction() as session:
        outbox.finish_deliveries(session, handler, facts)


def postpone(database: Database, facts: Sequence[RecordedFact], now: datetime, *, error: str = "dark") -> None:
    with database.transaction() as session:
        outbox.postpone_deliveries(session, "light", facts, error=error, now=now)


def list_subjects(facts: Sequence[RecordedFact]) -> list[UUID]:
    return [fact.subject_id for fact in facts]


def read_delivery(database: Database, handler: str = "light") -> Delivery:
    with database.reading() as session:
        return session.scalars(select(Delivery).where(Delivery.handler == handler)).one()


def test_a_fact_is_recorded_with_its_ids_and_who_did_it(database: Database) -> None:
    bell, ringer, author = uuid4(), uuid4(), uuid4()
    with database.transaction() as session:
        outbox.record(session, BellRung(bell, ringer, 3), by=author)

    with database.reading() as session:
        row = session.scalars(select(FactRow)).one()

    assert (row.name, row.subject_id, row.by_id, row.dispatched_at) == ("BellRung", bell, author, None)
    assert row.content == {"bell_id": str(bell), "by_id": str(ringer), "times": 3}


def test_what_is_rolled_back_has_not_happened(database: Database, now: datetime) -> None:
    with database.writing() as session:
        outbox.record(session, LampLit(uuid4()), by=None)
        session.flush()
        session.rollback()

    assert dispatch(database, now) == 0


def test_a_fact_is_given_once_to_each_handler_that_asked_for_it(database: Database, now: datetime) -> None:
    light(database)

    assert [dispatch(database, now), dispatch(database, now)] == [1, 0]
    with database.reading() as session:
        rows = session.execute(select(Delivery.handler, Delivery.state, Delivery.attempts, Delivery.due_at))
        assert sorted(map(tuple, rows)) == [
            ("count", DeliveryState.WAITING, 0, now),
            ("light", DeliveryState.WAITING, 0, now),
        ]


def test_a_fact_nobody_asked_for_waits_for_nobody(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        outbox.record(session, NobodyCares(uuid4()), by=None)

    assert [dispatch(database, now), dispatch(database, now)] == [1, 0]
    with database.reading() as session:
        assert session.scalars(select(Delivery)).all() == []
        assert outbox.measure_backlog(session) == Backlog(waiting=0, set_aside=0, oldest=None)


def test_facts_are_dispatched_in_portions_the_oldest_first(database: Database, now: datetime) -> None:
    lamps = light(database, 5)

    assert dispatch(database, now, limit=2) == 2
    assert list_subjects(claim(database, now)) == lamps[:2]


def test_a_fact_recorded_earlier_and_committed_later_is_delivered(database: Database, now: datetime) -> None:
    """As it looks from outside: newer facts were delivered when the older one appears."""
    light(database, since=now)
    dispatch(database, now)
    newest = claim(database, now)[-1].recorded_at
    (late,) = light(database, since=now - timedelta(minutes=1))

    dispatch(database, now)

    assert list_subjects(claim(database, now)) == [late]
    with database.reading() as session:
        by_cursor = session.scalars(select(FactRow.subject_id).where(FactRow.recorded_at > newest)).all()
    assert by_cursor == []  # what 'newer than the last one' would have found


@pytest.mark.postgres
def test_a_fact_whose_transaction_is_open_while_newer_ones_are_delivered_is_not_lost(
    postgresql: PostgresqlServer, now: datetime
) -> None:
    slow, quick = uuid4(), uuid4()
    with postgresql.make_database() as address:
        database = Database(address, pool_size=5)
        with database.writing() as open_session:
            outbox.record(open_session, LampLit(slow), by=None)
            open_session.flush()
            with database.transaction() as session:
                outbox.record(session, LampLit(quick), by=None)
            dispatch(database, now)
            (delivered,) = claim(database, now)
            open_session.commit()
        with database.reading() as session:
            newer = select(FactRow.subject_id).where(FactRow.recorded_at > delivered.recorded_at)
            by_cursor = session.scalars(newer).all()

        dispatch(database, now)
        found = list_subjects(claim(database, now))
        database.close()

    assert delivered.subject_id == quick
    assert by_cursor == []  # what 'newer than the last one' would have found
    assert found == [slow]


def test_what_is_claimed_is_nobody_elses_until_its_lease_ends(database: Database, now: datetime) -> None:
    lamps = light(database, 2)
    dispatch(database, now)

    first = claim(database, now)
    meanwhile = claim(database, now + LEASE - timedelta(microseconds=1))
    after = [claim(database, now + LEASE), claim(database, now + LEASE)]

    assert (list_subjects(first), meanwhile) == (lamps, [])
    assert sorted(fact.subject_id for facts in after for fact in facts) == sorted(lamps)
    assert {fact.attempts for facts in after for fact in facts} == {1}


def test_what_is_done_is_not_delivered_again(database: Database, now: datetime) -> None:
    light(database)
    dispatch(database, now)
    finish(database, claim(database, now))

    assert claim(database, now + timedelta(days=365)) == []
    assert read_delivery(database).state is DeliveryState.DONE


def test_one_handlers_success_says_nothing_of_anothers(database: Database, now: datetime) -> None:
    (lamp,) = light(database)
    dispatch(database, now)
    finish(database, claim(database, now))

    assert list_subjects(claim(database, now, handler="count")) == [lamp]


def test_what_fails_is_tried_again_each_time_later_and_set_aside_at_last(database: Database, now: datetime) -> None:
    light(database)
    dispatch(database, now)
    waits: list[float] = []
    moment = now

    while read_delivery(database).state is DeliveryState.WAITING:
        postpone(database, claim(database, moment), moment)
        due = read_delivery(database).due_at
        assert claim(database, due - timedelta(microseconds=1)) == []
        waits.append((due - moment).total_seconds())
        moment = due

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1800, 1800]
    assert claim(database, moment + timedelta(days=365)) == []
    given_up = read_delivery(database)
    assert (given_up.state, given_up.attempts, given_up.error) == (DeliveryState.SET_ASIDE, 12, "dark")


def test_a_fact_that_ends_its_worker_every_time_is_set_aside_too(database: Database, now: datetime) -> None:
    light(database)
    dispatch(database, now)

    taken = [len(claim(database, now + LEASE * turn)) for turn in range(15)]

    assert taken == [1] * 12 + [0] * 3
    given_up = read_delivery(database)
    assert (given_up.state, given_up.error) == (DeliveryState.SET_ASIDE, "no attempt came to an end")
    assert read_delivery(database, "count").state is DeliveryState.WAITING


def test_success_after_a_failure_forgets_the_error(database: Database, now: datetime) -> None:
    light(database)
    dispatch(database, now)
    postpone(database, claim(database, now), now, error="x" * 5_000)
    assert read_delivery(database).error == "x" * 2_000

    finish(database, claim(database, now + timedelta(seconds=2)))

    assert read_delivery(database).error is None


def test_a_bad_fact_does_not_hold_up_its_neighbours(database: Database, now: datetime) -> None:
    """A batch fails as a whole; then each comes alone, so only the bad one fails again."""
    lamps = light(database, 3)
    dispatch(database, now)
    postpone(database, claim(database, now), now)
    later = now + timedelta(seconds=2)

    alone = [list_subjects(claim(database, later)) for _ in range(4)]

    assert sorted(alone) == sorted([[], *([lamp] for lamp in lamps)])


def test_new_facts_do_not_come_with_one_that_failed(database: Database, now: datetime) -> None:
    (bad,) = light(database)
    dispatch(database, now)
    postpone(database, claim(database, now), now)
    later = now + timedelta(seconds=2)
    fresh = light(database, 2)
    dispatch(database, later)

    taken = [list_subjects(claim(database, later)) for _ in range(3)]

    assert taken == [[bad], fresh, []]


def test_a_handler_gets_no_more_at_once_than_it_asked_for(database: Database, now: datetime) -> None:
    lamps = light(database, 5)
    dispatch(database, now)

    taken = [claim(database, now, limit=2) for _ in range(4)]

    assert [len(facts) for facts in taken] == [2, 2, 1, 0]
    assert sorted(fact.subject_id for facts in taken for fact in facts) == sorted(lamps)


def test_a_handler_gets_the_fact_as_it_was_recorded(database: Database, now: datetime) -> None:
    bell, ringer = uuid4(), uuid4()
    with database.transaction() as session:
        outbox.record(session, BellRung(bell, ringer, 3), by=None)
    dispatch(database, now)

    (fact,) = claim(database, now, handler="count")

    assert (fact.name, fact.subject_id, fact.attempts) == ("BellRung", bell, 0)
    assert fact.content == {"bell_id": str(bell), "by_id": str(ringer), "times": 3}


def test_workers_at_the_same_time_deliver_each_fact_once(database: Database, now: datetime) -> None:
    lamps = light(database, 40)
    start = threading.Barrier(4)

    def work(_number: int) -> list[UUID]:
        delivered: list[UUID] = []
        start.wait()
        while True:
            dispatched = dispatch(database, now, limit=3)
            facts = claim(database, now, limit=2)
            finish(database, facts)
            delivered += list_subjects(facts)
            if not dispatched and not facts:
                return delivered

    with ThreadPoolExecutor(4) as threads:
        delivered = Counter(lamp for lamps in threads.map(work, range(4)) for lamp in lamps)
    delivered.update(list_subjects(claim(database, now)))  # what was still locked when the last one looked

    assert delivered == Counter(lamps)
    with database.reading() as session:
        assert len(session.scalars(select(Delivery)).all()) == 2 * len(lamps)


@pytest.mark.postgres
def test_a_worker_takes_what_another_has_not_locked_instead_of_waiting(
    postgresql: PostgresqlServer, now: datetime
) -> None:
    with postgresql.make_database() as address:
        database = Database(address, pool_size=5)
        lamps = light(database, 4)
        with database.writing() as slow:
            outbox.dispatch_facts(slow, SUBSCRIPTIONS, now=now, limit=2)
            assert dispatch(database, now) == 2
            slow.commit()
            taken = outbox.claim_deliveries(slow, "light", now=now, lease=LEASE, limit=2)
            others = claim(database, now)
            slow.commit()
        database.close()

    assert sorted(list_subjects(taken) + list_subjects(others)) == sorted(lamps)
    assert [len(taken), len(others)] == [2, 2]


def test_the_backlog_counts_what_is_not_delivered_and_tells_its_age(database: Database, now: datetime) -> None:
    light(database, since=now - timedelta(minutes=9))
    light(database, since=now - timedelta(minutes=5))
    dispatch(database, now)
    with database.transaction() as session:
        session.execute(update(Delivery).where(Delivery.handler == "count").values(state=DeliveryState.SET_ASIDE))
    finish(database, claim(database, now, limit=1))
    light(database, since=now)

    with database.reading() as session:
        backlog = outbox.measure_backlog(session)

    assert backlog == Backlog(waiting=2, set_aside=2, oldest=now - timedelta(minutes=5))


def test_a_look_at_who_has_something_to_do_takes_nothing(database: Database, now: datetime) -> None:
    def look(moment: datetime) -> set[str]:
        with database.reading() as session:
            return outbox.list_due_handlers(session, ["light", "dim"], now=moment)

    def has_new() -> bool:
        with database.reading() as session:
            return outbox.has_new_facts(session)

    seen: list[object] = [has_new()]
    light(database)
    seen += [has_new(), look(now)]
    dispatch(database, now)
    seen += [has_new(), look(now), look(now - timedelta(seconds=1))]
    facts = claim(database, now)
    seen += [look(now), look(now + LEASE)]
    finish(database, facts)
    seen += [look(now + LEASE)]

    assert seen == [False, True, set(), False, {"light"}, set(), set(), {"light"}, set()]


def test_old_deliveries_are_forgotten_once_they_are_done_and_no_fact_is(database: Database, now: datetime) -> None:
    """What waits or was set aside stays however old it is."""
    done, waiting, aside = light(database, 3, since=now - timedelta(days=31))
    (fresh,) = light(database, since=now - timedelta(days=1))
    dispatch(database, now)
    with database.transaction() as session:
        facts = {row.subject_id: row.id for row in session.scalars(select(FactRow))}
        states = {done: DeliveryState.DONE, aside: DeliveryState.SET_ASIDE, fresh: DeliveryState.DONE}
        for lamp, state in states.items():
            session.execute(update(Delivery).where(Delivery.fact_id == facts[lamp]).values(state=state))

    def clear() -> int:
        with database.transaction() as session:
            return outbox.clear_done_deliveries(session, before=now - timedelta(days=30))

    assert [clear(), clear()] == [2, 0]
    with database.reading() as session:
        left = set(session.scalars(select(Delivery.fact_id)))
        assert left == {facts[waiting], facts[aside], facts[fresh]}
        assert set(session.scalars(select(FactRow.subject_id))) == {done, waiting, aside, fresh}
    assert dispatch(database, now) == 0


def test_old_deliveries_are_forgotten_in_portions(database: Database, now: datetime) -> None:
    light(database, 3, since=now)
    dispatch(database, now)
    finish(database, claim(database, now))

    with database.transaction() as session:
        portions = [outbox.clear_done_deliveries(session, before=now + timedelta(days=1), limit=2) for _ in range(3)]

    assert portions == [2, 1, 0]


def test_a_delivery_is_followed_from_its_fact_to_its_end(db: Session, database: Database, now: datetime) -> None:
    bell = uuid4()
    outbox.record(db, BellRung(bell, uuid4(), 1), by=None)
    db.commit()

    def look() -> tuple[DeliveryState, int]:
        with database.reading() as session:
            return outbox.find_delivery(session, bell)

    states = [look()]
    dispatch(database, now)
    states.append(look())
    facts = claim(database, now, handler="count")
    states.append(look())
    finish(database, facts, handler="count")
    states.append(look())

    waiting, done = DeliveryState.WAITING, DeliveryState.DONE
    assert states == [(waiting, 0), (waiting, 0), (waiting, 1), (done, 1)]
