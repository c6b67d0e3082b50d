"""Texts that one database takes and the other refuses, in every place from which they reach it."""

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import SignInSession
from market.app import create_app
from market.kernel.config import Settings
from market.kernel.db import Database
from market.web.rendering import Renderer
from market.web.tokens import SESSION_COOKIE, VISITOR_COOKIE
from tests.make.accounts import PASSWORD, make_user
from tests.make.engines import DownEngine
from tests.make.hostile import ODD_BYTES, ODD_CURSORS
from tests.make.listings import make_listing
from tests.make.raw import FORM_TYPE, RawAnswer, RawBrowser, RawRequest, quote_bytes, write_form
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor

ODD: Mapping[str, bytes] = {**ODD_BYTES, **ODD_CURSORS}

PATHS = (
    "/th/listings/{}", "/th/listings/{}/edit", "/th/listings/TO-CN-222222/translations/{}", "/th/organizations/{}",
    "/th/organizations/{}/members", "/th/confirm/{}", "/th/reset/{}",
)  # fmt: skip
QUERIES = ("/th/organizations?cursor=", "/th/organizations?country=", "/th/listings?cursor=", "/th/listings?offset=")
SEARCHES = ("/th/listings?q=", "/th/listings?sort=expiring&cursor=", "/th/listings?q=kiln&cursor=")


@pytest.fixture
def raw(db: Session, visitor: Visitor) -> Iterator[RawBrowser]:
    make_listing(db, by=make_user(db))
    with RawBrowser(visitor.app) as raw:
        yield raw


@pytest.fixture
def without_engine(settings: Settings, database: Database, renderer: Renderer, db: Session) -> Iterator[RawBrowser]:
    """Lists and searches come from the database alone."""
    make_listing(db, by=make_user(db))
    with RawBrowser(create_app(settings, database=database, search=DownEngine(), renderer=renderer)) as raw:
        yield raw


def ask(raw: RawBrowser, path: str, query: bytes = b"", cookie: str = "") -> RawAnswer:
    return raw.send(RawRequest("GET", path.encode(), query, {b"cookie": cookie.encode()}))


def read_faults(answers: Mapping[str, RawAnswer]) -> dict[str, tuple[int, str]]:
    return {name: (answer.status, answer.problem) for name, answer in answers.items() if answer.problem}


@pytest.mark.parametrize("path", PATHS)
def test_what_no_address_of_ours_can_be_is_not_found(
    db: Session, raw: RawBrowser, sign_in: Callable[..., Visitor], path: str
) -> None:
    browser = sign_in(make_user(db))
    cookie = f"{SESSION_COOKIE}={browser.client.cookies[SESSION_COOKIE]}"
    odd = {name: value for name, value in ODD.items() if value and value != b" "}

    answers = {name: ask(raw, path.format(quote_bytes(value).decode()), b"", cookie) for name, value in odd.items()}

    assert read_faults(answers) == {}
    assert {answer.status for answer in answers.values()} <= {404, 410}
    assert answers["NUL within"].status == 404


@pytest.mark.parametrize("address", QUERIES)
def test_an_odd_key_of_an_address_shows_a_list_or_is_refused(raw: RawBrowser, address: str) -> None:
    path, _, key = address.partition("?")

    answers = {name: ask(raw, path, key.encode() + quote_bytes(value)) for name, value in ODD.items()}

    assert read_faults(answers) == {}
    assert {answer.status for answer in answers.values()} <= {200, 400}
    assert answers["NUL within"].status == 400


@pytest.mark.parametrize("address", SEARCHES)
def test_the_database_is_asked_for_odd_words_only_as_far_as_it_can_be(without_engine: RawBrowser, address: str) -> None:
    path, _, key = address.partition("?")

    answers = {name: ask(without_engine, path, key.encode() + quote_bytes(value)) for name, value in ODD.items()}

    assert read_faults(answers) == {}
    assert {answer.status for answer in answers.values()} == {200, 400}


@pytest.mark.parametrize("cookie", [SESSION_COOKIE, VISITOR_COOKIE])
def test_an_odd_cookie_is_nobodys(raw: RawBrowser, database: Database, cookie: str) -> None:
    before = take_stock(database)
    requests = {
        name: RawRequest("GET", b"/th/sign-in", headers={b"cookie": cookie.encode() + b"=" + value})
        for name, value in ODD.items()
    }

    answers = {name: raw.send(request) for name, request in requests.items()}

    assert read_faults(answers) == {}
    assert {answer.status for answer in answers.values()} == {200}
    assert take_stock(database) == before


def test_whatever_a_browser_calls_itself_it_can_sign_in_and_is_listed_as_far_as_it_can_be_read(
    db: Session, raw: RawBrowser, visitor: Visitor, database: Database
) -> None:
    make_user(db, email="lan@example.org")
    form = write_form(visitor.form_token(), {"email": "lan@example.org", "password": PASSWORD})
    cookie = urlencode(dict(visitor.client.cookies)).encode()
    names = [b"Firefox\x00 145", b"\x00\x01\x1b[31m", b"x" * 500, b"\xff\x9f\x85", b"\t "]
    headers = [{**FORM_TYPE, b"cookie": cookie, b"user-agent": name} for name in names]

    answers = [raw.send(RawRequest("POST", b"/th/sign-in", headers=sent, body=form)) for sent in headers]

    assert [(answer.status, answer.problem) for answer in answers] == [(303, "")] * len(names)
    assert sorted(read_stored(database, select(SignInSession.browser))) == ["", "Firefox 145", "[31m", "x" * 120, "ÿ"]
