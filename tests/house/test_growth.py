"""The work that a page asks of the database does not grow with the market: counted in steps of SQLite's machine."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from market.kernel.db import Database
from market.listings.models import Listing, ListingCode, ListingText
from market.web.middleware import AnonymousCache
from search.port import Document, DocumentText, Engine
from tests.house.growing import Shop, issue_tokens, list_addresses, open_shop
from tests.house.walking import Door
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.organizations import make_organization
from tests.make.visitor import Visitor

FEW, MANY = 60, 900
"""Listings of other people. The few fill every page already."""

MOST_GROWTH = 1.25
"""A tree of more pages is a step or two deeper."""

STEPS_AT_ONCE = 10

GROWING = {
    "api.changes": "the first page says how many changes there are",
    "discovery.home": "counts offers and demands along an index; visitors share the page",
    "discovery.sitemap": "counts listings month by month, along the index, for crawlers alone",
    "discovery.sitemap_of_listings": "lists up to 5,000 listings of a month",
    "exchange.export": "writes what the list has, up to its limit",
    "listings.index?kind=offer&country=CN&sort=expiring": "walks along the index past listings of other countries",
    "listings.feed?kind=offer&country=CN": "the same",
}


@pytest.fixture
def count_steps(database: Database) -> Iterator[Callable[[], int]]:
    """Tens of steps of SQLite's machine since the last call."""
    steps = 0

    def note() -> int:
        nonlocal steps
        steps += 1
        return 0

    def watch(connection: Connection, *_rest: object) -> None:
        connection.set_progress_handler(note, STEPS_AT_ONCE)

    event.listen(database.engine, "connect", watch)
    database.engine.dispose()

    def count() -> int:
        nonlocal steps
        counted, steps = steps, 0
        return counted

    yield count
    event.remove(database.engine, "connect", watch)


def add_listings(db: Session, engine: Engine, shop: Shop, number: int) -> None:
    """Of other organizations, published over the last years, in the index as well."""
    listing = dict(db.execute(select(*Listing.__table__.columns).where(Listing.id == shop.listing.id)).one()._mapping)
    words = dict(db.execute(select(*ListingText.__table__.columns).limit(1)).one()._mapping)
    organization = make_organization(db, by=make_user(db), name=f"Works of {number}")
    rows, texts, codes, documents = [], [], [], []
    for place in range(number):
        new_id, reference = uuid4(), f"TO-CN-{UUID(int=place * 7919 + number).hex[-9:].upper()}"
        published = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=7 * place)
        rows.append(
            listing | {"id": new_id, "reference": reference, "organization_id": organization.id,
                       "published_at": published, "changed_at": published, "country": ("CN", "VN", "TH")[place % 3]}
        )  # fmt: skip
        texts.append(words | {"listing_id": new_id, "title": f"Kiln number {place}"})
        codes.append({"listing_id": new_id, "vocabulary": "industry", "code": "machinery", "position": 0})
        text = DocumentText("en", f"Kiln number {place}")
        facets = {"kind": ("offer",), "country": (str(rows[-1]["country"]),), "language": ("en",)}
        documents.append(Document(reference, 1, "", (text,), facets=facets))
    for table, values in ((Listing, rows), (ListingText, texts), (ListingCode, codes)):
        db.execute(insert(table), values)
    db.commit()
    engine.write(documents)


def test_what_a_page_asks_of_the_database_does_not_grow_with_the_market(
    db: Session, database: Database, engine: Engine, visitor: Visitor, sign_in: Callable[..., Visitor],
    deliver: Callable[[], None], count_steps: Callable[[], int], doors: list[Door], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    if not database.is_sqlite:
        pytest.skip("steps are SQLite's")
    monkeypatch.setattr(AnonymousCache, "_keep", lambda *_anything: None)
    shop = open_shop(db)
    for number in range(3):
        make_listing(db, by=shop.owner, organization=shop.organization, texts={"en": f"Own kiln {number}"})
    addresses = dict(list_addresses(doors, shop, issue_tokens(db, shop)))
    addresses["api.list"] = "/api/v1/listings"
    addresses["api.search"] = "/api/v1/listings?q=kiln"
    addresses["api.changes"] = "/api/v1/listings?modified_since=2020-01-01T00:00:00Z"
    browsers = (visitor, sign_in(shop.owner))

    counts = []
    for number in (FEW, MANY - FEW):
        add_listings(db, engine, shop, number)
        deliver()
        counted = {}
        for name, address in addresses.items():
            for who, browser in zip(("visitor", "owner"), browsers, strict=True):
                browser.get(address, follow=False)
                count_steps()
                browser.get(address, follow=False)
                counted[name, who] = count_steps() * STEPS_AT_ONCE
        counts.append(counted)

    few, many = counts
    grown = {
        page: (few[page], many[page]) for page in few
        if many[page] > few[page] * MOST_GROWTH + 100 and page[0] not in GROWING
    }  # fmt: skip
    assert grown == {}
