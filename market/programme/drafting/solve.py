"""The search for a draft, which takes as long as it may, tells how far it is, and can be stopped at any time."""

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final
from uuid import UUID

from ortools.sat.python import cp_model

from market.programme.drafting.explaining import explain
from market.programme.drafting.mending import fill_at_first, mend
from market.programme.drafting.model import Model, add_hint, build_model
from market.programme.drafting.occupancy import Occupancy, fill_greedily
from market.programme.drafting.problem import Place, Problem, Proposal, find_simple_bound, rate_all
from market.programme.drafting.splitting import MOST_AT_ONCE, split_by_day

WORKERS: Final = 8
"""Also on two cores: with fewer the solver leaves out the searches that find bounds, and those that mend a solution."""


SHARE_OF_MENDING: Final = 0.3
LONGEST_MENDING: Final = 20.0


@dataclass(frozen=True, slots=True)
class Progress:
    placed: int
    value: int
    bound: int
    seconds: float


class Search:
    """One search, in the thread that calls `run`; others may look at `progress` and call `stop` meanwhile."""

    def __init__(
        self, problem: Problem, *, seconds: float, workers: int = WORKERS, seed: int = 1, most: int = MOST_AT_ONCE
    ) -> None:
        self._problem = problem
        self._seconds = seconds
        self._workers = workers
        self._seed = seed
        self._parts = split_by_day(problem, most=most)
        self._stopped = threading.Event()
        self._solver: cp_model.CpSolver | None = None
        self._began = monotonic()
        occupancy = Occupancy(problem)
        self._bound = find_simple_bound(
            problem, sum((occupancy.hours & ~occupancy.rooms[room.id]).bit_count() for room in problem.rooms)
        )
        self._best: dict[UUID, Place] = {}

    @property
    def progress(self) -> Progress:
        best = self._best
        return Progress(len(best), rate_all(self._problem, best), self._bound, monotonic() - self._began)

    def stop(self) -> None:
        """Soon after this the best that was found is answered."""
        self._stopped.set()
        if self._solver is not None:
            self._solver.stop_search()

    def run(self) -> Proposal:
        self._began = monotonic()
        self._best = fill_at_first(self._problem)
        mending = self._began + min(self._seconds * SHARE_OF_MENDING, LONGEST_MENDING)
        self._best = mend(
            self._problem, self._best, chance=random.Random(self._seed), tell=self._note,  # noqa: S311 - no secret
            is_over=lambda: self._stopped.is_set() or monotonic() >= mending,
        )  # fmt: skip
        for part in self._parts:
            if not self._stopped.is_set() and part.sessions:
                self._improve(part)
        return self._finish()

    def _improve(self, part: Problem) -> None:
        """Search for better places of a part's sessions. What was put on its day for another part gives way."""
        own = {one.id for one in part.sessions}
        here = {id_ for id_, place in self._best.items() if _is_within(place, part)}
        begin = {id_: place for id_, place in self._best.items() if id_ in own & here}
        kept = {id_: place for id_, place in self._best.items() if id_ not in own | here}
        found = self._solve(part, begin, kept)
        self._best = {**kept, **found}

    def _solve(self, part: Problem, begin: Mapping[UUID, Place], kept: Mapping[UUID, Place]) -> Mapping[UUID, Place]:
        model = build_model(part)
        add_hint(model, begin, part)
        solver = self._solver = self._make_solver()
        watcher = _Watcher(model, lambda found: self._note({**kept, **found}))
        if len(self._parts) == 1:
            solver.best_bound_callback = self._note_bound
        status = solver.solve(model.proto, watcher)
        if self._stopped.is_set() and status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return begin
        if len(self._parts) == 1:
            self._note_bound(solver.best_objective_bound)
        return watcher.found if watcher.found is not None else begin

    def _make_solver(self) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        left = max(self._seconds - (monotonic() - self._began), 0.1)
        solver.parameters.max_time_in_seconds = min(left, self._seconds / len(self._parts))
        solver.parameters.num_workers = self._workers
        solver.parameters.random_seed = self._seed
        return solver

    def _note(self, found: dict[UUID, Place]) -> None:
        self._best = found
        if self._stopped.is_set() and self._solver is not None:
            self._solver.stop_search()

    def _note_bound(self, bound: float) -> None:
        self._bound = min(self._bound, int(bound + 1e-6))

    def _finish(self) -> Proposal:
        """What still fits after all is put in, so that whatever is left has a reason that can be shown."""
        occupancy = Occupancy(self._problem)
        for session in self._problem.sessions:
            if place := self._best.get(session.id):
                occupancy.put(session, place)
        left = [session for session in self._problem.sessions if session.id not in self._best]
        places = {**self._best, **fill_greedily(occupancy, left)}
        self._best = places
        unplaced = {one.id: explain(occupancy, one) for one in left if one.id not in places}
        value = rate_all(self._problem, places)
        return Proposal(places, unplaced, value, max(self._bound, value))


class _Watcher(cp_model.CpSolverSolutionCallback):
    """Hears of each better solution, in one of the solver's threads."""

    def __init__(self, model: Model, tell: Callable[[dict[UUID, Place]], None]) -> None:
        super().__init__()
        self._model = model
        self._tell = tell
        self.found: dict[UUID, Place] | None = None

    def on_solution_callback(self) -> None:
        found = {}
        for id_, one in self._model.variables.items():
            for room_id, is_in in one.rooms.items():
                if self.boolean_value(is_in):
                    found[id_] = Place(self.value(one.start), room_id)
        self.found = found
        self._tell(found)


def _is_within(place: Place, part: Problem) -> bool:
    return any(day.start <= place.start < day.end for day in part.days)
