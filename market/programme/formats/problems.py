"""Where a fault stands in a file, and the list of them: all at once, in the order of the file, up to a number."""

from typing import Final, NamedTuple

from market.kernel.errors import Fault
from market.programme.formats.neutral import Problem

MOST_PROBLEMS: Final = 200


class Where(NamedTuple):
    line: int | None = None
    place: str = ""


NOWHERE: Final = Where()


class Problems:
    """`count` goes on where the list ends, so that one more fault is noticed behind the last that is told."""

    def __init__(self) -> None:
        self.listed: list[Problem] = []
        self.count = 0

    def add(self, where: Where, message: str, /, **values: object) -> None:
        self.take(make_problem(where, message, **values))

    def take(self, problem: Problem) -> None:
        self.count += 1
        if len(self.listed) < MOST_PROBLEMS:
            self.listed.append(problem)


def make_problem(where: Where, message: str, /, **values: object) -> Problem:
    return Problem(Fault(message, **values), where.line, where.place)
