"""Whoever speaks or interprets: in one place at a time, there at all, and not bound by anything else."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from market.events.enums import EventState
from market.events.service import change_state
from market.kernel.clock import utc_now
from market.programme.forms import RoomForm
from market.programme.interpreting import remove_interpreter, remove_presence
from market.programme.service import edit_room
from tests.make.accounts import make_user
from tests.make.events import make_event, make_interpreter, make_presence, make_room, make_session, make_speaker
from tests.make.organizations import make_viewer
from tests.market.programme.channels import assign, decide
from tests.market.programme.fair import Fair
from tests.market.programme.stored import list_conflicts


def test_who_says_when_to_be_there_is_there_at_no_other_time(db: Session, fair: Fair) -> None:
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan")
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Early", start="08:30", speakers=[lan])
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Fits", start="10:00", speakers=[lan])
    assert list_conflicts(db, fair.event) == []  # whoever says nothing is always there

    there = make_presence(db, fair.event, lan.id, by=fair.organizer, start="09:00", end="11:00")

    assert list_conflicts(db, fair.event) == [("absent", "Early", "", "Lan")]
    viewer = make_viewer(db, fair.organizer)
    remove_presence(db, fair.event, there.id, by=viewer, now=utc_now())
    assert list_conflicts(db, fair.event) == []


def test_another_duty_at_the_same_time_is_told(db: Session, fair: Fair) -> None:
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan")
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="At ten", start="10:00", speakers=[lan])

    make_presence(db, fair.event, lan.id, by=fair.organizer, start="11:00", end="12:00", is_away=True)
    assert list_conflicts(db, fair.event) == []
    make_presence(db, fair.event, lan.id, by=fair.organizer, start="10:30", end="12:00", is_away=True)

    assert list_conflicts(db, fair.event) == [("duty", "At ten", "", "Lan")]


def test_one_person_on_the_programmes_of_two_events_is_found_at_both(
    db: Session, fair: Fair, deliver: Callable[[], None]
) -> None:
    person = make_user(db)
    other = make_event(db, by=fair.organizer, texts={"en": "Other fair"}, starts_on=fair.event.starts_on)
    hall = make_room(db, other, by=fair.organizer)
    speaker = make_speaker(db, fair.event, by=fair.organizer, name="Lan", email=person.email)
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Speaks", speakers=[speaker])

    interpreter = make_interpreter(db, other, by=fair.organizer, name="Lan", email=person.email)
    planned = make_session(db, other, by=fair.organizer, room=hall, title="Interprets", interpreted=["vi"])
    assign(db, fair, planned, [f"vi {interpreter.id}"], event=other)
    deliver()

    assert ("duty", "Interprets", "", "Lan") in list_conflicts(db, other)
    assert list_conflicts(db, fair.event) == [("duty", "Speaks", "", "Lan")]
    change_state(db, other, EventState.CANCELLED, by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()
    deliver()
    assert list_conflicts(db, fair.event) == []  # what does not take place binds nobody
    change_state(db, other, EventState.ANNOUNCED, by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()
    deliver()
    assert list_conflicts(db, fair.event) == [("duty", "Speaks", "", "Lan")]
    remove_interpreter(db, other, interpreter, by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()
    deliver()
    assert list_conflicts(db, fair.event) == []


def test_from_hall_to_hall_takes_time(db: Session, fair: Fair) -> None:
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan")
    far = make_room(db, fair.event, by=fair.organizer, name="Hall B")
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Here", start="09:00", speakers=[lan])
    make_session(db, fair.event, by=fair.organizer, room=far, title="There", start="10:05", speakers=[lan])
    assert list_conflicts(db, fair.event) == []  # nobody has said that the rooms are far from each other
    viewer = make_viewer(db, fair.organizer)

    for room, hall in ((fair.room, "North"), (far, "South")):
        edit_room(db, fair.event, room, RoomForm(name=room.name, hall=hall), by=viewer, now=utc_now())

    assert list_conflicts(db, fair.event) == [("travel", "Here", "There", "Lan")]
    decide(db, fair, travel_minutes=5)
    assert list_conflicts(db, fair.event) == []


def test_more_places_than_the_room_has(db: Session, fair: Fair) -> None:
    viewer = make_viewer(db, fair.organizer)
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Full", capacity=81)

    edit_room(db, fair.event, fair.room, RoomForm(name="Hall A", capacity=80), by=viewer, now=utc_now())
    assert list_conflicts(db, fair.event) == [("capacity", "Full", "", "Hall A")]
    edit_room(db, fair.event, fair.room, RoomForm(name="Hall A", capacity=81), by=viewer, now=utc_now())

    assert list_conflicts(db, fair.event) == []


def test_from_one_time_to_the_next_somebody_goes_on_being_there(db: Session, fair: Fair) -> None:
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan")
    for start, end in (("09:00", "12:00"), ("12:00", "18:00")):
        make_presence(db, fair.event, lan.id, by=fair.organizer, start=start, end=end)

    make_session(db, fair.event, by=fair.organizer, room=fair.room, start="11:30", speakers=[lan])

    assert list_conflicts(db, fair.event) == []
