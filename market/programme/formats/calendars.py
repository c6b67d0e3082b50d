"""A programme as iCalendar (RFC 5545), for calendars that follow it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from market.kernel.calendar_lines import write_line, write_lines, write_text, write_utc, write_wall
from market.programme.formats.addresses import quote_address
from market.programme.formats.neutral import FileProgramme, FileSession
from market.programme.formats.observances import list_observances, write_zone
from market.programme.formats.times import ONE_DAY

_PRODUCER: Final = "-//ASEAN Technology Market//Programme//EN"
_LINE_END: Final = re.compile("\r\n|[\r\x85\u2028\u2029]")


def write_calendar(
    programme: FileProgramme,
    *,
    address: Callable[[FileSession], str],
    sequences: Mapping[UUID, int],
    changed_at: Mapping[UUID, datetime],
    cancelled: Sequence[FileSession],
    host: str,
    name: str,
) -> bytes:
    """`sequences` tells how often a session was moved, if it was; `changed_at` has the last change of every one."""
    clock = _Clock(programme.zone)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{_PRODUCER}", write_line("X-WR-CALNAME", name)]
    lines.extend(_write_zone(programme, cancelled, clock))
    for sessions, status in ((programme.sessions, "CONFIRMED"), (cancelled, "CANCELLED")):
        for session in sessions:
            changed = write_utc(changed_at[session.guid])
            lines += (
                "BEGIN:VEVENT",
                f"UID:{session.guid}@{host}",
                f"DTSTAMP:{changed}",
                f"LAST-MODIFIED:{changed}",
                f"SEQUENCE:{sequences.get(session.guid, 0)}",
                f"STATUS:{status}",
                *clock.write_span(session),
                *_write_words(session),
                f"URL:{quote_address(address(session))}",
                "END:VEVENT",
            )
    lines.append("END:VCALENDAR")
    return write_lines(lines)


class _Clock:
    """Times in the zone of the programme. What its clocks cannot tell apart stands in UTC."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.is_utc = zone in ("UTC", "Etc/UTC")
        self._there = ZoneInfo(zone)

    def write_span(self, session: FileSession) -> tuple[str, str]:
        """Minutes are those of a stopwatch, also where the clocks are changed meanwhile."""
        starts = session.starts_at.replace(tzinfo=self._there).astimezone(UTC)
        return self._write("DTSTART", starts), self._write("DTEND", starts + timedelta(minutes=session.minutes))

    def _write(self, name: str, moment: datetime) -> str:
        wall = moment.astimezone(self._there)
        if self.is_utc or wall.fold:
            return f"{name}:{write_utc(moment)}"
        return f"{name};TZID={self.zone}:{write_wall(wall)}"


def _write_zone(programme: FileProgramme, cancelled: Sequence[FileSession], clock: _Clock) -> Iterable[str]:
    if clock.is_utc:
        return ()
    starts = [session.starts_at for session in (*programme.sessions, *cancelled)]
    first = min([programme.starts_on, *(start.date() for start in starts)])
    last = max([programme.ends_on, *(start.date() for start in starts)])
    # One day more on each side: a session goes on into the next year, and a zone is ahead of UTC.
    years = ((first - ONE_DAY).year, (last + ONE_DAY).year)
    return write_zone(clock.zone, list_observances(clock.zone, first_year=years[0], last_year=years[1]))


def _write_words(session: FileSession) -> Iterator[str]:
    yield write_line("SUMMARY", session.title)
    if session.room:
        yield write_line("LOCATION", session.room)
    parts = (", ".join(person.name for person in session.persons), session.abstract or session.description)
    if description := "\n\n".join(filter(None, parts)):
        yield write_text("DESCRIPTION", _LINE_END.sub("\n", description))
