"""How good a first draft of a programme is: placed sessions, value, bound, gap and seconds.

`python -m benchmarks.drafts [SECONDS]`: made-up events of three days with sixteen half hours each: 60 sessions in 4
rooms (more than there is time for), 150 in 10, 300 in 21. Speakers have up to three sessions, a track has at most two
at once, three language pairs are interpreted by as many teams as a tenth of the rooms.
"""

import random
import sys
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from market.programme.drafting.problem import Person, Problem, RoomToFill, SessionToPlace, Span
from market.programme.drafting.solve import Search

DAYS: Final = 3
SLOTS: Final = 16
SIZES: Final = ((60, 4), (150, 10), (300, 21))
CAPACITIES: Final = (40, 40, 80, 80, 150, 300)
SEED: Final = 20270301


def make_problem(sessions: int, rooms: int, *, seed: int = SEED) -> Problem:
    chance = random.Random(seed)
    persons = {f"p{number}": Person(f"Speaker {number}") for number in range(sessions)}
    names = list(persons)
    tracks = [UUID(int=10_000 + number) for number in range(max(4, sessions // 15))]
    pairs = ("zh-vi", "zh-th", "zh-id")
    return Problem(
        days=tuple(Span(day * SLOTS, (day + 1) * SLOTS) for day in range(DAYS)),
        rooms=tuple(
            RoomToFill(UUID(int=20_000 + number), CAPACITIES[number % len(CAPACITIES)]) for number in range(rooms)
        ),
        sessions=tuple(
            SessionToPlace(
                UUID(int=number + 1), chance.choice((1, 2, 3, 4, 6)), chance.choice((20, 30, 40, 60, 80, 120)),
                frozenset(chance.sample(names, chance.choice((1, 1, 2, 3)))), chance.choice(tracks),
                frozenset({chance.choice(pairs)}) if chance.random() < 0.3 else frozenset(), chance.choice((2, 3)),
                wanted_day=chance.choice((None, None, 0, 1, 2)),
            )
            for number in range(sessions)
        ),
        persons=persons,
        track_limit=2,
        interpreters={pair: max(1, rooms // 10) for pair in pairs},
    )  # fmt: skip


def measure(sessions: int, rooms: int, *, seconds: float) -> None:
    problem = make_problem(sessions, rooms)
    needed, there = sum(one.length for one in problem.sessions), DAYS * SLOTS * rooms
    search = Search(problem, seconds=seconds)
    proposal = search.run()
    gap = 100 * (proposal.bound - proposal.value) / proposal.bound
    print(
        f"{sessions}/{rooms} (load {100 * needed // there} %): {len(proposal.places)} placed, value {proposal.value}, "
        f"bound {proposal.bound}, gap {gap:.2f} %, {search.progress.seconds:.1f} s",
        flush=True,
    )


def main(arguments: Sequence[str]) -> None:
    seconds = float(arguments[0]) if arguments else 60.0
    for sessions, rooms in SIZES:
        measure(sessions, rooms, seconds=seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
