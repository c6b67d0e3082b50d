"""The problem of an event's working copy, and what its slots are by the clock."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from market.events.commitments import Bond, list_elsewhere
from market.events.models import Event, Interpreter, Presence
from market.events.people import list_interpreters, map_presences
from market.kernel.zones import find_wall
from market.programme import queries
from market.programme.drafting.problem import Person, Problem, RoomToFill, SessionToPlace, Span, Taken
from market.programme.enums import SessionKind, SessionState
from market.programme.models import Draft, ProgrammeSession, Speaker
from market.programme.times import list_days

CONFIRMED_WEIGHT: Final = 3
USUAL_WEIGHT: Final = 2
ONE_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Grid:
    """The hours of all days, one after the other, in slots."""

    days: Sequence[date]
    opens: int
    slots: int
    slot_minutes: int

    @property
    def spans(self) -> tuple[Span, ...]:
        return tuple(Span(number * self.slots, (number + 1) * self.slots) for number in range(len(self.days)))

    def find_wall(self, slot: int) -> datetime:
        day, place = divmod(slot, self.slots)
        return self._begin(self.days[day]) + timedelta(minutes=place * self.slot_minutes)

    def list_spans(self, starts_at: datetime, minutes: int) -> list[Span]:
        """What a session takes of these hours, slots that it only touches included."""
        spans = []
        for number, day in enumerate(self.days):
            offset = (starts_at - self._begin(day)) // ONE_MINUTE
            first = max(offset // self.slot_minutes, 0)
            end = min(-(-(offset + minutes) // self.slot_minutes), self.slots)
            if first < end:
                spans.append(Span(number * self.slots + first, number * self.slots + end))
        return spans

    def list_whole(self, starts_at: datetime, ends_at: datetime) -> list[Span]:
        """Slots that lie within, of each day."""
        spans = []
        for number, day in enumerate(self.days):
            begin = self._begin(day)
            first = max(-(-((starts_at - begin) // ONE_MINUTE) // self.slot_minutes), 0)
            end = min((ends_at - begin) // ONE_MINUTE // self.slot_minutes, self.slots)
            if first < end:
                spans.append(Span(number * self.slots + first, number * self.slots + end))
        return spans

    def find_slot(self, starts_at: datetime) -> tuple[int, int]:
        """In which slot it begins, and how many minutes after the slot. Beyond all slots where it is outside."""
        for number, day in enumerate(self.days):
            slot, late = divmod((starts_at - self._begin(day)) // ONE_MINUTE, self.slot_minutes)
            if 0 <= slot < self.slots:
                return number * self.slots + slot, late
        return len(self.days) * self.slots, 0

    def find_day(self, starts_at: datetime) -> int | None:
        slot, _late = self.find_slot(starts_at)
        return slot // self.slots if slot < len(self.days) * self.slots else None

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time.min) + timedelta(minutes=self.opens)


@dataclass(frozen=True, slots=True)
class Loaded:
    """`versions`: of the sessions that are to be placed. `starts`: of those whose time is said already."""

    problem: Problem
    grid: Grid
    versions: Mapping[UUID, int]
    starts: Mapping[UUID, datetime]


def is_to_place(one: ProgrammeSession, *, replans: bool) -> bool:
    """Whether a draft finds a place for it. What is kept free is placed by organizers alone."""
    if one.state is SessionState.CANCELLED or one.kind is SessionKind.BLOCKER:
        return False
    return one.starts_at is None or one.room_id is None or (replans and one.state is SessionState.DRAFT)


def load_problem(session: Session, event: Event, draft: Draft) -> Loaded:
    programme = queries.find_programme(session, event.id)
    slot_minutes = programme.slot_minutes if programme else 15
    grid = Grid(list_days(event), draft.opens, max((draft.closes - draft.opens) // slot_minutes, 1), slot_minutes)
    plans = [one for one in queries.list_plans(session, event.id) if one.state is not SessionState.CANCELLED]
    to_place = [one for one in plans if is_to_place(one, replans=draft.replans)]
    ids = {one.id for one in to_place}
    problem = Problem(
        days=grid.spans,
        rooms=tuple(RoomToFill(room.id, room.capacity) for room in queries.list_rooms(session, event.id)),
        sessions=tuple(_to_place(grid, one) for one in to_place),
        taken=tuple(taken for one in plans if one.id not in ids for taken in _list_taken(grid, one)),
        persons=_list_people(session, event, grid, plans),
        track_limit=draft.track_limit,
        interpreters=_count_teams(list_interpreters(session, event.id)),
    )
    starts = {one.id: one.starts_at for one in to_place if one.starts_at is not None and one.room_id is None}
    return Loaded(problem, grid, {one.id: one.version for one in to_place}, starts)


def _list_people(session: Session, event: Event, grid: Grid, plans: Sequence[ProgrammeSession]) -> dict[str, Person]:
    """Whoever is on the programme, with the hours in which they are there or bound by something else."""
    people: dict[UUID, Speaker | Interpreter] = {}
    for one in plans:
        people |= {link.speaker_id: link.speaker for link in one.speakers}
        people |= {channel.interpreter_id: channel.interpreter for channel in one.interpreters}
    presences = map_presences(session, event.id)
    elsewhere = list_elsewhere(session, event.id, {who.user_id for who in people.values() if who.user_id is not None})
    times: defaultdict[UUID, list[Presence]] = defaultdict(list)
    for person in people.values():
        times[person.bound_id] += presences.get(person.id, ())
    found = {}
    for person in people.values():
        duties = _list_duties(event, person, times[person.bound_id], elsewhere)
        bound = tuple(span for start, minutes in duties for span in grid.list_spans(start, minutes))
        found[str(person.bound_id)] = Person(person.name, _list_present(grid, times[person.bound_id]), bound)
    return found


def _list_present(grid: Grid, presences: Sequence[Presence]) -> tuple[Span, ...] | None:
    """Only slots that lie within; always, where nothing is said."""
    here = [one for one in presences if not one.is_away]
    return tuple(span for one in here for span in grid.list_whole(one.starts_at, one.ends_at)) if here else None


def _list_duties(
    event: Event, person: Speaker | Interpreter, presences: Sequence[Presence], elsewhere: Sequence[Bond]
) -> list[tuple[datetime, int]]:
    """By the clocks at the place: start and minutes."""
    away = [(one.starts_at, one.ends_at) for one in presences if one.is_away]
    away += [
        (find_wall(one.starts_utc, event.zone), find_wall(one.ends_utc, event.zone))
        for one in elsewhere
        if one.bound_id == person.bound_id
    ]
    return [(start, -(-(end - start) // ONE_MINUTE)) for start, end in away]


def _count_teams(interpreters: Sequence[Interpreter]) -> dict[str, int]:
    """Pair → how many teams of two there are, both ways; who works between several pairs is counted for each. A pair
    for which there is nobody limits nothing: whoever is missing is told as a conflict."""
    counted = Counter(pair for one in interpreters for pair in one.pairs)
    teams = {}
    for pair, number in counted.items():
        first, second = pair.split()
        teams[f"{first}-{second}"] = teams[f"{second}-{first}"] = max(number // 2, 1)
    return teams


def _to_place(grid: Grid, one: ProgrammeSession) -> SessionToPlace:
    """One that has a time and a room and may move is wanted on its day and in its room; one that has a time alone keeps
    it."""
    start, late = None, 0
    if one.starts_at is not None and one.room_id is None:
        start, late = grid.find_slot(one.starts_at)
    return SessionToPlace(
        one.id, -(-(late + one.minutes) // grid.slot_minutes), one.capacity, _list_persons(one), one.track_id,
        _list_pairs(one), CONFIRMED_WEIGHT if one.state is SessionState.CONFIRMED else USUAL_WEIGHT, start,
        grid.find_day(one.starts_at) if one.starts_at is not None else None, one.room_id,
    )  # fmt: skip


def _list_taken(grid: Grid, one: ProgrammeSession) -> list[Taken]:
    if one.starts_at is None:
        return []
    return [
        Taken(span, one.room_id, _list_persons(one), one.track_id, _list_pairs(one))
        for span in grid.list_spans(one.starts_at, one.minutes)
    ]


def _list_persons(one: ProgrammeSession) -> frozenset[str]:
    """By whom they are bound: somebody with an account is one person, in however many parts."""
    people = [link.speaker for link in one.speakers], [channel.interpreter for channel in one.interpreters]
    return frozenset(str(person.bound_id) for each in people for person in each)


def _list_pairs(one: ProgrammeSession) -> frozenset[str]:
    return frozenset(f"{one.language}-{code}" for code in one.interpreted_into)
