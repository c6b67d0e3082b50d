"""What writers share: sessions by day and room, and texts that every format can hold."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from market.programme.formats.neutral import FileProgramme, FileSession
from market.programme.formats.times import ONE_DAY, find_day

GENERATOR: Final = "asean-technology-market"


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the programme: wall times from when it changes to when it changes again."""

    index: int
    date: date
    starts_at: datetime
    ends_at: datetime
    rooms: dict[str, list[FileSession]]
    """Every room of the programme, in its order, with its sessions by time."""


def list_days(programme: FileProgramme) -> Iterator[Day]:
    """Every day from the first to the last, also those without a session."""
    placed: dict[date, dict[str, list[FileSession]]] = defaultdict(dict)
    for session in sorted(programme.sessions, key=lambda session: (session.starts_at, session.number)):
        rooms = placed[find_day(session.starts_at, programme.day_change)]
        rooms.setdefault(session.room, []).append(session)
    names = dict.fromkeys([room.name for room in programme.rooms] + [session.room for session in programme.sessions])
    first = min([programme.starts_on, *placed])
    last = max([programme.ends_on, *placed])
    change = timedelta(minutes=programme.day_change)
    for index in range((last - first).days + 1):
        day = first + index * ONE_DAY
        starts_at = datetime.combine(day, time.min) + change
        rooms = {name: placed[day].get(name, []) for name in names} if day in placed else {name: [] for name in names}
        yield Day(index + 1, day, starts_at, starts_at + ONE_DAY, rooms)
