"""A first proposal without the solver: filled in one after the other, then mended by emptying some rooms for a day and
filling them anew. Where many sessions do not fit, this finds places for most of them before the solver has begun."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from market.programme.drafting.occupancy import Occupancy, fill_greedily
from market.programme.drafting.problem import Place, Problem, SessionToPlace, rate_all

EMPTIED: Final = (2, 3, 4, 6)
"""Rooms, for a day, that are emptied at once."""

Order = Callable[[SessionToPlace], tuple[float, ...]]


def fill_at_first(problem: Problem) -> dict[UUID, Place]:
    """In several orders; the best of what came of them."""
    tried = [fill_greedily(Occupancy(problem), sorted(problem.sessions, key=order)) for order in ORDERS]
    return max(tried, key=lambda places: rate_all(problem, places))


def mend(
    problem: Problem, places: Mapping[UUID, Place], *, chance: random.Random, is_over: Callable[[], bool],
    tell: Callable[[dict[UUID, Place]], None],
) -> dict[UUID, Place]:  # fmt: skip
    """Until all have a place or it is over. What is taken over is never worth less than what was there before."""
    best, value = dict(places), rate_all(problem, places)
    while len(best) < len(problem.sessions) and not is_over():
        kept = _empty_some(problem, best, chance)
        occupancy = Occupancy(problem)
        for session in problem.sessions:
            if place := kept.get(session.id):
                occupancy.put(session, place)
        left = [session for session in problem.sessions if session.id not in kept]
        tried = {**kept, **fill_greedily(occupancy, _shuffle(left, chance))}
        worth = rate_all(problem, tried)
        if worth >= value:
            if worth > value:
                tell(tried)
            best, value = tried, worth
    return best


def _empty_some(problem: Problem, places: Mapping[UUID, Place], chance: random.Random) -> dict[UUID, Place]:
    boxes = {(chance.choice(problem.rooms).id, chance.choice(problem.days)) for _one in range(chance.choice(EMPTIED))}
    return {
        id_: place
        for id_, place in places.items()
        if not any(place.room == room and day.start <= place.start < day.end for room, day in boxes)
    }


def _shuffle(sessions: Sequence[SessionToPlace], chance: random.Random) -> list[SessionToPlace]:
    """One of the orders, with some chance in it."""
    order = chance.choice(ORDERS)
    return sorted(sessions, key=lambda one: (*[part * chance.uniform(0.7, 1.3) for part in order(one)],))


def _by_size(session: SessionToPlace) -> tuple[float, ...]:
    return session.start is None, -(session.size or 0), -session.length, -len(session.persons)


def _by_length(session: SessionToPlace) -> tuple[float, ...]:
    return session.start is None, -session.length, -(session.size or 0), -len(session.persons)


def _by_worth(session: SessionToPlace) -> tuple[float, ...]:
    return session.start is None, -session.weight / session.length, -(session.size or 0), -len(session.persons)


ORDERS: Final[tuple[Order, ...]] = (_by_length, _by_size, _by_worth)
"""What has its own time first; then the longest, the biggest, or what is worth most for its length."""
