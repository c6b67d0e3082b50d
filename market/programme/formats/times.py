"""Dates, clocks and durations as files write them, and the day of a programme that a time belongs to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from market.kernel.zones import find_wall

LATEST_CHANGE: Final = 12 * 60
"""A day of a programme ends by noon of the next."""

ONE_DAY: Final = timedelta(days=1)
_ONE_MINUTE: Final = timedelta(minutes=1)
_LAST_MINUTE: Final = 59
_YEARS: Final = range(1990, 2201)
"""Others are slips, and the far ones have no instant."""

_MOMENT: Final = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<clock>[0-9]{2}:[0-9:]+)(?:[.,][0-9]+)?"
    r"\s*(?:(?P<utc>[Zz])|(?P<sign>[+-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?)?)?"
)
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?")
_DURATION: Final = re.compile(r"-?[0-9]{1,6}(?::[0-9]{1,2}){1,3}")


@dataclass(frozen=True, slots=True)
class Moment:
    """As it is written: a day alone, a day with its time, or an instant, which has its offset from UTC."""

    wall: datetime
    has_time: bool = True
    offset: timedelta | None = None

    def in_zone(self, zone: str) -> datetime:
        """Wall time there, to the second. It has `fold=1` in the second one of two hours that the clocks show alike."""
        if self.offset is None:
            return self.wall
        return find_wall((self.wall - self.offset).replace(tzinfo=UTC), zone)


def read_moment(text: str) -> Moment | None:
    match = _MOMENT.fullmatch(text.strip())
    if not match:
        return None
    clock = read_clock(match["clock"]) if match["clock"] else time.min
    try:
        day = date.fromisoformat(match["date"])
    except ValueError:
        return None
    if clock is None or day.year not in _YEARS:
        return None
    return Moment(datetime.combine(day, clock), has_time=match["clock"] is not None, offset=_read_offset(match))


def read_clock(text: str) -> time | None:
    match = _CLOCK.fullmatch(text.strip())
    if not match:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def read_minutes(text: str) -> int | None:
    """`HH:MM`, `HH:MM:SS` or `D:HH:MM:SS` in whole minutes; below zero, too."""
    text = text.strip()
    if not _DURATION.fullmatch(text):
        return None
    *days, hours, minutes, _seconds = [int(part) for part in _pad_duration(text.removeprefix("-")).split(":")]
    total = (sum(days) * 24 + hours) * 60 + minutes
    return -total if text.startswith("-") else total


def write_minutes(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def write_clock(wall: datetime) -> str:
    return f"{wall.hour:02}:{wall.minute:02}"


def write_instant(wall: datetime, zone: ZoneInfo) -> str:
    return wall.replace(tzinfo=zone).isoformat(timespec="seconds")


def exists(wall: datetime, zone: str) -> bool:
    """False where the clocks jump over it."""
    return find_wall(wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC), zone) == wall


def find_day(wall: datetime, day_change: int) -> date:
    return (wall - timedelta(minutes=day_change)).date()


def place_on_day(day: date, clock: time, day_change: int) -> datetime:
    """What begins before the day changes is on the morning after."""
    wall = datetime.combine(day, clock)
    return wall + ONE_DAY if find_day(wall, day_change) < day else wall


def guess_day_change(day: date, start: datetime | None, end: datetime | None) -> int | None:
    """From when a day of a file begins and ends: its end where that is on the next day, its start where no end is said.
    None where neither tells. Some say the minute or the second before, and then begin a day at another time.
    """
    midnight = datetime.combine(day, time.min)
    if end is not None:
        if end.minute == _LAST_MINUTE and (start is None or start.time() != end.time()):
            end = end.replace(minute=0, second=0) + timedelta(hours=1)
        change = (end - midnight - ONE_DAY) // _ONE_MINUTE
    elif start is not None:
        change = (start - midnight) // _ONE_MINUTE
    else:
        return None
    return change if 0 < change <= LATEST_CHANGE else 0


def fit_day_change(guess: int, placed: Iterable[tuple[date, datetime]]) -> int:
    """The one nearest to the guess under which every session is on the day that the file has it under. The guess itself
    where no such one exists. `placed`: the day in the file and the start, of each.
    """
    lowest, highest = 0, LATEST_CHANGE
    for day, wall in placed:
        since_midnight = (wall - datetime.combine(day, time.min)) // _ONE_MINUTE
        lowest = max(lowest, since_midnight - 24 * 60 + 1)
        highest = min(highest, since_midnight)
    return min(max(guess, lowest), highest) if lowest <= highest else guess


def _read_offset(match: re.Match[str]) -> timedelta | None:
    if match["utc"]:
        return timedelta(0)
    if not match["sign"]:
        return None
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return -offset if match["sign"] == "-" else offset


def _pad_duration(text: str) -> str:
    return text if text.count(":") > 1 else f"{text}:00"
