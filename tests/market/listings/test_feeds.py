"""Feeds of what is published: the newest first, filtered as the page, in the reader's language; nothing private."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.app import create_app
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.listings import feeds
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.listings.service import withdraw_listing
from market.organizations.models import Organization
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.engines import DownEngine
from tests.make.feeds import (
    ATOM,
    LANGUAGE,
    find_link,
    list_feed_faults,
    read_entries,
    read_titles,
    read_xml,
    text_of,
)
from tests.make.listings import make_in_state, make_listing
from tests.make.organizations import make_organization, make_viewer
from tests.make.reading import read_html
from tests.make.visitor import Visitor

SITE = "http://127.0.0.1:8000"
CANARY = "kanarienvogel"


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, lan: User) -> Organization:
    return make_organization(db, by=lan)


@pytest.fixture
def kilns(db: Session, lan: User, works: Organization) -> list[Listing]:
    """Five, an hour between them, the newest first."""
    now = utc_now()
    return [
        make_listing(db, by=lan, organization=works, texts={"en": f"Kiln {n}"}, now=now - timedelta(hours=n))
        for n in range(5)
    ]


def as_path(address: str | None) -> str:
    assert address is not None
    assert address.startswith(SITE)
    return address.removeprefix(SITE)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_feed_is_whole_in_every_language(
    visitor: Visitor, renderer: Renderer, works: Organization, kilns: list[Listing], code: str
) -> None:
    addresses = [
        f"/{code}/listings.atom",
        f"/{code}/listings.atom?kind=demand",
        f"/{code}/organizations/{works.slug}.atom",
    ]

    answers = [visitor.get(address) for address in addresses]

    assert [answer.headers["content-type"] for answer in answers] == ["application/atom+xml"] * 3
    listed, empty, own = map(read_xml, answers)
    assert [list_feed_faults(feed) for feed in (listed, empty, own)] == [[], [], []]
    assert [len(read_entries(feed)) for feed in (listed, empty, own)] == [5, 0, 5]
    assert [feed.get(LANGUAGE) for feed in (listed, empty, own)] == [code] * 3
    assert text_of(listed, "title") == renderer.reader(code).gettext("Technology offers and demands")
    assert text_of(own, "title") == "Liujiang Works"
    assert [as_path(find_link(feed, "self")) for feed in (listed, empty, own)] == addresses


def test_an_entry_says_what_the_listing_says(visitor: Visitor, db: Session, lan: User, works: Organization) -> None:
    listing = make_listing(
        db, by=lan, organization=works, texts={"zh-Hans": "干燥窑与烘房", "vi": "Lò sấy"}, fields=[29, 30]
    )

    (entry,) = read_entries(read_xml(visitor.get("/vi/listings.atom")))

    assert text_of(entry, "id") == f"tag:127.0.0.1,2026:listing/{listing.reference}"
    assert (text_of(entry, "title"), text_of(entry, "summary")) == ("Lò sấy", "Lò sấy: a short summary.")
    assert find_link(entry, "alternate") == f"{SITE}/vi/listings/{listing.reference}"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Liujiang Works"
    assert entry.findtext(f"{ATOM}author/{ATOM}uri") == f"{SITE}/vi/organizations/{works.slug}"
    categories = [(part.get("term"), part.get("label")) for part in entry.findall(f"{ATOM}category")]
    assert categories == [
        ("offer", "Chào bán công nghệ"),
        ("29", "Máy chuyên dụng khác"),
        ("30", "Quá trình và thiết bị nhiệt"),
    ]


def test_words_are_the_readers_where_there_are_any_and_name_their_language(
    visitor: Visitor, db: Session, lan: User
) -> None:
    make_listing(db, by=lan, texts={"zh-Hans": "干燥窑与烘房", "vi": "Lò sấy"})

    shown = {}
    for code in ("zh-Hans", "vi", "th"):
        (entry,) = read_entries(read_xml(visitor.get(f"/{code}/listings.atom")))
        title = entry.find(f"{ATOM}title")
        assert title is not None
        shown[code] = (title.text, title.get(LANGUAGE))

    assert shown == {"zh-Hans": ("干燥窑与烘房", "zh-Hans"), "vi": ("Lò sấy", "vi"), "th": ("干燥窑与烘房", "zh-Hans")}


@pytest.mark.parametrize(
    ("code", "name", "language"), [("zh-Hans", "柳江机械", "zh-Hans"), ("vi", "Liujiang Works", "en")]
)
def test_an_organizations_name_names_its_language(
    visitor: Visitor, db: Session, lan: User, code: str, name: str, language: str
) -> None:
    works = make_organization(db, by=lan, name="柳江机械", language="zh-Hans")
    make_listing(db, by=lan, organization=works)
    db.execute(update(Organization).values(name_en="Liujiang Works"))
    db.commit()

    (entry,) = read_entries(read_xml(visitor.get(f"/{code}/listings.atom")))

    author = entry.find(f"{ATOM}author")
    assert author is not None
    assert (author.findtext(f"{ATOM}name"), author.get(LANGUAGE)) == (name, language)


def test_the_newest_come_first_and_the_rest_page_by_page(
    visitor: Visitor, works: Organization, kilns: list[Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "FEED_SIZE", 2)

    for start in ("/en/listings.atom?kind=offer", f"/en/organizations/{works.slug}.atom"):
        titles, ids = [], set()
        address: str | None = start
        while address:
            feed = read_xml(visitor.get(address))
            assert as_path(find_link(feed, "self")) == address
            titles.append(read_titles(feed))
            ids.add(text_of(feed, "id"))
            following = find_link(feed, "next")
            address = as_path(following) if following else None

        assert titles == [["Kiln 0", "Kiln 1"], ["Kiln 2", "Kiln 3"], ["Kiln 4"]]
        assert len(ids) == 1


def test_a_feed_has_the_filters_of_the_page(visitor: Visitor, db: Session, lan: User) -> None:
    make_listing(db, by=lan, texts={"en": "Offer of a kiln"}, trl=6)
    make_listing(db, by=lan, texts={"en": "Demand for a kiln"}, kind="demand", industries=["livestock"])
    make_listing(db, by=lan, texts={"vi": "Lò sấy sắn"}, fields=[18], partnership_types=["supply"], stage="concept")

    titles = {
        query: sorted(read_titles(read_xml(visitor.get(f"/en/listings.atom?{query}"))))
        for query in ("kind=demand", "industry=livestock", "field=18", "partnership=supply", "stage=concept",
                      "written_in=vi", "trl_min=5", "country=VN", "kind=offer&written_in=en", "sort=expiring")
    }  # fmt: skip

    demand, offer, kiln = "Demand for a kiln", "Offer of a kiln", "Lò sấy sắn"
    assert titles == {
        "kind=demand": [demand], "industry=livestock": [demand], "field=18": [kiln], "partnership=supply": [kiln],
        "stage=concept": [kiln], "written_in=vi": [kiln], "trl_min=5": [offer], "country=VN": [],
        "kind=offer&written_in=en": [offer], "sort=expiring": [demand, kiln, offer],
    }  # fmt: skip


@pytest.mark.parametrize(
    "query", ["kind=x", "country=XX", "trl_min=99", "cursor=x", "cursor=WyJ4Il0", "sort=x", "field=%00"]
)
def test_what_no_page_would_ask_for_is_refused(visitor: Visitor, works: Organization, query: str) -> None:
    assert visitor.get(f"/en/listings.atom?{query}").status_code == 400


def test_a_feed_of_words_has_what_the_search_finds_the_newest_first(
    visitor: Visitor, kilns: list[Listing], db: Session, lan: User, deliver: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    make_listing(db, by=lan, texts={"en": "Silk loom"})
    deliver()
    monkeypatch.setattr(feeds, "FEED_SIZE", 3)

    first = read_xml(visitor.get("/en/listings.atom?q=kiln"))
    second = read_xml(visitor.get(as_path(find_link(first, "next"))))

    assert [read_titles(feed) for feed in (first, second)] == [["Kiln 0", "Kiln 1", "Kiln 2"], ["Kiln 3", "Kiln 4"]]
    assert text_of(first, "subtitle") == "kiln"
    assert find_link(second, "next") is None


def test_without_the_engine_a_feed_of_words_asks_to_come_again(
    settings: Settings, database: Database, renderer: Renderer, kilns: list[Listing]
) -> None:
    """A feed of less than there is would look like one of all there is."""
    visitor = Visitor(create_app(settings, database=database, search=DownEngine(), renderer=renderer), settings)

    statuses = [visitor.get(f"/en/listings.atom{query}").status_code for query in ("?q=kiln", "", "?kind=offer")]

    assert statuses == [503, 200, 200]


def test_pages_name_their_feed_with_what_is_chosen(visitor: Visitor, works: Organization) -> None:
    """In the head, where feed readers look, and where people see it."""
    pages = {
        "/th/listings": "/th/listings.atom",
        "/th/listings?kind=offer&country=VN&country=CN&sort=expiring&trl_min=3": (
            "/th/listings.atom?kind=offer&country=VN&country=CN&trl_min=3"
        ),
        "/th/listings?q=kiln&sort=newest&offset=20": "/th/listings.atom?q=kiln",
        f"/th/organizations/{works.slug}": f"/th/organizations/{works.slug}.atom",
    }

    for address, expected in pages.items():
        page = read_html(visitor.get(address))
        named = [link.attributes["href"] for link in page.find_all("link", type="application/atom+xml")]
        shown = [link.attributes["href"] for link in page.find_all("a", type="application/atom+xml")]
        assert (named, shown) == ([expected], [expected])
        assert visitor.get(expected).status_code == 200


def test_who_has_a_feed_already_is_told_that_nothing_changed(
    visitor: Visitor, db: Session, lan: User, kilns: list[Listing]
) -> None:
    def ask(headers: dict[str, str]) -> int:
        answer = visitor.get("/en/listings.atom", headers=headers)
        assert answer.status_code == 200 or answer.content == b""
        return answer.status_code

    first = visitor.get("/en/listings.atom")
    tag, day = first.headers["etag"], first.headers["last-modified"]
    known = ({"if-none-match": tag}, {"if-none-match": f'"x", W/{tag}'}, {"if-modified-since": day})
    before = [ask(headers) for headers in (*known, {}, {"if-none-match": '"x"', "if-modified-since": day})]
    db.expire_all()
    withdraw_listing(db, kilns[0], by=make_viewer(db, lan), now=utc_now())
    db.commit()

    assert first.headers["cache-control"] == "public, max-age=300"
    assert before == [304, 304, 304, 200, 200]
    assert [ask(headers) for headers in known] == [200, 200, 200]


def test_an_empty_feed_stays_the_same(visitor: Visitor) -> None:
    answers = [visitor.get("/en/listings.atom") for _time in range(2)]

    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert answers[0].headers["last-modified"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert list_feed_faults(read_xml(answers[0])) == []


def test_nothing_private_is_in_a_feed(
    db: Session, sign_in: Callable[..., Visitor], visitor: Visitor, lan: User, works: Organization
) -> None:
    """Not even for those who may see it on their pages."""
    make_listing(db, by=lan, organization=works, texts={"en": "Rice mill"})
    for state in ListingState:
        if state is not ListingState.PUBLISHED:
            make_in_state(db, state, by=lan, organization=works, texts={"en": f"{CANARY} {state}"})
    db.execute(update(Listing).values(contact_email=f"{CANARY}@example.org"))
    db.execute(update(Listing).where(Listing.state == ListingState.PUBLISHED).values(external_id=f"{CANARY}-1"))
    db.commit()
    staff = make_user(db, staff=True)

    addresses = ["/en/listings.atom", "/en/listings.atom?kind=offer", f"/en/organizations/{works.slug}.atom"]
    feeds_of_all = [browser.get(a).text for browser in (visitor, sign_in(lan), sign_in(staff)) for a in addresses]

    assert [CANARY in feed for feed in feeds_of_all] == [False] * 9
    assert [feed.count("<entry>") for feed in feeds_of_all] == [1] * 9


@pytest.mark.parametrize("address", ["/en/organizations/nobody.atom", "/xx/listings.atom", "/en/organizations/.atom"])
def test_there_is_no_feed_of_nobody(visitor: Visitor, address: str) -> None:
    assert visitor.get(address).status_code == 404


def test_a_feed_begins_with_the_sites_address_whatever_host_was_asked(visitor: Visitor, kilns: list[Listing]) -> None:
    feed = read_xml(visitor.get("/en/listings.atom", headers={"host": "evil.example"}))

    hosts = {urlsplit(link.get("href", "")).netloc for link in feed.iter(f"{ATOM}link")}
    assert hosts == {"127.0.0.1:8000"}


def test_a_feed_needs_the_same_queries_for_three_entries_as_for_one(
    visitor: Visitor, db: Session, lan: User, works: Organization, count_queries: Callable[[], int]
) -> None:
    def measure() -> list[int]:
        count_queries()
        counts = []
        for address in ("/en/listings.atom", f"/en/organizations/{works.slug}.atom"):
            visitor.get(address)
            counts.append(count_queries())
        return counts

    make_listing(db, by=lan, organization=works)
    with_one = measure()
    for title in ("One kiln", "Another kiln"):
        make_listing(db, by=lan, organization=works, texts={"en": title})

    assert measure() == with_one
    assert max(with_one) <= 5
