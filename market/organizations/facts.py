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
