from dataclasses import dataclass
from uuid import UUID

from market.kernel.outbox import Fact


@dataclass(frozen=True, slots=True)
class EventPlanned(Fact):
    event_id: UUID


@dataclass(frozen=True, slots=True)
class EventCopied(Fact):
    """A new edition; rooms above copy what they know of the one before."""

    event_id: UUID
    source_id: UUID


@dataclass(frozen=True, slots=True)
class EventChanged(Fact):
    event_id: UUID


@dataclass(frozen=True, slots=True)
class EventStateChanged(Fact):
    """`state` is the new one."""

    event_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class TeamJoined(Fact):
    event_id: UUID
    user_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class TeamLeft(Fact):
    event_id: UUID
    user_id: UUID
