from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from market.events.models import Event
from market.listings.enums import ListingState
from market.programme.conflicts.interpretation import find_interpreting_problems
from market.programme.conflicts.kinds import Conflict, Surroundings
from market.programme.conflicts.persons import find_person_problems
from market.programme.conflicts.rooms import find_room_problems
from market.programme.enums import ConflictKind, SessionKind, SessionState, Severity
from market.programme.models import ProgrammeSession
from market.programme.times import is_within

GRAVITY: Final = {severity: rank for rank, severity in enumerate(Severity)}
ALONE: Final = Surroundings()


def find_conflicts(
    event: Event, sessions: Sequence[ProgrammeSession], *, day_change: int, around: Surroundings = ALONE
) -> list[Conflict]:
    """Of the working copy; the grave ones first. Each pair is told once; what the event ignores is left out."""
    live = [one for one in sessions if one.state is not SessionState.CANCELLED]
    placed = [one for one in live if one.starts_utc is not None and one.room_id is not None]
    found = [
        *find_room_problems(placed),
        *find_person_problems(placed, around),
        *_find_outside(event, placed, day_change),
        *find_interpreting_problems(placed, around),
        *_find_unfinished(live),
        *_find_hidden_listings(live),
    ]
    weighed = [replace(one, severity=around.find_severity(one.kind)) for one in found]
    kinds = list(ConflictKind)
    told = [one for one in weighed if one.severity is not Severity.IGNORE]
    return sorted(told, key=lambda one: (GRAVITY[one.severity], kinds.index(one.kind)))


def blocks_release(conflicts: Iterable[Conflict]) -> bool:
    return any(one.severity in (Severity.BLOCK, Severity.BLOCK_RELEASE) for one in conflicts)


def _find_outside(event: Event, placed: Sequence[ProgrammeSession], day_change: int) -> Iterator[Conflict]:
    for one in placed:
        if one.starts_at is not None and not is_within(event, one.starts_at, day_change):
            yield Conflict(ConflictKind.OUTSIDE, one)


def _find_unfinished(live: Sequence[ProgrammeSession]) -> Iterator[Conflict]:
    for one in live:
        if one.starts_utc is None or one.room_id is None:
            yield Conflict(ConflictKind.UNPLACED, one)
        elif one.state is SessionState.DRAFT and one.kind is not SessionKind.BLOCKER:
            yield Conflict(ConflictKind.UNCONFIRMED, one)


def _find_hidden_listings(live: Sequence[ProgrammeSession]) -> Iterator[Conflict]:
    for one in live:
        for link in one.listings:
            if link.listing.state is not ListingState.PUBLISHED:
                yield Conflict(ConflictKind.SHOWN_LISTING, one, None, link.listing.reference)
