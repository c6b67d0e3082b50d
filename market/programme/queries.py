"""Every read of the working copy. Who may see an event was asked by `events.queries.get_event` before."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from market.accounts.models import User
from market.events.models import Interpreter
from market.kernel.errors import NotFound
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.programme.enums import ConflictKind, Severity
from market.programme.models import (
    Programme,
    ProgrammeSession,
    Release,
    ReleasedSlot,
    Room,
    SessionChange,
    SessionInterpreter,
    SessionListing,
    SessionSpeaker,
    SessionText,
    Speaker,
    StoredConflict,
    Track,
)

GRAVE: Final = (Severity.BLOCK, Severity.BLOCK_RELEASE)
"""What no release may have."""

LOOKED_UP_AT_ONCE: Final = 1_000


def find_programme(session: Session, event_id: UUID) -> Programme | None:
    return session.get(Programme, event_id)


def find_programme_by_key(session: Session, key: str) -> Programme | None:
    return session.scalar(select(Programme).where(Programme.external_key == key))


def find_event_of(session: Session, guids: Sequence[UUID]) -> UUID | None:
    """That one of these sessions belongs to."""
    return session.scalar(select(ProgrammeSession.event_id).where(ProgrammeSession.guid.in_(guids)).limit(1))


def lock_programme(session: Session, event_id: UUID) -> Programme | None:
    """Two who change one programme wait for each other."""
    return session.scalar(select(Programme).where(Programme.event_id == event_id).with_for_update())


def find_release(session: Session, release_id: UUID | None) -> Release | None:
    return session.get(Release, release_id) if release_id else None


def list_releases(session: Session, event_id: UUID, *, limit: int = 50) -> Sequence[Release]:
    """The last one first."""
    chosen = select(Release).where(Release.event_id == event_id).order_by(Release.number.desc())
    return session.scalars(chosen.limit(limit)).all()


def is_release_named(session: Session, event_id: UUID, name: str) -> bool:
    named = select(Release.id).where(Release.event_id == event_id, Release.name == name)
    return session.scalar(named) is not None


def list_rooms(session: Session, event_id: UUID) -> Sequence[Room]:
    return session.scalars(select(Room).where(Room.event_id == event_id).order_by(Room.position, Room.name)).all()


def list_tracks(session: Session, event_id: UUID) -> Sequence[Track]:
    return session.scalars(select(Track).where(Track.event_id == event_id).order_by(Track.position, Track.name)).all()


def list_speakers(session: Session, event_id: UUID) -> Sequence[Speaker]:
    return session.scalars(select(Speaker).where(Speaker.event_id == event_id).order_by(Speaker.name, Speaker.id)).all()


def get_session(session: Session, event_id: UUID, code: str) -> ProgrammeSession:
    """With all its parts."""
    return _get_one(session, with_parts(), event_id, code)


def get_session_anew(session: Session, event_id: UUID, code: str) -> ProgrammeSession:
    """As somebody else may have saved it since it was read."""
    return _get_one(session, with_parts().execution_options(populate_existing=True), event_id, code)


def _get_one(session: Session, chosen: Select[ProgrammeSession], event_id: UUID, code: str) -> ProgrammeSession:
    found = session.scalar(chosen.where(ProgrammeSession.event_id == event_id, ProgrammeSession.code == code))
    if found is None:
        raise NotFound
    return found


def list_sessions(session: Session, event_id: UUID) -> Sequence[ProgrammeSession]:
    """The working copy, with all its parts; what has no time yet stands last."""
    chosen = with_parts().where(ProgrammeSession.event_id == event_id)
    order = (ProgrammeSession.starts_at.is_(None), ProgrammeSession.starts_at, ProgrammeSession.number)
    return session.scalars(chosen.order_by(*order)).all()


def map_sessions_anew(session: Session, event_id: UUID, ids: Collection[UUID]) -> dict[UUID, ProgrammeSession]:
    """Those of them that are there, as somebody else may have saved them since they were read."""
    chosen = select(ProgrammeSession).where(ProgrammeSession.event_id == event_id, ProgrammeSession.id.in_(ids))
    return {one.id: one for one in session.scalars(chosen.execution_options(populate_existing=True))}


def list_titles(session: Session, ids: Collection[UUID]) -> list[str]:
    """Of sessions, each in its own language."""
    chosen = (
        select(SessionText.title)
        .join(ProgrammeSession, ProgrammeSession.id == SessionText.session_id)
        .where(SessionText.session_id.in_(ids), SessionText.language == ProgrammeSession.language)
    )
    return list(session.scalars(chosen.order_by(SessionText.title)))


def list_plans(session: Session, event_id: UUID) -> Sequence[ProgrammeSession]:
    """The working copy as a release looks at it: where, when, who and what is on show, without any words."""
    chosen = select(ProgrammeSession).options(
        joinedload(ProgrammeSession.room),
        selectinload(ProgrammeSession.speakers)
        .joinedload(SessionSpeaker.speaker)
        .load_only(Speaker.name, Speaker.user_id),
        selectinload(ProgrammeSession.listings)
        .joinedload(SessionListing.listing)
        .load_only(Listing.reference, Listing.state),
        selectinload(ProgrammeSession.interpreters).joinedload(SessionInterpreter.interpreter),
        defer(ProgrammeSession.links),
        defer(ProgrammeSession.attachments),
    )
    order = (ProgrammeSession.starts_at.is_(None), ProgrammeSession.starts_at, ProgrammeSession.number)
    return session.scalars(chosen.where(ProgrammeSession.event_id == event_id).order_by(*order)).all()


def with_parts() -> Select[ProgrammeSession]:
    return select(ProgrammeSession).options(
        joinedload(ProgrammeSession.room),
        joinedload(ProgrammeSession.track),
        selectinload(ProgrammeSession.texts),
        selectinload(ProgrammeSession.speakers).joinedload(SessionSpeaker.speaker),
        selectinload(ProgrammeSession.listings)
        .joinedload(SessionListing.listing)
        .load_only(Listing.reference, Listing.state),
        selectinload(ProgrammeSession.interpreters).joinedload(SessionInterpreter.interpreter),
    )


def list_conflicts(session: Session, event_id: UUID, *, grave: bool = False, limit: int) -> Sequence[StoredConflict]:
    """As they were found, the grave ones first. `grave`: only what no release may have."""
    chosen = select(StoredConflict).where(StoredConflict.event_id == event_id)
    if grave:
        chosen = chosen.where(StoredConflict.severity.in_(GRAVE))
    gravity = case({severity.value: rank for rank, severity in enumerate(Severity)}, value=StoredConflict.severity)
    return session.scalars(chosen.order_by(gravity, StoredConflict.position).limit(limit)).all()


def count_conflicts(session: Session, event_id: UUID) -> int:
    counted = select(func.count()).select_from(StoredConflict).where(StoredConflict.event_id == event_id)
    return session.scalar(counted) or 0


def has_grave_conflict(session: Session, event_id: UUID) -> bool:
    found = select(StoredConflict.id).where(StoredConflict.event_id == event_id, StoredConflict.severity.in_(GRAVE))
    return session.scalar(found.limit(1)) is not None


def list_to_check(session: Session, *, limit: int) -> Sequence[UUID]:
    """Events whose conflicts were never looked for, or that have one about a listing which is public again."""
    listing = (
        select(SessionListing.session_id)
        .join(Listing)
        .where(
            SessionListing.session_id == StoredConflict.session_id,
            Listing.reference == StoredConflict.name,
            Listing.state == ListingState.PUBLISHED,
        )
    )
    settled = select(StoredConflict.event_id).where(StoredConflict.kind == ConflictKind.SHOWN_LISTING, listing.exists())
    is_due = or_(Programme.checked_at.is_(None), Programme.event_id.in_(settled))
    return session.scalars(select(Programme.event_id).where(is_due).order_by(Programme.event_id).limit(limit)).all()


def count_sessions(session: Session, event_id: UUID) -> int:
    counted = select(func.count()).select_from(ProgrammeSession).where(ProgrammeSession.event_id == event_id)
    return session.scalar(counted) or 0


def find_highest_number(session: Session, event_id: UUID) -> int:
    highest = select(func.max(ProgrammeSession.number)).where(ProgrammeSession.event_id == event_id)
    return session.scalar(highest) or 0


def list_released_ids(session: Session, event_id: UUID) -> set[UUID]:
    """Sessions that any release has shown."""
    shown = select(ReleasedSlot.session_id).join(Release, Release.id == ReleasedSlot.release_id)
    return set(session.scalars(shown.where(Release.event_id == event_id).distinct()))


def is_room_used(session: Session, room_id: UUID) -> bool:
    """Whether a session of the working copy or of any release is in it."""
    planned = select(ProgrammeSession.id).where(ProgrammeSession.room_id == room_id).limit(1)
    shown = select(ReleasedSlot.session_id).where(ReleasedSlot.room_id == room_id).limit(1)
    return session.scalar(planned) is not None or session.scalar(shown) is not None


def get_room(session: Session, event_id: UUID, room_id: UUID) -> Room:
    room = session.get(Room, room_id)
    if room is None or room.event_id != event_id:
        raise NotFound
    return room


def get_speaker(session: Session, event_id: UUID, speaker_id: UUID) -> Speaker:
    speaker = session.get(Speaker, speaker_id)
    if speaker is None or speaker.event_id != event_id:
        raise NotFound
    return speaker


def list_changes(session: Session, release_id: UUID) -> Sequence[SessionChange]:
    order = (SessionChange.kind, SessionChange.new_starts_at, SessionChange.session_id)
    return session.scalars(select(SessionChange).where(SessionChange.release_id == release_id).order_by(*order)).all()


def list_concerned(
    session: Session, release_id: UUID
) -> list[tuple[SessionChange, Speaker | Interpreter, User | None]]:
    """Each change of a release with everybody who speaks or interprets there, in order of time."""
    speakers = (
        select(SessionChange, Speaker, User)
        .join(SessionSpeaker, SessionSpeaker.session_id == SessionChange.session_id)
        .join(Speaker, Speaker.id == SessionSpeaker.speaker_id)
        .outerjoin(User, User.id == Speaker.user_id)
    )
    interpreters = (
        select(SessionChange, Interpreter, User)
        .join(SessionInterpreter, SessionInterpreter.session_id == SessionChange.session_id)
        .join(Interpreter, Interpreter.id == SessionInterpreter.interpreter_id)
        .outerjoin(User, User.id == Interpreter.user_id)
    )
    found: list[tuple[SessionChange, Speaker | Interpreter, User | None]] = []
    for chosen in (speakers, interpreters):
        rows = session.execute(chosen.where(SessionChange.release_id == release_id))
        found += [(change, person, user) for change, person, user in rows]
    return sorted(found, key=lambda row: (_when(row[0]), row[0].session_id))


def _when(change: SessionChange) -> datetime:
    when = change.new_starts_at or change.old_starts_at
    assert when is not None  # noqa: S101 - what a release shows has a time
    return when


def list_events_with(session: Session, accounts: Collection[UUID]) -> set[UUID]:
    """Those on whose programme one of these people speaks or interprets."""
    some, found = list(accounts), set[UUID]()
    for first in range(0, len(some), LOOKED_UP_AT_ONCE):
        part = some[first : first + LOOKED_UP_AT_ONCE]
        for people in (Speaker, Interpreter):
            found.update(session.scalars(select(people.event_id).where(people.user_id.in_(part)).distinct()))
    return found


def list_events_showing(session: Session, listing_ids: Collection[UUID]) -> set[UUID]:
    """Those with one of these listings on their programme."""
    showing = select(ProgrammeSession.event_id).join(SessionListing, SessionListing.session_id == ProgrammeSession.id)
    return set(session.scalars(showing.where(SessionListing.listing_id.in_(listing_ids)).distinct()))


def map_changed_titles(session: Session, release_id: UUID) -> Mapping[UUID, tuple[str, Mapping[str, str]]]:
    """Changed session → (its own language, language → title), for all of a release at once."""
    chosen = (
        select(SessionText.session_id, ProgrammeSession.language, SessionText.language, SessionText.title)
        .join(ProgrammeSession, ProgrammeSession.id == SessionText.session_id)
        .join(SessionChange, SessionChange.session_id == SessionText.session_id)
        .where(SessionChange.release_id == release_id)
    )
    titles: dict[UUID, tuple[str, dict[str, str]]] = {}
    for session_id, own, language, title in session.execute(chosen):
        titles.setdefault(session_id, (own, {}))[1][language] = title
    return titles
