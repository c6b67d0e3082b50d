"""Events and programmes, made as organizers make them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events import service as events
from market.events.forms import EventForm, EventTextForm, InterpreterForm, PresenceForm
from market.events.models import Event, Interpreter, Presence
from market.events.people import list_presences
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.programme import interpreting, marking, queries, schedules
from market.programme import service as programmes
from market.programme.enums import SessionState
from market.programme.feed_tokens import make_feed_token
from market.programme.forms import ReleaseForm, RoomForm, SessionForm, SpeakerForm, TrackForm
from market.programme.models import ProgrammeSession, Release, Room, Speaker, Track
from market.programme.releasing import release_programme
from tests.make.accounts import make_user
from tests.make.organizations import make_viewer

NEXT_MONTH = date.today() + timedelta(days=30)  # noqa: DTZ011 - any day to come
"""The first day of an event of which a test says nothing else."""

PROGRAMME = b"""{"schedule": {"version": "1", "conference": {
  "acronym": "kilns", "title": "Kilns", "start": "2027-03-01", "end": "2027-03-01", "daysCount": 1,
  "timeslot_duration": "00:05", "time_zone_name": "Asia/Bangkok", "days": [{
    "index": 0, "date": "2027-03-01", "day_start": "2027-03-01T08:00:00+07:00",
    "day_end": "2027-03-01T20:00:00+07:00", "rooms": {"Hall": [{
      "guid": "3b0a4a5e-54f5-4c9b-9c0c-0d0f6a4f1a11", "id": 1, "date": "2027-03-01T09:00:00+07:00", "start": "09:00",
      "duration": "00:45", "room": "Hall", "slug": "kilns-1-talk", "title": "Kilns", "subtitle": "", "track": null,
      "type": "talk", "language": "en", "abstract": "", "persons": [], "links": [], "url": "https://example.org/1"
    }]}}]}}}"""
"""A programme in the frab format, with one session."""

Texts = dict[str, str]
"""Language → title; the first one is the organizer's own."""


def make_event(
    db: Session, *, by: User | None = None, texts: Texts | None = None, planned: bool = False, **fields: Any
) -> Event:
    """Announced, unless it is to stay `planned`. Two days from `starts_on` on."""
    organizer = by or make_user(db, organizer=True)
    viewer = make_viewer(db, organizer)
    titles = texts or {"en": "Drying fair"}
    own = next(iter(titles))
    starts_on = fields.pop("starts_on", NEXT_MONTH)
    usual = {
        "kind": "expo", "country": "CN", "city": "Nanning", "zone": "Asia/Shanghai", "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=1), "language": own, "title": titles[own],
    }  # fmt: skip
    event = events.plan_event(db, EventForm.model_validate(usual | fields), by=viewer, now=utc_now())
    db.flush()
    for language, title in titles.items():
        if language != own:
            form = EventTextForm(title=title)
            events.write_words(db, event, form, language=language, version=event.version, by=viewer, now=utc_now())
            db.flush()
    if not planned:
        events.bring_into_the_open(db, event, by=viewer, now=utc_now())
    db.commit()
    return event


def make_room(db: Session, event: Event, *, by: User, name: str = "Hall A", capacity: int | None = 80) -> Room:
    form = RoomForm(name=name, capacity=capacity)
    room = programmes.add_room(db, event, form, by=make_viewer(db, by), now=utc_now())
    db.commit()
    return room


def make_track(db: Session, event: Event, *, by: User, name: str = "Agriculture") -> Track:
    track = programmes.add_track(db, event, TrackForm(name=name), by=make_viewer(db, by), now=utc_now())
    db.commit()
    return track


def make_speaker(db: Session, event: Event, *, by: User, name: str = "Wei Lan", **fields: str) -> Speaker:
    form = SpeakerForm.model_validate({"name": name, "language": "en", **fields})
    speaker = programmes.add_speaker(db, event, form, by=make_viewer(db, by), now=utc_now())
    db.commit()
    return speaker


def make_interpreter(
    db: Session, event: Event, *, by: User, name: str = "Lan Anh", pairs: Sequence[str] = ("en vi",), **fields: str
) -> Interpreter:
    form = InterpreterForm.model_validate({"name": name, "language": "en", "pairs": list(pairs), **fields})
    added = interpreting.add_interpreter(db, event, form, by=make_viewer(db, by), now=utc_now())
    db.commit()
    return added


def make_presence(
    db: Session, event: Event, person_id: UUID, *, by: User, day: int = 1, start: str = "08:00", end: str = "18:00",
    is_away: bool = False,
) -> Presence:  # fmt: skip
    form = PresenceForm(
        day=event.starts_on + timedelta(days=day - 1), start=start, end=end, is_away="away" if is_away else ""
    )
    interpreting.add_presence(db, event, person_id, form, by=make_viewer(db, by), now=utc_now())
    db.commit()
    return list_presences(db, person_id)[-1]


def make_session(
    db: Session, event: Event, *, by: User, room: Room | None = None, title: str = "Drying roots", day: int = 1,
    start: str = "09:30", speakers: Sequence[Speaker] = (), **fields: Any,
) -> ProgrammeSession:  # fmt: skip
    """Confirmed; without a room it has no time either. `day` counts from 1."""
    usual: dict[str, Any] = {
        "title": title, "kind": "talk", "state": SessionState.CONFIRMED, "language": event.language, "minutes": 60,
        "speakers": [speaker.id for speaker in speakers],
    }  # fmt: skip
    if room is not None:
        usual |= {"room": room.id, "day": event.starts_on + timedelta(days=day - 1), "start": start}
    form = SessionForm.model_validate(usual | fields)
    planned = programmes.plan_session(db, event, form, by=make_viewer(db, by), now=utc_now())
    db.commit()
    return planned


def make_release(db: Session, event: Event, *, by: User, name: str = "") -> Release:
    release = release_programme(db, event, ReleaseForm(name=name), by=make_viewer(db, by), now=utc_now())
    db.commit()
    return release


def make_mark(db: Session, event: Event, planned: ProgrammeSession, *, by: User) -> None:
    """Of a released session, on somebody's schedule."""
    programme = queries.find_programme(db, event.id)
    assert programme is not None
    marking.mark_session(db, programme, planned.code, by=make_viewer(db, by), now=utc_now())
    db.commit()


def make_schedule_feed(db: Session, event: Event, *, by: User) -> str:
    """The token of its address."""
    marking.make_feed(db, event, by=make_viewer(db, by), now=utc_now())
    db.flush()
    feed = schedules.find_feed(db, event.id, by.id)
    assert feed is not None
    token = make_feed_token(Settings(), feed.handle)
    db.commit()
    return token
