"""From draft to published, withdrawn, expired and back: what may follow what, and what each step leaves behind."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.work import Work
from market.listings import rules
from market.listings.enums import ListingState
from market.listings.models import Listing, ListingCode, ListingText
from market.listings.reactions import expire_listings
from market.listings.service import TEXT_FIELDS
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_in_state, make_listing
from tests.make.reading import read_faults, read_form, read_html, read_titles
from tests.make.stored import count_stored, read_stored, take_stock
from tests.make.visitor import Visitor

DRAFT, PUBLISHED = ListingState.DRAFT, ListingState.PUBLISHED
WITHDRAWN, EXPIRED = ListingState.WITHDRAWN, ListingState.EXPIRED


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def browser(lan: User, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(lan)


STEPS = {
    # state before, button: status, state after (None: the listing is gone)
    (DRAFT, "publish"): (303, PUBLISHED),
    (DRAFT, "withdraw"): (409, DRAFT),
    (DRAFT, "renew"): (409, DRAFT),
    (DRAFT, "copy"): (303, DRAFT),
    (DRAFT, "delete"): (303, None),
    (PUBLISHED, "publish"): (303, PUBLISHED),
    (PUBLISHED, "withdraw"): (303, WITHDRAWN),
    (PUBLISHED, "renew"): (303, PUBLISHED),
    (PUBLISHED, "copy"): (303, PUBLISHED),
    (PUBLISHED, "delete"): (409, PUBLISHED),
    (WITHDRAWN, "publish"): (303, PUBLISHED),
    (WITHDRAWN, "withdraw"): (303, WITHDRAWN),
    (WITHDRAWN, "renew"): (409, WITHDRAWN),
    (WITHDRAWN, "copy"): (303, WITHDRAWN),
    (WITHDRAWN, "delete"): (409, WITHDRAWN),
    (EXPIRED, "publish"): (303, EXPIRED),  # its last day has passed: the form asks for another
    (EXPIRED, "withdraw"): (409, EXPIRED),
    (EXPIRED, "renew"): (303, PUBLISHED),
    (EXPIRED, "copy"): (303, EXPIRED),
    (EXPIRED, "delete"): (409, EXPIRED),
}


@pytest.mark.parametrize(("before", "button"), STEPS, ids=[f"{state}: {button}" for state, button in STEPS])
def test_every_step_leads_where_it_should_or_is_refused_and_changes_nothing(
    db: Session, lan: User, browser: Visitor, database: Database, before: ListingState, button: str
) -> None:
    listing = make_in_state(db, before, by=lan)
    stock = take_stock(database)
    status, after = STEPS[before, button]

    answer = browser.post(f"/en/listings/{listing.reference}/{button}", follow=False)

    assert answer.status_code == status
    assert read_stored(database, select(Listing.state).where(Listing.id == listing.id)) == [after] * (after is not None)
    if status == 409:
        assert read_html(answer).find("h1").text == "This cannot be done in the listing's present state."
        assert take_stock(database) == stock


@pytest.mark.parametrize("state", [DRAFT, PUBLISHED, WITHDRAWN, EXPIRED])
def test_the_page_has_buttons_for_the_steps_that_are_open(
    db: Session, lan: User, browser: Visitor, state: ListingState
) -> None:
    listing = make_in_state(db, state, by=lan)
    own = f"/en/listings/{listing.reference}"

    forms = [
        form.attributes["action"].removeprefix(f"{own}/")
        for page in (own, f"{own}/edit")
        for form in read_html(browser.get(page)).find_all("form")
        if form.attributes["action"].startswith(own)
    ]

    assert (
        forms
        == {
            DRAFT: ["publish", "copy", "edit", "delete"],
            PUBLISHED: ["bookmark", "renew", "copy", "withdraw", "edit"],
            WITHDRAWN: ["publish", "copy", "edit"],
            EXPIRED: ["renew", "copy", "edit"],
        }[state]
    )


@pytest.mark.parametrize("state", [DRAFT, PUBLISHED, WITHDRAWN, EXPIRED])
def test_a_listing_can_be_edited_in_every_state_and_stays_in_it(
    db: Session, lan: User, browser: Visitor, database: Database, state: ListingState
) -> None:
    listing = make_in_state(db, state, by=lan)
    form = read_form(browser.get(f"/en/listings/{listing.reference}/edit"), "/edit")
    changes = {"title": "A better title"}
    if state is EXPIRED:
        changes["expires_on"] = ""

    saved = browser.post(form.address, form.filled(changes))

    assert (saved.status_code, read_faults(saved)) == (200, {})
    assert read_stored(database, select(ListingText.title)) == ["A better title"]
    assert read_stored(database, select(Listing.state)) == [state]


@pytest.mark.parametrize("button", ["publish", "withdraw"])
def test_a_second_click_changes_nothing(
    db: Session, lan: User, browser: Visitor, database: Database, facts: Callable[[], list[str]], button: str
) -> None:
    listing = make_in_state(db, DRAFT if button == "publish" else PUBLISHED, by=lan)
    browser.post(f"/en/listings/{listing.reference}/{button}")
    before, recorded = read_stored(database, select(Listing.version)), facts()

    browser.post(f"/en/listings/{listing.reference}/{button}")

    assert (read_stored(database, select(Listing.version)), facts()) == (before, recorded)


def test_publishing_again_starts_a_new_life(db: Session, lan: User, browser: Visitor, database: Database) -> None:
    listing = make_in_state(db, WITHDRAWN, by=lan, now=utc_now() - timedelta(days=30))
    (first,) = read_stored(database, select(Listing.published_at))

    browser.post(f"/en/listings/{listing.reference}/publish")

    (again,) = read_stored(database, select(Listing.published_at))
    assert first is not None
    assert again is not None
    assert again - first > timedelta(days=29)


def test_renewing_gives_another_year_from_today(db: Session, lan: User, browser: Visitor, database: Database) -> None:
    listing = make_listing(db, by=lan, now=utc_now() - timedelta(days=200))

    page = browser.post(f"/en/listings/{listing.reference}/renew")

    assert read_html(page).find("p", css="good").text == "Renewed for a year."
    assert read_stored(database, select(Listing.expires_on)) == [(utc_now() + timedelta(days=365)).date()]


def test_a_copy_is_a_new_draft_with_everything_that_was_written_in_all_languages(
    db: Session, lan: User, browser: Visitor, database: Database
) -> None:
    listing = make_listing(
        db, by=lan, texts={"en": "Dryer", "vi": "Máy sấy"}, keywords="cassava, heat pump", ipc="A23B 7/154",
        price_amount="1500", price_currency="USD", price_basis="total",
    )  # fmt: skip

    page = browser.post(f"/en/listings/{listing.reference}/copy")

    original, copy = read_stored(database, select(Listing).order_by(Listing.created_at))
    assert page.url.path == f"/en/listings/{copy.reference}/edit"
    assert (copy.state, copy.version, copy.published_at, copy.expires_on) == (DRAFT, 1, None, None)
    kept = ("kind", "language", "country", "organization_id", "stage", "trl", "ipr_status", "price_amount",
            "price_currency", "price_basis")  # fmt: skip
    assert [getattr(copy, name) for name in kept] == [getattr(original, name) for name in kept]
    texts = read_stored(database, select(ListingText))
    words = {
        body.id: {t.language: [getattr(t, n) for n in TEXT_FIELDS] for t in texts if t.listing_id == body.id}
        for body in (original, copy)
    }
    assert words[copy.id] == words[original.id]
    codes = read_stored(database, select(ListingCode))
    lists = {
        body.id: sorted((c.vocabulary, c.position, c.code) for c in codes if c.listing_id == body.id)
        for body in (original, copy)
    }
    assert lists[copy.id] == lists[original.id]


def test_a_copy_and_its_original_go_separate_ways(db: Session, lan: User, browser: Visitor, database: Database) -> None:
    listing = make_listing(db, by=lan)
    copy = browser.post(f"/en/listings/{listing.reference}/copy")
    form = read_form(copy, "/edit")
    browser.post(form.address, form.filled({"title": "Another dryer"}))

    assert sorted(read_stored(database, select(ListingText.title))) == ["Another dryer", "Drying kiln for cassava"]
    browser.post(form.address.replace("/edit", "/delete"))
    assert read_stored(database, select(ListingText.title)) == ["Drying kiln for cassava"]


def test_a_draft_thrown_away_leaves_nothing_but_the_fact(
    db: Session, lan: User, browser: Visitor, database: Database, facts: Callable[[], list[str]]
) -> None:
    listing = make_draft(db, by=lan, texts={"en": "Dryer", "vi": "Máy sấy"})
    assert 0 not in count_stored(database, Listing, ListingText, ListingCode)

    browser.post(f"/en/listings/{listing.reference}/delete")

    assert count_stored(database, Listing, ListingText, ListingCode) == [0, 0, 0]
    assert facts()[-1] == "ListingDeleted"


def test_the_list_of_ones_own_shows_every_state_and_the_last_changed_first(
    db: Session, lan: User, browser: Visitor
) -> None:
    listings = [make_in_state(db, state, by=lan, texts={"en": f"Title {state}"}) for state in ListingState]
    make_listing(db, texts={"en": "Of somebody else"})
    db.execute(update(Listing).where(Listing.id == listings[2].id).values(changed_at=utc_now() + timedelta(hours=1)))
    db.commit()

    rows = read_html(browser.get("/en/account/listings")).find("tbody").find_all("tr")

    shown = [(row.find_all("a")[0].text, row.find("span", css="state").text) for row in rows]
    whole = set(ListingState) - {ListingState.ARRIVING}
    assert sorted(shown) == sorted((f"Title {state}", state.capitalize()) for state in whole)
    assert shown[0] == ("Title withdrawn", "Withdrawn")


@pytest.mark.parametrize(
    ("days", "state"), [(-1, EXPIRED), (0, PUBLISHED), (1, PUBLISHED)], ids=["yesterday", "today", "tomorrow"]
)
def test_a_listing_is_shown_through_its_last_day(
    db: Session, lan: User, work: Work, database: Database, visitor: Visitor, days: int, state: ListingState
) -> None:
    listing = make_listing(db, by=lan)
    db.execute(update(Listing).values(expires_on=utc_now().date() + timedelta(days=days)))
    db.commit()

    expire_listings(work, utc_now())

    assert read_stored(database, select(Listing.state)) == [state]
    shown = visitor.get(f"/en/listings/{listing.reference}").status_code
    assert shown == (404 if state is EXPIRED else 200)


def test_more_listings_than_one_turn_takes_expire_and_others_are_let_be(
    db: Session, lan: User, work: Work, database: Database, facts: Callable[[], list[str]]
) -> None:
    listings = [make_in_state(db, state, by=lan) for state in (DRAFT, WITHDRAWN)]
    row = dict(db.execute(select(Listing.__table__).where(Listing.id == listings[0].id)).mappings().one())
    past = utc_now() - timedelta(days=400)
    shown = {**row, "state": PUBLISHED, "published_at": past, "expires_on": past.date()}
    rows = [{**shown, "id": UUID(int=number), "reference": f"TO-CN-{number:06}"} for number in range(1, 206)]
    db.execute(insert(Listing), rows)
    db.execute(update(Listing).where(Listing.state.in_([DRAFT, WITHDRAWN])).values(expires_on=past.date()))
    db.commit()

    expire_listings(work, utc_now())

    states = read_stored(database, select(Listing.state))
    assert {state: states.count(state) for state in (DRAFT, PUBLISHED, WITHDRAWN, EXPIRED)} == {
        DRAFT: 1, PUBLISHED: 0, WITHDRAWN: 1, EXPIRED: 205,
    }  # fmt: skip
    assert facts().count("ListingExpired") == 205


def test_an_expired_listing_leaves_lists_and_search_and_comes_back_when_renewed(
    db: Session, lan: User, browser: Visitor, visitor: Visitor, work: Work, deliver: Callable[[], None]
) -> None:
    listing = make_listing(db, by=lan, now=utc_now() - rules.LONGEST_LIFE - timedelta(days=1))
    deliver()
    visitor.form_token()  # a browser with a cookie gets no kept page
    pages = ["/en/listings", "/en/listings?q=kiln", "/en/", "/en/organizations/liujiang-works"]

    def count_shown() -> list[int]:
        return [len(read_titles(visitor.get(page))) for page in pages]

    assert count_shown() == [1, 1, 1, 1]
    expire_listings(work, utc_now())
    assert count_shown() == [0, 0, 0, 0]
    deliver()
    assert work.search.status().documents == 0
    browser.post(f"/en/listings/{listing.reference}/renew")
    deliver()
    assert count_shown() == [1, 1, 1, 1]


def test_expiring_twice_is_harmless(db: Session, lan: User, work: Work, facts: Callable[[], list[str]]) -> None:
    make_listing(db, by=lan, now=utc_now() - rules.LONGEST_LIFE - timedelta(days=1))

    for _ in range(2):
        expire_listings(work, utc_now())

    assert facts().count("ListingExpired") == 1
