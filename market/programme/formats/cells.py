"""What people write into the cells of a table: dates, times, durations, names of speakers."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from market.exchange.formats.columns import join_list, split_list
from market.kernel.text import normalize
from market.programme.formats.times import read_clock, read_minutes, write_minutes

_DATE: Final = re.compile(
    r"(?:(?P<year>[0-9]{4})(?:[-/.]|年)(?P<month>[0-9]{1,2})(?:[-/.]|月)(?P<day>[0-9]{1,2})日?"
    r"|(?P<first>[0-9]{1,2})\.(?P<second>[0-9]{1,2})\.(?P<last>[0-9]{4}))"
    r"(?:[T ]0?0:00(?::00)?)?"
)
"""Not 3/4/2026, which some read as March and others as April."""

_CLOCK: Final = re.compile(r"(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)\s*(?:(?P<half>[ap])\.?m\.?)?", re.IGNORECASE)
_COUNT: Final = re.compile(r"([0-9]{1,5})\s*(?:m|mins?|minutes?|分|分钟)?\.?", re.IGNORECASE)
_BETWEEN_SPEAKERS: Final = re.compile(r"(?<!\\)[；、\n]")
_NOON: Final = 12


def read_date_cell(cell: str) -> str | None:
    """As ISO 8601 has it."""
    match = _DATE.fullmatch(_simplify(cell))
    if not match:
        return None
    year, month, day = match.group("year", "month", "day") if match["year"] else match.group("last", "second", "first")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def read_clock_cell(cell: str) -> str | None:
    """Of 24 hours, with seconds."""
    match = _CLOCK.fullmatch(_simplify(cell))
    clock = read_clock(match["clock"]) if match else None
    if match is None or clock is None:
        return None
    if match["half"]:
        if not 1 <= clock.hour <= _NOON:
            return None
        clock = clock.replace(hour=clock.hour % _NOON + (_NOON if match["half"] in "pP" else 0))
    return clock.isoformat()


def read_minutes_cell(cell: str) -> str | None:
    """`45`, `45 min` or `00:45` as `HH:MM`."""
    plain = _simplify(cell)
    if match := _COUNT.fullmatch(plain):
        return write_minutes(int(match[1]))
    return None if read_minutes(plain) is None else plain


def read_speakers_cell(cell: str) -> list[str]:
    """Commas do not part them: there are names with one."""
    return split_list(_BETWEEN_SPEAKERS.sub(";", cell))


def write_speakers_cell(names: Iterable[str]) -> str:
    return _BETWEEN_SPEAKERS.sub(r"\\\g<0>", join_list(names))


def _simplify(cell: str) -> str:
    return normalize(cell, "NFKC").strip()
