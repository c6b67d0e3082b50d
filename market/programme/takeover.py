"""A programme from a file becomes the working copy of an event: whole, or not at all. The same file again changes
nothing; a newer one changes what differs, and calls off what it leaves out.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from sqlalchemy.orm import Session

from locales import DEFAULT_LANGUAGE, LANGUAGES
from market.accounts.queries import lock_user
from market.events.enums import EventKind, EventPart
from market.events.forms import LONGEST_EVENT, MAX_TITLE, EventForm
from market.events.kinds import has_part
from market.events.models import Event
from market.events.queries import find_event_by_id
from market.events.service import check_editor, plan_event
from market.kernel import outbox
from market.kernel.errors import N_, NotAllowed, Refusal
from market.kernel.ids import new_reference_code
from market.kernel.text import shorten, slugify
from market.kernel.viewer import Viewer
from market.programme import queries
from market.programme.checking import recheck
from market.programme.enums import SessionKind, SessionState
from market.programme.facts import ProgrammeImported
from market.programme.formats.naming import make_key
from market.programme.formats.neutral import FilePerson, FileProgramme, FileSession
from market.programme.formats.times import find_day
from market.programme.models import (
    Programme,
    ProgrammeSession,
    Room,
    SessionText,
    Speaker,
    Track,
)
from market.programme.service import MOST_SESSIONS, ProgrammeFull, link_speakers, open_programme, place_session

NO_SESSIONS = N_("There is no session in this file.")
TOO_MANY_DAYS = N_("The sessions of this file lie more than %(days)s days apart.")
OUR_LANGUAGES: Final[Mapping[str, str]] = {"zh": "zh-Hans", "zh-cn": "zh-Hans", "tl": "fil", "in": "id"}
"""Codes that files have for languages of ours."""

KINDS: Final[Mapping[str, SessionKind]] = {
    **{kind.value: kind for kind in SessionKind},
    "ceremony": SessionKind.SIGNING, "panel": SessionKind.FORUM, "keynote": SessionKind.FORUM,
    "plenary": SessionKind.FORUM, "pause": SessionKind.BREAK, "lunch": SessionKind.BREAK,
}  # fmt: skip
"""What files call the kind of a session → ours; anything else is a talk."""

LONGEST_LANGUAGE: Final = 12
LOOKED_UP: Final = 50
"""Sessions by which an event is known again: one that is left is enough."""


class UnusableProgramme(Refusal):
    """What was read is a programme, and cannot be one here."""

    status = 422

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(**values)
        self.message = message


@dataclass(frozen=True, slots=True)
class Taken:
    event: Event
    sessions: int
    has_changed: bool


def take_over_programme(
    session: Session, programme: FileProgramme, *, into: Event | None = None, by: Viewer, now: datetime
) -> Taken:
    """Into the event that is named, the one that came from a file with this acronym, or a new one that is planned."""
    if not programme.sessions:
        raise UnusableProgramme(NO_SESSIONS)
    if len(programme.sessions) > MOST_SESSIONS:
        raise ProgrammeFull(number=MOST_SESSIONS)
    lock_user(session, by.id)  # of a file sent twice at once the second finds the event of the first
    event = into or _find_known(session, programme) or _plan(session, programme, by=by, now=now)
    check_editor(session, event, by)
    if not has_part(event.kind, EventPart.PROGRAMME):
        raise NotAllowed
    return _Takeover(session, event, programme, now=now).run(by=by, is_named=into is not None)


class _Takeover:
    """One run: what is there already, by the keys that files know it by."""

    def __init__(self, session: Session, event: Event, programme: FileProgramme, *, now: datetime) -> None:
        self.session, self.event, self.file, self.now = session, event, programme, now
        self.kept: Programme = open_programme(session, event, now=now)
        self.known = {one.guid: one for one in queries.list_sessions(session, event.id)}
        self.rooms: dict[str, Room] = {}
        self.tracks: dict[str, Track] = {}
        self.speakers: dict[object, Speaker] = {}
        self.codes = {one.code for one in self.known.values()}
        self.has_changed = False

    def run(self, *, by: Viewer, is_named: bool) -> Taken:
        self.kept.day_change = self.file.day_change
        self.kept.slot_minutes = self.file.slot_minutes
        if not is_named:  # else it is no matter what the file calls itself, and another event may be called so
            self.kept.external_key = self.kept.external_key or _key_of(self.file)
        with self.session.no_autoflush:
            self._take_rooms()
            self._take_tracks()
            self._take_speakers()
        self._free_numbers()
        for one in self.file.sessions:
            self._take_session(one)
        self._call_off_missing()
        self._note_changes()
        if self.has_changed:
            self.kept.version += 1
            self.kept.changed_at = self.now
            outbox.record(self.session, ProgrammeImported(self.event.id, len(self.file.sessions)), by=by.person_id)
        recheck(self.session, self.event, self.kept, now=self.now)
        return Taken(self.event, len(self.file.sessions), self.has_changed)

    def _note_changes(self) -> None:
        """Before each flush, after which the session of the database knows nothing of them."""
        session = self.session
        self.has_changed |= bool(session.new or session.deleted) or any(map(session.is_modified, session.dirty))

    def _take_rooms(self) -> None:
        self.rooms = {room.name: room for room in queries.list_rooms(self.session, self.event.id)}
        guids = {room.name: room for room in self.file.rooms}
        names = dict.fromkeys([*guids, *(one.room for one in self.file.sessions)])
        for name in names:
            if name not in self.rooms:
                listed = guids.get(name)
                guid = listed.guid if listed and listed.guid else _derive(self.event, "room", name)
                capacity = listed.capacity if listed else None
                self.rooms[name] = Room(
                    id=uuid4(), event_id=self.event.id, name=name, names={}, position=len(self.rooms), guid=guid,
                    capacity=capacity,
                )  # fmt: skip
                self.session.add(self.rooms[name])

    def _take_tracks(self) -> None:
        self.tracks = {track.name: track for track in queries.list_tracks(self.session, self.event.id)}
        for name in dict.fromkeys([*self.file.tracks, *(one.track for one in self.file.sessions if one.track)]):
            if name not in self.tracks:
                self.tracks[name] = Track(
                    id=uuid4(), event_id=self.event.id, name=name, names={}, position=len(self.tracks)
                )
                self.session.add(self.tracks[name])

    def _take_speakers(self) -> None:
        known = {speaker.guid: speaker for speaker in queries.list_speakers(self.session, self.event.id)}
        for one in self.file.sessions:
            for person in one.persons:
                key = _identify(person)
                if key not in self.speakers:
                    guid = person.guid or _derive(self.event, "person", str(key))
                    speaker = known.get(guid) or self._add_speaker(guid)
                    speaker.number, speaker.name = person.number, person.name
                    speaker.biography = person.biography
                    self.speakers[key] = speaker

    def _add_speaker(self, guid: UUID) -> Speaker:
        speaker = Speaker(
            id=uuid4(), event_id=self.event.id, guid=guid, language=self.event.language, organization="", name_en=""
        )
        self.session.add(speaker)
        return speaker

    def _free_numbers(self) -> None:
        """A number that another session has here already is given up by it: the file's own come first."""
        wanted = {one.number: one.guid for one in self.file.sessions}
        free = max([*wanted, *(one.number for one in self.known.values())], default=0)
        for guid, one in self.known.items():
            if wanted.get(one.number, guid) != guid:
                free += 1
                one.number = free
        self._note_changes()
        self.session.flush()  # before others take them

    def _take_session(self, one: FileSession) -> None:
        planned = self.known.get(one.guid) or self._add_session(one)
        track = self.tracks[one.track].id if one.track else None
        kind = KINDS.get(one.kind.casefold(), SessionKind.TALK)
        wanted: dict[str, object] = {
            "number": one.number, "kind": kind, "file_kind": "" if one.kind == kind.value else one.kind,
            "state": SessionState.CONFIRMED, "track_id": track, "room_id": self.rooms[one.room].id,
            "minutes": one.minutes, "licence": one.licence, "logo": one.logo,
            "may_not_be_recorded": one.may_not_be_recorded, "links": [asdict(link) for link in one.links],
            "attachments": [asdict(link) for link in one.attachments],
        }  # fmt: skip
        for name, value in wanted.items():
            if getattr(planned, name) != value:
                setattr(planned, name, value)
        if planned.starts_at != one.starts_at:
            place_session(planned, one.starts_at, zone=self.event.zone)
        self._take_words(planned, one)
        link_speakers(planned, list(dict.fromkeys(self.speakers[_identify(person)].id for person in one.persons)))
        if self.session.is_modified(planned):
            planned.changed_at = self.now

    def _add_session(self, one: FileSession) -> ProgrammeSession:
        code = one.code if one.code and one.code not in self.codes else new_reference_code()
        while code in self.codes:
            code = new_reference_code()
        self.codes.add(code)
        planned = ProgrammeSession(
            id=uuid4(), event_id=self.event.id, guid=one.guid, code=code, interpreted="", texts={}, speakers=[],
            listings=[], interpreters=[], language=_our_language(one.language) or self.event.language,
            changed_at=self.now,
            number=one.number, kind=SessionKind.TALK, state=SessionState.CONFIRMED, minutes=one.minutes, file_kind="",
            file_slug=one.slug, licence="", logo="", may_not_be_recorded=False, links=[], attachments=[],
        )  # fmt: skip
        self.session.add(planned)
        return planned

    def _take_words(self, planned: ProgrammeSession, one: FileSession) -> None:
        language = _our_language(one.language) or self.event.language
        if planned.language != language:
            planned.texts.pop(planned.language, None)
            planned.language = language
        text = planned.texts.get(language)
        if text is None:
            text = planned.texts[language] = SessionText(language=language)
        for name in ("title", "subtitle", "abstract", "description"):
            if getattr(text, name) != getattr(one, name):
                setattr(text, name, getattr(one, name))

    def _call_off_missing(self) -> None:
        """What the file does not have any more. What no release has shown is simply gone."""
        in_file = {one.guid for one in self.file.sessions}
        missing = [one for guid, one in self.known.items() if guid not in in_file]
        self._note_changes()
        released = queries.list_released_ids(self.session, self.event.id) if missing else set()
        for one in missing:
            if one.id not in released:
                self.session.delete(one)
            elif one.state is not SessionState.CANCELLED:
                one.state = SessionState.CANCELLED
                one.changed_at = self.now


def _find_known(session: Session, programme: FileProgramme) -> Event | None:
    """By what the file calls itself; else by its sessions, where it came out of an event that was planned here."""
    known = queries.find_programme_by_key(session, _key_of(programme))
    if known is not None:
        return find_event_by_id(session, known.event_id)
    event_id = queries.find_event_of(session, [one.guid for one in programme.sessions[:LOOKED_UP]])
    return find_event_by_id(session, event_id) if event_id else None


def _plan(session: Session, programme: FileProgramme, *, by: Viewer, now: datetime) -> Event:
    """The days are those of the file, widened to hold all of its sessions."""
    days = [find_day(one.starts_at, programme.day_change) for one in programme.sessions]
    first, last = min(programme.starts_on, *days), max(programme.ends_on, *days)
    if last - first >= LONGEST_EVENT:
        raise UnusableProgramme(TOO_MANY_DAYS, days=LONGEST_EVENT.days)
    spoken = Counter(_our_language(one.language) for one in programme.sessions)
    language = next((code for code, _count in spoken.most_common() if code in LANGUAGES), DEFAULT_LANGUAGE)
    form = EventForm(
        title=shorten(programme.title, MAX_TITLE - 1), kind=EventKind.CONFERENCE, language=language,
        venue=shorten(programme.venue, MAX_TITLE - 1), city=shorten(programme.city, 79), zone=programme.zone,
        starts_on=first, ends_on=last,
    )  # fmt: skip
    return plan_event(session, form, by=by, now=now, slug=slugify(programme.acronym, fallback="programme"))


def _key_of(programme: FileProgramme) -> str:
    """What the same event is known by when its file comes again: an acronym without a year comes back next year."""
    key, year = make_key(programme), str(programme.starts_on.year)
    return key if year[-2:] in key else f"{key}_{year}"


def _identify(person: FilePerson) -> UUID | int | str:
    return person.guid or person.number or person.name


def _derive(event: Event, what: str, key: str) -> UUID:
    """For what a file names and gives no guid to: the same every time."""
    return uuid5(NAMESPACE_URL, f"{event.id}/{what}/{key}")


def _our_language(code: str) -> str:
    plain = code.strip().replace("_", "-")
    ours = OUR_LANGUAGES.get(plain.casefold(), plain)
    known = {one.casefold(): one for one in LANGUAGES}
    return known.get(ours.casefold(), ours.casefold())[:LONGEST_LANGUAGE]
