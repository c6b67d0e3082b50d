"""The listings of one organization: the newest on its own page, all of them in the browse page, searched, counted."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.listings.panels import SHOWN
from market.organizations.models import Organization
from tests.make.browsing import browse, titles_of
from tests.make.listings import make_draft, make_listing
from tests.make.organizations import make_organization
from tests.make.visitor import Visitor


@pytest.fixture
def works(db: Session, lan: User, deliver: Callable[[], None]) -> Organization:
    """Two published listings and a draft; somebody else has one with the same words."""
    works = make_organization(db, by=lan, name="Liujiang Works")
    other = make_organization(db, by=lan, name="Mekong Works", country="VN")
    make_listing(db, by=lan, organization=works, texts={"en": "Cassava dryer"})
    make_listing(db, by=lan, organization=works, kind="demand", texts={"en": "Rice mill"})
    make_draft(db, by=lan, organization=works, texts={"en": "Secret dryer"})
    make_listing(db, by=lan, organization=other, texts={"en": "Mango dryer"})
    deliver()
    return works


@pytest.mark.parametrize(
    ("query", "titles"),
    [("", ["Cassava dryer", "Rice mill"]), ("&q=dryer", ["Cassava dryer"]), ("&kind=demand", ["Rice mill"])],
    ids=["all", "searched", "narrowed down"],
)
def test_the_browse_page_of_one_organization_shows_its_listings_alone(
    visitor: Visitor, works: Organization, query: str, titles: list[str]
) -> None:
    page = browse(visitor, f"/vi/listings?organization={works.slug}{query}")

    assert sorted(titles_of(page)) == titles
    hidden = {box.attributes["name"]: box.attributes["value"] for box in page.find_all("input", type="hidden")}
    assert hidden["organization"] == works.slug
    (everybody,) = [link for link in page.find_all("a", css="tag") if "Liujiang Works" in link.text]
    assert everybody.attributes["href"] == f"?{query.removeprefix('&')}"


def test_what_is_counted_is_of_the_organization(visitor: Visitor, works: Organization) -> None:
    page = browse(visitor, f"/en/listings?organization={works.slug}")

    (countries,) = [part for part in page.find_all("section", css="facet") if part.find("h2").text == "Country"]
    assert [link.find("span", css="count").text for link in countries.find_all("a")] == ["2"]


@pytest.mark.parametrize(("slug", "status"), [("nobody", 404), ("%3Cb%3E", 400), ("x" * 81, 400)])
def test_an_organization_that_is_none_is_said_to_be_none(visitor: Visitor, slug: str, status: int) -> None:
    assert visitor.get(f"/en/listings?organization={slug}").status_code == status


def test_programs_and_feeds_ask_for_one_organization_as_well(visitor: Visitor, works: Organization) -> None:
    answer = visitor.get(f"/api/v1/listings?organization={works.slug}").json()
    other = visitor.get("/api/v1/listings?organization=mekong-works").json()
    feed = visitor.get(f"/en/listings.atom?organization={works.slug}").text

    assert sorted(item["title"] for item in answer["items"]) == ["Cassava dryer", "Rice mill"]
    assert (answer["total"], other["total"]) == (2, 1)
    assert (feed.count("<entry>"), "Liujiang Works" in feed) == (2, True)
    assert visitor.get("/api/v1/listings?organization=%3Cb%3E").json()["faults"].keys() == {"organization"}


def test_its_own_page_leads_to_all_where_there_are_more_than_it_shows(
    db: Session, lan: User, visitor: Visitor, works: Organization
) -> None:
    address = f"/en/organizations/{works.slug}"
    few = browse(visitor, address)
    for number in range(SHOWN):
        make_listing(db, by=lan, organization=works, texts={"en": f"Pump {number}"})

    many = browse(visitor, address + "?many")

    whole = f"/en/listings?organization={works.slug}"
    assert [whole in [link.attributes.get("href") for link in page.find_all("a")] for page in (few, many)] == [
        False, True,
    ]  # fmt: skip
    assert len(many.find_all("article")) == SHOWN
