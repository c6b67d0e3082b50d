"""Every change of the working copy. What visitors see changes by a release (`releasing.py`); words alone are seen at
once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.queries import find_account_id
from market.events.models import Event
from market.events.queries import lock_event
from market.events.service import check_editor
from market.kernel import outbox
from market.kernel.errors import N_, Fault, Faulty, NotFound, Refusal
from market.kernel.ids import new_reference_code
from market.kernel.viewer import Viewer
from market.kernel.zones import find_instant
from market.listings.models import Listing
from market.listings.queries import visible_to
from market.organizations.service import ChangedMeanwhile
from market.programme import queries
from market.programme.checking import recheck, refuse_blocked
from market.programme.enums import SessionState
from market.programme.facts import SessionCancelled, SessionChanged, SessionPlanned
from market.programme.forms import PlaceForm, RoomForm, SessionForm, SessionTextForm, SpeakerForm, TrackForm
from market.programme.models import (
    Programme,
    ProgrammeSession,
    Room,
    SessionListing,
    SessionSpeaker,
    SessionText,
    Speaker,
    Track,
)
from market.programme.times import find_start

SESSION_TEXT_FIELDS: Final = tuple(SessionTextForm.model_fields)
MOST_SESSIONS: Final = 20_000

UNKNOWN_LISTING = N_("There is no published listing %(reference)s.")
TAKEN_NAME = N_("There is one of this name already.")
NEEDS_DAY = N_("Please choose the day too.")
NEEDS_START = N_("Please write when it starts.")
NOT_OF_EVENT = N_("Please choose one of the values offered.")


class StillUsed(Refusal):
    status = 409
    message = N_("There are sessions in it. Please move them first.")


class ProgrammeFull(Refusal):
    status = 409
    message = N_("A programme has at most %(number)s sessions.")


def open_programme(session: Session, event: Event, *, now: datetime) -> Programme:
    """The event's, made where there is none yet, and kept from others until the transaction ends."""
    lock_event(session, event.id)
    programme = queries.lock_programme(session, event.id)
    if programme is None:
        programme = Programme(event_id=event.id, changed_at=now)
        session.add(programme)
        session.flush()  # whoever comes second finds it
    return programme


def plan_session(session: Session, event: Event, form: SessionForm, *, by: Viewer, now: datetime) -> ProgrammeSession:
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    if queries.count_sessions(session, event.id) >= MOST_SESSIONS:
        raise ProgrammeFull(number=MOST_SESSIONS)
    planned = ProgrammeSession(
        id=uuid4(), event_id=event.id, code=choose_code(session, event.id),
        number=queries.find_highest_number(session, event.id) + 1, kind=form.kind, language=form.language, texts={},
        speakers=[], listings=[], interpreters=[], links=[], attachments=[],
    )  # fmt: skip
    _fill(session, event, programme, planned, form, now=now)
    session.add(planned)
    refuse_blocked(recheck(session, event, programme, now=now), planned)
    outbox.record(session, SessionPlanned(planned.id, event.id), by=by.person_id)
    return planned


def edit_session(
    session: Session, event: Event, planned: ProgrammeSession, form: SessionForm, *, version: int, by: Viewer,
    now: datetime,
) -> None:  # fmt: skip
    """`version` is the one the editor saw; a newer one is refused."""
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    session.refresh(planned, ["version"])
    if planned.version != version:
        raise ChangedMeanwhile
    _fill(session, event, programme, planned, form, now=now)
    refuse_blocked(recheck(session, event, programme, now=now), planned)
    note_words(programme, now=now)
    outbox.record(session, SessionChanged(planned.id, event.id), by=by.person_id)


def write_session_words(
    session: Session, event: Event, planned: ProgrammeSession, form: SessionTextForm, *, language: str, by: Viewer,
    now: datetime,
) -> None:  # fmt: skip
    """The words in one more language."""
    check_editor(session, event, by)
    if language == planned.language:
        raise NotFound
    programme = open_programme(session, event, now=now)
    _write_text(planned, language, form)
    planned.changed_at = now
    note_words(programme, now=now)
    outbox.record(session, SessionChanged(planned.id, event.id), by=by.person_id)


def cancel_session(session: Session, event: Event, planned: ProgrammeSession, *, by: Viewer, now: datetime) -> None:
    """Visitors hear of it with the next release. One that no release has shown is simply gone. Calling it off twice
    changes nothing."""
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    kept = session.get(ProgrammeSession, planned.id, populate_existing=True)
    if kept is None or kept.state is SessionState.CANCELLED:
        return
    outbox.record(session, SessionCancelled(planned.id, event.id), by=by.person_id)
    if planned.id in queries.list_released_ids(session, event.id):
        planned.state = SessionState.CANCELLED
        planned.changed_at = now
    else:
        session.delete(planned)
    recheck(session, event, programme, now=now)


def add_room(session: Session, event: Event, form: RoomForm, *, by: Viewer, now: datetime) -> Room:
    check_editor(session, event, by)
    open_programme(session, event, now=now)
    rooms = queries.list_rooms(session, event.id)
    if any(room.name == form.name for room in rooms):
        raise Faulty({"name": Fault(TAKEN_NAME)})
    room = Room(
        event_id=event.id, name=form.name, names={}, capacity=form.capacity, hall=form.hall, position=len(rooms)
    )
    session.add(room)
    return room


def edit_room(session: Session, event: Event, room: Room, form: RoomForm, *, by: Viewer, now: datetime) -> None:
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    if any(one.name == form.name and one.id != room.id for one in queries.list_rooms(session, event.id)):
        raise Faulty({"name": Fault(TAKEN_NAME)})
    room.name, room.capacity, room.hall = form.name, form.capacity, form.hall
    recheck(session, event, programme, now=now)
    note_words(programme, now=now)


def remove_room(session: Session, event: Event, room_id: UUID, *, by: Viewer, now: datetime) -> None:
    """Removing one that is gone is harmless; one in use is kept."""
    check_editor(session, event, by)
    open_programme(session, event, now=now)
    room = session.get(Room, room_id)
    if room is None or room.event_id != event.id:
        return
    if queries.is_room_used(session, room_id):
        raise StillUsed
    session.delete(room)


def add_track(session: Session, event: Event, form: TrackForm, *, by: Viewer, now: datetime) -> Track:
    check_editor(session, event, by)
    open_programme(session, event, now=now)
    tracks = queries.list_tracks(session, event.id)
    if any(track.name == form.name for track in tracks):
        raise Faulty({"track_name": Fault(TAKEN_NAME)})
    track = Track(event_id=event.id, name=form.name, names={}, position=len(tracks))
    session.add(track)
    return track


def add_speaker(session: Session, event: Event, form: SpeakerForm, *, by: Viewer, now: datetime) -> Speaker:
    """With an account here, where the address has one: then mails and calendar follow the account."""
    check_editor(session, event, by)
    open_programme(session, event, now=now)
    speaker = Speaker(id=uuid4(), event_id=event.id, name=form.name, language=form.language)
    _fill_speaker(session, speaker, form)
    session.add(speaker)
    return speaker


def edit_speaker(
    session: Session, event: Event, speaker: Speaker, form: SpeakerForm, *, by: Viewer, now: datetime
) -> None:
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    _fill_speaker(session, speaker, form)
    recheck(session, event, programme, now=now)
    note_words(programme, now=now)


def choose_code(session: Session, event_id: UUID, *, taken: Sequence[str] = ()) -> str:
    """Of a session's address. Never a counter."""
    while True:
        code = new_reference_code()
        known = select(ProgrammeSession.id).where(ProgrammeSession.event_id == event_id, ProgrammeSession.code == code)
        if code not in taken and session.scalar(known) is None:
            return code


@dataclass(frozen=True, slots=True)
class _Checked:
    """What a form asks for, found: nothing of it is in the session yet."""

    starts_at: datetime | None
    speakers: Sequence[UUID]
    listings: Sequence[UUID]


def _fill(
    session: Session, event: Event, programme: Programme, planned: ProgrammeSession, form: SessionForm, *, now: datetime
) -> None:
    """First everything is looked up, then everything is changed: what is refused has changed nothing."""
    checked = _check(session, event, programme, planned, form)
    planned.kind, planned.state, planned.minutes = form.kind, form.state, form.minutes
    planned.capacity = form.capacity
    planned.interpreted = " ".join(code for code in form.interpreted if code != form.language)
    planned.interpreters = [one for one in planned.interpreters if one.language in planned.interpreted_into]
    planned.room_id, planned.track_id = form.room, form.track
    if checked.starts_at is None:
        planned.starts_at = planned.starts_utc = None
    else:
        place_session(planned, checked.starts_at, zone=event.zone)
    link_speakers(planned, checked.speakers)
    _link_listings(planned, checked.listings)
    if form.language != planned.language:
        planned.texts.pop(planned.language, None)
        planned.language = form.language
    _write_text(planned, form.language, form)
    planned.changed_at = now


def _check(
    session: Session, event: Event, programme: Programme, planned: ProgrammeSession, form: SessionForm
) -> _Checked:
    starts_at, faults = check_place(session, event, programme, form)
    track = session.get(Track, form.track) if form.track else None
    if form.track and (track is None or track.event_id != event.id):
        faults["track"] = Fault(NOT_OF_EVENT)
    speakers = list(dict.fromkeys(form.speakers))
    known = select(Speaker.id).where(Speaker.event_id == event.id, Speaker.id.in_(speakers))
    if len(session.scalars(known).all()) != len(speakers):
        faults["speakers"] = Fault(NOT_OF_EVENT)
    listings = _find_listings(session, planned, form.references, faults)
    if faults:
        raise Faulty(faults)
    return _Checked(starts_at, speakers, listings)


def check_place(
    session: Session, event: Event, programme: Programme, form: PlaceForm
) -> tuple[datetime | None, dict[str, Fault]]:
    """When it starts, and what is wrong with its place."""
    faults: dict[str, Fault] = {}
    room = session.get(Room, form.room) if form.room else None
    if form.room and (room is None or room.event_id != event.id):
        faults["room"] = Fault(NOT_OF_EVENT)
    start = form.start_time
    if start is not None and form.day is None:
        faults["day"] = Fault(NEEDS_DAY)
    elif form.day is not None and start is None:
        faults["start"] = Fault(NEEDS_START)
    elif form.day is not None and start is not None:
        return find_start(form.day, start, programme.day_change), faults
    return None, faults


def _find_listings(
    session: Session, planned: ProgrammeSession, references: Sequence[str], faults: dict[str, Fault]
) -> list[UUID]:
    """Published ones, and those that were on show already."""
    kept = {link.listing.reference: link.listing_id for link in planned.listings}
    new = [reference for reference in references if reference not in kept]
    chosen = select(Listing.reference, Listing.id).where(Listing.reference.in_(new), visible_to(None))
    found = {**kept, **dict(session.execute(chosen).all())} if new else kept
    for reference in references:
        if reference not in found:
            faults["listings"] = Fault(UNKNOWN_LISTING, reference=reference)
            return []
    return [found[reference] for reference in references]


def link_speakers(planned: ProgrammeSession, wanted: Sequence[UUID]) -> None:
    """In that order. Rows of those that stay are kept, so that what is as it was is not written again."""
    if [link.speaker_id for link in planned.speakers] == list(wanted):
        return
    kept = {link.speaker_id: link for link in planned.speakers}
    planned.speakers = [kept.get(speaker_id) or SessionSpeaker(speaker_id=speaker_id) for speaker_id in wanted]
    for position, link in enumerate(planned.speakers):
        link.position = position


def _link_listings(planned: ProgrammeSession, wanted: Sequence[UUID]) -> None:
    """As `link_speakers`."""
    kept = {link.listing_id: link for link in planned.listings}
    planned.listings = [kept.get(listing_id) or SessionListing(listing_id=listing_id) for listing_id in wanted]
    for position, link in enumerate(planned.listings):
        link.position = position


def place_session(planned: ProgrammeSession, starts_at: datetime, *, zone: str) -> None:
    planned.starts_at = starts_at
    planned.starts_utc = find_instant(starts_at, zone)


def _fill_speaker(session: Session, speaker: Speaker, form: SpeakerForm) -> None:
    for name in SpeakerForm.model_fields:
        setattr(speaker, name, getattr(form, name))
    speaker.email = form.email or None
    speaker.user_id = find_account_id(session, form.email)


def _write_text(planned: ProgrammeSession, language: str, form: SessionTextForm) -> None:
    text = planned.texts.get(language)
    if text is None:
        text = planned.texts[language] = SessionText(language=language)
    for name in SESSION_TEXT_FIELDS:
        setattr(text, name, getattr(form, name))


def note_words(programme: Programme, *, now: datetime) -> None:
    """Words are seen at once, so what is kept of the public pages is out of date."""
    programme.version += 1
    programme.changed_at = now
