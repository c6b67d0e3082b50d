"""The demo's events: two editions of the expo, a conference, two matchmaking events, all with a released programme.
Their days are counted from the day of the seeding."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.queries import find_user
from market.events import service as events
from market.events.forms import EventForm, EventTextForm, InterpreterForm
from market.events.models import Event, Interpreter
from market.kernel import outbox
from market.kernel.viewer import Viewer
from market.listings.models import Listing
from market.organizations.queries import snapshot_viewer
from market.programme import service as programmes
from market.programme.checking import checking_once
from market.programme.conflicts.interpretation import BREAK, count_needed
from market.programme.conflicts.kinds import end_of, start_of
from market.programme.enums import SessionState
from market.programme.forms import (
    InterpretingForm,
    ReleaseForm,
    RoomForm,
    SessionForm,
    SessionTextForm,
    SpeakerForm,
    TrackForm,
)
from market.programme.interpreting import add_interpreter, assign_interpreters
from market.programme.marking import mark_session
from market.programme.models import ProgrammeSession
from market.programme.queries import find_programme, list_sessions
from market.programme.releasing import release_programme
from market.programme.rules import is_interpreted_by
from market.seed.listings import find_id
from market.seed.participants import seed_participants
from market.seed.reading import DEMO

SLUGS: Final = {
    "expo-last": "technology-exhibition",
    "expo-next": "technology-exhibition",
    "conference": "transfer-conference",
    "matchmaking-hanoi": "matchmaking-hanoi",
    "matchmaking-bangkok": "matchmaking-bangkok",
}
"""File → the address asked for; the year comes behind it. An edition stands before the one that follows it."""

MARKED: Final = 6
PLANNED_BEFORE: Final = timedelta(days=120)


def seed_events(session: Session, organizer: str, *, partner: str, now: datetime) -> None:
    """`organizer`: the mail address of the demo account that leads them; `partner`: of one that comes to the next."""
    user = find_user(session, organizer)
    if user is None:
        return
    by = snapshot_viewer(session, user, session_id=user.id)
    made: dict[str, Event] = {}
    for key, slug in SLUGS.items():
        table = tomllib.loads((DEMO / "events" / f"{key}.toml").read_text(encoding="utf-8"))
        made[key] = _seed_event(session, table, made, slug=slug, by=by, now=now)
    seed_participants(session, made["expo-next"], partner=partner, by=by, now=now)
    session.flush()  # the release is looked up
    _mark_sessions(session, made["expo-next"], partner=partner, now=now)


def _mark_sessions(session: Session, event: Event, *, partner: str, now: datetime) -> None:
    """The first that the partner can hear in the own language are on the partner's schedule."""
    user, programme = find_user(session, partner), find_programme(session, event.id)
    if user is None or programme is None:
        return
    viewer = snapshot_viewer(session, user, session_id=user.id)
    heard = [one for one in list_sessions(session, event.id) if user.language in (one.language, *one.interpreted_into)]
    for one in heard[:MARKED]:
        mark_session(session, programme, one.code, by=viewer, now=now)


def _seed_event(
    session: Session, table: Mapping[str, Any], made: Mapping[str, Event], *, slug: str, by: Viewer, now: datetime
) -> Event:
    starts_on = now.date() + timedelta(days=table["starts_in_days"])
    planned = min(now, datetime.combine(starts_on, time(8), UTC)) - PLANNED_BEFORE
    own = table["texts"][table["language"]]
    form = EventForm(
        kind=table["kind"], language=table["language"], country=table["country"],
        zone=table["zone"], website=table["website"], starts_on=starts_on,
        ends_on=starts_on + timedelta(days=table["days"] - 1), **own,
    )  # fmt: skip
    event = events.plan_event(session, form, by=by, now=planned, slug=slug)
    if table.get("previous"):
        event.previous_id = made[table["previous"]].id
    session.flush()  # versions are counted by rows that are written
    for language, words in table["texts"].items():
        if language != table["language"]:
            text = EventTextForm(**words)
            events.write_words(session, event, text, language=language, version=event.version, by=by, now=planned)
            session.flush()  # as above
    with checking_once(session, event, now=planned):
        _Programme(session, event, by=by, now=planned).fill(table)
    events.bring_into_the_open(session, event, by=by, now=now)
    release = release_programme(session, event, ReleaseForm(), by=by, now=planned)
    session.flush()  # the fact is looked up
    outbox.keep_from_handlers(session, release.id, now=now)  # no mails for what was never any other way
    return event


class _Programme:
    """One event's, with what its file calls things."""

    def __init__(self, session: Session, event: Event, *, by: Viewer, now: datetime) -> None:
        self.session, self.event, self.by, self.now = session, event, by, now
        self.rooms: dict[str, UUID] = {}
        self.tracks: dict[str, UUID] = {}
        self.speakers: dict[str, UUID] = {}

    def fill(self, table: Mapping[str, Any]) -> None:
        for row in table["rooms"]:
            form = RoomForm(name=_name(row["names"]), capacity=row["capacity"])
            room = programmes.add_room(self.session, self.event, form, by=self.by, now=self.now)
            room.names = dict(row["names"])
            self.session.flush()  # it gets its id
            self.rooms[row["key"]] = room.id
        for row in table["tracks"]:
            form_of_track = TrackForm(name=_name(row["names"]))
            track = programmes.add_track(self.session, self.event, form_of_track, by=self.by, now=self.now)
            track.names = dict(row["names"])
            self.session.flush()  # as rooms do
            self.tracks[row["key"]] = track.id
        for row in table["speakers"]:
            self.speakers[row["key"]] = self._add_speaker(row)
        for row in table["sessions"]:
            self._add_session(row)
        self._interpret(table.get("interpreters", ()))

    def _add_speaker(self, row: Mapping[str, Any]) -> UUID:
        form = SpeakerForm(
            name=row["name"], name_en=row.get("name_en", ""), language=row["language"],
            email=f"{row['key']}@demo.example", organization=row["organization"], biography=row["biography"],
        )  # fmt: skip
        speaker = programmes.add_speaker(self.session, self.event, form, by=self.by, now=self.now)
        return speaker.id

    def _add_session(self, row: Mapping[str, Any]) -> None:
        form = SessionForm(
            kind=row["kind"], state=SessionState.CONFIRMED, language=row["language"],
            interpreted=row.get("interpreted", []), track=self.tracks[row["track"]] if row.get("track") else None,
            room=self.rooms[row["room"]], day=self.event.starts_on + timedelta(days=row["day"] - 1),
            start=row["start"], minutes=row["minutes"], capacity=row.get("capacity"),
            speakers=[self.speakers[key] for key in row.get("speakers", ())],
            listings="\n".join(self._find_references(row.get("listings", ()))), **row["texts"][row["language"]],
        )  # fmt: skip
        planned = programmes.plan_session(self.session, self.event, form, by=self.by, now=self.now)
        for language, words in row["texts"].items():
            if language != row["language"]:
                programmes.write_session_words(
                    self.session, self.event, planned, SessionTextForm(**words), language=language, by=self.by,
                    now=self.now,
                )  # fmt: skip

    def _interpret(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Each channel gets the first who work between its languages and are free, as many as it needs."""
        everybody = [self._add_interpreter(row) for row in rows]
        busy: list[tuple[UUID, ProgrammeSession]] = []
        for planned in list_sessions(self.session, self.event.id) if everybody else ():
            channels = []
            for language in planned.interpreted_into:
                fit = [one for one in everybody if is_interpreted_by(planned.language, language, one)]
                free = [one.id for one in fit if all(_is_apart(planned, other) for who, other in busy if who == one.id)]
                chosen = free[: count_needed(planned)]
                busy += [(person, planned) for person in chosen]
                channels += [f"{language} {person}" for person in chosen]
            form = InterpretingForm(channels=channels)
            assign_interpreters(
                self.session, self.event, planned, form, version=planned.version, by=self.by, now=self.now
            )

    def _add_interpreter(self, row: Mapping[str, Any]) -> Interpreter:
        form = InterpreterForm(
            name=row["name"], language=row["language"], email=f"{row['key']}@demo.example", pairs=row["pairs"]
        )
        return add_interpreter(self.session, self.event, form, by=self.by, now=self.now)

    def _find_references(self, keys: list[str]) -> list[str]:
        ids = [find_id(key) for key in keys]
        found = dict(self.session.execute(select(Listing.id, Listing.reference).where(Listing.id.in_(ids))).all())
        return [found[one] for one in ids]


def _is_apart(one: ProgrammeSession, other: ProgrammeSession) -> bool:
    """With a break between them."""
    return start_of(one) >= end_of(other) + BREAK or start_of(other) >= end_of(one) + BREAK


def _name(names: Mapping[str, str]) -> str:
    """As files have it: one that is read everywhere."""
    return names.get("en") or next(iter(names.values()))
