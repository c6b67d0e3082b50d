"""What staff see of the work that nobody could do, and what their buttons do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from market import wiring
from market.accounts.facts import ConfirmationAsked
from market.deliveries.enums import FACTS, HANDLERS
from market.kernel.db import Database
from market.kernel.outbox import Delivery, DeliveryState
from market.listings.facts import ListingPublished, ListingRemoved
from tests.make.accounts import make_user
from tests.make.deliveries import set_aside
from tests.make.lamps import LampLit
from tests.make.listings import make_listing
from tests.make.reading import read_html
from tests.make.stored import read_stored
from tests.make.visitor import Visitor

SignIn = Callable[..., Visitor]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAGE = "/en/staff/deliveries"


@pytest.fixture
def staff(db: Session, sign_in: SignIn) -> Visitor:
    return sign_in(make_user(db, staff=True))


def read_rows(response: Response) -> list[list[str]]:
    """The cells of each row as they are read, the labels of narrow screens left out."""
    rows = []
    for row in read_html(response).find("tbody").find_all("tr"):
        for label in row.find_all("span", css="cell-label"):
            label.children.clear()
        rows.append(row.texts("td"))
    return rows


def test_staff_see_what_is_set_aside_in_their_words_the_newest_first(db: Session, staff: Visitor) -> None:
    listing, user_id = make_listing(db), uuid4()
    set_aside(
        db, ConfirmationAsked(user_id), handler="write_account_mails", since=NOON, error="OSError('gone')", attempts=3
    )
    set_aside(
        db, ListingRemoved(uuid4(), "TO-CN-7F3K9Q", 4), handler="forget_listings", since=NOON + timedelta(hours=1)
    )
    set_aside(db, ListingPublished(listing.id), since=NOON + timedelta(hours=2))

    response = staff.get(PAGE)

    indexed, forgotten, written = read_rows(response)
    assert [indexed[place] for place in (0, 1, 2, 4, 5, 6)] == [
        "Enter the listing in the search index", "A listing was published", listing.reference, "12",
        "DocumentRefused('no field for this')", "Try again",
    ]  # fmt: skip
    assert f'href="/en/listings/{listing.reference}"' in response.text
    assert forgotten[:3] == [
        "Take the listing out of the search index", "A listing was removed for good", "TO-CN-7F3K9Q",
    ]  # fmt: skip
    assert "/en/listings/TO-CN-7F3K9Q" not in response.text
    assert written[:3] == ["Write a mail about the account", "Somebody is to confirm a mail address", str(user_id)]


def test_the_words_are_those_of_the_readers_language(db: Session, staff: Visitor) -> None:
    set_aside(db, ListingPublished(make_listing(db).id))

    response = staff.get("/vi/staff/deliveries")

    ((to_do, fact, *_),) = read_rows(response)
    assert (to_do, fact) == ("Đưa tin vào chỉ mục tìm kiếm", "Một tin đã được đăng")


def test_a_handler_and_a_fact_of_another_version_are_shown_by_their_names(db: Session, staff: Visitor) -> None:
    set_aside(db, LampLit(uuid4()), handler="light_lamps")

    ((to_do, fact, *_),) = read_rows(staff.get(PAGE))

    assert (to_do, fact) == ("light_lamps", "LampLit")


def test_every_handler_and_every_fact_that_one_asks_for_has_words() -> None:
    assert set(HANDLERS) == {handler.name for handler in wiring.HANDLERS}
    assert set(FACTS) == set(wiring.list_subscriptions())


def test_a_reason_is_shown_escaped_and_not_at_any_length(db: Session, staff: Visitor) -> None:
    set_aside(db, ListingPublished(make_listing(db).id), error="<b>" + "x" * 1_000)

    ((*_, reason, _button),) = read_rows(staff.get(PAGE))

    assert reason == "<b>" + "x" * 237 + " …"


def test_where_nothing_is_set_aside_the_page_says_so_and_has_no_button(staff: Visitor) -> None:
    response = staff.get(PAGE)

    assert "Nothing is set aside." in response.text
    assert "retry" not in response.text


def test_pages_follow_each_other_without_a_gap(db: Session, staff: Visitor) -> None:
    """Also where many were set aside in the same moment."""
    listings = [make_listing(db) for _ in range(3)]
    for number in range(45):
        set_aside(db, ListingPublished(listings[number % 3].id), since=NOON + timedelta(seconds=number // 15))

    seen, address = [], PAGE
    while address:
        page = read_html(staff.get(address))
        seen.append([form.attributes["action"] for form in page.find("tbody").find_all("form")])
        address = next((link.attributes["href"] for link in page.find_all("a", rel="next")), "")

    assert [len(rows) for rows in seen] == [20, 20, 5]
    assert len({action for rows in seen for action in rows}) == 45


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJ4IiwgIngiLCAieCJd", "WyIyMDI2LTExLTIzVDEyOjAwIiwgIngiLCAieCJd"])
def test_a_cursor_that_we_did_not_write_is_refused(staff: Visitor, cursor: str) -> None:
    assert staff.get(f"{PAGE}?cursor={cursor}").status_code == 400


def test_one_is_tried_again_and_a_second_click_does_no_harm(
    db: Session, database: Database, staff: Visitor, deliver: Callable[[], None]
) -> None:
    listing = make_listing(db)
    deliver()
    fact_id = set_aside(db, ListingPublished(listing.id))
    set_aside(db, ListingPublished(listing.id), handler="embed_listings")
    wanted = select(Delivery).where(Delivery.fact_id == fact_id)

    response = staff.post(f"{PAGE}/{fact_id}/index_listings/retry")
    (waiting,) = read_stored(database, wanted)
    deliver()
    staff.post(f"{PAGE}/{fact_id}/index_listings/retry")

    assert "This is tried again within seconds." in response.text
    assert len(read_rows(response)) == 1
    assert (waiting.state, waiting.attempts) == (DeliveryState.WAITING, 0)
    (done,) = read_stored(database, wanted)
    assert (done.state, done.attempts) == (DeliveryState.DONE, 1)


def test_all_are_tried_again(db: Session, database: Database, staff: Visitor) -> None:
    for _ in range(3):
        set_aside(db, ListingPublished(make_listing(db).id))

    response = staff.post(f"{PAGE}/retry")

    assert "Nothing is set aside." in response.text
    left = select(Delivery.state).where(Delivery.state == DeliveryState.SET_ASIDE)
    assert read_stored(database, left) == []


def test_staff_find_the_page_in_their_menu_and_nobody_else(db: Session, staff: Visitor, sign_in: SignIn) -> None:
    other = sign_in(make_user(db))

    assert f'<a href="{PAGE}">Work set aside</a>' in staff.get("/en/account").text
    assert PAGE not in other.get("/en/account").text


def test_as_many_statements_for_three_rows_as_for_one(
    db: Session, staff: Visitor, count_queries: Callable[[], int]
) -> None:
    counts = []
    for number in (1, 2):
        for _ in range(number):
            set_aside(db, ListingPublished(make_listing(db).id))
        count_queries()
        staff.get(PAGE)
        counts.append(count_queries())

    assert counts[0] == counts[1] <= 5  # BEGIN on SQLite, two that say who it is, the rows, the references
