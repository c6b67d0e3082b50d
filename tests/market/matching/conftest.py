"""A firm in Nanning with an offer and a cooperative in Hanoi with a demand that fits it, by words alone."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.listings.models import Listing
from market.organizations.models import Organization
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.matches import make_match
from tests.make.organizations import make_centre, make_organization
from tests.make.reading import Element
from tests.make.visitor import Visitor

DESK = "/en/broker"
PROPOSALS = "/en/broker/proposals"
ENGLISH = {"en": "Cassava chip dryer fired with bagasse"}
FITTING: dict[str, Any] = {"ipc": "A23B 7/02", "keywords": "cassava, bagasse", "target_countries": ["CN", "VN"]}


def list_pairs(html: Element) -> list[str]:
    return [card.attributes["id"] for card in html.find_all("article", css="pair")]


def name_pair(offer: Listing, demand: Listing) -> str:
    return f"{offer.reference}-{demand.reference}"


@pytest.fixture
def lan(db: Session) -> User:
    lan = make_user(db, email="lan@example.org")
    make_organization(db, by=lan, name="Nanning Kilns", country="CN")
    return lan


@pytest.fixture
def mai(db: Session) -> User:
    mai = make_user(db, email="mai@example.org")
    make_organization(db, by=mai, name="Hanoi Farms", country="VN")
    return mai


@pytest.fixture
def offer(db: Session, lan: User) -> Listing:
    return make_listing(db, by=lan, texts=ENGLISH, **FITTING)


@pytest.fixture
def demand(db: Session, mai: User) -> Listing:
    return make_listing(db, by=mai, kind="demand", texts=ENGLISH, **FITTING)


@pytest.fixture
def seller(lan: User, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(lan)


@pytest.fixture
def buyer(mai: User, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(mai)


@pytest.fixture
def mei(db: Session) -> User:
    return make_user(db, email="mei@example.org", name="Mei")


@pytest.fixture
def centre(db: Session, mei: User) -> Organization:
    return make_centre(db, by=mei)


@pytest.fixture
def broker(mei: User, centre: Organization, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(mei)


@pytest.fixture
def pair(db: Session, offer: Listing, demand: Listing) -> tuple[Listing, Listing]:
    make_match(db, offer, demand)
    return offer, demand
