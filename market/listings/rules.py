"""Pure questions about listings."""

from datetime import date, timedelta

from market.kernel.errors import N_, Fault
from market.kernel.text import says_something
from market.kernel.viewer import Viewer
from market.listings.enums import ListingKind, ListingState, Vocabulary
from market.listings.models import Listing

LONGEST_LIFE = timedelta(days=365)
"""As the Enterprise Europe Network: a profile lives a year and can then be renewed."""

REQUIRED = N_("Needed before this can be published.")


def may_write(viewer: Viewer | None, listing: Listing) -> bool:
    """Members of its organization, and of a centre that represents it."""
    return viewer is not None and viewer.is_confirmed and viewer.acts_for(listing.organization_id)


def may_withdraw(viewer: Viewer | None, listing: Listing) -> bool:
    return may_write(viewer, listing) or (viewer is not None and viewer.is_staff)


def may_see(viewer: Viewer | None, listing: Listing) -> bool:
    """The same as `queries.visible_to`, for a row at hand; `tests/market/listings/test_visibility.py` holds them
    together.
    """
    if listing.state is ListingState.PUBLISHED:
        return True
    if listing.state is ListingState.ARRIVING:
        return False
    return viewer is not None and (viewer.is_staff or viewer.acts_for(listing.organization_id))


def missing_for_publication(listing: Listing, *, today: date) -> dict[str, Fault]:
    """Field → what is missing; empty when the listing can go public."""
    text = listing.texts.get(listing.language)
    has = {
        "title": says_something(text.title) if text else False,
        "summary": says_something(text.summary) if text else False,
        "description": says_something(text.description) if text else False,
        "fields": bool(listing.list_codes(Vocabulary.FIELD)),
        "industries": bool(listing.list_codes(Vocabulary.INDUSTRY)),
        "partnership_types": bool(listing.list_codes(Vocabulary.PARTNERSHIP)),
        "target_countries": bool(listing.list_codes(Vocabulary.TARGET_COUNTRY)),
        "sdgs": bool(listing.list_codes(Vocabulary.SDG)),
    }
    if listing.kind is ListingKind.OFFER:
        has |= {
            "advantages": says_something(text.advantages) if text else False,
            "stage": listing.stage is not None,
            "ipr_status": listing.ipr_status is not None,
        }
    missing = {field: Fault(REQUIRED) for field, present in has.items() if not present}
    return missing | expiry_fault(listing.expires_on, today=today)


def expiry_fault(expires_on: date | None, *, today: date) -> dict[str, Fault]:
    """No date means the longest life, counted from publication."""
    if expires_on is None:
        return {}
    if expires_on <= today:
        return {"expires_on": Fault(N_("This day has passed. Please choose a later one."))}
    if expires_on > today + LONGEST_LIFE:
        return {"expires_on": Fault(N_("A listing lives for at most one year; it can be renewed then."))}
    return {}
