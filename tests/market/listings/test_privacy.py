"""Nothing private on pages for everybody: first there is much that could leak, then every page is read for it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import SignInSession, User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.viewer import MemberRole
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.organizations.models import Organization
from market.organizations.service import add_member
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_in_state, make_listing
from tests.make.organizations import make_organization
from tests.make.reading import read_html
from tests.make.stored import read_stored
from tests.make.visitor import Visitor

CANARY = "kanarienvogel"


@pytest.fixture
def canaries(db: Session, sign_in: Callable[..., Visitor], deliver: Callable[[], None]) -> list[str]:
    """What must not be seen by others: people, drafts, what was withdrawn or has expired, numbers of rows."""
    lan = make_user(db, email=f"{CANARY}-owner@example.org", name=f"{CANARY} owner")
    anna = make_user(db, email=f"{CANARY}-member@example.org", name=f"{CANARY} member", staff=True)
    works = make_organization(db, by=lan, name="Works")
    add_member(db, works.id, anna.id, role=MemberRole.MEMBER, by=lan.id, now=utc_now())
    db.commit()
    browser = sign_in(lan)
    browser.client.get("/en/account", headers={"user-agent": f"{CANARY} browser"})
    published = make_listing(db, by=lan, texts={"en": "Rice mill", "vi": "Máy xay gạo"}, keywords="rice, mill")
    for state in (ListingState.WITHDRAWN, ListingState.EXPIRED):
        make_in_state(db, state, by=lan, texts={"en": f"{CANARY} {state}"}, organization=works)
    make_draft(db, by=lan, texts={"en": f"{CANARY} draft", "vi": f"{CANARY} draft"}, organization=works)
    db.execute(update(SignInSession).values(browser=f"{CANARY} browser"))
    db.commit()
    deliver()
    rows = [*db.scalars(select(User)), *db.scalars(select(Organization)), *db.scalars(select(Listing))]
    hidden = db.scalars(select(Listing.reference).where(Listing.id != published.id))
    secrets = [CANARY, *hidden, *(str(row.id) for row in rows), *(row.id.hex for row in rows)]
    secrets += [row.password_hash for row in rows if isinstance(row, User)]
    db.rollback()  # gives back the lock
    return secrets


def walk(browser: Visitor, start: str) -> Iterator[tuple[str, str]]:
    """Every page that can be reached by links from there, in one language: address and content."""
    waiting, seen = [start], {start}
    while waiting:
        address = waiting.pop()
        answer = browser.get(address)
        yield address, answer.text + str(answer.headers)
        for link in read_html(answer).find_all("a"):
            target = link.attributes.get("href", "").split("#")[0]
            target = address.split("?")[0] + target if target.startswith("?") else target
            if target.startswith(start) and target not in seen and "sort=" not in target and target.count("=") < 2:
                seen.add(target)
                waiting.append(target)


def read_whole_site(browser: Visitor, code: str) -> dict[str, str]:
    pages = dict(walk(browser, f"/{code}/"))
    for words in (CANARY, "rice", "mill draft withdrawn expired"):
        address = f"/{code}/listings?q={words}"
        pages[address] = browser.get(address).text.replace(words, "")
    return pages


@pytest.mark.parametrize("code", ["en", "vi", "zh-Hans"])
def test_no_page_for_everybody_shows_anything_private(visitor: Visitor, canaries: list[str], code: str) -> None:
    pages = read_whole_site(visitor, code)

    assert len(pages) >= 15
    assert any("Rice mill" in text or "Máy xay gạo" in text for text in pages.values())
    leaks = {(address, secret) for address, text in pages.items() for secret in canaries if secret in text}
    assert leaks == set()


def test_somebody_of_another_organization_sees_no_more_than_a_visitor(
    db: Session, sign_in: Callable[..., Visitor], canaries: list[str]
) -> None:
    stranger = make_user(db)
    make_organization(db, by=stranger, name="Other works")

    pages = read_whole_site(sign_in(stranger), "en")

    leaks = {(address, secret) for address, text in pages.items() for secret in canaries if secret in text}
    assert leaks == set()


def test_the_canaries_are_there_to_be_found(
    database: Database, sign_in: Callable[..., Visitor], canaries: list[str]
) -> None:
    (lan,) = read_stored(database, select(User).where(User.email == f"{CANARY}-owner@example.org"))
    browser = sign_in(lan)

    pages = ["/en/account", "/en/account/listings", "/en/organizations/works/members"]
    assert [CANARY in browser.get(page).text for page in pages] == [True, True, True]


@pytest.mark.parametrize("code", LANGUAGES)
def test_counts_on_the_home_page_and_of_facets_leave_out_what_is_hidden(
    visitor: Visitor, canaries: list[str], code: str
) -> None:
    figures = read_html(visitor.get(f"/{code}/")).find("dl", css="figures").texts("dd")
    counts = read_html(visitor.get(f"/{code}/listings")).find("aside", css="facets").texts("span", css="count")

    assert figures == ["1", "0", "1", "12"]
    assert set(counts) == {"1"}


def test_error_pages_say_nothing_of_our_insides(visitor: Visitor, canaries: list[str]) -> None:
    addresses = ["/en/nothing", "/en/listings?kind=x", "/en/confirm/x", "/en/listings/TO-CN-222222", "/xx/"]

    texts = [visitor.get(address).text for address in addresses]

    words = ["Traceback", "sqlalchemy", 'File "', "SELECT", "market.", "/work", "Exception"]
    assert [word for text in texts for word in words if word in text] == []
