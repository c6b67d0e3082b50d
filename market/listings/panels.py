from sqlalchemy.orm import Session

from market.listings import queries
from market.listings.choices import CHOICES
from market.organizations.models import Organization
from market.web.page import Page


def list_of_organization(page: Page, session: Session, organization: Organization) -> str:
    rows = queries.list_of_organization(session, organization.id, language=page.language)
    feed = page.url("listings.feed_of_organization", slug=organization.slug)
    return page.part("listings/of_organization.html", listings=rows, feed=feed, **CHOICES)
