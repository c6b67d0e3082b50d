from sqlalchemy.orm import Session

from market.listings import queries
from market.listings.choices import CHOICES
from market.organizations.models import Organization
from market.web.page import Page

SHOWN = 20
"""Listings on an organization's own page; the browse page has them all, to be narrowed down and searched."""


def list_of_organization(page: Page, session: Session, organization: Organization) -> str:
    rows = queries.list_of_organization(session, organization.id, language=page.language, limit=SHOWN + 1)
    feed = page.url("listings.feed_of_organization", slug=organization.slug)
    whole = page.url("listings.index") + f"?organization={organization.slug}" if len(rows) > SHOWN else None
    return page.part("listings/of_organization.html", listings=rows[:SHOWN], whole=whole, feed=feed, **CHOICES)
