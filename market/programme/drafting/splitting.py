"""A problem with more sessions than the solver masters at once, cut into one for each day."""

from dataclasses import replace

from market.programme.drafting.occupancy import Occupancy
from market.programme.drafting.problem import Problem, SessionToPlace

MOST_AT_ONCE = 300


def split_by_day(problem: Problem, *, most: int = MOST_AT_ONCE) -> list[Problem]:
    """Each with its share of the sessions, track after track, so that a track stays together where it can. What is
    taken stands in all of them: slots of other days are in nobody's way."""
    if len(problem.sessions) <= most or len(problem.days) == 1:
        return [problem]
    occupancy = Occupancy(problem)
    free = {
        number: sum((_hours(problem, number) & ~occupancy.rooms[room.id]).bit_count() for room in problem.rooms)
        for number in range(len(problem.days))
    }
    shares: dict[int, list[SessionToPlace]] = {number: [] for number in free}
    loads = dict.fromkeys(free, 0)
    for session in sorted(problem.sessions, key=_by_track):
        possible = [number for number in free if occupancy.starts_beside_rooms(session) & _hours(problem, number)]
        wanted = [number for number in possible if number == session.wanted_day]
        if possible:
            day = (wanted or [min(possible, key=lambda number: loads[number] / max(free[number], 1))])[0]
            shares[day].append(session)
            loads[day] += session.length
    return [
        replace(
            problem, days=(problem.days[number],),
            sessions=tuple(replace(one, wanted_day=_in_one(one.wanted_day, number)) for one in share),
        )
        for number, share in shares.items()
    ]  # fmt: skip


def _in_one(wanted_day: int | None, number: int) -> int | None:
    """The wanted day, counted where that day is the only one."""
    return 0 if wanted_day == number else None


def _hours(problem: Problem, number: int) -> int:
    day = problem.days[number]
    return (1 << day.end) - (1 << day.start)


def _by_track(session: SessionToPlace) -> tuple[str, int]:
    return str(session.track or ""), -session.length
