"""Who looks at a page. A snapshot: rights are read afresh with every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

OPERATOR_ID: Final = UUID(int=0)
"""Of `OPERATOR`. No account has it."""


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
    is_on_team: bool = False
    """Whether this person is of some event's team."""
    memberships: Mapping[UUID, MemberRole] = field(default_factory=dict)
    represents: Mapping[UUID, UUID] = field(default_factory=dict)
    """Client → the centre as whose member this person acts for it. Empty for who has not confirmed the address."""
    ownerless: frozenset[UUID] = frozenset()
    """Those of the clients that nobody owns: their centre looks after their page."""
    centres: frozenset[UUID] = frozenset()
    """Transfer centres this person is a member of. Empty for who has not confirmed the address."""

    @property
    def person_id(self) -> UUID | None:
        """For what points at a person: none for the operator."""
        return None if self.id == OPERATOR_ID else self.id

    def is_member(self, organization_id: UUID) -> bool:
        return organization_id in self.memberships

    def is_owner(self, organization_id: UUID) -> bool:
        return self.memberships.get(organization_id) is MemberRole.OWNER

    def acts_for(self, organization_id: UUID) -> bool:
        """Whether this person may do what a member does: as one, or for a centre that represents the organization."""
        return organization_id in self.memberships or organization_id in self.represents

    @property
    def is_broker(self) -> bool:
        """Whether this person may bring others together: as a member of a transfer centre."""
        return bool(self.centres)

    @property
    def organizations(self) -> frozenset[UUID]:
        """All that this person acts for."""
        return frozenset((*self.memberships, *self.represents))

    def centre_for(self, organization_id: UUID) -> UUID | None:
        """The centre as whose member this person acts for an organization; none where it is the person's own."""
        return None if self.is_member(organization_id) else self.represents.get(organization_id)


OPERATOR: Final = Viewer(
    id=OPERATOR_ID, session_id=OPERATOR_ID, name="", email="", language="en", is_confirmed=True, is_staff=True
)
"""Whoever runs a command on the market's own machine: may what staff may, and is nobody."""


class Scope(StrEnum):
    """What an API token may be used for."""

    LISTINGS_READ = "listings:read"
    LISTINGS_WRITE = "listings:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"


OFFERED_SCOPES = (Scope.LISTINGS_READ, Scope.LISTINGS_WRITE, Scope.EVENTS_READ)
"""Those that a door of the API asks for (a test holds both together): what belongs to a room that is not built yet is
offered to nobody."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """A program that speaks for a person: the person's rights, narrowed by its token's scopes. Which rights these are
    is read where a door asks for them."""

    user_id: UUID
    token_id: UUID
    scopes: frozenset[str]
    last_used_at: datetime | None
