"""From the parts of a file to the programme: each session on its day and in its room."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from market.kernel.errors import N_
from market.programme.formats import limits
from market.programme.formats.heads import UTC_ZONE, Head, find_span, read_head
from market.programme.formats.identifiers import read_number
from market.programme.formats.neutral import FileProgramme, FileSession, ReadProgramme
from market.programme.formats.parts import Part
from market.programme.formats.persons import People
from market.programme.formats.problems import Problems
from market.programme.formats.reading import PartReader
from market.programme.formats.rooms import Rooms
from market.programme.formats.sessions import Known, SessionReader
from market.programme.formats.times import (
    LATEST_CHANGE,
    find_day,
    fit_day_change,
    guess_day_change,
    read_moment,
)

NO_DAYS = N_("This file does not say on which days the programme is.")
TOO_MANY_TRACKS = N_("This programme has more than %(most)s tracks.")


def assemble(conference: Part, days: Sequence[Part], problems: Problems) -> ReadProgramme:
    """`days` hold rooms, and these events."""
    events = [event for day in days for room in day.list_parts("rooms") for event in room.list_parts("events")]
    if len(events) > limits.MOST_SESSIONS:
        problems.add(events[limits.MOST_SESSIONS].where, limits.TOO_MANY_SESSIONS, most=limits.MOST_SESSIONS)
        return ReadProgramme(None, problems.listed)
    reader = PartReader(conference, problems)
    head = read_head(reader, _list_moments(days, events))
    zone = head.zone or UTC_ZONE
    if not (events or head.starts or head.ends or any(_find_date(day, zone) for day in days)):
        problems.add(conference.where, NO_DAYS)
    known = Known(
        problems=problems,
        people=People(person for event in events for person in event.list_parts("persons")),
        numbers=frozenset(number for event in events if (number := read_number(event.text("id"), least=1))),
        acronym=head.acronym or head.title,
        zone=zone,
        base=head.base_url,
        day_change=_guess_day_change(reader, days, zone),
    )
    return ReadProgramme(_Assembly(head, reader, known).assemble(days), problems.listed)


class _Assembly:
    def __init__(self, head: Head, reader: PartReader, known: Known) -> None:
        self._head = head
        self._reader = reader
        self._known = known
        self._rooms = Rooms(known.problems)
        self._dates: list[date] = []
        self._placed: list[tuple[date, datetime]] = []

    def assemble(self, days: Sequence[Part]) -> FileProgramme | None:
        head = self._head
        self._rooms.add_all(self._reader.part.list_parts("rooms"))
        sessions = tuple(session for day in days for session in self._read_day(day))
        day_change = fit_day_change(self._known.day_change, self._placed)
        dates = [*self._dates, *(find_day(session.starts_at, day_change) for session in sessions)]
        span = find_span(head, self._reader, dates, day_change)
        if head.zone is None or span is None:
            return None
        return FileProgramme(
            acronym=head.acronym,
            title=head.title,
            starts_on=span[0],
            ends_on=span[1],
            zone=head.zone,
            version=head.version,
            day_change=day_change,
            slot_minutes=head.slot_minutes,
            venue=head.venue,
            city=head.city,
            url=head.url,
            base_url=head.base_url,
            rooms=self._rooms.list_all(),
            tracks=self._list_tracks(sessions),
            sessions=sessions,
        )

    def _read_day(self, part: Part) -> Iterator[FileSession]:
        reader = PartReader(part, self._known.problems)
        reader.tell_faults()
        for name in ("date", "start", "end"):
            reader.moment(name)
        day = _find_date(part, self._known.zone)
        self._dates += [day] if day else []
        for room in part.list_parts("rooms"):
            PartReader(room, self._known.problems).tell_faults()
            name = self._rooms.add(room)
            for event in room.list_parts("events"):
                session = SessionReader(event, self._known).read(room=name, day=day)
                if session:
                    self._rooms.note(event, session.room)
                    self._placed += [(day, session.starts_at)] if day else []
                    yield session

    def _list_tracks(self, sessions: Sequence[FileSession]) -> tuple[str, ...]:
        tracks = dict.fromkeys(filter(None, (*self._head.tracks, *(session.track for session in sessions))))
        if len(tracks) > limits.MOST_TRACKS:
            self._reader.add("tracks", TOO_MANY_TRACKS, most=limits.MOST_TRACKS)
        return tuple(tracks)


def _list_moments(days: Sequence[Part], events: Sequence[Part]) -> Iterator[str]:
    for day in days:
        yield day.text("start")
        yield day.text("end")
    for event in events:
        yield event.text("date")


def _guess_day_change(reader: PartReader, days: Sequence[Part], zone: str) -> int:
    """What most days tell, where the file does not say it itself."""
    if clock := reader.clock("day_change"):
        return min(clock.hour * 60 + clock.minute, LATEST_CHANGE)
    guesses: Counter[int] = Counter()
    for part in days:
        if day := _find_date(part, zone):
            guess = guess_day_change(day, _find_wall(part, "start", zone), _find_wall(part, "end", zone))
            guesses.update([] if guess is None else [guess])
    return guesses.most_common(1)[0][0] if guesses else 0


def _find_date(part: Part, zone: str) -> date | None:
    """Of a day. One that does not name it begins on it."""
    wall = _find_wall(part, "date", zone) or _find_wall(part, "start", zone)
    return wall.date() if wall else None


def _find_wall(part: Part, name: str, zone: str) -> datetime | None:
    moment = read_moment(part.text(name))
    return moment.in_zone(zone) if moment else None
