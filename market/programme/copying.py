"""A new edition begins with the programme of the one before: rooms, tracks, speakers, interpreters, and the
sessions as drafts, each on the same day of the event as it was."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from market.events.models import Event, Interpreter
from market.events.people import list_interpreters
from market.programme import queries
from market.programme.checking import recheck
from market.programme.enums import SessionState
from market.programme.models import (
    Programme,
    ProgrammeSession,
    Room,
    SessionInterpreter,
    SessionSpeaker,
    SessionText,
    Speaker,
    Track,
)
from market.programme.service import choose_code, open_programme, place_session

PartT = TypeVar("PartT", Room, Track, Speaker, Interpreter)


def copy_programme(session: Session, source: Event, copy: Event, *, now: datetime) -> None:
    """Done once: a programme that has anything in it already is left alone."""
    kept = queries.find_programme(session, source.id)
    if kept is None or queries.count_sessions(session, copy.id) or queries.list_rooms(session, copy.id):
        return
    programme = open_programme(session, copy, now=now)
    programme.day_change, programme.slot_minutes = kept.day_change, kept.slot_minutes
    programme.travel_minutes, programme.severities = kept.travel_minutes, dict(kept.severities)
    rooms = {room.id: _copy_part(session, room, copy) for room in queries.list_rooms(session, source.id)}
    tracks = {track.id: _copy_part(session, track, copy) for track in queries.list_tracks(session, source.id)}
    speakers = {one.id: _copy_part(session, one, copy) for one in queries.list_speakers(session, source.id)}
    interpreters = {one.id: _copy_part(session, one, copy) for one in list_interpreters(session, source.id)}
    session.flush()  # sessions point at them
    shift = copy.starts_on - source.starts_on
    for one in queries.list_sessions(session, source.id):
        if one.state is SessionState.CANCELLED:
            continue
        made = _copy_session(session, one, copy)
        made.room_id = rooms[one.room_id].id if one.room_id else None
        made.track_id = tracks[one.track_id].id if one.track_id else None
        made.speakers = [
            SessionSpeaker(speaker_id=speakers[link.speaker_id].id, position=link.position) for link in one.speakers
        ]
        made.interpreters = [
            _copy_channel(channel, interpreters[channel.interpreter_id]) for channel in one.interpreters
        ]
        if one.starts_at is not None:
            place_session(made, one.starts_at + shift, zone=copy.zone)
        session.add(made)
    recheck(session, copy, programme, now=now)


def derive_instants(session: Session, event: Event, *, now: datetime) -> None:
    """When an event has got another zone: what is planned keeps its wall time. The next release tells of it."""
    programme: Programme | None = queries.lock_programme(session, event.id)
    if programme is None:
        return
    for one in queries.list_sessions(session, event.id):
        if one.starts_at is not None:
            before = one.starts_utc
            place_session(one, one.starts_at, zone=event.zone)
            if one.starts_utc != before:
                one.changed_at = now
    recheck(session, event, programme, now=now)


def _copy_session(session: Session, one: ProgrammeSession, copy: Event) -> ProgrammeSession:
    text = {
        language: SessionText(
            language=language, title=words.title, subtitle=words.subtitle, abstract=words.abstract,
            description=words.description,
        )
        for language, words in one.texts.items()
    }  # fmt: skip
    return ProgrammeSession(
        id=uuid4(), event_id=copy.id, guid=uuid4(), code=choose_code(session, copy.id), number=one.number,
        kind=one.kind, state=SessionState.DRAFT, language=one.language, interpreted=one.interpreted,
        minutes=one.minutes, capacity=one.capacity, file_kind=one.file_kind, texts=text, links=[], attachments=[],
        listings=[], interpreters=[], interpreting=one.interpreting,
    )  # fmt: skip


def _copy_channel(channel: SessionInterpreter, interpreter: Interpreter) -> SessionInterpreter:
    return SessionInterpreter(interpreter_id=interpreter.id, language=channel.language, position=channel.position)


def _copy_part(session: Session, part: PartT, copy: Event) -> PartT:
    """A row of its own with all that the other says, and another identity."""
    unlike: dict[str, UUID] = {"id": uuid4(), "event_id": copy.id}
    if isinstance(part, Room | Speaker):
        unlike["guid"] = uuid4()
    names = [column.key for column in type(part).__table__.columns]
    made = type(part)(**{name: unlike.get(name, getattr(part, name)) for name in names})
    session.add(made)
    return made
