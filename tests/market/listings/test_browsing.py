"""The list of what is published: counted, narrowed, sorted, paged; its address says it all."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.kernel.clock import utc_now
from market.listings.models import Listing
from market.listings.service import withdraw_listing
from market.web.paging import PAGE_SIZE, write_cursor
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_listing
from tests.make.organizations import make_organization, make_viewer
from tests.make.reading import Element, read_html, read_titles
from tests.make.visitor import Visitor

Described = dict[str, Any]
STOCK: dict[str, Described] = {
    "Dryer": {"kind": "offer", "country": "CN", "industries": ["machinery", "energy"], "fields": [29, 31], "trl": 9},
    "Mill": {"kind": "offer", "country": "CN", "industries": ["machinery"], "stage": "on_the_market", "trl": 8},
    "Loom": {
        "kind": "offer", "country": "VN", "industries": ["silk_textiles"], "partnership_types": ["supply", "licence"],
    },
    "Pump": {"kind": "demand", "country": "VN", "industries": ["energy"], "stage": None, "trl": None},
    "Kiln": {"kind": "demand", "country": "TH", "language": "th", "stage": None, "trl": 2},
}  # fmt: skip
DEFAULTS: Described = {
    "industries": ["machinery"], "fields": [29], "stage": "lab_tested", "partnership_types": ["licence"],
    "language": "en", "trl": 4,
}  # fmt: skip
FACETS = {
    "Kind": "kind",
    "Country": "country",
    "Industry": "industries",
    "Field of technology": "fields",
    "Stage of development": "stage",
    "Type of partnership": "partnership_types",
    "Written in": "language",
}
ADDRESS = {
    "kind": "kind", "country": "country", "industries": "industry", "fields": "field", "stage": "stage",
    "partnership_types": "partnership", "language": "written_in",
}  # fmt: skip


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def stock(db: Session, lan: User, deliver: Callable[[], None]) -> dict[str, Described]:
    """Five published listings, and in each facet something hidden that must not count."""
    bodies = {
        country: make_organization(db, by=lan, name=f"Works {country}", country=country)
        for country in ("CN", "VN", "TH", "MY")
    }
    for title, described in STOCK.items():
        changes = {"language": "en", **described}
        language, country = changes.pop("language"), changes.pop("country")
        make_listing(db, by=lan, organization=bodies[country], texts={language: title}, **changes)
    make_draft(db, by=lan, organization=bodies["MY"], texts={"my": "Hidden"}, industries=["ict"], fields=[1])
    deliver()
    return {title: {**DEFAULTS, **described} for title, described in STOCK.items()}


def codes_of(described: Described, facet: str) -> list[str]:
    value = described[facet]
    return [str(code) for code in (value if isinstance(value, list) else [value]) if code is not None]


def read_facets(page: Element) -> dict[str, dict[str, int]]:
    """Title of the facet → label → count."""
    return {
        section.find("h2").text: {
            link.find_all("span")[1].text: int(link.find("span", css="count").text) for link in section.find_all("a")
        }
        for section in page.find_all("section", css="facet")
    }


def follow(visitor: Visitor, page: Element, facet: str, label: str) -> Element:
    (section,) = [part for part in page.find_all("section", css="facet") if part.find("h2").text == facet]
    (link,) = [link for link in section.find_all("a") if link.find_all("span")[1].text == label]
    return browse(visitor, "/en/listings" + link.attributes["href"])


def browse(visitor: Visitor, address: str) -> Element:
    answer = visitor.get(address)
    assert answer.status_code == 200
    return read_html(answer)


def titles_of(page: Element) -> list[str]:
    return [card.find("h2").text for card in page.find_all("article", css="listing")]


def read_next(page: Element) -> str | None:
    links = page.find_all("a", rel="next")
    return "/en/listings" + links[0].attributes["href"] if links else None


def test_every_facet_counts_what_is_published_and_nothing_hidden(visitor: Visitor, stock: dict[str, Described]) -> None:
    page = browse(visitor, "/en/listings")

    facets = read_facets(page)
    counts = {
        title: sorted(Counter(code for one in stock.values() for code in codes_of(one, name)).values())
        for title, name in FACETS.items()
    }
    assert {title: sorted(facet.values()) for title, facet in facets.items()} == counts
    assert facets["Kind"] == {"Technology offer": 3, "Technology demand": 2}
    assert facets["Country"] == {"China": 2, "Vietnam": 2, "Thailand": 1}
    assert facets["Written in"] == {"English": 4, "Thai": 1}
    assert page.find("div", css="results-head").find_all("p")[0].text == "5 listings"


@pytest.mark.parametrize("facet", ADDRESS)
def test_each_facet_narrows_to_its_code_and_counts_the_others(
    visitor: Visitor, stock: dict[str, Described], facet: str
) -> None:
    codes = sorted({code for one in stock.values() for code in codes_of(one, facet)})

    shown = {code: titles_of(browse(visitor, f"/en/listings?{ADDRESS[facet]}={code}")) for code in codes}

    assert {code: sorted(titles) for code, titles in shown.items()} == {
        code: sorted(title for title, one in stock.items() if code in codes_of(one, facet)) for code in codes
    }


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("kind=offer&country=CN", ["Dryer", "Mill"]),
        ("country=CN&country=TH", ["Dryer", "Kiln", "Mill"]),
        ("industry=machinery&industry=energy&kind=demand", ["Kiln", "Pump"]),
        ("field=29&field=31&stage=lab_tested", ["Dryer", "Loom"]),
        ("trl_min=8", ["Dryer", "Mill"]),
        ("trl_min=9&kind=offer", ["Dryer"]),
        ("written_in=th&written_in=my", ["Kiln"]),
        ("kind=demand&partnership=supply", []),
        ("kind=offer&kind=offer", ["Dryer", "Loom", "Mill"]),
        ("kind=&country=", ["Dryer", "Kiln", "Loom", "Mill", "Pump"]),
    ],
)
def test_within_a_facet_any_and_between_facets_all(
    visitor: Visitor, stock: dict[str, Described], query: str, titles: list[str]
) -> None:
    page = browse(visitor, f"/en/listings?{query}")

    assert sorted(titles_of(page)) == titles
    counted = page.find("div", css="results-head").find_all("p")[0].text
    assert counted == ("1 listing" if len(titles) == 1 else f"{len(titles)} listings")


def test_a_facet_that_narrows_counts_what_its_other_codes_would_add(
    visitor: Visitor, stock: dict[str, Described]
) -> None:
    facets = read_facets(browse(visitor, "/en/listings?kind=offer&country=VN"))

    assert facets["Kind"] == {"Technology offer": 1, "Technology demand": 1}
    assert facets["Country"] == {"China": 2, "Vietnam": 1}
    assert facets["Industry"] == {"Silk and textiles": 1}


def test_a_choice_that_counts_nothing_stays_visible_and_can_be_taken_back(
    visitor: Visitor, stock: dict[str, Described]
) -> None:
    page = browse(visitor, "/en/listings?country=MM&kind=demand")

    assert titles_of(page) == []
    assert read_facets(page)["Country"]["Myanmar (Burma)"] == 0
    assert sorted(titles_of(follow(visitor, page, "Country", "Myanmar (Burma)"))) == ["Kiln", "Pump"]


def test_links_of_facets_add_and_take_back_and_one_clears_all(visitor: Visitor, stock: dict[str, Described]) -> None:
    page = browse(visitor, "/en/listings?q=")
    for facet, label in (("Kind", "Technology offer"), ("Country", "Vietnam"), ("Country", "China")):
        page = follow(visitor, page, facet, label)

    assert sorted(titles_of(page)) == ["Dryer", "Loom", "Mill"]
    chosen = [link.find_all("span")[1].text for link in page.find_all("a", css="chosen")]
    assert sorted(chosen) == ["China", "Technology offer", "Vietnam"]
    assert titles_of(follow(visitor, page, "Country", "China")) == ["Loom"]
    (clear,) = [link for link in page.find_all("a") if link.text == "Clear all"]
    assert len(titles_of(browse(visitor, "/en/listings" + clear.attributes["href"]))) == 5


@pytest.mark.parametrize("code", LANGUAGES)
def test_facets_are_named_in_the_readers_language(
    visitor: Visitor, stock: dict[str, Described], renderer: Renderer, code: str
) -> None:
    reader = renderer.reader(code)

    facets = read_facets(browse(visitor, f"/{code}/listings"))

    assert list(facets) == [reader.gettext(title) for title in (
        "Kind", "Country", "Industry", "Field of technology", "Stage of development", "Type of partnership",
        "Written in",
    )]  # fmt: skip
    assert facets[reader.gettext("Country")] == {
        reader.format.country(c): n for c, n in (("CN", 2), ("VN", 2), ("TH", 1))
    }
    assert facets[reader.gettext("Written in")] == {reader.format.language("en"): 4, reader.format.language("th"): 1}
    assert facets[reader.gettext("Kind")] == {
        reader.gettext("Technology offer"): 3, reader.gettext("Technology demand"): 2,
    }  # fmt: skip


def test_the_language_switch_and_the_search_box_keep_what_is_chosen(
    visitor: Visitor, stock: dict[str, Described]
) -> None:
    page = browse(visitor, "/en/listings?kind=offer&country=VN&country=CN&trl_min=4&sort=expiring")

    (thai,) = [link for link in page.find_all("a", hreflang="th") if "menu" not in link.classes]
    assert titles_of(browse(visitor, thai.attributes["href"])) == titles_of(page)
    form = page.find("form", css="search")
    hidden = [(box.attributes["name"], box.attributes["value"]) for box in form.find_all("input", type="hidden")]
    assert sorted(hidden) == [("country", "CN"), ("country", "VN"), ("kind", "offer"), ("trl_min", "4")]


def publish_many(
    db: Session, lan: User, number: int, *, start: datetime, together: int = 1, prefix: str = "Listing"
) -> list[Listing]:
    """One an hour, `together` of them at the same instant."""
    return [
        make_listing(db, by=lan, texts={"en": f"{prefix} {n:02}"}, now=start + timedelta(hours=n // together))
        for n in range(number)
    ]


def read_all(visitor: Visitor, address: str) -> list[list[str]]:
    pages: list[list[str]] = []
    following: str | None = address
    while following:
        page = browse(visitor, following)
        pages.append(titles_of(page))
        following = read_next(page)
        assert len(pages) < 10
    return pages


@pytest.mark.parametrize("together", [1, 7, 50], ids=["one an hour", "seven an hour", "all at once"])
@pytest.mark.parametrize("sort", ["newest", "expiring"])
def test_paging_shows_every_listing_once_in_order(
    db: Session, lan: User, visitor: Visitor, sort: str, together: int
) -> None:
    listings = publish_many(db, lan, 45, start=utc_now() - timedelta(days=9), together=together)

    pages = read_all(visitor, f"/en/listings?sort={sort}")

    assert [len(page) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 5]
    key: Callable[[Listing], Any] = (
        (lambda one: (one.published_at, one.id)) if sort == "newest" else (lambda one: (one.expires_on, one.id))
    )
    in_order = sorted(listings, key=key, reverse=sort == "newest")
    assert [title for page in pages for title in page] == [one.texts["en"].title for one in in_order]


def test_exactly_one_page_has_no_next(db: Session, lan: User, visitor: Visitor) -> None:
    publish_many(db, lan, PAGE_SIZE, start=utc_now() - timedelta(days=9))

    assert [len(page) for page in read_all(visitor, "/en/listings")] == [PAGE_SIZE]


@pytest.mark.parametrize("sort", ["newest", "expiring"])
def test_nothing_is_lost_or_shown_twice_while_listings_come_and_go(
    db: Session, lan: User, visitor: Visitor, sort: str
) -> None:
    start = utc_now() - timedelta(days=20)
    listings = publish_many(db, lan, 50, start=start, together=3)
    viewer = make_viewer(db, lan)
    first = browse(visitor, f"/en/listings?sort={sort}")
    seen, following = titles_of(first), read_next(first)

    # Before, on and behind the border between the pages: some go, others come, also at instants that are there.
    by_title = {one.texts["en"].title: one for one in listings}
    gone = [seen[0], seen[-1], *[title for title in by_title if title not in seen][5:8]]
    for title in gone:
        withdraw_listing(db, by_title[title], by=viewer, now=utc_now())
    db.commit()
    publish_many(db, lan, 20, start=start, together=2, prefix="New")
    while following:
        page = browse(visitor, following)
        seen += titles_of(page)
        following = read_next(page)

    assert [title for title, times in Counter(seen).items() if times > 1] == []
    assert set(by_title) - set(gone) <= set(seen)


def test_a_filter_stays_on_every_page(db: Session, lan: User, visitor: Visitor) -> None:
    for place in range(25):
        make_listing(db, by=lan, texts={"en": f"Offer {place:02}"})
        make_listing(db, by=lan, texts={"en": f"Demand {place:02}"}, kind="demand")

    pages = read_all(visitor, "/en/listings?kind=demand")

    assert [len(page) for page in pages] == [20, 5]
    assert {title.split()[0] for page in pages for title in page} == {"Demand"}


def test_sorting_orders_by_publication_or_by_the_last_day(db: Session, lan: User, visitor: Visitor) -> None:
    now = utc_now()
    for title, age, days in (("Old, lasting", 9, 300), ("Middle, short", 5, 10), ("New, middle", 1, 100)):
        last_day = (now + timedelta(days=days)).date()
        make_listing(db, by=lan, texts={"en": title}, now=now - timedelta(days=age), expires_on=last_day.isoformat())

    shown = {
        sort: titles_of(browse(visitor, f"/en/listings?sort={sort}")) for sort in ("newest", "expiring", "relevance")
    }

    newest = ["New, middle", "Middle, short", "Old, lasting"]
    assert shown == {
        "newest": newest, "relevance": newest, "expiring": ["Middle, short", "New, middle", "Old, lasting"],
    }  # fmt: skip
    sorts = browse(visitor, "/en/listings?sort=expiring").find("p", css="sorts")
    assert ([link.text for link in sorts.find_all("a")], sorts.texts("strong")) == (["Newest"], ["Expiring soon"])


def test_nothing_published_says_so(visitor: Visitor) -> None:
    page = browse(visitor, "/en/listings")

    assert page.find("div", css="empty").find("strong").text == "Nothing found."
    assert (titles_of(page), read_facets(page), read_next(page)) == ([], {}, None)


BAD = {
    "kind unknown": "kind=gift",
    "country in small letters": "country=cn",
    "field beyond the last": "field=36",
    "field no number": "field=x",
    "industry unknown": "industry=moon",
    "stage unknown": "stage=ready",
    "partnership unknown": "partnership=love",
    "language unknown": "written_in=xx",
    "one of two unknown": "kind=offer&kind=gift",
    "level zero": "trl_min=0",
    "level ten": "trl_min=10",
    "level negative": "trl_min=-1",
    "level broken": "trl_min=4.5",
    "level of a gigabyte": "trl_min=" + "9" * 10_000,
    "level in other figures": "trl_min=%E0%B9%94",
    "place negative": "offset=-20",
    "place far": "offset=1001",
    "place a word": "offset=x",
    "sort unknown": "sort=cheapest",
    "cursor a word": "cursor=x",
    "cursor empty list": "cursor=W10",
    "cursor no list": "cursor=e30",
    "cursor short": "cursor=" + write_cursor("2026-01-01T00:00:00+00:00"),
    "cursor of other types": "cursor=" + write_cursor(1, 2),
    "cursor without a zone": "cursor=" + write_cursor("2026-01-01T00:00:00", "00000000-0000-0000-0000-000000000000"),
    "cursor before the first year": "cursor="
    + write_cursor("0001-01-01T00:00:00+14:00", "00000000-0000-0000-0000-000000000000"),
    "cursor no number": "cursor=" + write_cursor("2026-01-01T00:00:00+00:00", "x"),
    "cursor of the other sort": "sort=expiring&cursor="
    + write_cursor("2026-01-01T00:00:00+00:00", "00000000-0000-0000-0000-000000000000"),
    "cursor long": "cursor=" + "A" * 10_000,
    "NUL": "q=a%00b",
    "NUL in a cursor": "cursor=" + write_cursor("a\x00", "b"),
}


@pytest.mark.parametrize("query", BAD.values(), ids=BAD)
@pytest.mark.parametrize("code", ["th", "zh-Hans"])
def test_what_no_link_of_ours_asks_for_is_refused_in_the_readers_language(
    visitor: Visitor, renderer: Renderer, query: str, code: str
) -> None:
    answer = visitor.get(f"/{code}/listings?{query}")

    page = read_html(answer)
    assert (answer.status_code, page.find("html").attributes["lang"]) == (400, code)
    assert page.find("h1").text == renderer.reader(code).gettext("We could not read what was sent.")


@pytest.mark.parametrize(
    "query", ["unknown=1", "KIND=gift", "kind", "=", "&&&", "%zz", "q=%ff%fe", "notice=nothing", "notice=%3Cb%3E"]
)
def test_what_means_nothing_to_us_is_let_be(visitor: Visitor, stock: dict[str, Described], query: str) -> None:
    answer = visitor.get(f"/en/listings?{query}")

    assert answer.status_code == 200
    assert read_html(answer).find_all("p", css="good") == []


@pytest.mark.parametrize("page", ["/en/listings", "/en/listings?q=Listing", "/en/", "/en/account/listings"])
def test_lists_need_as_many_queries_for_three_rows_as_for_one(
    db: Session, lan: User, sign_in: Callable[..., Visitor], deliver: Callable[[], None],
    count_queries: Callable[[], int], page: str,
) -> None:  # fmt: skip
    browser = sign_in(lan)

    def measure() -> tuple[int, int]:
        deliver()
        count_queries()
        shown = len(read_titles(browser.get(page))) or len(read_html(browser.get(page)).find_all("tr")) - 1
        return shown, count_queries()

    def add(number: int) -> None:
        for place in range(number):
            make_listing(db, by=lan, texts={"en": f"Listing {place}"}, kind="offer", industries=["ict", "energy"])

    add(1)
    one, with_one = measure()
    add(2)
    three, with_three = measure()

    assert (one, three) == (1, 3)
    assert with_three == with_one
    assert with_one <= 20


def test_a_page_opens_by_a_query_of_few_steps(
    db: Session, lan: User, visitor: Visitor, count_queries: Callable[[], int]
) -> None:
    make_listing(db, by=lan)
    visitor.form_token()
    visitor.get("/en/listings")
    count_queries()

    visitor.get("/en/listings")

    assert count_queries() <= 3


def test_an_address_shows_the_same_to_everybody(
    db: Session, lan: User, visitor: Visitor, sign_in: Callable[..., Visitor], stock: dict[str, Described]
) -> None:
    address = "/en/listings?kind=offer&industry=machinery&sort=expiring"
    browsers: Sequence[Visitor] = [visitor, sign_in(lan), sign_in(make_user(db)), sign_in(make_user(db, staff=True))]

    shown = [titles_of(browse(browser, address)) for browser in browsers]

    assert shown == [shown[0]] * 4
    assert len(shown[0]) == 2


def test_a_change_is_seen_by_the_next_visit_of_who_made_it(
    db: Session, lan: User, visitor: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    make_listing(db, by=lan, texts={"en": "Before"})
    browser = sign_in(lan)
    assert titles_of(browse(browser, "/en/listings")) == ["Before"]

    db.execute(update(Listing).values(state="withdrawn"))
    db.commit()

    assert titles_of(browse(browser, "/en/listings")) == []
