from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.listings.choices import CHOICES
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.matching import queries, rules
from market.matching.presenting import STRENGTHS, present_matches
from market.web.page import Page

SHOWN = 3
"""Matches on a listing's own page; a page of their own has all."""


def matches_of_listing(page: Page, session: Session, listing: Listing) -> str:
    if listing.state is not ListingState.PUBLISHED:
        return ""
    found = queries.list_matches(session, listing, today=utc_now().date(), limit=SHOWN + 1)
    may_judge = rules.may_judge(page.viewer, listing)
    if not found and not may_judge:
        return ""
    return page.part(
        "matching/of_listing.html",
        listing=listing,
        matches=present_matches(session, found[:SHOWN], page.reader),
        has_more=len(found) > SHOWN,
        may_judge=may_judge,
        strengths=STRENGTHS,
        **CHOICES,
    )
