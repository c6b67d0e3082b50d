"""What is not delivered yet is counted, what is done long ago is forgotten."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel.db import Database
from market.kernel.outbox import Backlog, Delivery, DeliveryState, FactRow
from tests.make.lamps import LEASE, BellRung, LampLit, claim, dispatch, finish, light


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


def test_a_fact_is_under_way_until_all_who_asked_for_it_have_it(database: Database, now: datetime) -> None:
    def look() -> bool:
        with database.reading() as session:
            return outbox.is_under_way(session, LampLit)

    seen = [look()]
    light(database)
    seen.append(look())
    dispatch(database, now)
    seen.append(look())
    finish(database, claim(database, now))
    seen.append(look())
    finish(database, claim(database, now, handler="count"), handler="count")
    seen.append(look())

    assert seen == [False, True, True, True, False]


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
