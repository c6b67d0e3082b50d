"""Facts are recorded and given to their handlers; `tests/market/worker` runs the whole way."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from market.kernel import outbox
from market.kernel.db import Database
from market.kernel.outbox import Backlog, Delivery, DeliveryState, FactRow
from tests.make.lamps import BellRung, LampLit, NobodyCares, claim, dispatch, light, list_subjects
from tests.postgresql import PostgresqlServer


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
