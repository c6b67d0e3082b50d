"""What cannot be, or should not: two sessions in one room, a speaker in two places, a session on another day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from market.events.models import Event
from market.kernel.errors import N_
from market.listings.enums import ListingState
from market.programme.enums import SEVERITIES, ConflictKind, SessionKind, SessionState, Severity
from market.programme.models import ProgrammeSession
from market.programme.times import is_within

CONFLICTS: Final = {
    ConflictKind.ROOM: N_("Two sessions in one room at the same time"),
    ConflictKind.SPEAKER: N_("A speaker in two sessions at the same time"),
    ConflictKind.OUTSIDE: N_("Not on a day of the event"),
    ConflictKind.UNPLACED: N_("Without a time or a room"),
    ConflictKind.UNCONFIRMED: N_("Not confirmed: visitors will not see it"),
    ConflictKind.SHOWN_LISTING: N_("Shows a listing that is not published"),
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """`other`: the second session, where there are two. `name`: of the room, the speaker or the listing."""

    kind: ConflictKind
    session: ProgrammeSession
    other: ProgrammeSession | None = None
    name: str = ""

    @property
    def severity(self) -> Severity:
        return SEVERITIES[self.kind]


def find_conflicts(event: Event, sessions: Sequence[ProgrammeSession], *, day_change: int) -> list[Conflict]:
    """Of the working copy; the grave ones first. Each pair is told once."""
    live = [one for one in sessions if one.state is not SessionState.CANCELLED]
    placed = [one for one in live if one.starts_utc is not None and one.room_id is not None]
    found = [
        *_find_double_rooms(placed),
        *_find_double_speakers(placed),
        *_find_outside(event, placed, day_change),
        *_find_unfinished(live),
        *_find_hidden_listings(live),
    ]
    return sorted(found, key=lambda one: (one.severity is not Severity.BLOCK_RELEASE, one.kind))


def blocks_release(conflicts: Iterable[Conflict]) -> bool:
    return any(one.severity is Severity.BLOCK_RELEASE for one in conflicts)


def _find_double_rooms(placed: Sequence[ProgrammeSession]) -> Iterator[Conflict]:
    by_room: dict[UUID | None, list[ProgrammeSession]] = defaultdict(list)
    for one in placed:
        by_room[one.room_id].append(one)
    for sessions in by_room.values():
        for first, second in _find_overlaps(sessions):
            yield Conflict(ConflictKind.ROOM, first, second, second.room.name if second.room else "")


def _find_double_speakers(placed: Sequence[ProgrammeSession]) -> Iterator[Conflict]:
    by_speaker: dict[UUID, list[ProgrammeSession]] = defaultdict(list)
    names: dict[UUID, str] = {}
    for one in placed:
        for link in one.speakers:
            by_speaker[link.speaker_id].append(one)
            names[link.speaker_id] = link.speaker.name
    for speaker_id, sessions in by_speaker.items():
        for first, second in _find_overlaps(sessions):
            yield Conflict(ConflictKind.SPEAKER, first, second, names[speaker_id])


def _find_overlaps(sessions: Sequence[ProgrammeSession]) -> Iterator[tuple[ProgrammeSession, ProgrammeSession]]:
    """Pairs of which the second begins before the first has ended. Going through them in order of their start, each is
    held against those that have not ended yet: not all against all."""
    under_way: list[ProgrammeSession] = []
    for one in sorted(sessions, key=lambda each: (_start(each), each.number)):
        under_way = [each for each in under_way if _end(each) > _start(one)]
        yield from ((each, one) for each in under_way)
        under_way.append(one)


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


def _start(one: ProgrammeSession) -> datetime:
    assert one.starts_utc is not None  # noqa: S101 - only placed ones are asked
    return one.starts_utc


def _end(one: ProgrammeSession) -> datetime:
    return _start(one) + timedelta(minutes=one.minutes)
