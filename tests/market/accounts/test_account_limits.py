"""How often somebody may try: one more than the limit is refused, and another person is not kept out."""

from collections.abc import Callable

import pytest
from httpx2 import Response
from limits import RateLimitItem
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.kernel.ids import hash_token
from market.web.limits import (
    CONFIRM_PER_ACCOUNT,
    REGISTER_PER_ADDRESS,
    RESET_PER_ACCOUNT,
    SIGN_IN_PER_ACCOUNT,
    SIGN_IN_PER_ADDRESS,
)
from market.web.rendering import Renderer
from market.web.resources import Resources
from tests.make.accounts import PASSWORD, make_user
from tests.make.mails import read_mails
from tests.make.reading import read_html
from tests.make.visitor import Visitor

WRONG = "not the password"
CLIENT = "testclient"
"""Address of the browser of the tests."""


def use_up(visitor: Visitor, limit: RateLimitItem, *keys: str, but: int) -> None:
    """All attempts that the limit allows, save so many."""
    resources: Resources = visitor.client.app.state.resources  # type: ignore[attr-defined] # the site's own state
    for _ in range(limit.amount - but):
        resources.limits.check(limit, *keys)


def sign_in_by_form(visitor: Visitor, email: str, *, password: str = WRONG) -> Response:
    return visitor.post("/en/sign-in", {"email": email, "password": password}, follow=False)


@pytest.mark.parametrize("email", ["lan@example.org", "nobody@example.org"], ids=["known account", "unknown account"])
def test_ten_sign_ins_of_an_account_are_tried_and_the_eleventh_is_not(
    visitor: Visitor, db: Session, email: str
) -> None:
    make_user(db, email="lan@example.org")
    use_up(visitor, SIGN_IN_PER_ACCOUNT, "sign-in", email, but=2)

    assert [sign_in_by_form(visitor, email).status_code for _ in range(4)] == [422, 422, 429, 429]
    assert sign_in_by_form(visitor, email, password=PASSWORD).status_code == 429
    assert sign_in_by_form(visitor, "other@example.org").status_code == 422


def test_other_spellings_of_an_address_count_as_the_same_account(visitor: Visitor, db: Session) -> None:
    make_user(db, email="lan@example.org")
    use_up(visitor, SIGN_IN_PER_ACCOUNT, "sign-in", "lan@example.org", but=0)

    spellings = ["LAN@example.org", " lan@example.org", "ｌan@example.org", "𝐥an@example.org", "lan@example.org\t"]

    assert [sign_in_by_form(visitor, spelling).status_code for spelling in spellings] == [429] * 5


def test_thirty_sign_ins_from_an_address_are_tried_and_the_next_is_not(visitor: Visitor) -> None:
    use_up(visitor, SIGN_IN_PER_ADDRESS, "sign-in", CLIENT, but=2)

    tried = [sign_in_by_form(visitor, f"person{number}@example.org").status_code for number in range(3)]

    assert tried == [422, 422, 429]


def test_twenty_registrations_from_an_address_are_taken_and_the_next_is_not(visitor: Visitor) -> None:
    use_up(visitor, REGISTER_PER_ADDRESS, "register", CLIENT, but=2)

    tried = [
        visitor.post(
            "/en/register", {"name": "Lan", "email": f"person{number}@example.org", "password": PASSWORD}
        ).status_code
        for number in range(3)
    ]

    assert tried == [200, 200, 429]


@pytest.mark.parametrize("email", ["lan@example.org", "nobody@example.org"], ids=["known account", "unknown account"])
def test_five_links_a_day_for_an_account_whether_it_is_there_or_not(visitor: Visitor, db: Session, email: str) -> None:
    make_user(db, email="lan@example.org")
    use_up(visitor, RESET_PER_ACCOUNT, "forgot", email, but=2)

    asked = [visitor.post("/en/forgot", {"email": spelt}).status_code for spelt in (email, email, email.upper())]

    assert asked == [200, 200, 429]


def test_five_mails_to_confirm_an_address(visitor: Visitor, db: Session, sign_in: Callable[..., Visitor]) -> None:
    lan = make_user(db, confirmed=False)
    browser = sign_in(lan)
    use_up(visitor, CONFIRM_PER_ACCOUNT, "confirm", str(lan.id), but=2)

    assert [browser.post("/en/account/confirm-again").status_code for _ in range(3)] == [200, 200, 429]


def test_the_password_of_a_registration_cannot_be_guessed_with_its_link(
    visitor: Visitor, deliver: Callable[[], None]
) -> None:
    visitor.post("/en/register", {"name": "Lan", "email": "lan@example.org", "password": PASSWORD})
    deliver()
    link = read_mails(visitor)[0].links[0]
    use_up(visitor, SIGN_IN_PER_ACCOUNT, "confirm", hash_token(link.rpartition("/")[2]), but=2)

    assert [visitor.post(link, {"password": WRONG}).status_code for _ in range(3)] == [422, 422, 429]


def test_the_present_password_cannot_be_guessed_by_a_browser_left_open(
    visitor: Visitor, db: Session, sign_in: Callable[..., Visitor]
) -> None:
    lan = make_user(db)
    browser = sign_in(lan)
    use_up(visitor, SIGN_IN_PER_ACCOUNT, "password", str(lan.id), but=2)

    fields = {"old_password": "not the password", "new_password": "four quite other words"}
    tried = [browser.post("/en/account/password", fields).status_code for _ in range(3)]

    assert tried == [422, 422, 429]


@pytest.mark.parametrize("code", LANGUAGES)
def test_who_is_refused_is_told_when_to_come_back_in_the_readers_language(
    visitor: Visitor, renderer: Renderer, code: str
) -> None:
    use_up(visitor, SIGN_IN_PER_ADDRESS, "sign-in", CLIENT, but=0)

    answer = visitor.post(f"/{code}/sign-in", {"email": "lan@example.org", "password": PASSWORD})

    seconds = answer.headers["retry-after"]
    sentence = renderer.reader(code).gettext("Too many attempts. Please try again in %(seconds)s seconds.")
    assert read_html(answer).find("h1").text == sentence % {"seconds": seconds}
    assert 1 <= int(seconds) <= 301
