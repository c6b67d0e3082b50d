"""Who may bring listings in."""

from uuid import UUID

from market.kernel.viewer import Viewer


def may_import(viewer: Viewer, organization_id: UUID) -> bool:
    """As for one listing: whoever writes for the organization, with a confirmed address."""
    return viewer.is_confirmed and viewer.acts_for(organization_id)
