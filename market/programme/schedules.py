"""Every read of what somebody keeps of a programme, and the schedule that comes of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from market.events.models import Event
from market.events.queries import ROWS, EventRow, visible_to
from market.kernel.errors import NotFound
from market.kernel.viewer import Viewer
from market.programme import queries, released
from market.programme.conflicts.overlaps import walk_overlaps
from market.programme.enums import ChangeKind
from market.programme.formats.times import find_day
from market.programme.models import (
    Programme,
    ProgrammeSession,
    Release,
    ReleasedSlot,
    Room,
    ScheduleFeed,
    SessionChange,
    SessionMark,
    SessionSpeaker,
    Speaker,
)
from market.programme.presenting import Names, ShownSession, name_in
from market.programme.released import SlotRow
from market.programme.times import ONE_DAY

MOST_EVENTS: Final = 200


def marked_by(user_id: UUID) -> ColumnElement[bool]:
    """Of a release: what this person has marked."""
    marked = select(SessionMark.session_id).where(SessionMark.user_id == user_id)
    return ReleasedSlot.session_id.in_(marked)


def spoken_by(user_id: UUID) -> ColumnElement[bool]:
    """Of a release: where the person with this account speaks."""
    spoken = select(SessionSpeaker.session_id).join(Speaker, Speaker.id == SessionSpeaker.speaker_id)
    return ReleasedSlot.session_id.in_(spoken.where(Speaker.user_id == user_id))


def on_day(programme: Programme, day: date) -> ColumnElement[bool]:
    begins = datetime.combine(day, time.min) + timedelta(minutes=programme.day_change)
    return (ReleasedSlot.starts_at >= begins) & (ReleasedSlot.starts_at < begins + ONE_DAY)


def get_released_id(session: Session, release_id: UUID | None, code: str) -> UUID:
    """What no release has shown is not there."""
    found = select(ReleasedSlot.session_id).join(ProgrammeSession, ProgrammeSession.id == ReleasedSlot.session_id)
    session_id = session.scalar(found.where(ReleasedSlot.release_id == release_id, ProgrammeSession.code == code))
    if session_id is None:
        raise NotFound
    return session_id


def map_released_ids(session: Session, programme: Programme, day: date) -> Mapping[str, UUID]:
    """Code → session, of all that the current release shows that day."""
    chosen = (
        select(ProgrammeSession.code, ProgrammeSession.id)
        .join(ReleasedSlot, ReleasedSlot.session_id == ProgrammeSession.id)
        .where(ReleasedSlot.release_id == programme.current_release_id, on_day(programme, day))
    )
    return dict(session.execute(chosen).all())


def is_marked(session: Session, user_id: UUID, session_id: UUID) -> bool:
    mark = select(SessionMark.session_id).where(SessionMark.user_id == user_id, SessionMark.session_id == session_id)
    return session.scalar(mark) is not None


def list_marked_ids(session: Session, event_id: UUID, user_id: UUID) -> set[UUID]:
    marked = (
        select(SessionMark.session_id)
        .join(ProgrammeSession, ProgrammeSession.id == SessionMark.session_id)
        .where(SessionMark.user_id == user_id, ProgrammeSession.event_id == event_id)
    )
    return set(session.scalars(marked))


def speaks_at(session: Session, event_id: UUID, user_id: UUID) -> bool:
    """Whether this person is a speaker of the event, with an account of the same address."""
    speaker = select(Speaker.id).where(Speaker.user_id == user_id, Speaker.event_id == event_id)
    return session.scalar(speaker.limit(1)) is not None


def find_feed(session: Session, event_id: UUID, user_id: UUID) -> ScheduleFeed | None:
    return session.get(ScheduleFeed, (user_id, event_id))


def find_feed_by_handle(session: Session, handle: str) -> ScheduleFeed | None:
    return session.scalar(select(ScheduleFeed).where(ScheduleFeed.handle == handle))


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """An event with so many sessions on somebody's schedule."""

    event: EventRow
    sessions: int


def list_schedules(session: Session, viewer: Viewer, *, language: str) -> list[ScheduleRow]:
    """Of events of which something is marked, the last day that is furthest ahead first."""
    counted = (
        select(ProgrammeSession.event_id, func.count())
        .join(SessionMark, SessionMark.session_id == ProgrammeSession.id)
        .where(SessionMark.user_id == viewer.id)
        .group_by(ProgrammeSession.event_id)
    )
    counts: dict[UUID, int] = dict(session.execute(counted).all())
    chosen = ROWS.where(Event.id.in_(counts), visible_to(viewer)).order_by(Event.ends_on.desc(), Event.id.desc())
    rows = session.execute(chosen.limit(MOST_EVENTS), {"reader": language})
    return [ScheduleRow(event, counts[event.id]) for event in (EventRow(*row) for row in rows)]


@dataclass(frozen=True, slots=True)
class Place:
    starts_at: datetime
    room: str


@dataclass(slots=True)
class ScheduledSession:
    """`before`: where it was planned when it was marked, if that is elsewhere. `clashes`: what else is marked for the
    same time."""

    shown: ShownSession
    before: Place | None = None
    clashes: list[ShownSession] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ScheduledDay:
    day: date
    sessions: Sequence[ScheduledSession]


def present_schedule(
    session: Session, event: Event, programme: Programme, *, user_id: UUID, language: str
) -> list[ScheduledDay]:
    """What is marked, in order of time. The same number of queries however many that are."""
    release_id = programme.current_release_id
    if release_id is None:
        return []
    among = marked_by(user_id)
    rooms, tracks = queries.list_rooms(session, event.id), queries.list_tracks(session, event.id)
    names = Names(session, release_id, rooms, tracks, language=language, among=among)
    slots = released.list_slots(session, release_id, among=among)
    moves = _map_moves(session, event.id, user_id)
    scheduled = {
        slot.id: ScheduledSession(names.show(slot), _find_place(slot, moves, rooms, language)) for slot in slots
    }
    for first, second in _find_overlaps(slots):
        scheduled[first.id].clashes.append(scheduled[second.id].shown)
        scheduled[second.id].clashes.append(scheduled[first.id].shown)
    by_day = groupby(slots, key=lambda slot: find_day(slot.starts_at, programme.day_change))
    return [ScheduledDay(day, [scheduled[slot.id] for slot in group]) for day, group in by_day]


@dataclass(frozen=True, slots=True)
class OfferedSession:
    shown: ShownSession
    is_marked: bool


def list_offered(
    session: Session, event: Event, programme: Programme, day: date, *, user_id: UUID, language: str
) -> list[OfferedSession]:
    """Everything that the current release shows on a day, to choose from."""
    release_id = programme.current_release_id
    if release_id is None:
        return []
    among = on_day(programme, day)
    rooms, tracks = queries.list_rooms(session, event.id), queries.list_tracks(session, event.id)
    names = Names(session, release_id, rooms, tracks, language=language, among=among)
    marked = list_marked_ids(session, event.id, user_id)
    slots = released.list_slots(session, release_id, among=among)
    return [OfferedSession(names.show(slot), slot.id in marked) for slot in slots]


def _map_moves(session: Session, event_id: UUID, user_id: UUID) -> Mapping[UUID, tuple[datetime, str]]:
    """Session → when and in which room it was before the first release that changed it after it was marked."""
    chosen = (
        select(SessionChange.session_id, SessionChange.old_starts_at, SessionChange.old_room)
        .join(Release, Release.id == SessionChange.release_id)
        .join(SessionMark, SessionMark.session_id == SessionChange.session_id)
        .where(
            Release.event_id == event_id, SessionMark.user_id == user_id, SessionChange.kind != ChangeKind.NEW,
            Release.released_at > SessionMark.marked_at,
        )
        .order_by(Release.number.desc())
    )  # fmt: skip
    rows: Iterable[Sequence[Any]] = session.execute(chosen)
    return {session_id: (starts_at, room) for session_id, starts_at, room in rows}


def _find_place(
    slot: SlotRow, moves: Mapping[UUID, tuple[datetime, str]], rooms: Sequence[Room], language: str
) -> Place | None:
    """None for what stands where it stood, and for what is called off: that says it all."""
    starts_at, name = moves.get(slot.id, (slot.starts_at, ""))
    room = next((one for one in rooms if one.name == name), None)
    is_here = slot.id not in moves or (starts_at == slot.starts_at and room is not None and room.id == slot.room_id)
    if is_here or slot.is_cancelled:
        return None
    return Place(starts_at, name_in(room, language) if room else name)


def _find_overlaps(slots: Sequence[SlotRow]) -> Iterable[tuple[SlotRow, SlotRow]]:
    """Pairs of which the second begins before the first has ended, of what is not called off."""
    ordered = sorted((one for one in slots if not one.is_cancelled), key=lambda one: one.starts_utc)
    return walk_overlaps(ordered, start=lambda one: one.starts_utc, end=_end_of)


def _end_of(slot: SlotRow) -> datetime:
    return slot.starts_utc + timedelta(minutes=slot.minutes)
