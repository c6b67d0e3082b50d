"""Whoever speaks or interprets is in one place at a time, is there at all, and gets from one hall to the other."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from market.events.enums import BoundAs
from market.events.models import Presence
from market.programme.conflicts.kinds import Conflict, Surroundings, end_of, start_of
from market.programme.conflicts.overlaps import walk_overlaps
from market.programme.enums import ConflictKind
from market.programme.models import ProgrammeSession


@dataclass(frozen=True, slots=True)
class _Span:
    """When a person is bound. `session`: of this programme; none for anything else."""

    starts: datetime
    ends: datetime
    bound_as: BoundAs
    session: ProgrammeSession | None = None
    name: str = ""
    hall: str = ""

    @property
    def number(self) -> int:
        return self.session.number if self.session is not None else 0


def find_person_problems(placed: Sequence[ProgrammeSession], around: Surroundings) -> Iterator[Conflict]:
    by_person: dict[UUID, list[_Span]] = defaultdict(list)
    for one in placed:
        for bound_id, person_id, span in _list_bound(one):
            by_person[bound_id].append(span)
            yield from _find_absence(one, span.name, around.presences.get(person_id, ()))
    for bound_id, spans in by_person.items():
        others = [_Span(row.starts_utc, row.ends_utc, row.bound_as) for row in around.bound.get(bound_id, ())]
        ordered = sorted([*spans, *others], key=lambda span: (span.starts, span.number))
        yield from _find_double(ordered)
        yield from _find_hurry(ordered, timedelta(minutes=around.travel_minutes))


def _list_bound(one: ProgrammeSession) -> Iterator[tuple[UUID, UUID, _Span]]:
    """Who is bound by it: by which identity, by which row of this event."""
    hall = one.room.hall if one.room is not None else ""
    for link in one.speakers:
        speaker = link.speaker
        span = _Span(start_of(one), end_of(one), BoundAs.SPEAKER, one, speaker.name, hall)
        yield speaker.bound_id, speaker.id, span
    for channel in one.interpreters:
        interpreter = channel.interpreter
        span = _Span(start_of(one), end_of(one), BoundAs.INTERPRETER, one, interpreter.name, hall)
        yield interpreter.bound_id, interpreter.id, span


def _find_double(ordered: Sequence[_Span]) -> Iterator[Conflict]:
    for first, second in walk_overlaps(ordered, start=lambda span: span.starts, end=lambda span: span.ends):
        if first.session is None and second.session is None:
            continue  # not a matter of this programme
        if first.session is None or second.session is None:
            bound = first if first.session is not None else second
            assert bound.session is not None  # noqa: S101 - one of the two is
            yield Conflict(ConflictKind.DUTY, bound.session, None, bound.name)
        elif first.session is not second.session:
            interprets = BoundAs.INTERPRETER in (first.bound_as, second.bound_as)
            kind = ConflictKind.INTERPRETER if interprets else ConflictKind.SPEAKER
            yield Conflict(kind, first.session, second.session, second.name)


def _find_hurry(ordered: Sequence[_Span], needed: timedelta) -> Iterator[Conflict]:
    sessions = [span for span in ordered if span.session is not None]
    for first, second in pairwise(sessions):
        is_far = first.hall and second.hall and first.hall != second.hall
        if is_far and first.ends <= second.starts < first.ends + needed and first.session and second.session:
            yield Conflict(ConflictKind.TRAVEL, first.session, second.session, second.name)


def _find_absence(one: ProgrammeSession, name: str, presences: Sequence[Presence]) -> Iterator[Conflict]:
    """Who has said when to be there is there at no other time. By wall time, as it was said."""
    here = [each for each in presences if not each.is_away]
    if not here or one.starts_at is None:
        return
    covered, ends_at = one.starts_at, one.starts_at + timedelta(minutes=one.minutes)
    for each in sorted(here, key=lambda each: each.starts_at):
        if each.starts_at <= covered:  # one that begins where another ends goes on from there
            covered = max(covered, each.ends_at)
    if covered < ends_at or not any(each.starts_at <= one.starts_at < each.ends_at for each in here):
        yield Conflict(ConflictKind.ABSENT, one, None, name)
