"""A delivery is claimed, done, or tried again; `tests/market/worker` runs the whole way."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from market.kernel import outbox
from market.kernel.db import Database
from market.kernel.outbox import Delivery, DeliveryState
from tests.make.lamps import (
    LEASE,
    SUBSCRIPTIONS,
    BellRung,
    claim,
    dispatch,
    finish,
    light,
    list_subjects,
    postpone,
    read_delivery,
)
from tests.postgresql import PostgresqlServer


def test_what_is_claimed_is_nobody_elses_until_its_lease_ends(database: Database, now: datetime) -> None:
    lamps = light(database, 2)
    dispatch(database, now)

    first = claim(database, now)
    meanwhile = claim(database, now + LEASE - timedelta(microseconds=1))
    after = [claim(database, now + LEASE), claim(database, now + LEASE)]

    assert (list_subjects(first), meanwhile) == (lamps, [])
    assert sorted(fact.subject_id for facts in after for fact in facts) == sorted(lamps)
    assert {fact.attempts for facts in after for fact in facts} == {1}


@pytest.mark.parametrize("back", [timedelta(minutes=31), timedelta(hours=1), timedelta(days=365)], ids=str)
def test_a_clock_set_back_holds_up_nothing_for_longer_than_anything_waits(
    database: Database, now: datetime, back: timedelta
) -> None:
    """`now` is what the clock said when it was ahead."""
    waiting, failed = light(database, 2)
    dispatch(database, now)
    taken = claim(database, now)
    postpone(database, [fact for fact in taken if fact.subject_id == failed], now)

    with database.reading() as session:
        assert outbox.list_due_handlers(session, ["light", "count"], now=now - back) == {"light", "count"}
    again = [claim(database, now - back) for _ in range(3)]
    assert sorted(list_subjects([fact for facts in again for fact in facts])) == sorted([waiting, failed])


def test_claims_of_one_who_is_known_to_have_ended_are_given_back_at_once(database: Database, now: datetime) -> None:
    light(database, 2)
    dispatch(database, now)
    finish(database, claim(database, now, limit=1))
    (claimed,) = claim(database, now)
    claim(database, now, handler="count")

    with database.transaction() as session:
        outbox.release_claims(session, ["light"], now=now)

    assert list_subjects(claim(database, now)) == [claimed.subject_id]
    assert claim(database, now, handler="count") == []


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

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1800, 0]  # the last one: set aside since now
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
    assert given_up.due_at == now + LEASE * 12  # since when it is
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
