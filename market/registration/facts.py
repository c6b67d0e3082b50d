from dataclasses import dataclass
from uuid import UUID

from market.kernel.outbox import Fact


@dataclass(frozen=True, slots=True)
class ParticipantMoved(Fact):
    """Into `state`; `was` is the one before, empty for somebody new."""

    participant_id: UUID
    event_id: UUID
    state: str
    was: str


@dataclass(frozen=True, slots=True)
class ParticipantChanged(Fact):
    """Name, organization or answers."""

    participant_id: UUID
    event_id: UUID


@dataclass(frozen=True, slots=True)
class ParticipantsImported(Fact):
    """`participants`: how many of them are new."""

    event_id: UUID
    participants: int


@dataclass(frozen=True, slots=True)
class RegistrationSetUp(Fact):
    """Types or questions of an event were changed."""

    event_id: UUID
