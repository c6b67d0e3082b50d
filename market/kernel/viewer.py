"""Who looks at a page. A snapshot: rights are read afresh with every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class MemberRole(StrEnum):
    MEMBER = "member"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody signed in. A visitor is `None`."""

    id: UUID
    session_id: UUID
    name: str
    email: str
    language: str
    is_confirmed: bool
    is_staff: bool = False
    is_organizer: bool = False
    memberships: Mapping[UUID, MemberRole] = field(default_factory=dict)

    def is_member(self, organization_id: UUID) -> bool:
        return organization_id in self.memberships

    def is_owner(self, organization_id: UUID) -> bool:
        return self.memberships.get(organization_id) is MemberRole.OWNER
