"""Two sessions in one room; more places than it has."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID

from market.programme.conflicts.kinds import Conflict
from market.programme.conflicts.overlaps import find_overlaps
from market.programme.enums import ConflictKind
from market.programme.models import ProgrammeSession


def find_room_problems(placed: Sequence[ProgrammeSession]) -> Iterator[Conflict]:
    by_room: dict[UUID | None, list[ProgrammeSession]] = defaultdict(list)
    for one in placed:
        by_room[one.room_id].append(one)
    for sessions in by_room.values():
        for first, second in find_overlaps(sessions):
            yield Conflict(ConflictKind.ROOM, first, second, _name_of_room(second))
    for one in placed:
        if one.room is not None and one.room.capacity and one.capacity and one.capacity > one.room.capacity:
            yield Conflict(ConflictKind.CAPACITY, one, None, one.room.name)


def _name_of_room(one: ProgrammeSession) -> str:
    return one.room.name if one.room else ""
