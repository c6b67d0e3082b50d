"""Sitemaps name every public page once, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.discovery import queries, sitemaps
from market.kernel.clock import utc_now
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.organizations.models import Organization
from market.programme.service import cancel_session
from market.wiring import map_methods
from tests.make.accounts import make_user
from tests.make.events import make_event, make_release, make_room, make_session
from tests.make.feeds import SITEMAP, read_index, read_places, read_xml
from tests.make.listings import make_in_state, make_listing
from tests.make.organizations import make_organization, make_viewer
from tests.make.reading import read_html
from tests.make.visitor import Visitor

SITE = "http://127.0.0.1:8000"
NOVEMBER = datetime(2026, 11, 3, tzinfo=UTC)


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, lan: User) -> Organization:
    return make_organization(db, by=lan)


def read_whole(visitor: Visitor) -> dict[str, dict[str, str]]:
    """All places of all sitemaps; one that stands in two of them is a mistake."""
    places: dict[str, dict[str, str]] = {}
    for path in read_index(read_xml(visitor.get("/sitemap.xml"))):
        answer = visitor.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
        found = read_places(read_xml(answer))
        assert not found.keys() & places.keys()
        places |= found
    return places


def set_publication(db: Session, moments: dict[Listing, datetime]) -> None:
    for listing, moment in moments.items():
        db.execute(update(Listing).where(Listing.id == listing.id).values(published_at=moment))
    db.commit()


def test_an_empty_market_has_its_own_pages(visitor: Visitor) -> None:
    assert read_index(read_xml(visitor.get("/sitemap.xml"))) == ["/sitemaps/pages.xml"]

    places = read_places(read_xml(visitor.get("/sitemaps/pages.xml")))

    assert len(places) == 7 * 12
    assert {len(alternates) for alternates in places.values()} == {12}
    assert places[f"{SITE}/th/listings?kind=offer"]["vi"] == f"{SITE}/vi/listings?kind=offer"
    assert {visitor.get(address.removeprefix(SITE)).status_code for address in places if "/th/" in address} == {200}


def test_a_page_says_of_itself_what_the_sitemaps_say(
    visitor: Visitor, db: Session, lan: User, works: Organization
) -> None:
    """The address that counts, and the same languages beside it where the file names any."""
    make_listing(db, by=lan, organization=works, texts={"th": "เตาอบแห้ง", "vi": "Lò sấy"})
    make_listing(db, by=lan, organization=works, texts={"en": "Kiln"})

    for address, alternates in read_whole(visitor).items():
        head = read_html(visitor.get(address.removeprefix(SITE))).find("head")
        links = [link.attributes for link in head.find_all("link", rel="alternate") if "hreflang" in link.attributes]
        assert head.find("link", rel="canonical").attributes["href"] == address
        assert alternates in ({}, {link["hreflang"]: link["href"] for link in links})


def test_every_listing_and_organization_stands_there_in_its_own_language(
    visitor: Visitor, db: Session, lan: User
) -> None:
    works = make_organization(db, by=lan, name="Nhà máy", language="vi")
    two = make_listing(db, by=lan, organization=works, texts={"th": "เตาอบแห้ง", "vi": "Lò sấy"})
    one = make_listing(db, by=lan, organization=works, texts={"en": "Kiln"})

    places = {address: alternates for address, alternates in read_whole(visitor).items() if len(alternates) < 12}

    assert places == {
        f"{SITE}/vi/organizations/{works.slug}": {},
        f"{SITE}/th/listings/{two.reference}": {
            code: f"{SITE}/{code}/listings/{two.reference}" for code in ("th", "vi")
        },
        f"{SITE}/en/listings/{one.reference}": {},
    }


def test_a_listing_says_when_it_was_changed(visitor: Visitor, db: Session, lan: User) -> None:
    make_listing(db, by=lan, now=NOVEMBER)

    sitemap = read_xml(visitor.get("/sitemaps/listings-2026-11.xml"))

    assert [place.text for place in sitemap.iter(f"{SITEMAP}lastmod")] == ["2026-11-03T00:00:00Z"]


def test_a_month_has_a_file_and_a_large_one_several(
    visitor: Visitor, db: Session, lan: User, works: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SITEMAP_SIZE", 2)
    monkeypatch.setattr(sitemaps, "SITEMAP_SIZE", 2)
    listings = [
        make_listing(db, by=lan, organization=works, texts={"en": f"Kiln {n}", "vi": "Lò sấy"}) for n in range(7)
    ]
    edges = ["2026-09-01T00:00:00", "2026-09-30T23:59:59", *["2026-11-24T08:00:00"] * 3, "2026-12-31T23:59:59",
             "2027-01-01T00:00:00"]  # fmt: skip
    set_publication(
        db, {row: datetime.fromisoformat(edge).replace(tzinfo=UTC) for row, edge in zip(listings, edges, strict=True)}
    )

    files = read_index(read_xml(visitor.get("/sitemap.xml")))

    sizes = {path.split("/")[-1]: len(read_places(read_xml(visitor.get(path)))) for path in files}
    assert sizes == {
        "pages.xml": 84, "organizations-1.xml": 1, "listings-2026-09.xml": 2, "listings-2026-11.xml": 2,
        "listings-2026-11-2.xml": 1, "listings-2026-12.xml": 1, "listings-2027-01.xml": 1,
    }  # fmt: skip
    assert len(read_whole(visitor)) == 84 + 1 + 7


def test_many_organizations_have_several_files(
    visitor: Visitor, db: Session, lan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SITEMAP_SIZE", 2)
    monkeypatch.setattr(sitemaps, "SITEMAP_SIZE", 2)
    made = {make_organization(db, by=lan, name=f"Works {n}").slug for n in range(3)}

    files = read_index(read_xml(visitor.get("/sitemap.xml")))

    assert files[1:] == ["/sitemaps/organizations-1.xml", "/sitemaps/organizations-2.xml"]
    assert {address.rpartition("/")[2] for address in read_whole(visitor) if "/organizations/" in address} == made


def test_what_is_not_public_stands_nowhere(visitor: Visitor, db: Session, lan: User, works: Organization) -> None:
    shown = make_listing(db, by=lan, organization=works)
    for state in ListingState:
        if state is not ListingState.PUBLISHED:
            make_in_state(db, state, by=lan, organization=works)

    listings = [address for address in read_whole(visitor) if "/listings/" in address]

    assert listings == [f"{SITE}/en/listings/{shown.reference}"]


@pytest.mark.parametrize(
    "name",
    ["listings-2026-10", "listings-2026-13", "listings-2026-11-0", "listings-2026-11-2", "listings-2026-11-99999",
     "listings-0000-01", "listings-9999-12", "listings-x", "listings-２０２６-11", "organizations-0", "organizations-2",
     "organizations-99999999999999999999", "organizations-x", "x", "listings-2026-11%0A"],
)  # fmt: skip
def test_a_file_that_no_index_names_is_not_there(
    visitor: Visitor, db: Session, lan: User, works: Organization, name: str
) -> None:
    make_listing(db, by=lan, organization=works, now=NOVEMBER)

    assert visitor.get(f"/sitemaps/{name}.xml").status_code == 404


def test_the_rules_for_crawlers_name_the_index(visitor: Visitor) -> None:
    lines = visitor.get("/robots.txt").text.splitlines()

    assert lines[-1] == f"Sitemap: {SITE}/sitemap.xml"
    assert lines[-2] == ""


def test_every_public_page_without_a_name_in_its_address_stands_there(visitor: Visitor) -> None:
    """A new page of our own words belongs into the list, or to those that are for somebody signed in."""
    opened = {path for path, methods in map_methods().items() if "GET" in methods and path.startswith("/{language}/")}
    listed = {address.removeprefix(f"{SITE}/en") for address in read_whole(visitor) if "/en/" in address}

    public = {
        path.removeprefix("/{language}")
        for path in opened
        if path.count("{") == 1 and 'rel="canonical"' in visitor.get(path.replace("{language}", "en")).text
    }
    assert public == {path for path in listed if "?" not in path}


def test_sitemaps_need_the_same_queries_for_three_listings_as_for_one(
    visitor: Visitor, db: Session, lan: User, works: Organization, count_queries: Callable[[], int]
) -> None:
    paths = ["/sitemap.xml", "/sitemaps/listings-2026-11.xml", "/sitemaps/organizations-1.xml", "/sitemaps/pages.xml"]
    visitor.form_token()  # a cookie: nothing is kept for this browser

    def measure() -> list[int]:
        count_queries()
        counts = []
        for path in paths:
            assert visitor.get(path).status_code == 200
            counts.append(count_queries())
        return counts

    make_listing(db, by=lan, organization=works, now=NOVEMBER)
    with_one = measure()
    for number in range(2):
        make_listing(db, by=lan, organization=works, texts={"en": f"Kiln {number}"}, now=NOVEMBER - timedelta(days=60))
        make_organization(db, by=lan, name=f"Works {number}")

    assert measure() == with_one
    assert max(with_one) <= 5


def test_the_longest_file_stays_below_what_search_engines_take(
    visitor: Visitor, db: Session, lan: User, works: Organization
) -> None:
    """50 MB (sitemaps.org), were every listing of a full file translated into all languages."""
    texts = {"en": "Kiln"} | {code: "Drying kiln" for code in LANGUAGES if code != "en"}
    make_listing(db, by=lan, organization=works, texts=texts, now=NOVEMBER)

    one = len(visitor.get("/sitemaps/listings-2026-11.xml").content)

    assert one * queries.SITEMAP_SIZE < 50_000_000 / 4


def test_events_their_programmes_and_released_sessions_stand_there_and_nothing_hidden(
    visitor: Visitor, db: Session
) -> None:
    """In their own languages, with the day of the last change; what was called off needs no new readers."""
    head = make_user(db, organizer=True)
    event = make_event(db, by=head, texts={"vi": "Hội chợ sấy", "en": "Drying fair"})
    room = make_room(db, event, by=head)
    shown = make_session(db, event, by=head, room=room)
    french = make_session(db, event, by=head, room=room, start="11:00", title="Séchage")
    french.language = "fr"
    french.texts["vi"].language = "fr"
    gone = make_session(db, event, by=head, room=room, start="12:00")
    make_release(db, event, by=head)
    cancel_session(db, event, gone, by=make_viewer(db, head), now=utc_now())
    db.commit()
    make_release(db, event, by=head)
    make_session(db, event, by=head, room=room, start="14:00", title="Not released")
    hidden = make_event(db, by=head, texts={"en": "Hidden fair"}, planned=True)
    make_session(db, hidden, by=head, room=make_room(db, hidden, by=head))
    make_release(db, hidden, by=head)
    plain = make_event(db, by=head)
    changed_at = f"{shown.changed_at:%Y-%m-%dT%H:%M}"

    places = {address for address, alternates in read_whole(visitor).items() if len(alternates) < 12}

    base = f"{SITE}/vi/events/{event.slug}"
    assert places == {
        base, f"{base}/programme", f"{base}/programme/{shown.code}",
        f"{SITE}/en/events/{event.slug}/programme/{french.code}", f"{SITE}/en/events/{plain.slug}",
    }  # fmt: skip
    assert {visitor.get(address.removeprefix(SITE)).status_code for address in places} == {200}
    for path, number in (("events", 3), ("sessions", 2)):
        moments = [one.text or "" for one in read_xml(visitor.get(f"/sitemaps/{path}-1.xml")).iter(f"{SITEMAP}lastmod")]
        assert [moment[:16] >= changed_at for moment in moments] == [True] * number
        assert visitor.get(f"/sitemaps/{path}-2.xml").status_code == 404


def test_pages_of_events_say_of_themselves_what_the_sitemaps_say(visitor: Visitor, db: Session) -> None:
    head = make_user(db, organizer=True)
    event = make_event(db, by=head, texts={"th": "งานแสดง", "en": "Fair"})
    make_session(db, event, by=head, room=make_room(db, event, by=head))
    make_release(db, event, by=head)

    for address in read_whole(visitor):
        head_of_page = read_html(visitor.get(address.removeprefix(SITE))).find("head")
        assert head_of_page.find("link", rel="canonical").attributes["href"] == address
