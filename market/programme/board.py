"""A day of the working copy as a table: rooms beside each other, time down."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from market.programme.enums import SessionState
from market.programme.formats.times import find_day
from market.programme.models import ProgrammeSession, Room

HOUR: Final = 60
DAY_BEGINS: Final = 9 * HOUR
DAY_ENDS: Final = 18 * HOUR
"""Between these, in minutes after midnight, a day has rows also where nothing is."""

MOST_ROWS: Final = 96
ONE_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """Of one room, as many rows high as the sessions in it take together: one, or several that share rows."""

    room: int
    sessions: Sequence[ProgrammeSession]
    rows: int


@dataclass(frozen=True, slots=True)
class Row:
    """`cells`: those that begin in this row, from left to right."""

    starts_at: datetime
    cells: Sequence[Cell]

    @property
    def is_full_hour(self) -> bool:
        return self.starts_at.minute == 0


@dataclass(frozen=True, slots=True)
class Board:
    """`homeless`: sessions of the day without a room. `unplaced`: those without a time."""

    rooms: Sequence[Room]
    rows: Sequence[Row]
    homeless: Sequence[ProgrammeSession]
    unplaced: Sequence[ProgrammeSession]


def list_live(sessions: Sequence[ProgrammeSession]) -> list[ProgrammeSession]:
    """Those that were not called off."""
    return [one for one in sessions if one.state is not SessionState.CANCELLED]


def list_of_day(sessions: Sequence[ProgrammeSession], day: date, *, day_change: int) -> list[ProgrammeSession]:
    live = list_live(sessions)
    return [one for one in live if one.starts_at is not None and find_day(one.starts_at, day_change) == day]


def lay_out(
    rooms: Sequence[Room], sessions: Sequence[ProgrammeSession], day: date, *, day_change: int, slot_minutes: int
) -> Board:
    of_day = list_of_day(sessions, day, day_change=day_change)
    placed = [one for one in of_day if one.room_id is not None]
    spans = {one.id: _find_span(one, day) for one in placed}
    step, first, last = _find_rows(list(spans.values()), slot_minutes)
    places = {room.id: place for place, room in enumerate(rooms)}
    starts: dict[int, dict[int, Cell]] = {}
    covered: set[tuple[int, int]] = set()
    for room in rooms:
        here = [one for one in placed if one.room_id == room.id]
        for row, cell in _stack(here, spans, room=places[room.id], step=step, first=first):
            starts.setdefault(row, {})[cell.room] = cell
            covered.update((row + more, cell.room) for more in range(cell.rows))
    rows = [
        Row(_find_time(day, first + row * step), [
            starts.get(row, {}).get(place) or Cell(place, (), 1)
            for place in range(len(rooms)) if place in starts.get(row, {}) or (row, place) not in covered
        ])
        for row in range((last - first) // step)
    ]  # fmt: skip
    return Board(
        rooms, rows, [one for one in of_day if one.room_id is None],
        [one for one in list_live(sessions) if one.starts_at is None],
    )  # fmt: skip


def _find_span(one: ProgrammeSession, day: date) -> tuple[int, int]:
    """From when to when, in minutes after the day's midnight."""
    assert one.starts_at is not None  # noqa: S101 - only placed ones are asked
    start = (one.starts_at - datetime.combine(day, time.min)) // ONE_MINUTE
    return start, start + one.minutes


def _find_rows(spans: Sequence[tuple[int, int]], slot_minutes: int) -> tuple[int, int, int]:
    """Minutes of a row, and of the first row's beginning and the last one's end: full hours around all sessions."""
    first = min([DAY_BEGINS, *(start for start, _end in spans)]) // HOUR * HOUR
    last = -(-max([DAY_ENDS, *(end for _start, end in spans)]) // HOUR) * HOUR
    fitting = [step for step in (5, 10, 15, 20, 30) if step >= slot_minutes and (last - first) // step <= MOST_ROWS]
    return (fitting[0] if fitting else HOUR), first, last


def _stack(
    here: Sequence[ProgrammeSession], spans: Mapping[UUID, tuple[int, int]], *, room: int, step: int, first: int
) -> Iterator[tuple[int, Cell]]:
    """Cells of a room with the rows in which they begin. Sessions that share a row share a cell."""
    group: list[ProgrammeSession] = []
    top = bottom = 0
    for one in sorted(here, key=lambda each: (spans[each.id], each.number)):
        start, end = spans[one.id]
        row, below = (start - first) // step, -(-(end - first) // step)
        if group and row < bottom:
            bottom = max(bottom, below)
            group.append(one)
            continue
        if group:
            yield top, Cell(room, group, bottom - top)
        group, top, bottom = [one], row, below
    if group:
        yield top, Cell(room, group, bottom - top)


def _find_time(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time.min) + timedelta(minutes=minutes)
