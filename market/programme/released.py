"""Every read of what a release shows: slots where and when they are, with the words of today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, select, true
from sqlalchemy.orm import Session, aliased

from market.events.models import Event, EventText
from market.events.queries import READER, visible_to
from market.programme.enums import SessionKind
from market.programme.models import (
    Programme,
    ProgrammeSession,
    ReleasedSlot,
    Room,
    SessionListing,
    SessionSpeaker,
    SessionText,
    Speaker,
    Track,
)

SECOND_LANGUAGE = "en"
"""What most visitors of an international programme read, where there are no words in their own language."""

LONGEST = timedelta(days=1)
"""No session is longer (a constraint of the table)."""

ALL = true()
"""Of a release, where a read is not narrowed down to some of its sessions (by a condition on `ReleasedSlot`)."""


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A session where and when the current release has it. `floor`: the language spoken."""

    id: UUID
    code: str
    guid: UUID
    kind: SessionKind
    floor: str
    interpreted: str
    track_id: UUID | None
    room_id: UUID | None
    starts_at: datetime
    starts_utc: datetime
    minutes: int
    sequence: int
    changed_at: datetime
    is_cancelled: bool


def list_slots(session: Session, release_id: UUID, *, among: ColumnElement[bool] = ALL) -> list[SlotRow]:
    """In order of time, then of rooms; what was called off stands at the time it had."""
    chosen = (
        select(
            ProgrammeSession.id, ProgrammeSession.code, ProgrammeSession.guid, ProgrammeSession.kind,
            ProgrammeSession.language, ProgrammeSession.interpreted, ProgrammeSession.track_id, ReleasedSlot.room_id,
            ReleasedSlot.starts_at, ReleasedSlot.starts_utc, ReleasedSlot.minutes, ReleasedSlot.sequence,
            ReleasedSlot.changed_at, ReleasedSlot.is_cancelled,
        )
        .join(ReleasedSlot, ReleasedSlot.session_id == ProgrammeSession.id)
        .outerjoin(Room, Room.id == ReleasedSlot.room_id)
        .where(ReleasedSlot.release_id == release_id, among)
        .order_by(ReleasedSlot.starts_at, Room.position, ProgrammeSession.number)
    )  # fmt: skip
    rows: Iterable[Sequence[Any]] = session.execute(chosen)
    return [SlotRow(*row) for row in rows]


def map_titles(
    session: Session, release_id: UUID, *, language: str, among: ColumnElement[bool] = ALL
) -> Mapping[UUID, tuple[str, str, str]]:
    """Session → (language, title, subtitle): the reader's words where there are any, else English, else its own."""
    chosen = (
        select(SessionText.session_id, SessionText.language, SessionText.title, SessionText.subtitle)
        .join(ProgrammeSession, ProgrammeSession.id == SessionText.session_id)
        .join(ReleasedSlot, ReleasedSlot.session_id == SessionText.session_id)
        .where(
            ReleasedSlot.release_id == release_id,
            among,
            SessionText.language.in_([language, SECOND_LANGUAGE, ProgrammeSession.language]),
        )
    )
    ranks = {language: 2, SECOND_LANGUAGE: 1}
    titles: dict[UUID, tuple[str, str, str]] = {}
    for session_id, code, title, subtitle in session.execute(chosen):
        known = titles.get(session_id)
        if known is None or ranks.get(code, 0) > ranks.get(known[0], 0):
            titles[session_id] = (code, title, subtitle)
    return titles


@dataclass(frozen=True, slots=True)
class RunningRow:
    """`room` is the name that files know it by; `language` is the title's."""

    code: str
    starts_at: datetime
    starts_utc: datetime
    minutes: int
    room: str
    title: str
    language: str


def list_begun(session: Session, release_id: UUID, *, now: datetime, language: str) -> list[RunningRow]:
    """What began within the longest time that a session can have; its end is for the caller to look at."""
    own, read = aliased(SessionText), aliased(SessionText)
    chosen = (
        select(
            ProgrammeSession.code, ReleasedSlot.starts_at, ReleasedSlot.starts_utc, ReleasedSlot.minutes,
            func.coalesce(Room.name, ""), func.coalesce(read.title, own.title),
            func.coalesce(read.language, own.language),
        )
        .join(ReleasedSlot, ReleasedSlot.session_id == ProgrammeSession.id)
        .outerjoin(Room, Room.id == ReleasedSlot.room_id)
        .join(own, and_(own.session_id == ProgrammeSession.id, own.language == ProgrammeSession.language))
        .outerjoin(read, and_(read.session_id == ProgrammeSession.id, read.language == language))
        .where(
            ReleasedSlot.release_id == release_id, ~ReleasedSlot.is_cancelled, ReleasedSlot.starts_utc <= now,
            ReleasedSlot.starts_utc > now - LONGEST,
        )
        .order_by(ReleasedSlot.starts_utc, Room.position)
    )  # fmt: skip
    rows: Iterable[Sequence[Any]] = session.execute(chosen)
    return [RunningRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    id: UUID
    name: str
    name_en: str
    language: str


def map_speakers(
    session: Session, release_id: UUID, *, among: ColumnElement[bool] = ALL
) -> Mapping[UUID, list[SpeakerRow]]:
    """Session → who speaks there, in the organizer's order."""
    chosen = (
        select(SessionSpeaker.session_id, Speaker.id, Speaker.name, Speaker.name_en, Speaker.language)
        .join(Speaker, Speaker.id == SessionSpeaker.speaker_id)
        .join(ReleasedSlot, ReleasedSlot.session_id == SessionSpeaker.session_id)
        .where(ReleasedSlot.release_id == release_id, among)
        .order_by(SessionSpeaker.session_id, SessionSpeaker.position)
    )
    speakers: dict[UUID, list[SpeakerRow]] = {}
    for session_id, speaker_id, name, name_en, language in session.execute(chosen):
        speakers.setdefault(session_id, []).append(SpeakerRow(speaker_id, name, name_en, language))
    return speakers


@dataclass(frozen=True, slots=True)
class ExportedRow:
    """A session as files carry it, without its words and speakers. `placed_at`: when a release last moved it."""

    id: UUID
    guid: UUID
    number: int
    code: str
    kind: SessionKind
    file_kind: str
    file_slug: str
    language: str
    licence: str
    logo: str
    may_not_be_recorded: bool
    links: list[dict[str, str]]
    attachments: list[dict[str, str]]
    changed_at: datetime
    starts_at: datetime
    minutes: int
    sequence: int
    placed_at: datetime
    is_cancelled: bool
    room: str
    track: str


def list_exported(session: Session, release_id: UUID, *, among: ColumnElement[bool] = ALL) -> list[ExportedRow]:
    """In order of time."""
    one = ProgrammeSession
    chosen = (
        select(
            one.id, one.guid, one.number, one.code, one.kind, one.file_kind, one.file_slug, one.language, one.licence,
            one.logo, one.may_not_be_recorded, one.links, one.attachments, one.changed_at, ReleasedSlot.starts_at,
            ReleasedSlot.minutes, ReleasedSlot.sequence, ReleasedSlot.changed_at, ReleasedSlot.is_cancelled,
            func.coalesce(Room.name, ""), func.coalesce(Track.name, ""),
        )
        .join(ReleasedSlot, ReleasedSlot.session_id == one.id)
        .outerjoin(Room, Room.id == ReleasedSlot.room_id)
        .outerjoin(Track, Track.id == one.track_id)
        .where(ReleasedSlot.release_id == release_id, among)
        .order_by(ReleasedSlot.starts_at, one.number)
    )  # fmt: skip
    rows: Iterable[Sequence[Any]] = session.execute(chosen)
    return [ExportedRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    title: str
    subtitle: str
    abstract: str
    description: str


def map_words(
    session: Session, release_id: UUID, *, language: str, among: ColumnElement[bool] = ALL
) -> Mapping[UUID, Words]:
    """Session → all of its words: the reader's where there are any, else its own."""
    text = SessionText
    chosen = (
        select(text.session_id, text.language, text.title, text.subtitle, text.abstract, text.description)
        .join(ProgrammeSession, ProgrammeSession.id == text.session_id)
        .join(ReleasedSlot, ReleasedSlot.session_id == text.session_id)
        .where(ReleasedSlot.release_id == release_id, among, text.language.in_([language, ProgrammeSession.language]))
    )
    words: dict[UUID, Words] = {}
    for session_id, code, title, subtitle, abstract, description in session.execute(chosen):
        if session_id not in words or code == language:
            words[session_id] = Words(code, title, subtitle, abstract, description)
    return words


def list_persons(
    session: Session, release_id: UUID, *, among: ColumnElement[bool] = ALL
) -> list[tuple[UUID, UUID, str, int | None, str]]:
    """(session, guid, name, number, biography), in the order of each session."""
    chosen = (
        select(SessionSpeaker.session_id, Speaker.guid, Speaker.name, Speaker.number, Speaker.biography)
        .join(Speaker, Speaker.id == SessionSpeaker.speaker_id)
        .join(ReleasedSlot, ReleasedSlot.session_id == SessionSpeaker.session_id)
        .where(ReleasedSlot.release_id == release_id, among)
        .order_by(SessionSpeaker.session_id, SessionSpeaker.position)
    )
    return [(one, guid, name, number, about) for one, guid, name, number, about in session.execute(chosen)]


def find_slot(session: Session, release_id: UUID | None, session_id: UUID) -> ReleasedSlot | None:
    return session.get(ReleasedSlot, (release_id, session_id)) if release_id else None


def count_shown(session: Session, release_id: UUID) -> int:
    counted = select(func.count()).select_from(ReleasedSlot).where(ReleasedSlot.release_id == release_id)
    return session.scalar(counted.where(~ReleasedSlot.is_cancelled)) or 0


def map_released(session: Session, release_id: UUID) -> dict[UUID, ReleasedSlot]:
    """Session → its slot in that release."""
    slots = session.scalars(select(ReleasedSlot).where(ReleasedSlot.release_id == release_id))
    return {slot.session_id: slot for slot in slots}


@dataclass(frozen=True, slots=True)
class Presentation:
    """Where a listing is shown: a session of a released programme, with its words and the event's as they are shown."""

    slug: str
    code: str
    zone: str
    starts_at: datetime
    room: str
    event: str
    event_language: str
    title: str
    language: str


def list_presentations(
    session: Session, listing_id: UUID, *, language: str, now: datetime, limit: int
) -> list[Presentation]:
    """What is still to come of events that everybody may see, soonest first."""
    asked = {"listing_id": listing_id, "reader": language, "now": now, "most": limit}
    rows: Iterable[Sequence[Any]] = session.connection().execute(_PRESENTATIONS, asked)
    return [Presentation(*row) for row in rows]


def _is_current_slot() -> ColumnElement[bool]:
    return and_(ReleasedSlot.release_id == Programme.current_release_id, ReleasedSlot.session_id == ProgrammeSession.id)


def _make_presentations() -> Select[*tuple[Any, ...]]:
    own, read = aliased(SessionText), aliased(SessionText)
    event_own, event_read = aliased(EventText), aliased(EventText)
    chosen = (
        select(
            Event.slug, ProgrammeSession.code, Event.zone, ReleasedSlot.starts_at, func.coalesce(Room.name, ""),
            func.coalesce(event_read.title, event_own.title), func.coalesce(event_read.language, event_own.language),
            func.coalesce(read.title, own.title), func.coalesce(read.language, own.language),
        )
        .select_from(SessionListing)
        .join(ProgrammeSession, ProgrammeSession.id == SessionListing.session_id)
        .join(Event, Event.id == ProgrammeSession.event_id)
        .join(Programme, Programme.event_id == Event.id)
        .join(ReleasedSlot, _is_current_slot())
        .outerjoin(Room, Room.id == ReleasedSlot.room_id)
        .join(own, and_(own.session_id == ProgrammeSession.id, own.language == ProgrammeSession.language))
        .outerjoin(read, and_(read.session_id == ProgrammeSession.id, read.language == READER))
        .join(event_own, and_(event_own.event_id == Event.id, event_own.language == Event.language))
        .outerjoin(event_read, and_(event_read.event_id == Event.id, event_read.language == READER))
        .where(
            SessionListing.listing_id == bindparam("listing_id", type_=SessionListing.listing_id.type),
            visible_to(None), ~ReleasedSlot.is_cancelled,
            ReleasedSlot.starts_utc >= bindparam("now", type_=ReleasedSlot.starts_utc.type),
        )
        .order_by(ReleasedSlot.starts_utc, ProgrammeSession.id)
    )  # fmt: skip
    return chosen.limit(bindparam("most", type_=Integer))


_PRESENTATIONS = _make_presentations()
"""Built once: every page of a listing asks it."""
