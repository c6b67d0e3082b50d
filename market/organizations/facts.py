from dataclasses import dataclass
from uuid import UUID

from market.kernel.outbox import Fact


@dataclass(frozen=True, slots=True)
class OrganizationFounded(Fact):
    organization_id: UUID


@dataclass(frozen=True, slots=True)
class OrganizationChanged(Fact):
    organization_id: UUID


@dataclass(frozen=True, slots=True)
class MemberJoined(Fact):
    organization_id: UUID
    user_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class MemberLeft(Fact):
    organization_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class RepresentationGranted(Fact):
    """`by_side` says whose doing it was: the client's or the centre's."""

    client_id: UUID
    centre_id: UUID
    by_side: str


@dataclass(frozen=True, slots=True)
class RepresentationEnded(Fact):
    """`by_side` may also be staff: then both hear of it."""

    client_id: UUID
    centre_id: UUID
    by_side: str
