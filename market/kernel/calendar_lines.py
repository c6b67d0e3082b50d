"""Lines of iCalendar (RFC 5545). Put together here: the library for it takes many times as long, and changes some texts
(docs/decisions/0002-chosen-parts.md, 'Not taken'); the tests read with it what we write.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from market.kernel.text import printable

_LONGEST_LINE: Final = 75
"""Octets, without the line break."""
_WITHIN_CHARACTER: Final = range(0x80, 0xC0)
"""Bytes of UTF-8 that go on with a character."""


def write_lines(lines: Iterable[str]) -> bytes:
    return b"".join(map(_fold, lines))


def write_line(name: str, text: str) -> str:
    """Whatever ends a line becomes a blank."""
    return write_text(name, " ".join(text.split()))


def write_text(name: str, text: str) -> str:
    """Escaped as §3.3.11 has it: the backslash first."""
    escaped = printable(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return f"{name}:{escaped}"


def _fold(line: str) -> bytes:
    """Long lines are broken between two characters and go on behind a blank."""
    octets = line.encode()
    if len(octets) <= _LONGEST_LINE:
        return octets + b"\r\n"
    pieces = []
    start, room = 0, _LONGEST_LINE
    while len(octets) - start > room:
        end = start + room
        while octets[end] in _WITHIN_CHARACTER:
            end -= 1
        pieces.append(octets[start:end])
        start, room = end, _LONGEST_LINE - 1
    return b"\r\n ".join([*pieces, octets[start:]]) + b"\r\n"


def write_utc(moment: datetime) -> str:
    return f"{write_wall(moment.astimezone(UTC))}Z"


def write_wall(wall: datetime) -> str:
    return f"{wall.year:04}{wall.month:02}{wall.day:02}T{wall.hour:02}{wall.minute:02}{wall.second:02}"
