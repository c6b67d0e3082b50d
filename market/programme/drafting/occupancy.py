"""What is free at which slot. A mask is an integer with a bit for each slot, so that the starts at which something fits
are found by shifting it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from market.programme.drafting.problem import (
    Place,
    Problem,
    RoomToFill,
    SessionToPlace,
    Span,
    Taken,
    rate_place,
)


def mask_of(spans: Iterable[Span]) -> int:
    mask = 0
    for span in spans:
        mask |= (1 << max(span.end, 0)) - (1 << max(span.start, 0)) if span.end > span.start else 0
    return mask


def list_bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def list_spans(mask: int) -> list[Span]:
    """The runs of a mask."""
    spans: list[Span] = []
    for bit in list_bits(mask):
        if spans and spans[-1].end == bit:
            spans[-1] = Span(spans[-1].start, bit + 1)
        else:
            spans.append(Span(bit, bit + 1))
    return spans


class _Counts:
    """How many of something are on at each slot."""

    def __init__(self) -> None:
        self.levels: list[int] = []  # the slots at which there are more than 0, more than 1 …

    def add(self, mask: int) -> None:
        for number, level in enumerate(self.levels):
            self.levels[number], mask = level | mask, level & mask
        if mask:
            self.levels.append(mask)

    def at_least(self, number: int) -> int:
        """The slots at which there are so many."""
        if number <= 0:
            return -1
        return self.levels[number - 1] if number <= len(self.levels) else 0


class _StartsWithinDays(dict[int, int]):
    """Length → the starts from which it ends on the same day."""

    def __init__(self, days: Sequence[Span]) -> None:
        super().__init__()
        self._days = days

    def __missing__(self, length: int) -> int:
        mask = self[length] = mask_of(Span(day.start, day.end - length + 1) for day in self._days)
        return mask


class Occupancy:
    """Begins with what is taken; what is put in it is taken too."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.hours = mask_of(problem.days)
        self._days = [mask_of([day]) for day in problem.days]
        self._within_days = _StartsWithinDays(problem.days)
        self.rooms: dict[UUID, int] = defaultdict(int)
        self.persons: dict[str, int] = defaultdict(int)
        self.tracks: dict[UUID, _Counts] = defaultdict(_Counts)
        self.pairs: dict[str, _Counts] = defaultdict(_Counts)
        for id_, person in problem.persons.items():
            self.persons[id_] = mask_of(person.bound)
            if person.present is not None:
                self.persons[id_] |= self.hours & ~mask_of(person.present)
        for taken in problem.taken:
            self._take(taken)

    def put(self, session: SessionToPlace, place: Place) -> None:
        span = Span(place.start, place.start + session.length)
        self._take(Taken(span, place.room, session.persons, session.track, session.interpreted))

    def _take(self, taken: Taken) -> None:
        mask = mask_of([taken.span])
        if taken.room is not None:
            self.rooms[taken.room] |= mask
        for person in taken.persons:
            self.persons[person] |= mask
        if taken.track is not None:
            self.tracks[taken.track].add(mask)
        for pair in taken.interpreted:
            self.pairs[pair].add(mask)

    def find_starts(self, session: SessionToPlace, busy: int = 0) -> int:
        """At which it fits into the hours of a day, at its own time where that is said, and beside what is busy."""
        free = fitting = self.hours & ~busy
        for shift in range(1, session.length):
            fitting &= free >> shift
        fitting &= self._within_days[session.length]
        return fitting if session.start is None else fitting & (1 << session.start)

    def starts_by_rooms(self, session: SessionToPlace) -> int:
        """At which a room that is big enough is free."""
        starts = 0
        for room in self.problem.list_fitting(session):
            starts |= self.find_starts(session, self.rooms[room.id])
        return starts

    def starts_by_persons(self, session: SessionToPlace, persons: Iterable[str] | None = None) -> int:
        busy = 0
        for person in session.persons if persons is None else persons:
            busy |= self.persons[person]
        return self.find_starts(session, busy)

    def starts_by_track(self, session: SessionToPlace) -> int:
        limit = self.problem.track_limit
        is_free = session.track is None or limit is None
        return self.find_starts(session, 0 if is_free else self._full_track(session.track, limit))

    def _full_track(self, track: UUID | None, limit: int | None) -> int:
        return self.tracks[track].at_least(limit) if track is not None and limit is not None else 0

    def starts_by_interpreters(self, session: SessionToPlace) -> int:
        busy = 0
        for pair in session.interpreted & self.problem.interpreters.keys():
            busy |= self.pairs[pair].at_least(self.problem.interpreters[pair]) & self.hours
        return self.find_starts(session, busy)

    def starts_beside_rooms(self, session: SessionToPlace) -> int:
        """At which nothing but a room may be missing."""
        return self.starts_by_persons(session) & self.starts_by_track(session) & self.starts_by_interpreters(session)

    def find_best_place(self, session: SessionToPlace) -> Place | None:
        """Of all that are free. The first of several that are worth as much."""
        allowed = self.starts_beside_rooms(session)
        best: tuple[int, Place] | None = None
        for room in self.problem.list_fitting(session) if allowed else ():
            for start in self._list_telling(session, room, allowed):
                value = rate_place(self.problem, session, room, start)
                if best is None or value > best[0]:
                    best = value, Place(start, room.id)
        return best[1] if best else None

    def _list_telling(self, session: SessionToPlace, room: RoomToFill, allowed: int) -> list[int]:
        """The first free start of each day: no later one is worth more."""
        free = self.find_starts(session, self.rooms[room.id]) & allowed
        firsts = [next(list_bits(free & day), None) for day in self._days]
        return [start for start in firsts if start is not None]


def fill_greedily(occupancy: Occupancy, sessions: Sequence[SessionToPlace]) -> dict[UUID, Place]:
    """One after the other, each where it is worth most."""
    places = {}
    for session in sessions:
        place = occupancy.find_best_place(session)
        if place is not None:
            occupancy.put(session, place)
            places[session.id] = place
    return places
