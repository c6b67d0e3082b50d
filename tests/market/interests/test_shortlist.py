"""Listings that a person puts aside, with notes that are nobody else's."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.interests import rules
from market.interests.models import Bookmark
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.listings.models import Listing
from market.listings.service import withdraw_listing
from tests.make.accounts import PASSWORD, make_user
from tests.make.interests import make_bookmark
from tests.make.listings import make_draft, make_listing
from tests.make.organizations import make_viewer
from tests.make.reading import Element, read_faults, read_form, read_html
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Visitor

SignIn = Callable[..., Visitor]
PAGE = "/en/account/shortlist"


def list_cards(browser: Visitor, address: str = PAGE) -> list[Element]:
    return read_html(browser.get(address)).find_all("article", css="card")


def withdraw(db: Session, listing: Listing, *, by: User) -> None:
    withdraw_listing(db, listing, by=make_viewer(db, by), now=utc_now())
    db.commit()


def test_the_button_on_a_listing_puts_it_on_the_shortlist_and_off_again(
    db: Session, database: Database, sign_in: SignIn
) -> None:
    listing = make_listing(db, texts={"th": "เครื่องอบแห้ง"}, language="th")
    lan = sign_in(make_user(db))
    address = f"/en/listings/{listing.reference}"

    kept = lan.post(read_form(lan.get(address), "/bookmark").address)
    cards = list_cards(lan)
    form = read_form(kept, "/remove")
    dropped = lan.post(form.address, form.values)

    assert (kept.url.path, dropped.url.path) == (address, address)
    assert "On your shortlist." in kept.text
    assert [card.find("h2").text for card in cards] == ["เครื่องอบแห้ง"]
    assert cards[0].find("h2").find("a").attributes == {"href": address, "lang": "th"}
    assert count_stored(database, Bookmark) == [0]


def test_a_visitor_signs_in_and_comes_back_to_the_listing(db: Session, visitor: Visitor) -> None:
    listing = make_listing(db)
    make_user(db, email="lan@example.org")
    page = visitor.get(f"/en/listings/{listing.reference}")
    (link,) = (a for a in read_html(page).find_all("a") if a.text == "Put on the shortlist")

    form = read_form(visitor.get(link.attributes["href"]), "/sign-in")
    response = visitor.post(form.address, form.filled({"email": "lan@example.org", "password": PASSWORD}))

    assert page.headers["cache-control"] == "public, max-age=5"
    assert response.url.path == f"/en/listings/{listing.reference}"


def test_a_second_click_keeps_what_is_there(db: Session, database: Database, sign_in: SignIn) -> None:
    lan, listing = make_user(db), make_listing(db)
    make_bookmark(db, listing, by=lan, note="Ask for the price")

    sign_in(lan).post(f"/en/listings/{listing.reference}/bookmark")

    assert read_stored(database, select(Bookmark.note)) == ["Ask for the price"]


def test_a_draft_of_others_cannot_be_kept(db: Session, database: Database, sign_in: SignIn) -> None:
    draft = make_draft(db)

    response = sign_in(make_user(db)).post(f"/en/listings/{draft.reference}/bookmark")

    assert response.status_code == 404
    assert count_stored(database, Bookmark) == [0]


def test_a_note_is_written_and_changed_by_its_owner(db: Session, database: Database, sign_in: SignIn) -> None:
    lan = make_user(db)
    make_bookmark(db, make_listing(db), by=lan)
    browser = sign_in(lan)
    form = read_form(browser.get(PAGE), "/note")

    response = browser.post(form.address, form.filled({"note": "Ask for\r\nthe price <b>"}))
    browser.post(form.address, form.filled({"note": "Asked"}))

    assert "Ask for\nthe price &lt;b&gt;" in response.text
    assert read_stored(database, select(Bookmark.note)) == ["Asked"]


def test_a_note_that_is_too_long_comes_back_with_its_fault(db: Session, database: Database, sign_in: SignIn) -> None:
    lan = make_user(db)
    first = make_bookmark(db, make_listing(db), by=lan, note="Short")
    make_bookmark(db, make_listing(db), by=lan, note="Other")
    browser = sign_in(lan)

    response = browser.post(f"{PAGE}/{first.id}/note", {"note": "x" * 2_001, "_cursor": ""})

    assert response.status_code == 422
    assert read_faults(response) == {"note": "Please shorten this to at most 2000 characters."}
    assert "x" * 2_001 in response.text
    assert sorted(read_stored(database, select(Bookmark.note))) == ["Other", "Short"]


def test_what_is_no_longer_public_is_said_so_without_its_words(db: Session, sign_in: SignIn) -> None:
    owner, lan = make_user(db), make_user(db)
    listing = make_listing(db, by=owner, texts={"en": "Secret kiln"})
    make_bookmark(db, listing, by=lan, note="Good one")
    withdraw(db, listing, by=owner)
    browser = sign_in(lan)

    response = browser.get(PAGE)
    files = [browser.get(f"{PAGE}/export?format={name}").text for name in ("csv", "jsonl")]

    assert "No longer public. Your note is kept." in response.text
    for text in (response.text, *files):
        assert listing.reference in text
        assert "Good one" in text
        assert "Secret kiln" not in text


def test_who_acts_for_it_still_sees_what_was_withdrawn(db: Session, sign_in: SignIn) -> None:
    owner = make_user(db)
    listing = make_listing(db, by=owner)
    make_bookmark(db, listing, by=owner)
    withdraw(db, listing, by=owner)

    (card,) = list_cards(sign_in(owner))

    assert card.texts("span", css="state") == ["Withdrawn"]


def test_nothing_of_others_is_shown_or_touched(db: Session, database: Database, sign_in: SignIn) -> None:
    bookmark = make_bookmark(db, make_listing(db), by=make_user(db), note="Secret")
    browser = sign_in(make_user(db, staff=True))

    statuses = [
        browser.post(f"{PAGE}/{bookmark.id}/note", {"note": "Mine"}).status_code,
        browser.post(f"{PAGE}/{bookmark.id}/remove", follow=False).status_code,
        browser.post(f"{PAGE}/{bookmark.id}/remove", {"_back": "listing"}, follow=False).status_code,
    ]

    assert statuses == [404, 303, 303]
    assert list_cards(browser) == []
    assert read_stored(database, select(Bookmark.note)) == ["Secret"]


def test_there_are_at_most_so_many(
    db: Session, database: Database, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_BOOKMARKS", 1)
    lan, listing = make_user(db), make_listing(db)
    make_bookmark(db, make_listing(db), by=lan)

    response = sign_in(lan).post(f"/en/listings/{listing.reference}/bookmark")

    assert response.status_code == 409
    assert "Your shortlist has 1 listings already." in response.text
    assert count_stored(database, Bookmark) == [1]


def test_an_empty_shortlist_says_what_to_do(db: Session, sign_in: SignIn) -> None:
    assert "Nothing on your shortlist yet." in sign_in(make_user(db)).get(PAGE).text


def test_pages_follow_each_other_without_a_gap(db: Session, sign_in: SignIn) -> None:
    """Also where many were kept in the same moment."""
    lan, owner = make_user(db), make_user(db)
    for place in range(45):
        listing = make_listing(db, by=owner, texts={"en": f"Kiln {place}"})
        make_bookmark(db, listing, by=lan, now=utc_now().replace(microsecond=0) - timedelta(hours=place // 15))
    browser = sign_in(lan)

    seen, address = [], PAGE
    while address:
        page = read_html(browser.get(address))
        seen.append([card.find("h2").text for card in page.find_all("article", css="card")])
        address = next((link.attributes["href"] for link in page.find_all("a", rel="next")), "")

    assert [len(titles) for titles in seen] == [20, 20, 5]
    assert len({title for titles in seen for title in titles}) == 45


def test_the_csv_takes_no_cell_for_a_formula(db: Session, sign_in: SignIn) -> None:
    lan = make_user(db)
    listing = make_listing(db, texts={"en": "+Kiln, dry"}, summary="A summary")
    make_bookmark(db, listing, by=lan, note='=HYPERLINK("http://evil.example")')

    response = sign_in(lan).get(f"{PAGE}/export?format=csv")

    head, row = response.content.decode("utf-8-sig").splitlines()
    assert head == ("reference,kind,title,summary,language,organization,country,published,expires,address,note,kept")
    assert row.startswith(f'{listing.reference},offer,"\'+Kiln, dry",A summary,en,Liujiang Works,CN,')
    assert "\"'=HYPERLINK(" in row
    assert 'filename="shortlist-' in response.headers["content-disposition"]


def test_json_lines_have_the_words_in_the_readers_language(db: Session, sign_in: SignIn) -> None:
    lan = make_user(db)
    make_bookmark(db, make_listing(db, texts={"en": "Kiln", "vi": "Lò sấy"}), by=lan)

    (line,) = sign_in(lan).get("/vi/account/shortlist/export?format=jsonl").text.splitlines()

    row = json.loads(line)
    assert (row["title"], row["language"]) == ("Lò sấy", "vi")
    assert row["address"].startswith("http://127.0.0.1:8000/vi/listings/")
    assert "note" not in row


@pytest.mark.parametrize("name", ["xlsx", "pdf", ""])
def test_another_format_is_refused(db: Session, sign_in: SignIn, name: str) -> None:
    assert sign_in(make_user(db)).get(f"{PAGE}/export?format={name}").status_code == 400


def test_as_many_statements_for_three_rows_as_for_one(
    db: Session, sign_in: SignIn, count_queries: Callable[[], int]
) -> None:
    lan, owner = make_user(db), make_user(db)
    browser = sign_in(lan)
    counts = []
    for number in (1, 2):
        for _time in range(number):
            make_bookmark(db, make_listing(db, by=owner), by=lan)
        count_queries()
        browser.get(PAGE)
        counts.append(count_queries())

    assert counts[0] == counts[1] <= 5  # BEGIN on SQLite, two that say who it is, bookmarks, listings
