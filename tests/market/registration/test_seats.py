"""Nobody is admitted beyond capacity, however many ask for the last place at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.models import Event
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.registration import queries, seats, service
from market.registration.enums import Decision, ParticipantState
from market.registration.forms import RegistrationForm
from market.registration.models import Participant, RegistrationType
from tests.make.accounts import make_user
from tests.make.organizations import make_viewer
from tests.make.registrations import make_registration
from tests.market.registration.expo import Expo, read_admitted, read_state

AT_ONCE = 4
"""The pool of the tests has five connections, and one is the test's own."""


def race(people: list[User], do: Callable[[User], None]) -> None:
    """Everybody at the same moment, in a thread of the own."""
    start = threading.Barrier(len(people))

    def run(person: User) -> None:
        start.wait()
        do(person)

    with ThreadPoolExecutor(len(people)) as threads:
        list(threads.map(run, people))


def fill_all_but_one(db: Session, expo: Expo) -> list[User]:
    """One place is left; who is going to ask for it."""
    make_registration(db, expo.event, expo.kind, make_user(db))
    return [make_user(db) for _person in range(AT_ONCE)]


def count_admitted(db: Session, kind: RegistrationType) -> int:
    counted = select(func.count()).select_from(Participant)
    return db.scalar(counted.where(Participant.type_id == kind.id, Participant.state == "admitted")) or 0


def register(database: Database, expo: Expo, person: User) -> None:
    with database.transaction() as session:
        event = session.get_one(Event, expo.event.id)
        form = RegistrationForm(type=expo.kind.id, name=person.name, language="en")
        service.register(session, event, form, {}, by=make_viewer(session, person), now=utc_now())


def test_of_many_who_ask_for_the_last_place_at_once_one_gets_it(db: Session, database: Database, expo: Expo) -> None:
    people = fill_all_but_one(db, expo)

    race(people, lambda person: register(database, expo, person))

    assert (count_admitted(db, expo.kind), read_admitted(db, expo.kind)) == (2, 2)
    waiting = select(func.count()).select_from(Participant).where(Participant.state == ParticipantState.WAITING)
    assert db.scalar(waiting) == AT_ONCE - 1


def test_the_counter_alone_holds_where_nobody_takes_the_types_row(
    db: Session, database: Database, expo: Expo, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = fill_all_but_one(db, expo)

    def only_read(session: Session, event_id: object) -> dict[object, RegistrationType]:
        return {kind.id: kind for kind in session.scalars(select(RegistrationType).filter_by(event_id=event_id))}

    monkeypatch.setattr(queries, "lock_types", only_read)
    race(people, lambda person: register(database, expo, person))

    assert (count_admitted(db, expo.kind), read_admitted(db, expo.kind)) == (2, 2)


def test_without_the_guard_the_last_place_is_sold_more_than_once(db: Session, database: Database, expo: Expo) -> None:
    """The control: whoever looks first and writes afterwards oversells, on either database."""
    people = fill_all_but_one(db, expo)
    looked = threading.Barrier(AT_ONCE)

    def look_then_write(person: User) -> None:
        with database.reading() as session:
            has_place = count_admitted(session, expo.kind) < 2
        looked.wait()
        with database.transaction() as session:
            session.add(
                Participant(
                    event_id=expo.event.id, type_id=expo.kind.id, code=str(person.id)[:12], name="Lan",
                    email=person.email, language="en", answers={},
                    state=ParticipantState.ADMITTED if has_place else ParticipantState.DECLINED,
                )
            )  # fmt: skip

    race(people, look_then_write)

    assert count_admitted(db, expo.kind) == 1 + AT_ONCE


def test_the_database_refuses_a_counter_beyond_capacity(db: Session, expo: Expo) -> None:
    with pytest.raises(IntegrityError):
        db.execute(update(RegistrationType).where(RegistrationType.id == expo.kind.id).values(admitted=3))
    db.rollback()

    assert [seats.take_seat(db, expo.kind.id) for _seat in range(3)] == [True, True, False]


def test_a_place_that_is_given_back_twice_at_once_is_free_once(db: Session, database: Database, expo: Expo) -> None:
    mine = [make_registration(db, expo.event, expo.kind, make_user(db)) for _person in range(2)]
    waiting = [make_registration(db, expo.event, expo.kind, make_user(db)) for _person in range(3)]
    viewer = make_viewer(db, expo.organizer)
    db.commit()

    def cancel(_person: User) -> None:
        with database.transaction() as session:
            event = session.get_one(Event, expo.event.id)
            service.decide(session, event, [mine[0].code], Decision.CANCEL, by=viewer, now=utc_now())

    race([expo.organizer] * AT_ONCE, cancel)

    assert [read_state(db, one) for one in (*mine, *waiting)] == [
        "cancelled", "admitted", "admitted", "waiting", "waiting",
    ]  # fmt: skip
    assert (count_admitted(db, expo.kind), read_admitted(db, expo.kind)) == (2, 2)


def test_people_who_come_while_others_leave_neither_oversell_nor_wait_beside_a_free_place(
    db: Session, database: Database, expo: Expo
) -> None:
    leaving = [make_registration(db, expo.event, expo.kind, make_user(db)) for _person in range(2)]
    people = [make_user(db) for _person in range(AT_ONCE)]
    viewer = make_viewer(db, expo.organizer)
    db.commit()

    def come_or_go(person: User) -> None:
        place = people.index(person)
        if place < len(leaving):
            with database.transaction() as session:
                event = session.get_one(Event, expo.event.id)
                service.decide(session, event, [leaving[place].code], Decision.CANCEL, by=viewer, now=utc_now())
        else:
            register(database, expo, person)

    race(people, come_or_go)

    waiting = select(func.count()).select_from(Participant).where(Participant.state == ParticipantState.WAITING)
    assert (count_admitted(db, expo.kind), read_admitted(db, expo.kind), db.scalar(waiting)) == (2, 2, 0)
