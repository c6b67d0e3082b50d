"""One session of a release, read for its page: plain columns, because the mapper spends most of such a read on what it
needs to know for writing back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from market.kernel.db import checked_after
from market.kernel.errors import NotFound
from market.listings.models import Listing
from market.listings.queries import ROWS, ListingRow, visible_to
from market.programme.enums import SessionKind
from market.programme.models import (
    ProgrammeSession,
    ReleasedSlot,
    Room,
    SessionListing,
    SessionSpeaker,
    SessionText,
    Speaker,
    Track,
)
from market.programme.released import SECOND_LANGUAGE, Words


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A room or a track: `names` by language, `name` as files know it."""

    name: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SpokenRow:
    """Who speaks, as the page of a session says it."""

    name: str
    name_en: str
    language: str
    organization: str
    biography: str


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A session where and when the release has it, with the words of today. `floor`: the language spoken."""

    id: UUID
    code: str
    kind: SessionKind
    floor: str
    interpreted: Sequence[str]
    capacity: int | None
    links: Sequence[Mapping[str, str]]
    starts_at: datetime
    starts_utc: datetime
    minutes: int
    is_cancelled: bool
    room: NamedRow | None
    track: NamedRow | None
    words: Words
    speakers: Sequence[SpokenRow]
    listings: Sequence[ListingRow]


def read_session(session: Session, event_id: UUID, release_id: UUID | None, code: str, *, language: str) -> SessionPage:
    """Four statements. What the release does not have is not there."""
    connection = session.connection()
    row = connection.execute(_PLACED, {"event_id": event_id, "release_id": release_id, "code": code}).one_or_none()
    if row is None:
        raise NotFound
    asked = {"session_id": row.id, "reader": language}
    texts = {text.language: Words(*text) for text in connection.execute(_WORDED, {**asked, "own": row.language})}
    return SessionPage(
        id=row.id, code=row.code, kind=row.kind, floor=row.language, interpreted=row.interpreted.split(),
        capacity=row.capacity, links=[*row.links, *row.attachments], starts_at=row.starts_at,
        starts_utc=row.starts_utc, minutes=row.minutes, is_cancelled=row.is_cancelled,
        room=_name(row.room, row.room_names), track=_name(row.track, row.track_names),
        words=texts.get(language) or texts.get(SECOND_LANGUAGE) or texts[row.language],
        speakers=[SpokenRow(*one) for one in _list(connection.execute(_SPOKEN, {"session_id": row.id}))],
        listings=[ListingRow(*one) for one in _list(connection.execute(_SHOWN_LISTINGS, asked))],
    )  # fmt: skip


def _list(rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    return rows


def _name(name: str | None, names: Mapping[str, str] | None) -> NamedRow | None:
    return NamedRow(name, names or {}) if name is not None else None


_PLACED = (
    select(
        ProgrammeSession.id, ProgrammeSession.code, ProgrammeSession.kind, ProgrammeSession.language,
        ProgrammeSession.interpreted, ProgrammeSession.capacity, ProgrammeSession.links, ProgrammeSession.attachments,
        ReleasedSlot.starts_at, ReleasedSlot.starts_utc, ReleasedSlot.minutes, ReleasedSlot.is_cancelled,
        Room.name.label("room"), Room.names.label("room_names"), Track.name.label("track"),
        Track.names.label("track_names"),
    )
    .join(ReleasedSlot, ReleasedSlot.session_id == ProgrammeSession.id)
    .outerjoin(Room, Room.id == ReleasedSlot.room_id)
    .outerjoin(Track, Track.id == ProgrammeSession.track_id)
    .where(
        ProgrammeSession.event_id == bindparam("event_id", type_=ProgrammeSession.event_id.type),
        ProgrammeSession.code == bindparam("code"),
        ReleasedSlot.release_id == bindparam("release_id", type_=ReleasedSlot.release_id.type),
    )
)  # fmt: skip
"""Built once, as all below: putting a statement together costs more than running it."""

_OF_SESSION = bindparam("session_id", type_=ProgrammeSession.id.type)

_WORDED = select(
    SessionText.language, SessionText.title, SessionText.subtitle, SessionText.abstract, SessionText.description
).where(
    SessionText.session_id == _OF_SESSION,
    or_(
        SessionText.language == bindparam("reader"),
        SessionText.language == bindparam("own"),
        SessionText.language == SECOND_LANGUAGE,
    ),
)

_SPOKEN = (
    select(Speaker.name, Speaker.name_en, Speaker.language, Speaker.organization, Speaker.biography)
    .join(SessionSpeaker, SessionSpeaker.speaker_id == Speaker.id)
    .where(SessionSpeaker.session_id == _OF_SESSION)
    .order_by(SessionSpeaker.position)
)

_SHOWN_LISTINGS = (
    ROWS.join(SessionListing, SessionListing.listing_id == Listing.id)
    .where(SessionListing.session_id == _OF_SESSION, checked_after(visible_to(None)))
    .order_by(SessionListing.position)
)
