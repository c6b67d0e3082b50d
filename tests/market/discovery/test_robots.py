"""What crawlers may read: everything public, each page of it once."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.kernel.clock import utc_now
from market.web.paging import PAGE_SIZE
from market.wiring import map_methods
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.reading import read_html
from tests.make.visitor import Visitor

MayRead = Callable[[str], bool]

PUBLIC = {
    "/", "/{language}/", "/{language}/about", "/{language}/listings", "/{language}/listings/{reference}",
    "/{language}/organizations", "/{language}/organizations/{slug}", "/favicon.ico", "/robots.txt",
    "/{language}/listings.atom", "/{language}/organizations/{slug}.atom", "/sitemap.xml", "/sitemaps/pages.xml",
    "/{language}/events", "/{language}/events.ics", "/{language}/events/{slug}",
    "/{language}/events/{slug}/programme", "/{language}/events/{slug}/programme/{session}",
    "/{language}/events/{slug}/programme.{ending}",
    "/sitemaps/listings-{month}.xml", "/sitemaps/organizations-{part}.xml", "/sitemaps/events-{part}.xml",
    "/sitemaps/sessions-{part}.xml",
}  # fmt: skip
"""Every other address that can be opened is for somebody signed in, a form, or a machine of ours."""


def read_rules(text: str) -> list[tuple[str, re.Pattern[str], bool]]:
    """(path, what it fits, allowed) of the group for everybody, as RFC 9309 reads them."""
    first, *lines = [line.partition("#")[0].strip() for line in text.splitlines() if line.strip()]
    assert first == "User-agent: *"
    rules = []
    for line in lines:
        field, _, path = line.partition(": ")
        if field in ("Allow", "Disallow"):
            pattern = re.escape(path).replace(r"\*", ".*").replace(r"\$", "$")
            rules.append((path, re.compile(pattern), field == "Allow"))
    return rules


@pytest.fixture
def may_read(visitor: Visitor) -> MayRead:
    """Of the rules that fit, the longest counts; where two are equally long, the one that allows."""
    rules = read_rules(visitor.get("/robots.txt").text)

    def may(address: str) -> bool:
        fitting = [(len(path), allowed) for path, pattern, allowed in rules if pattern.match(address)]
        return max(fitting)[1] if fitting else True

    return may


def test_the_rules_are_plain_text(visitor: Visitor) -> None:
    answer = visitor.get("/robots.txt", follow=False)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    lines = [line for line in answer.text.splitlines() if line]
    assert [line for line in lines if not re.fullmatch(r"(User-agent|Allow|Disallow|Sitemap): \S+", line)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_public_pages_may_be_read_and_no_other(may_read: MayRead, language: str) -> None:
    """A new page is on one side or the other."""
    opened = [path for path, methods in map_methods().items() if "GET" in methods]
    addresses = {path: re.sub(r"{\w+}", "x", path.replace("{language}", language)) for path in opened}

    read = {path for path, address in addresses.items() if may_read(address)}

    assert read == PUBLIC & set(opened)
    assert may_read("/static/site.css?v=0")


@pytest.mark.parametrize(
    ("query", "allowed"),
    [
        ("?kind=offer", True),
        ("?kind=demand", True),
        ("?cursor=WyJ4Il0", True),
        ("?kind=offer&cursor=WyJ4Il0", True),
        ("?q=kiln", False),
        ("?kind=offer&country=CN", False),
        ("?kind=offer&kind=demand", False),
        ("?country=CN&cursor=WyJ4Il0", False),
        ("?sort=expiring", False),
        ("?q=kiln&offset=20", False),
    ],
)
def test_lists_may_be_read_page_by_page_and_not_in_every_combination(
    may_read: MayRead, query: str, *, allowed: bool
) -> None:
    assert may_read(f"/vi/listings{query}") is allowed


@pytest.mark.parametrize("slug", ["account", "register", "new-energy", "members", "confirm", "edit", "sign-in-systems"])
def test_an_organization_is_not_hidden_for_its_name(may_read: MayRead, slug: str) -> None:
    assert may_read(f"/th/organizations/{slug}")
    assert not may_read(f"/th/organizations/{slug}/edit")


def test_a_crawler_that_follows_what_it_may_reads_every_listing(
    visitor: Visitor, db: Session, may_read: MayRead
) -> None:
    lan = make_user(db)
    now = utc_now()
    made = {make_listing(db, by=lan, now=now - timedelta(hours=n)).reference for n in range(2 * PAGE_SIZE + 5)}
    found, waiting, seen = set(), ["/en/"], {"/en/"}

    while waiting:
        address = waiting.pop()
        found.add(address.rpartition("/")[2])
        links = [link.attributes["href"] for link in read_html(visitor.get(address)).find_all("a")]
        whole = {f"{address.partition('?')[0]}{link}" if link.startswith("?") else link for link in links}
        new = {link for link in whole if link.startswith("/en/") and may_read(link)} - seen
        seen |= new
        waiting += new

    assert made <= found
    assert len(seen) < 2 * len(made)
