from dataclasses import dataclass
from uuid import UUID

from market.kernel.outbox import Fact


@dataclass(frozen=True, slots=True)
class ProgrammeReleased(Fact):
    """`event_id`: whose programme."""

    release_id: UUID
    event_id: UUID


@dataclass(frozen=True, slots=True)
class ProgrammeImported(Fact):
    event_id: UUID
    sessions: int


@dataclass(frozen=True, slots=True)
class SessionPlanned(Fact):
    session_id: UUID
    event_id: UUID


@dataclass(frozen=True, slots=True)
class SessionChanged(Fact):
    session_id: UUID
    event_id: UUID


@dataclass(frozen=True, slots=True)
class SessionCancelled(Fact):
    session_id: UUID
    event_id: UUID


@dataclass(frozen=True, slots=True)
class BoundElsewhere(Fact):
    """Somebody on this event's programme is bound otherwise at another event."""

    event_id: UUID


@dataclass(frozen=True, slots=True)
class DraftAsked(Fact):
    draft_id: UUID
    event_id: UUID
