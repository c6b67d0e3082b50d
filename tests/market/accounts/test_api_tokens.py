"""API tokens: made on a page and shown once, narrowed by scopes, ended by their owner or by what happened."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts import service
from market.accounts.models import ApiToken, User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.ids import is_api_token, new_api_token
from market.kernel.viewer import Scope
from tests.make.accounts import PASSWORD, make_user
from tests.make.programs import Program, make_api_token
from tests.make.reading import read_html
from tests.make.visitor import Visitor

FORM = {"name": "Nightly mirror", "scopes": ["listings:read", "listings:write"], "lifetime": "quarter"}
TOKEN = re.compile(r"mkt_[A-Za-z0-9_-]{49}")


@pytest.fixture
def mai(db: Session) -> User:
    return make_user(db, name="Mai")


@pytest.fixture
def try_token(visitor: Visitor) -> Callable[[str], int]:
    return lambda token: Program(visitor.client, token).get("/me").status_code


def test_a_token_is_shown_once_and_kept_as_a_hash(
    db: Session, sign_in: Callable[..., Visitor], mai: User, try_token: Callable[[str], int]
) -> None:
    browser = sign_in(mai)

    made = browser.post("/en/account/tokens", {"form_id": str(uuid4()), **FORM})
    later = browser.get("/en/account/tokens")

    (token,) = TOKEN.findall(made.text)
    row = db.scalars(select(ApiToken)).one()
    assert try_token(token) == 200
    assert made.headers["cache-control"] == "private, no-store"
    assert TOKEN.findall(later.text) == []
    assert f"{token[:10]}…" in later.text
    assert token not in "".join(str(getattr(row, column.name)) for column in ApiToken.__table__.columns)
    assert (row.name, row.scopes) == ("Nightly mirror", "listings:read listings:write")


def test_the_same_form_again_makes_no_second_token(db: Session, sign_in: Callable[..., Visitor], mai: User) -> None:
    browser, form = sign_in(mai), {"form_id": str(uuid4()), **FORM}

    answers = [browser.post("/en/account/tokens", form, follow=False).status_code for _time in range(2)]

    assert (answers, len(db.scalars(select(ApiToken)).all())) == ([200, 303], 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("scopes", []),
        ("scopes", ["everything"]),
        ("scopes", ["listings:read", "events:write"]),
        ("lifetime", "ever"),
        ("name", "x" * 101),
    ],
)
def test_a_form_with_a_fault_comes_back(
    db: Session, sign_in: Callable[..., Visitor], mai: User, field: str, value: str | list[str]
) -> None:
    page = sign_in(mai).post("/en/account/tokens", {"form_id": str(uuid4()), **FORM, field: value})

    assert page.status_code == 422
    assert [part.attributes["id"] for part in read_html(page).find_all("p", css="fault")] == [f"{field}-fault"]
    assert db.scalars(select(ApiToken)).all() == []


def test_what_no_door_asks_for_is_not_offered_and_an_old_token_with_it_is_still_shown(
    db: Session, sign_in: Callable[..., Visitor], mai: User
) -> None:
    make_api_token(db, mai, scopes=(Scope.EVENTS_WRITE,))

    page = read_html(sign_in(mai).get("/en/account/tokens"))

    offered = [box.attributes["value"] for box in page.find_all("input") if box.attributes.get("name") == "scopes"]
    assert offered == ["listings:read", "listings:write", "events:read"]
    assert "Write events" in page.find("table").text


def test_a_token_that_was_ended_opens_nothing(
    db: Session, sign_in: Callable[..., Visitor], mai: User, try_token: Callable[[str], int]
) -> None:
    token = make_api_token(db, mai)
    row = db.scalars(select(ApiToken)).one()
    db.commit()  # which gives the database back

    for _time in range(2):
        page = sign_in(mai).post(f"/en/account/tokens/{row.id}/end")

    assert "The token has ended." in page.text
    assert try_token(token) == 401


def test_nobody_ends_the_token_of_another(
    db: Session, sign_in: Callable[..., Visitor], mai: User, try_token: Callable[[str], int]
) -> None:
    token = make_api_token(db, mai)
    row = db.scalars(select(ApiToken)).one()

    sign_in(make_user(db)).post(f"/en/account/tokens/{row.id}/end")

    assert try_token(token) == 200


def test_a_token_ends_by_itself(db: Session, mai: User, try_token: Callable[[str], int]) -> None:
    day = timedelta(days=1)
    fresh = make_api_token(db, mai, lifetime=day)
    old = make_api_token(db, mai, lifetime=day, now=utc_now() - day)

    assert [try_token(token) for token in (fresh, old)] == [200, 401]


def test_a_new_password_ends_all_tokens(
    db: Session, sign_in: Callable[..., Visitor], mai: User, try_token: Callable[[str], int]
) -> None:
    token, others = make_api_token(db, mai), make_api_token(db, make_user(db))

    sign_in(mai).post("/en/account/password", {"old_password": PASSWORD, "new_password": "four other words"})

    assert [try_token(each) for each in (token, others)] == [401, 200]


def test_a_disabled_account_has_no_use_of_its_tokens(db: Session, mai: User, try_token: Callable[[str], int]) -> None:
    token = make_api_token(db, mai)
    mai.disabled_at = utc_now()
    db.commit()

    assert try_token(token) == 401


def test_who_has_not_confirmed_the_address_gets_no_token(db: Session, sign_in: Callable[..., Visitor]) -> None:
    browser = sign_in(make_user(db, confirmed=False))

    page = browser.post("/en/account/tokens", {"form_id": str(uuid4()), **FORM})

    assert (page.status_code, db.scalars(select(ApiToken)).all()) == (403, [])


def test_there_is_an_end_to_tokens(db: Session, mai: User) -> None:
    for _number in range(service.MOST_TOKENS):
        make_api_token(db, mai)

    with pytest.raises(service.TooManyTokens):
        make_api_token(db, mai)


def test_use_is_noted_to_the_hour(db: Session, database: Database, mai: User, try_token: Callable[[str], int]) -> None:
    token = make_api_token(db, mai)

    try_token(token)
    with database.reading() as session:
        noted = session.scalars(select(ApiToken.last_used_at)).one()

    assert noted is not None
    assert (noted.minute, noted.second, noted.microsecond) == (0, 0, 0)


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Bearer x", "Basic eDp5", "Bearer mkt_", "bearer \x00", "Bearer " + "x" * 9_000, "x"],
    ids=lambda text: text[:20],
)
def test_what_is_no_token_of_ours_is_refused_everywhere(visitor: Visitor, authorization: str) -> None:
    """Also where nobody would need one: a program learns that its token is of no use."""
    answers = [Program(visitor.client).get(address, authorization=authorization) for address in ("/me", "/listings")]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Bearer error="invalid_token"'}


def test_a_slip_of_the_hand_is_told_without_looking() -> None:
    token = new_api_token()

    assert is_api_token(token)
    assert TOKEN.fullmatch(token)
    assert not [place for place in range(len(token)) if is_api_token(token[:place] + "~" + token[place + 1 :])]


def test_what_a_token_may_do_is_told(db: Session, visitor: Visitor, mai: User) -> None:
    token = make_api_token(db, mai, scopes=(Scope.LISTINGS_READ,))

    answer = Program(visitor.client, token).get("/me").json()

    assert answer == {
        "name": "Mai", "email": mai.email, "language": "en", "is_confirmed": True, "scopes": ["listings:read"],
        "organizations": [],
    }  # fmt: skip
