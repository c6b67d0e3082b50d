"""What is to be placed where, without a database: times are slots, counted through the hours of all days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

PLACED: Final = 1_000
"""What a session of weight one is worth. What follows only tells between places, so it is small beside this."""

ON_WANTED_DAY: Final = 200
IN_WANTED_ROOM: Final = 100
FITTING_ROOM: Final = 60
"""Of a room that is no more than twice as big as needed; half of it where it is no more than four times as big."""


@dataclass(frozen=True, slots=True)
class Span:
    """Slots from `start` on and before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RoomToFill:
    """Without a capacity it is big enough for everything."""

    id: UUID
    capacity: int | None = None

    def holds(self, size: int | None) -> bool:
        return size is None or self.capacity is None or self.capacity >= size


@dataclass(frozen=True, slots=True)
class Person:
    """`present`: when the person is there, always where it is not known. `bound`: when something else has them."""

    name: str
    present: tuple[Span, ...] | None = None
    bound: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionToPlace:
    """`persons`: whoever must be there. `interpreted`: the language pairs it needs. `start`: where its time is said
    already. `wanted_day`: which of the days."""

    id: UUID
    length: int
    size: int | None = None
    persons: frozenset[str] = frozenset()
    track: UUID | None = None
    interpreted: frozenset[str] = frozenset()
    weight: int = 1
    start: int | None = None
    wanted_day: int | None = None
    wanted_room: UUID | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What stands where it is: a session that is placed. Several may be in each other's way; that is no fault here."""

    span: Span
    room: UUID | None = None
    persons: frozenset[str] = frozenset()
    track: UUID | None = None
    interpreted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Problem:
    """`days`: the hours of each day, one after the other. `track_limit`: so many of one track at once. `interpreters`:
    language pair → how many sessions at once; a pair that is not named has as many as are needed."""

    days: tuple[Span, ...]
    rooms: tuple[RoomToFill, ...]
    sessions: tuple[SessionToPlace, ...]
    taken: tuple[Taken, ...] = ()
    persons: Mapping[str, Person] = field(default_factory=dict)
    track_limit: int | None = None
    interpreters: Mapping[str, int] = field(default_factory=dict)

    def find_day(self, start: int) -> int:
        return next(number for number, day in enumerate(self.days) if day.start <= start < day.end)

    def list_fitting(self, session: SessionToPlace) -> list[RoomToFill]:
        return [room for room in self.rooms if room.holds(session.size)]


@dataclass(frozen=True, slots=True)
class Place:
    start: int
    room: UUID


class Reason(StrEnum):
    """Why a session has no place."""

    NO_ROOM = "no_room"
    OUTSIDE = "outside"
    NO_TIME = "no_time"
    PERSONS = "persons"
    TRACK = "track"
    INTERPRETERS = "interpreters"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Unplaced:
    """`names`: of the persons in question."""

    reason: Reason
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """`bound`: no proposal is worth more."""

    places: Mapping[UUID, Place]
    unplaced: Mapping[UUID, Unplaced]
    value: int
    bound: int


def rate_room(session: SessionToPlace, room: RoomToFill) -> int:
    """What it is worth to have the session in that room."""
    wanted = IN_WANTED_ROOM if session.wanted_room == room.id else 0
    if session.size is None or room.capacity is None:
        return wanted
    if room.capacity <= 2 * session.size:
        return wanted + FITTING_ROOM
    return wanted + (FITTING_ROOM // 2 if room.capacity <= 4 * session.size else 0)


def rate_place(problem: Problem, session: SessionToPlace, room: RoomToFill, start: int) -> int:
    """Early in the day is better, so that there are few gaps."""
    day = problem.find_day(start)
    wanted = ON_WANTED_DAY if session.wanted_day == day else 0
    return session.weight * PLACED + wanted + rate_room(session, room) - (start - problem.days[day].start)


def rate_all(problem: Problem, places: Mapping[UUID, Place]) -> int:
    rooms = {room.id: room for room in problem.rooms}
    sessions = {session.id: session for session in problem.sessions}
    return sum(rate_place(problem, sessions[id_], rooms[place.room], place.start) for id_, place in places.items())


def find_simple_bound(problem: Problem, free_slots: int) -> int:
    """What all of the time in all of the rooms is worth at most: the best per slot first, the last one in part."""
    worth = [(_rate_best(problem, one), one.length) for one in problem.sessions if problem.list_fitting(one)]
    total = 0
    for value, length in sorted(worth, key=_per_slot, reverse=True):
        if length > free_slots:
            return total + -(-value * free_slots // length)
        total, free_slots = total + value, free_slots - length
    return total


def _per_slot(one: tuple[int, int]) -> float:
    return one[0] / one[1]


def _rate_best(problem: Problem, session: SessionToPlace) -> int:
    rooms: Sequence[int] = [rate_room(session, room) for room in problem.list_fitting(session)]
    return session.weight * PLACED + max(rooms) + (ON_WANTED_DAY if session.wanted_day is not None else 0)
