"""The feed of a saved search: at an address that is a secret, as long as its owner wants."""

import re
from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.interests.models import SavedSearch
from market.kernel.db import Database
from tests.make.accounts import make_user
from tests.make.feeds import find_link, list_feed_faults, read_titles, read_xml, text_of
from tests.make.interests import make_search
from tests.make.listings import make_draft, make_listing
from tests.make.reading import read_html
from tests.make.stored import read_stored
from tests.make.visitor import Visitor

SignIn = Callable[..., Visitor]
PAGE = "/en/account/searches"


def make_feed(browser: Visitor, search: SavedSearch) -> str:
    """The address as its owner copies it."""
    return read_address(browser.post(f"{PAGE}/{search.id}/feed"))


def read_address(response: Response) -> str:
    address = read_html(response).find("div", css="notice").find("code").text
    return address.removeprefix("http://127.0.0.1:8000")


@pytest.mark.parametrize("words", ["", "kiln"])
def test_a_program_reads_what_the_search_finds_without_signing_in(
    db: Session, sign_in: SignIn, visitor: Visitor, deliver: Callable[[], None], words: str
) -> None:
    lan = make_user(db)
    search = make_search(db, by=lan, words=words, name="Kilns in use", kind=["offer"])
    make_listing(db, by=lan, texts={"en": "Drying kiln"})
    make_listing(db, kind="demand", texts={"en": "Kiln wanted"})
    make_draft(db, by=lan, texts={"en": "Secret kiln"})
    deliver()

    response = visitor.get(make_feed(sign_in(lan), search))

    feed = read_xml(response)
    assert response.headers["content-type"] == "application/atom+xml"
    assert list_feed_faults(feed) == []
    assert (text_of(feed, "title"), read_titles(feed)) == ("Kilns in use", ["Drying kiln"])
    assert find_link(feed, "alternate") == f"http://127.0.0.1:8000/en/listings?{'q=kiln&' if words else ''}kind=offer"
    assert (response.headers["cache-control"], response.headers["x-robots-tag"]) == ("private, no-cache", "noindex")


def test_its_labels_are_in_the_language_of_the_address(
    db: Session, sign_in: SignIn, visitor: Visitor, deliver: Callable[[], None]
) -> None:
    lan = make_user(db)
    search = make_search(db, by=lan)
    make_listing(db, texts={"en": "Drying kiln", "vi": "Lò sấy"})
    deliver()

    address = make_feed(sign_in(lan), search)

    assert read_titles(read_xml(visitor.get(address.replace("/en/", "/vi/")))) == ["Lò sấy"]


def test_who_has_it_already_gets_no_body(db: Session, sign_in: SignIn, visitor: Visitor) -> None:
    lan = make_user(db)
    address = make_feed(sign_in(lan), make_search(db, by=lan))
    first = visitor.get(address)

    again = visitor.get(address, headers={"if-none-match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_the_address_is_shown_once_and_only_its_hash_is_kept(db: Session, database: Database, sign_in: SignIn) -> None:
    lan = make_user(db)
    search = make_search(db, by=lan)
    browser = sign_in(lan)

    address = make_feed(browser, search)

    token = re.fullmatch(r"/en/searches/([\w-]{43})\.atom", address)
    assert token is not None
    (stored,) = read_stored(database, select(SavedSearch.feed_hash))
    assert stored is not None
    assert token[1] not in stored
    assert token[1] not in browser.get(f"{PAGE}/{search.id}").text


def test_a_new_address_ends_the_old_one_and_ending_it_ends_both(db: Session, sign_in: SignIn, visitor: Visitor) -> None:
    lan = make_user(db)
    search = make_search(db, by=lan)
    browser = sign_in(lan)
    first = make_feed(browser, search)
    second = make_feed(browser, search)

    renewed = [visitor.get(address).status_code for address in (first, second)]
    response = browser.post(f"{PAGE}/{search.id}/feed/end")
    browser.post(f"{PAGE}/{search.id}/feed/end")

    assert renewed == [404, 200]
    assert "The address has ended." in response.text
    assert [visitor.get(address).status_code for address in (first, second)] == [404, 404]


def test_with_its_search_a_feed_is_gone(db: Session, sign_in: SignIn, visitor: Visitor) -> None:
    lan = make_user(db)
    search = make_search(db, by=lan)
    browser = sign_in(lan)
    address = make_feed(browser, search)

    browser.post(f"{PAGE}/{search.id}/delete")

    assert visitor.get(address).status_code == 404


def test_an_invented_address_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("/en/searches/invented.atom").status_code == 404
