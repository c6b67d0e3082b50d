"""Channels: enough interpreters, who work between these languages, and who get a break.

Nobody interprets simultaneously without a colleague who can take over (AIIC, Professional Standards); turns are of
about half an hour, so what lasts no longer than one is done alone. That a break is due after three hours is our own
measure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from market.programme.conflicts.kinds import Conflict, Surroundings, end_of, start_of
from market.programme.enums import ConflictKind, InterpretingMode
from market.programme.models import ProgrammeSession
from market.programme.rules import is_interpreted_by

ALONE_AT_MOST: Final = 30
WITHOUT_BREAK: Final = timedelta(hours=3)
BREAK: Final = timedelta(minutes=15)


def find_interpreting_problems(placed: Sequence[ProgrammeSession], around: Surroundings) -> Iterator[Conflict]:
    """Of an event that keeps its interpreters here."""
    if not around.has_interpreters:
        return
    for one in placed:
        yield from _find_missing(one)
        for channel in one.interpreters:
            if not is_interpreted_by(one.language, channel.language, channel.interpreter):
                yield Conflict(ConflictKind.WRONG_PAIR, one, None, channel.interpreter.name)
    yield from _find_tired(placed)


def count_needed(one: ProgrammeSession) -> int:
    """Interpreters of each channel."""
    return 2 if one.interpreting is InterpretingMode.SIMULTANEOUS and one.minutes > ALONE_AT_MOST else 1


def _find_missing(one: ProgrammeSession) -> Iterator[Conflict]:
    at_work = Counter(channel.language for channel in one.interpreters)
    for language in one.interpreted_into:
        if at_work[language] < count_needed(one):
            yield Conflict(ConflictKind.UNINTERPRETED, one, None, language)


def _find_tired(placed: Sequence[ProgrammeSession]) -> Iterator[Conflict]:
    """Each stretch without a break is told once, at the session with which it becomes too long."""
    by_interpreter: dict[UUID, list[tuple[ProgrammeSession, str]]] = defaultdict(list)
    for one in placed:
        for channel in one.interpreters:
            by_interpreter[channel.interpreter_id].append((one, channel.interpreter.name))
    for rows in by_interpreter.values():
        rows.sort(key=lambda row: (start_of(row[0]), row[0].number))
        began, ended, is_told = start_of(rows[0][0]), start_of(rows[0][0]), False
        for one, name in rows:
            if start_of(one) >= ended + BREAK:
                began, is_told = start_of(one), False
            ended = max(ended, end_of(one))
            if ended - began > WITHOUT_BREAK and not is_told:
                is_told = True
                yield Conflict(ConflictKind.NO_REST, one, None, name)
