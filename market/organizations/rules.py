import re
from uuid import UUID

from market.kernel.viewer import Viewer
from market.taxonomy.values import OrganizationKind

REPRESENTING_KINDS = frozenset({OrganizationKind.TRANSFER_CENTRE})
"""Bodies whose trade it is to act for others."""

_WEBSITE = re.compile(r"https?://([a-zA-Z0-9-]{1,63}\.)+[a-zA-Z]{2,63}(:\d{1,5})?(/[^\s<>\"]{0,200})?")


def may_found(viewer: Viewer) -> bool:
    """Only who has confirmed the mail address: others see who speaks for an organization."""
    return viewer.is_confirmed


def may_edit(viewer: Viewer | None, organization_id: UUID) -> bool:
    """Its owners and staff; of a client that nobody owns also the members of its centre."""
    if viewer is None:
        return False
    return viewer.is_owner(organization_id) or viewer.is_staff or organization_id in viewer.ownerless


def may_change_members(viewer: Viewer | None, organization_id: UUID) -> bool:
    """Its owners and staff; as long as nobody owns a client, the owners of its centre, who find it one."""
    if viewer is None:
        return False
    if viewer.is_owner(organization_id) or viewer.is_staff:
        return True
    return organization_id in viewer.ownerless and viewer.is_owner(viewer.represents[organization_id])


def may_see_members(viewer: Viewer, organization_id: UUID) -> bool:
    return viewer.is_member(organization_id) or may_change_members(viewer, organization_id)


def may_represent(kind: OrganizationKind) -> bool:
    return kind in REPRESENTING_KINDS


def may_add_clients(viewer: Viewer | None, organization_id: UUID, kind: OrganizationKind) -> bool:
    return viewer is not None and viewer.is_confirmed and viewer.is_member(organization_id) and may_represent(kind)


def may_grant(viewer: Viewer | None, organization_id: UUID) -> bool:
    """Whether to let somebody act for it is a decision of its owners alone, not of staff."""
    return viewer is not None and viewer.is_confirmed and viewer.is_owner(organization_id)


def find_side(viewer: Viewer, *, client_id: UUID, centre_id: UUID) -> str | None:
    """As whom somebody may end a representation: either side's owner, or staff."""
    if viewer.is_owner(client_id):
        return "client"
    if viewer.is_owner(centre_id):
        return "centre"
    return "staff" if viewer.is_staff else None


def may_see_representation(viewer: Viewer, organization_id: UUID) -> bool:
    return viewer.acts_for(organization_id) or viewer.is_staff


def is_website(address: str) -> bool:
    """A plain web address: no user part, no odd port tricks, ASCII host (others in their punycode form)."""
    return _WEBSITE.fullmatch(address) is not None


def read_slug(words: str) -> str:
    """What an organization is called in the address of its page, from such an address or from the slug itself."""
    path = words.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0].rstrip("/")
    return path.rsplit("/", maxsplit=1)[-1].strip().lower()
