"""Passwords: what is taken, byte by byte; links that set a new one; what ends with the old one."""

import unicodedata
from collections.abc import Callable
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import MailToken, User
from market.accounts.rules import COMMON_PASSWORDS
from market.kernel.clock import utc_now
from market.kernel.db import Database
from tests.make.accounts import PASSWORD, make_user
from tests.make.answers import all_there_is
from tests.make.crowd import post_together
from tests.make.mails import read_mails
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import read_stored
from tests.make.visitor import Visitor

NEW = "four quite other words"
GUESSABLE = "This password is easy to guess. Please choose another one, for example four words."
TOO_SHORT = "Please write at least 10 characters."
TOO_LONG = "Please shorten this to at most 200 characters."


def sign_in_status(visitor: Visitor, email: str, password: str) -> int:
    return visitor.post("/en/sign-in", {"email": email, "password": password}, follow=False).status_code


def is_signed_in(browser: Visitor) -> bool:
    return browser.get("/en/account", follow=False).status_code == 200


def ask_for_link(visitor: Visitor, deliver: Callable[[], None], email: str) -> str:
    form = read_form(visitor.get("/en/forgot"), "/forgot")
    visitor.post(form.address, form.filled({"email": email}), token=form.values["_token"][0])
    deliver()
    return next(link for mail in read_mails(visitor) for link in mail.links if "/reset/" in link)


def change_password(browser: Visitor, *, old: str = PASSWORD, new: str = NEW) -> Response:
    return browser.post("/en/account/password", {"old_password": old, "new_password": new})


ACCEPTED = {
    "ten characters": "abcde fghi",
    "two hundred characters": "abcde fghi" * 20,
    "ten Thai characters": "กขคงจฉชซฌญ",
    "ten emoji": "🦀🐙🦑🦐🦞🐡🐠🐟🐬🐳",
    "blanks at both ends": "  two blanks at both ends  ",
    "tabs and line ends": "\tfour words\nof tests",
    "quotes and operators": "' OR 1=1; -- \"%s{}\\",
    "Chinese": "四个不同的中文词语组成",
}
REFUSED = {
    "nine characters": ("abcd fghi", TOO_SHORT),
    "nine Thai characters": ("กขคงจฉชซฌ", TOO_SHORT),
    "201 characters": ("abcde fghi" * 20 + "x", TOO_LONG),
    "half a megabyte": ("x" * 500_000, TOO_LONG),
    "a common one": ("password1234", GUESSABLE),
    "a common one in capitals": ("PassWord1234", GUESSABLE),
    "one character repeated": ("z" * 20, GUESSABLE),
    "two characters repeated": ("zy" * 10, GUESSABLE),
    "nothing": ("", "Please fill in this field."),
    "blanks": (" " * 12, "Please fill in this field."),
}


@pytest.mark.parametrize("password", ACCEPTED.values(), ids=ACCEPTED)
def test_a_password_is_taken_byte_by_byte(visitor: Visitor, password: str) -> None:
    registered = visitor.post("/en/register", {"name": "Lan", "email": "lan@example.org", "password": password})

    assert registered.url.path == "/en/check-mail"
    others = {password.strip(), password.upper(), password + " ", password[:-1]} - {password}
    assert {sign_in_status(visitor, "lan@example.org", other) for other in others} == {422}
    assert sign_in_status(visitor, "lan@example.org", password) == 303


def test_a_password_composed_otherwise_is_another_password(visitor: Visitor, db: Session) -> None:
    composed, taken_apart = (unicodedata.normalize(form, "đường thốt nốt") for form in ("NFC", "NFD"))
    visitor.post("/en/register", {"name": "Lan", "email": "lan@example.org", "password": composed})

    assert [sign_in_status(visitor, "lan@example.org", password) for password in (taken_apart, composed)] == [422, 303]


@pytest.mark.parametrize(("password", "sentence"), REFUSED.values(), ids=REFUSED)
def test_every_form_refuses_a_bad_password_beside_its_field(
    visitor: Visitor, db: Session, sign_in: Callable[..., Visitor], deliver: Callable[[], None], password: str,
    sentence: str,
) -> None:  # fmt: skip
    lan = make_user(db)
    link = ask_for_link(visitor, deliver, lan.email)
    answers = [
        visitor.post("/en/register", {"name": "Anna", "email": "anna@example.org", "password": password}),
        visitor.post(link, {"password": password}),
        change_password(sign_in(lan), new=password),
    ]

    assert [(answer.status_code, read_faults(answer)) for answer in answers] == [
        (422, {"password": sentence}),
        (422, {"password": sentence}),
        (422, {"new_password": sentence}),
    ]
    assert sign_in_status(visitor, lan.email, PASSWORD) == 303


@pytest.mark.parametrize("password", ["nguyen thi lan", "Nguyen Thi Lan", "nguyen.lan@example.org", "nguyen.lan"])
def test_ones_own_name_and_address_are_no_password(visitor: Visitor, password: str) -> None:
    answer = visitor.post(
        "/en/register", {"name": "Nguyen Thi Lan", "email": "nguyen.lan@example.org", "password": password}
    )

    assert read_faults(answer) == {"password": GUESSABLE}


def test_every_common_password_is_long_enough_to_need_the_list() -> None:
    assert [password for password in COMMON_PASSWORDS if len(password) < 10 or password != password.casefold()] == []


def test_changing_the_password_ends_other_sessions_and_open_links_and_is_told_by_mail(
    visitor: Visitor, db: Session, sign_in: Callable[..., Visitor], deliver: Callable[[], None]
) -> None:
    lan = make_user(db)
    link = ask_for_link(visitor, deliver, lan.email)
    here, there = sign_in(lan), sign_in(lan)
    stranger = sign_in(make_user(db))
    form = read_form(here.get("/en/account"), "/account/password")

    answer = here.post(
        form.address, form.filled({"old_password": PASSWORD, "new_password": NEW}), token=form.values["_token"][0]
    )

    assert read_html(answer).find("p", css="good").text == "Your password is changed."
    assert [is_signed_in(browser) for browser in (here, there, stranger)] == [True, False, True]
    assert visitor.post(link, {"password": "and four words more"}).status_code == 410
    assert [sign_in_status(visitor, lan.email, password) for password in (PASSWORD, NEW)] == [422, 303]
    deliver()
    assert (read_mails(visitor)[0].subject, read_mails(visitor)[0].recipient) == (
        "Your password was changed",
        lan.email,
    )


def test_the_present_password_is_asked_for(db: Session, sign_in: Callable[..., Visitor]) -> None:
    lan = make_user(db)
    here, there = sign_in(lan), sign_in(lan)

    answer = change_password(here, old="not the present one")

    assert read_faults(answer) == {"old_password": "This address and password do not fit together."}
    assert [is_signed_in(browser) for browser in (here, there)] == [True, True]
    assert "not the present one" not in answer.text


@pytest.mark.parametrize("known", ["confirmed", "unconfirmed", "disabled"])
def test_asking_for_a_link_answers_alike_whether_the_address_has_an_account(
    visitor: Visitor, db: Session, known: str
) -> None:
    user = make_user(db, email="known@example.org", confirmed=known != "unconfirmed")
    user.disabled_at = utc_now() if known == "disabled" else None
    db.commit()
    visitor.form_token()

    answers = [
        all_there_is(visitor.post("/en/forgot", {"email": email}, follow=False))
        for email in ("known@example.org", "unknown@example.org")
    ]

    assert answers[0] == answers[1]
    assert answers[0][0] == 303


def test_only_the_owner_of_an_account_in_use_gets_a_link_in_the_owners_language(
    visitor: Visitor, db: Session, deliver: Callable[[], None]
) -> None:
    make_user(db, email="lan@example.org", language="vi")
    make_user(db, email="gone@example.org").disabled_at = utc_now()
    db.commit()

    for email in ("lan@example.org", "gone@example.org", "nobody@example.org"):
        visitor.post("/th/forgot", {"email": email})
    deliver()

    assert [(mail.recipient, mail.language) for mail in read_mails(visitor)] == [("lan@example.org", "vi")]


def test_the_link_sets_a_new_password_once_and_ends_every_session(
    visitor: Visitor, db: Session, sign_in: Callable[..., Visitor], deliver: Callable[[], None]
) -> None:
    lan = make_user(db)
    browsers = [sign_in(lan), sign_in(lan)]
    link = ask_for_link(visitor, deliver, lan.email)

    assert [visitor.get(link).status_code for _ in range(2)] == [200, 200]
    assert [visitor.post(link, {"password": password}).status_code for password in ("short", NEW, PASSWORD)] == [
        422,
        200,
        410,
    ]
    assert visitor.get(link).status_code == 410
    assert [is_signed_in(browser) for browser in browsers] == [False, False]
    assert [sign_in_status(visitor, lan.email, password) for password in (PASSWORD, NEW)] == [422, 303]


def test_of_two_who_use_the_link_at_the_same_moment_one_sets_the_password(
    visitor: Visitor, db: Session, deliver: Callable[[], None]
) -> None:
    lan = make_user(db)
    link = ask_for_link(visitor, deliver, lan.email)
    passwords = [f"four words of person {number}" for number in range(3)]

    answers = post_together([(visitor, link, {"password": password}) for password in passwords])

    assert sorted(answer.status_code for answer in answers) == [303, 410, 410]
    assert sorted(sign_in_status(visitor, lan.email, password) for password in passwords) == [303, 422, 422]


def test_a_newer_link_ends_the_older_one(visitor: Visitor, db: Session, deliver: Callable[[], None]) -> None:
    lan = make_user(db)
    links = [ask_for_link(visitor, deliver, lan.email) for _ in range(2)]

    assert [visitor.post(link, {"password": NEW}).status_code for link in links] == [410, 200]


@pytest.mark.parametrize(("seconds", "status"), [(60, 200), (-1, 410)], ids=["in time", "too late"])
def test_the_link_works_for_an_hour(
    visitor: Visitor, db: Session, deliver: Callable[[], None], seconds: int, status: int
) -> None:
    link = ask_for_link(visitor, deliver, make_user(db).email)
    made = db.scalars(select(MailToken)).one()
    assert abs(timedelta(hours=1) - (made.expires_at - utc_now())) < timedelta(minutes=1)
    made.expires_at = utc_now() + timedelta(seconds=seconds)
    db.commit()

    assert [visitor.get(link).status_code, visitor.post(link, {"password": NEW}).status_code] == [status, status]


def test_a_link_for_one_purpose_does_not_serve_the_other(
    visitor: Visitor, db: Session, deliver: Callable[[], None], database: Database
) -> None:
    lan = make_user(db, confirmed=False)
    reset = ask_for_link(visitor, deliver, lan.email)
    visitor.post("/en/register", {"name": "Anna", "email": "anna@example.org", "password": PASSWORD})
    deliver()
    confirm = next(link for mail in read_mails(visitor) for link in mail.links if "/confirm/" in link)

    crossed = [reset.replace("/reset/", "/confirm/"), confirm.replace("/confirm/", "/reset/")]

    assert [visitor.post(link, {"password": NEW}).status_code for link in crossed] == [410, 410]
    assert read_stored(database, select(User.confirmed_at)) == [None, None]


def test_who_sets_a_password_through_the_mail_has_confirmed_the_address(
    visitor: Visitor, db: Session, deliver: Callable[[], None], database: Database
) -> None:
    link = ask_for_link(visitor, deliver, make_user(db, confirmed=False).email)

    visitor.post(link, {"password": NEW})

    assert None not in read_stored(database, select(User.confirmed_at))


def test_a_link_is_stored_as_a_hash_alone(
    visitor: Visitor, db: Session, deliver: Callable[[], None], database: Database
) -> None:
    token = ask_for_link(visitor, deliver, make_user(db).email).rpartition("/")[2]

    assert len(token) >= 43
    assert [row for row in read_stored(database, select(MailToken.token_hash)) if token in row] == []
