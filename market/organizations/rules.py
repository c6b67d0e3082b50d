import re
from uuid import UUID

from market.kernel.viewer import Viewer

_WEBSITE = re.compile(r"https?://([a-zA-Z0-9-]{1,63}\.)+[a-zA-Z]{2,63}(:\d{1,5})?(/[^\s<>\"]{0,200})?")


def may_found(viewer: Viewer) -> bool:
    """Only who has confirmed the mail address: others see who speaks for an organization."""
    return viewer.is_confirmed


def may_edit(viewer: Viewer | None, organization_id: UUID) -> bool:
    return viewer is not None and (viewer.is_owner(organization_id) or viewer.is_staff)


def is_website(address: str) -> bool:
    """A plain web address: no user part, no odd port tricks, ASCII host (others in their punycode form)."""
    return _WEBSITE.fullmatch(address) is not None
