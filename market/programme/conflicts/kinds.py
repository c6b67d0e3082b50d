from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from market.events.commitments import Bond
from market.events.models import Presence
from market.kernel.errors import N_
from market.programme.enums import SEVERITIES, ConflictKind, Severity
from market.programme.models import ProgrammeSession

CONFLICTS: Final[Mapping[ConflictKind, str]] = {
    ConflictKind.ROOM: N_("Two sessions in one room at the same time"),
    ConflictKind.SPEAKER: N_("A speaker in two sessions at the same time"),
    ConflictKind.INTERPRETER: N_("An interpreter in two sessions at the same time"),
    ConflictKind.OUTSIDE: N_("Not on a day of the event"),
    ConflictKind.ABSENT: N_("Somebody is not there at this time"),
    ConflictKind.DUTY: N_("Somebody is bound elsewhere at this time"),
    ConflictKind.TRAVEL: N_("Too little time to get from one hall to the other"),
    ConflictKind.CAPACITY: N_("More places than the room has"),
    ConflictKind.UNINTERPRETED: N_("Too few interpreters"),
    ConflictKind.WRONG_PAIR: N_("An interpreter who does not work between these languages"),
    ConflictKind.NO_REST: N_("An interpreter for too long without a break"),
    ConflictKind.UNPLACED: N_("Without a time or a room"),
    ConflictKind.UNCONFIRMED: N_("Not confirmed: visitors will not see it"),
    ConflictKind.SHOWN_LISTING: N_("Shows a listing that is not published"),
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """`other`: the second session, where there are two. `name`: of the room, the person, the language, the
    listing."""

    kind: ConflictKind
    session: ProgrammeSession
    other: ProgrammeSession | None = None
    name: str = ""
    severity: Severity = Severity.WARN


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else there is that sessions may conflict with. `bound`: who is bound → by what else than these sessions.
    `presences`: speaker or interpreter → when the person is there."""

    bound: Mapping[UUID, Sequence[Bond]] = field(default_factory=dict)
    presences: Mapping[UUID, Sequence[Presence]] = field(default_factory=dict)
    has_interpreters: bool = False
    travel_minutes: int = 0
    severities: Mapping[str, str] = field(default_factory=dict)

    def find_severity(self, kind: ConflictKind) -> Severity:
        return Severity(self.severities.get(kind, SEVERITIES[kind]))


def start_of(one: ProgrammeSession) -> datetime:
    assert one.starts_utc is not None  # noqa: S101 - only placed ones are asked
    return one.starts_utc


def end_of(one: ProgrammeSession) -> datetime:
    return start_of(one) + timedelta(minutes=one.minutes)
