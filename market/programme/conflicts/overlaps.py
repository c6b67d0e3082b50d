from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from market.programme.conflicts.kinds import end_of, start_of
from market.programme.models import ProgrammeSession

SpanT = TypeVar("SpanT")


def find_overlaps(sessions: Sequence[ProgrammeSession]) -> Iterator[tuple[ProgrammeSession, ProgrammeSession]]:
    """Pairs of which the second begins before the first has ended."""
    ordered = sorted(sessions, key=lambda one: (start_of(one), one.number))
    return walk_overlaps(ordered, start=start_of, end=end_of)


def walk_overlaps(
    ordered: Sequence[SpanT], *, start: Callable[[SpanT], datetime], end: Callable[[SpanT], datetime]
) -> Iterator[tuple[SpanT, SpanT]]:
    """Each, in order of their start, is held against those that have not ended yet: not all against all."""
    under_way: list[Any] = []
    for one in ordered:
        under_way = [each for each in under_way if end(each) > start(one)]
        yield from ((each, one) for each in under_way)
        under_way.append(one)
