"""The list of everything one acts for: filters, pages, clients, and as many statements for many rows as for few."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.viewer import MemberRole
from market.listings.enums import ListingState
from market.organizations.models import Organization
from market.organizations.service import add_member, end_representation
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_in_state, make_listing
from tests.make.organizations import let_act, make_centre, make_organization, make_viewer
from tests.make.reading import read_form, read_html
from tests.make.visitor import Visitor
from tests.make.writing import write

OWN = "/en/account/listings"


def read_rows(page: Response) -> list[str]:
    """Titles in their order."""
    rows = read_html(page).find_all("tr")
    return [row.find_all("a")[0].text for row in rows if row.find_all("a")]


@pytest.fixture
def centre(db: Session) -> Organization:
    return make_centre(db)


@pytest.fixture
def mei(db: Session, centre: Organization, works: Organization, lan: User) -> User:
    """A member of the centre that acts for the works."""
    person = make_user(db, name="Mei")
    add_member(db, centre.id, person.id, role=MemberRole.MEMBER, by=None, now=utc_now())
    let_act(db, centre, client=works, by=lan)
    return person


@pytest.fixture
def brokers(mei: User, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(mei)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Lò sấy", "Wanted kiln", "Public kiln", "Draft kiln"]),
        ("state=published", ["Public kiln"]),
        ("kind=demand", ["Wanted kiln"]),
        ("written_in=vi", ["Lò sấy"]),
        ("q=kiln", ["Wanted kiln", "Public kiln", "Draft kiln"]),
        ("q=KILN+public", ["Public kiln"]),
        ("q=100%25", []),
        ("state=draft&kind=offer&q=kiln", ["Draft kiln"]),
        ("organization=nobody&state=withdrawn", []),
    ],
)
def test_the_list_is_narrowed_down(
    db: Session, lan: User, works: Organization, browser: Visitor, query: str, titles: list[str]
) -> None:
    moments = [utc_now() - timedelta(hours=hours) for hours in (4, 3, 2, 1)]
    make_draft(db, by=lan, texts={"en": "Draft kiln"}, now=moments[0])
    make_listing(db, by=lan, texts={"en": "Public kiln"}, now=moments[1])
    make_draft(db, by=lan, texts={"en": "Wanted kiln"}, kind="demand", now=moments[2])
    make_draft(db, by=lan, texts={"vi": "Lò sấy"}, now=moments[3])

    page = browser.get(f"{OWN}?{query}")

    assert read_rows(page) == titles
    if not titles:
        assert read_html(page).find("div", css="empty").texts("p") == [
            "No listing of yours fits these filters.",
            "Clear all",
        ]


@pytest.mark.parametrize("query", ["state=arriving", "kind=opera", "written_in=xx", "per_page=3", "cursor=abc"])
def test_a_filter_of_none_of_our_forms_is_refused(browser: Visitor, works: Organization, query: str) -> None:
    assert browser.get(f"{OWN}?{query}").status_code == 400


def test_pages_follow_each_other_without_a_gap_and_keep_the_filters(
    db: Session, lan: User, works: Organization, browser: Visitor
) -> None:
    now = utc_now()
    for number in range(53):
        # Pairs were changed in the same moment: the key tells them apart.
        make_draft(db, by=lan, texts={"en": f"Kiln {number:02}"}, now=now - timedelta(minutes=number // 2))
    first = browser.get(f"{OWN}?state=draft&q=kiln")
    link = read_html(first).find("a", rel="next").attributes["href"]

    second = browser.get(link)

    assert "state=draft" in link
    assert (len(read_rows(first)), len(read_rows(second))) == (50, 3)
    assert {*read_rows(first), *read_rows(second)} == {f"Kiln {number:02}" for number in range(53)}
    assert read_html(second).find_all("a", rel="next") == []
    assert len(read_rows(browser.get(f"{OWN}?per_page=200"))) == 53


def test_a_centre_sees_its_clients_listings_beside_its_own_and_one_client_alone(
    db: Session, works: Organization, lan: User, centre: Organization, mei: User, brokers: Visitor
) -> None:
    make_draft(db, by=lan, organization=works, texts={"en": "Client's kiln"})
    make_draft(db, by=mei, organization=centre, texts={"en": "Centre's kiln"})

    pages = [brokers.get(f"{OWN}{query}") for query in ("", f"?organization={works.slug}")]

    assert [sorted(read_rows(page)) for page in pages] == [["Centre's kiln", "Client's kiln"], ["Client's kiln"]]


def test_a_centre_writes_for_a_client_and_readers_see_who_did(
    db: Session, works: Organization, lan: User, centre: Organization, brokers: Visitor, visitor: Visitor,
    sign_in: Callable[..., Visitor], new: dict[str, str | list[str]],
) -> None:  # fmt: skip
    form = read_form(brokers.get(f"/en/listings/new?organization={works.slug}"), "/listings/new")
    written = write(brokers, new, _action="publish")
    shown = [read_html(visitor.get(written.url.path)).find_all("dd")[0].text]
    another = make_user(db)
    let_act(db, centre, client=make_organization(db, by=another, name="Mekong Works"), by=another)
    end_representation(db, works, centre, by=make_viewer(db, lan))
    db.commit()

    shown.append(read_html(sign_in(make_user(db)).get(written.url.path)).find_all("dd")[0].text)

    assert form.values["organization"] == [works.slug]
    assert shown == ["Liujiang Works China Represented by Xijiang Transfer Centre", "Liujiang Works China"]


def test_what_the_owner_of_a_client_writes_is_nobody_elses(
    db: Session, works: Organization, lan: User, mei: User, visitor: Visitor
) -> None:
    listing = make_listing(db, by=lan, organization=works)

    assert "Represented by" not in visitor.get(f"/en/listings/{listing.reference}").text


def test_rights_end_with_the_representation_and_the_listings_stay(
    db: Session, works: Organization, lan: User, centre: Organization, mei: User, brokers: Visitor, browser: Visitor
) -> None:
    draft = make_in_state(db, ListingState.DRAFT, by=mei, organization=works, texts={"en": "Kiln"})
    address = f"/en/listings/{draft.reference}"
    before = [brokers.get(page).status_code for page in (address, f"{address}/edit")]

    end_representation(db, works, centre, by=make_viewer(db, lan))
    db.commit()

    assert before == [200, 200]
    assert [brokers.get(page).status_code for page in (address, f"{address}/edit")] == [404, 404]
    assert brokers.post(f"{address}/publish").status_code == 404
    assert read_rows(brokers.get(OWN)) == []
    assert read_rows(browser.get(OWN)) == ["Kiln"]


def test_many_clients_take_as_many_statements_as_one(
    db: Session, works: Organization, lan: User, centre: Organization, mei: User, brokers: Visitor,
    count_queries: Callable[[], int],
) -> None:  # fmt: skip
    make_draft(db, by=lan, organization=works)
    pages = (
        OWN,
        "/en/listings/new",
        f"/en/organizations/{works.slug}",
        f"/en/organizations/{centre.slug}/representation",
    )
    counts = []
    for number in range(2):
        for place in range(3 * number):
            owner = make_user(db)
            let_act(db, centre, client=make_organization(db, by=owner, name=f"Works {place}"), by=owner)
            make_draft(db, by=owner)
        count_queries()
        counted = []
        for page in pages:
            assert brokers.get(page).status_code == 200
            counted.append(count_queries())
        counts.append(counted)

    assert counts[0] == counts[1]
