"""Every read of the working copy. Who may see an event was asked by `events.queries.get_event` before."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from market.accounts.models import User
from market.kernel.errors import NotFound
from market.listings.models import Listing
from market.programme.models import (
    Programme,
    ProgrammeSession,
    Release,
    ReleasedSlot,
    Room,
    SessionChange,
    SessionListing,
    SessionSpeaker,
    SessionText,
    Speaker,
    Track,
)


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
        selectinload(ProgrammeSession.speakers).joinedload(SessionSpeaker.speaker).load_only(Speaker.name),
        selectinload(ProgrammeSession.listings)
        .joinedload(SessionListing.listing)
        .load_only(Listing.reference, Listing.state),
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
    )


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


def get_speaker(session: Session, event_id: UUID, speaker_id: UUID) -> Speaker:
    speaker = session.get(Speaker, speaker_id)
    if speaker is None or speaker.event_id != event_id:
        raise NotFound
    return speaker


def list_changes(session: Session, release_id: UUID) -> Sequence[SessionChange]:
    order = (SessionChange.kind, SessionChange.new_starts_at, SessionChange.session_id)
    return session.scalars(select(SessionChange).where(SessionChange.release_id == release_id).order_by(*order)).all()


def list_concerned(session: Session, release_id: UUID) -> list[tuple[SessionChange, Speaker, User | None]]:
    """Each change of a release with everybody who speaks there, in order of time."""
    chosen = (
        select(SessionChange, Speaker, User)
        .join(SessionSpeaker, SessionSpeaker.session_id == SessionChange.session_id)
        .join(Speaker, Speaker.id == SessionSpeaker.speaker_id)
        .outerjoin(User, User.id == Speaker.user_id)
        .where(SessionChange.release_id == release_id)
        .order_by(func.coalesce(SessionChange.new_starts_at, SessionChange.old_starts_at), SessionChange.session_id)
    )
    return [(change, speaker, user) for change, speaker, user in session.execute(chosen)]


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
