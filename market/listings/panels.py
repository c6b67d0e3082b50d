from sqlalchemy.orm import Session

from market.listings import queries
from market.listings.choices import CHOICES
from market.organizations.models import Organization
from market.web.page import Page


def list_of_organization(page: Page, session: Session, organization: Organization) -> str:
    rows = queries.list_of_organization(session, organization.id, language=page.language)
    return page.part("listings/of_organization.html", listings=rows, **CHOICES)
