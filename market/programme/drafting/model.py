"""The model that the solver gets: an optional interval for each session in each room that is big enough."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from ortools.sat.python import cp_model

from market.programme.drafting.occupancy import Occupancy, list_bits, list_spans
from market.programme.drafting.problem import (
    ON_WANTED_DAY,
    PLACED,
    Place,
    Problem,
    SessionToPlace,
    rate_room,
)


@dataclass(frozen=True, slots=True)
class Variables:
    """Of one session. `days`: one for each of the days that it may be on."""

    session: SessionToPlace
    start: cp_model.IntVar
    placed: cp_model.IntVar
    rooms: Mapping[UUID, cp_model.IntVar]
    days: Mapping[int, cp_model.IntVar]
    interval: cp_model.IntervalVar
    value: cp_model.LinearExprT


@dataclass(frozen=True, slots=True)
class Model:
    """A session that has no place from the outset has no variables."""

    proto: cp_model.CpModel
    variables: Mapping[UUID, Variables]


def build_model(problem: Problem) -> Model:
    model, occupancy = cp_model.CpModel(), Occupancy(problem)
    variables = {}
    in_rooms: dict[UUID, list[cp_model.IntervalVar]] = defaultdict(list)
    for number, session in enumerate(problem.sessions):
        starts = occupancy.starts_beside_rooms(session) & occupancy.starts_by_rooms(session)
        if starts:
            variables[session.id] = _add_session(model, problem, session, number, starts, in_rooms)
    _keep_apart_in_rooms(model, occupancy, in_rooms)
    _keep_apart_by_person(model, variables.values())
    _limit_tracks(model, problem, occupancy, variables.values())
    _limit_interpreters(model, problem, occupancy, variables.values())
    _limit_time(model, problem, occupancy, variables.values())
    model.maximize(cp_model.LinearExpr.sum([one.value for one in variables.values()]))
    return Model(model, variables)


def add_hint(model: Model, places: Mapping[UUID, Place], problem: Problem) -> None:
    """A proposal that the search begins with."""
    for id_, one in model.variables.items():
        place = places.get(id_)
        model.proto.add_hint(one.placed, place is not None)
        for room_id, is_in in one.rooms.items():
            model.proto.add_hint(is_in, place is not None and place.room == room_id)
        for day, is_on in one.days.items():
            model.proto.add_hint(is_on, place is not None and problem.find_day(place.start) == day)
        if place is not None:
            model.proto.add_hint(one.start, place.start)


def _add_session(
    model: cp_model.CpModel, problem: Problem, session: SessionToPlace, number: int, starts: int,
    in_rooms: dict[UUID, list[cp_model.IntervalVar]],
) -> Variables:  # fmt: skip
    domain = cp_model.Domain.from_values(list(list_bits(starts)))
    start = model.new_int_var_from_domain(domain, f"start_{number}")
    placed = model.new_bool_var(f"placed_{number}")
    rooms, rated = {}, []
    for place, room in enumerate(problem.rooms):
        if room.holds(session.size):
            is_in = rooms[room.id] = model.new_bool_var(f"in_{number}_{place}")
            name = f"interval_{number}_{place}"
            in_rooms[room.id].append(model.new_optional_fixed_size_interval_var(start, session.length, is_in, name))
            rated.append(rate_room(session, room) * is_in)
    model.add_exactly_one([*rooms.values(), placed.negated()])
    days, late = _add_days(model, problem, start, placed, starts)
    on_wanted = days.get(session.wanted_day) if session.wanted_day is not None else None
    wanted = [] if on_wanted is None else [ON_WANTED_DAY * on_wanted]
    value = cp_model.LinearExpr.sum([session.weight * PLACED * placed, *rated, -1 * late, *wanted])
    interval = model.new_optional_fixed_size_interval_var(start, session.length, placed, f"interval_{number}")
    return Variables(session, start, placed, rooms, days, interval, value)


def _add_days(
    model: cp_model.CpModel, problem: Problem, start: cp_model.IntVar, placed: cp_model.IntVar, starts: int
) -> tuple[dict[int, cp_model.IntVar], cp_model.IntVar]:
    """Which day it is on, and how many slots after the day begins; none where it has no place."""
    days, begins = {}, []
    for number, day in enumerate(problem.days):
        possible = [bit for bit in list_bits(starts) if day.start <= bit < day.end]
        if possible:
            is_on = days[number] = model.new_bool_var("")
            model.add_linear_expression_in_domain(start, cp_model.Domain(possible[0], possible[-1])).only_enforce_if(
                is_on
            )
            begins.append(day.start * is_on)
    model.add_exactly_one([*days.values(), placed.negated()])
    late = model.new_int_var(0, max(day.end - day.start for day in problem.days), "")
    model.add(late >= start - cp_model.LinearExpr.sum(begins)).only_enforce_if(placed)
    return days, late


def _keep_apart_in_rooms(
    model: cp_model.CpModel, occupancy: Occupancy, in_rooms: Mapping[UUID, list[cp_model.IntervalVar]]
) -> None:
    for room_id, intervals in in_rooms.items():
        taken = _fix(model, occupancy.rooms[room_id] & occupancy.hours)
        model.add_no_overlap([*intervals, *taken])


def _keep_apart_by_person(model: cp_model.CpModel, variables: Iterable[Variables]) -> None:
    """What else binds them is in the domains of the starts already."""
    by_person: dict[str, list[cp_model.IntervalVar]] = defaultdict(list)
    for one in variables:
        for person in one.session.persons:
            by_person[person].append(one.interval)
    for intervals in by_person.values():
        if len(intervals) > 1:
            model.add_no_overlap(intervals)


def _limit_tracks(
    model: cp_model.CpModel, problem: Problem, occupancy: Occupancy, variables: Iterable[Variables]
) -> None:
    if problem.track_limit is None:
        return
    by_track: dict[UUID, list[Variables]] = defaultdict(list)
    for one in variables:
        if one.session.track is not None:
            by_track[one.session.track].append(one)
    for track, those in by_track.items():
        _limit(model, occupancy, those, occupancy.tracks[track].levels, problem.track_limit)


def _limit_interpreters(
    model: cp_model.CpModel, problem: Problem, occupancy: Occupancy, variables: Iterable[Variables]
) -> None:
    chosen = list(variables)
    for pair, number in problem.interpreters.items():
        those = [one for one in chosen if pair in one.session.interpreted]
        _limit(model, occupancy, those, occupancy.pairs[pair].levels, number)


def _limit(
    model: cp_model.CpModel, occupancy: Occupancy, variables: Sequence[Variables], levels: Sequence[int], limit: int
) -> None:
    """At most so many at once, what is taken included. What is taken beyond the limit counts as full. That they take no
    more time than there is follows from it, and the solver sees at once how much cannot fit."""
    if len(variables) <= limit and not levels:
        return
    masks = [level & occupancy.hours for level in levels[:limit]]
    taken = [interval for mask in masks for interval in _fix(model, mask)]
    intervals = [*(one.interval for one in variables), *taken]
    model.add_cumulative(intervals, [1] * len(intervals), limit)
    free = limit * occupancy.hours.bit_count() - sum(mask.bit_count() for mask in masks)
    model.add(cp_model.LinearExpr.sum([one.session.length * one.placed for one in variables]) <= free)


def _limit_time(
    model: cp_model.CpModel, problem: Problem, occupancy: Occupancy, variables: Iterable[Variables]
) -> None:
    """Sessions take no more time than the rooms have that are big enough. This follows from the rest; the solver sees
    from it at once how much cannot fit."""
    chosen = list(variables)
    for size in sorted({one.session.size or 0 for one in chosen}):
        free = sum(
            (occupancy.hours & ~occupancy.rooms[room.id]).bit_count() for room in problem.rooms if room.holds(size)
        )
        needed = [one.session.length * one.placed for one in chosen if (one.session.size or 0) >= size]
        model.add(cp_model.LinearExpr.sum(needed) <= free)


def _fix(model: cp_model.CpModel, mask: int) -> list[cp_model.IntervalVar]:
    return [model.new_fixed_size_interval_var(span.start, span.end - span.start, "") for span in list_spans(mask)]
