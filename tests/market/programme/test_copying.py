"""The next edition's programme, and what follows when an event moves to another zone."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from market.events.forms import DaysForm, EventForm
from market.events.models import Event
from market.events.presenting import stored_values
from market.events.service import copy_event, edit_event
from market.kernel.clock import utc_now
from market.kernel.zones import find_instant
from market.programme import queries
from market.programme.copying import copy_programme
from market.programme.service import cancel_session
from tests.make.accounts import make_user
from tests.make.events import make_event, make_release, make_room, make_session, make_speaker, make_track
from tests.make.organizations import make_viewer


def list_plans(db: Session, event: Event) -> list[tuple[str, str, str, str, str, list[str]]]:
    """(title, state, day of the event and time, room, track, speakers) of each session."""
    return [
        (
            planned.texts[planned.language].title, planned.state.value,
            f"{(planned.starts_at.date() - event.starts_on).days} {planned.starts_at:%H:%M}"
            if planned.starts_at else "",
            planned.room.name if planned.room else "", planned.track.name if planned.track else "",
            [link.speaker.name for link in planned.speakers],
        )
        for planned in queries.list_sessions(db, event.id)
    ]  # fmt: skip


def test_the_next_edition_begins_with_last_years_programme_as_drafts(db: Session, deliver: Callable[[], None]) -> None:
    organizer = make_user(db, organizer=True)
    event = make_event(db, by=organizer)
    room, track = make_room(db, event, by=organizer), make_track(db, event, by=organizer)
    lan = make_speaker(db, event, by=organizer, name="Lan", email="lan@example.org")
    make_session(db, event, by=organizer, room=room, track=track.id, speakers=[lan], day=2)
    gone = make_session(db, event, by=organizer, room=room, title="Called off")
    make_release(db, event, by=organizer)
    cancel_session(db, event, gone, by=make_viewer(db, organizer), now=utc_now())
    db.commit()
    later = event.starts_on + timedelta(days=365)

    copy = copy_event(
        db, event, DaysForm(starts_on=later, ends_on=later + timedelta(days=1)), by=make_viewer(db, organizer),
        now=utc_now(),
    )  # fmt: skip
    db.commit()
    deliver()

    assert list_plans(db, copy) == [("Drying roots", "draft", "1 09:30", "Hall A", "Agriculture", ["Lan"])]
    made, before = queries.list_sessions(db, copy.id)[0], queries.list_sessions(db, event.id)[0]
    assert made.guid != before.guid
    assert queries.list_speakers(db, copy.id)[0].email == "lan@example.org"
    assert [release.name for release in queries.list_releases(db, copy.id)] == []


def test_copying_twice_copies_once(db: Session, deliver: Callable[[], None]) -> None:
    organizer = make_user(db, organizer=True)
    event = make_event(db, by=organizer)
    make_session(db, event, by=organizer, room=make_room(db, event, by=organizer))
    copy = make_event(db, by=organizer)

    for _time in range(2):
        copy_programme(db, event, copy, now=utc_now())
        db.commit()
    deliver()

    assert (len(list_plans(db, copy)), len(queries.list_rooms(db, copy.id))) == (1, 1)


def test_an_event_in_another_zone_keeps_its_times_on_the_wall_and_tells_that_they_have_moved(
    db: Session, deliver: Callable[[], None]
) -> None:
    organizer = make_user(db, organizer=True)
    event = make_event(db, by=organizer, zone="Asia/Shanghai")
    planned = make_session(db, event, by=organizer, room=make_room(db, event, by=organizer))
    make_release(db, event, by=organizer)
    before = planned.starts_at
    form = EventForm.model_validate({**stored_values(event), "zone": "Asia/Bangkok"})

    edit_event(db, event, form, version=event.version, by=make_viewer(db, organizer), now=utc_now())
    db.commit()
    deliver()

    db.refresh(planned)
    assert planned.starts_at == before
    assert before is not None
    assert planned.starts_utc == find_instant(before, "Asia/Bangkok")
    assert make_release(db, event, by=organizer).counts == {"new": 0, "moved": 1, "cancelled": 0}
