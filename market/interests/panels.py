"""What this room shows on pages of rooms below. A visitor sees links to sign in: a form would need a cookie, and the
page could not be kept for the next visitor.
"""

from sqlalchemy.orm import Session

from market.interests import queries
from market.interests.presenting import write_query
from market.listings.browsing import Browse
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.organizations.models import Organization
from market.web.page import Page


def offer_to_save(page: Page, _session: Session, browse: Browse) -> str:
    """Who is not signed in is asked to, and comes back to the form."""
    query = write_query(browse)
    address = page.url("interests.new_search") + (f"?{query}" if query else "")
    return page.part("interests/save_panel.html", address=address)


def offer_to_bookmark(page: Page, session: Session, listing: Listing) -> str:
    bookmark = queries.find_bookmark(session, page.viewer.id, listing.id) if page.viewer else None
    if bookmark is None and listing.state is not ListingState.PUBLISHED:
        return ""
    return page.part("interests/bookmark_panel.html", listing=listing, bookmark=bookmark)


def offer_to_follow(page: Page, session: Session, organization: Organization) -> str:
    """Not to who acts for it: nobody is told of the own."""
    viewer = page.viewer
    if viewer is not None and viewer.acts_for(organization.id):
        return ""
    follow = queries.find_follow(session, viewer.id, organization.id) if viewer else None
    return page.part("interests/follow_panel.html", organization=organization, follow=follow)
