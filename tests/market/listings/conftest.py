"""A firm with one person, and a form for a new listing; tests with people of their own name them anew."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.organizations.models import Organization
from tests.make.accounts import make_user
from tests.make.listings import make_fields
from tests.make.organizations import make_organization
from tests.make.visitor import Visitor


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db, email="lan@example.org")


@pytest.fixture
def works(db: Session, lan: User) -> Organization:
    return make_organization(db, by=lan)


@pytest.fixture
def browser(lan: User, works: Organization, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(lan)


@pytest.fixture
def new(works: Organization) -> dict[str, str | list[str]]:
    """A whole form for a new listing, as one visit of the page makes it."""
    return {**make_fields(), "form_id": str(uuid4()), "kind": "offer", "organization": works.slug}
