"""The list of what is published: sorted, paged; its address says it all."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.listings.models import Listing
from market.listings.service import withdraw_listing
from market.web.paging import PAGE_SIZE, write_cursor
from market.web.rendering import Renderer
from tests.make.browsing import browse, read_facets, read_next, titles_of
from tests.make.listings import make_listing
from tests.make.organizations import make_viewer
from tests.make.reading import read_html, read_titles
from tests.make.visitor import Visitor


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


def test_a_change_is_seen_by_the_next_visit_of_who_made_it(
    db: Session, lan: User, visitor: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    make_listing(db, by=lan, texts={"en": "Before"})
    browser = sign_in(lan)
    assert titles_of(browse(browser, "/en/listings")) == ["Before"]

    db.execute(update(Listing).values(state="withdrawn"))
    db.commit()

    assert titles_of(browse(browser, "/en/listings")) == []
