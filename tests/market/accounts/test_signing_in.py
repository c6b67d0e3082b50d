"""Signing in and out, where one arrives, and what a browser that is signed in can be told to forget."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import SignInSession, User
from market.accounts.passwords import verify_password
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.web.tokens import SESSION_COOKIE, VISITOR_COOKIE
from tests.make.accounts import PASSWORD, make_user
from tests.make.answers import all_there_is
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Visitor

WRONG = "This address and password do not fit together."


def sign_in_by_form(visitor: Visitor, email: str, *, password: str = PASSWORD, where: str = "") -> Response:
    fields = {"email": email, "password": password, "next": where}
    return visitor.post("/en/sign-in", fields, follow=False)


def is_signed_in(browser: Visitor) -> bool:
    return browser.get("/en/account", follow=False).status_code == 200


def copy_cookie(source: Visitor, target: Visitor) -> None:
    target.client.cookies.clear()
    target.client.cookies.set(SESSION_COOKIE, source.client.cookies[SESSION_COOKIE])


def test_the_form_signs_in_and_shows_the_account_in_the_language_of_the_person(visitor: Visitor, db: Session) -> None:
    lan = make_user(db, language="vi")
    form = read_form(visitor.get("/en/sign-in"), "/sign-in")

    account = visitor.post(
        form.address, form.filled({"email": lan.email, "password": PASSWORD}), token=form.values["_token"][0]
    )

    assert (account.status_code, account.url.path) == (200, "/vi/account")
    assert lan.email in account.text


def test_the_cookie_is_a_new_one_that_scripts_and_other_sites_do_not_get(visitor: Visitor, db: Session) -> None:
    lan = make_user(db)
    visitor.client.cookies.set(SESSION_COOKIE, "chosen by somebody else")

    response = sign_in_by_form(visitor, lan.email)

    session, gone = response.headers.get_list("set-cookie")
    name, _, value = session.split(";")[0].partition("=")
    assert (name, len(value) >= 43, value != "chosen by somebody else") == (SESSION_COOKIE, True, True)
    assert [part.strip().casefold() for part in session.split(";")[1:]] == [
        "httponly", "max-age=2592000", "path=/", "samesite=lax",
    ]  # fmt: skip
    assert gone.startswith(f'{VISITOR_COOKIE}="";')


def test_the_database_does_not_hold_what_the_cookie_holds(visitor: Visitor, db: Session, database: Database) -> None:
    sign_in_by_form(visitor, make_user(db).email)

    token = visitor.client.cookies[SESSION_COOKIE]
    assert count_stored(database, SignInSession) == [1]
    assert [row for row in read_stored(database, select(SignInSession.token_hash)) if token in row] == []


def test_a_wrong_password_and_an_unknown_and_a_disabled_account_get_the_same_answer(
    visitor: Visitor, db: Session
) -> None:
    make_user(db, email="known@example.org")
    make_user(db, email="gone1@example.org").disabled_at = utc_now()
    db.commit()
    visitor.form_token()

    emails = ["known@example.org", "nobod@example.org", "gone1@example.org"]
    answers = [sign_in_by_form(visitor, email, password="some other words") for email in emails]
    answers.append(sign_in_by_form(visitor, "gone1@example.org"))

    hidden = [
        (status, headers, content.replace(email.encode(), b"ADDRESS"))
        for email, (status, headers, content) in zip([*emails, emails[2]], map(all_there_is, answers), strict=True)
    ]
    assert hidden == [hidden[0]] * 4
    assert (answers[0].status_code, read_faults(answers[0])) == (422, {"password": WRONG})


def test_an_unknown_account_takes_as_long_as_a_wrong_password() -> None:
    def measure(password_hash: str | None) -> float:
        times = []
        for _ in range(3):
            start = time.thread_time()
            verify_password("some words", password_hash)
            times.append(time.thread_time() - start)
        return min(times)

    known = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$sUBcoR/5RnqyRzXKVpUHVWl3Wk8HxZkuPqBbRTqmHlM"
    assert measure(None) > 0.5 * measure(known)
    assert not verify_password("nobody has this password", None)


@pytest.mark.parametrize(
    "spelling",
    ["LAN@EXAMPLE.ORG", " lan@example.org ", "ｌａｎ＠example.org"],
    ids=["capitals", "blanks", "full width"],
)
def test_an_address_signs_in_however_it_is_spelt(visitor: Visitor, db: Session, spelling: str) -> None:
    make_user(db, email="lan@example.org")

    assert sign_in_by_form(visitor, spelling).status_code == 303


def test_a_refused_sign_in_keeps_the_address_and_never_the_password(visitor: Visitor) -> None:
    form = read_form(sign_in_by_form(visitor, "lan@example.org", password="a secret", where="/en/about"), "/sign-in")

    assert {name: form.values[name] for name in ("email", "password", "next")} == {
        "email": ["lan@example.org"], "password": [""], "next": ["/en/about"],
    }  # fmt: skip


NEXT = {
    "a page": ("/en/listings/new?kind=demand", "/en/listings/new?kind=demand"),
    "another language": ("/th/account", "/th/account"),
    "nothing": ("", "/en/account"),
    "no slash": ("en/account", "/en/account"),
    "another site": ("https://evil.example/en/", "/en/account"),
    "without scheme": ("//evil.example/en/", "/en/account"),
    "three slashes": ("///evil.example/en/", "/en/account"),
    "backslash": ("/\\evil.example/en/", "/en/account"),
    "two backslashes": ("\\\\evil.example/en/", "/en/account"),
    "tab": ("/\t/evil.example/en/", "/en/account"),
    "line end": ("/en/\r\nLocation: https://evil.example", "/en/account"),
    "blank first": (" //evil.example/en/", "/en/account"),
    "no-break blank first": ("\u00a0//evil.example/en/", "/en/account"),
    "DEL": ("/en/\x7faccount", "/en/account"),
    "script": ("javascript:alert(1)", "/en/account"),
    "data": ("data:text/html,<script>alert(1)</script>", "/en/account"),
    "user part": ("/@evil.example", "/en/account"),
    "dots to the root": ("/../evil", "/en/account"),
    "no language": ("/static/site.css", "/en/account"),
    "development page": ("/dev/mail", "/en/account"),
    "full-width slashes": ("／／evil.example", "/en/account"),
    "scheme in capitals": ("HTTPS:evil.example", "/en/account"),
    "too long": ("/en/" + "x" * 2_000, "/en/account"),
    "colon": ("/en:evil.example/", "/en/account"),
}


@pytest.mark.parametrize(("wanted", "place"), NEXT.values(), ids=NEXT)
def test_sign_in_leads_to_pages_of_ours_alone(visitor: Visitor, db: Session, wanted: str, place: str) -> None:
    lan = make_user(db)

    signed = sign_in_by_form(visitor, lan.email, where=wanted)

    assert (signed.status_code, signed.headers["location"]) == (303, place)
    visitor.client.params = {}
    again = visitor.client.get("/en/sign-in", params={"next": wanted}, follow_redirects=False)
    assert (again.status_code, again.headers["location"]) == (303, place)


def test_a_page_that_asks_for_an_account_is_shown_after_signing_in(visitor: Visitor, db: Session) -> None:
    lan = make_user(db)

    asked = visitor.get("/th/listings/new?kind=demand")
    form = read_form(asked, "/sign-in")
    arrived = visitor.post(
        form.address, form.filled({"email": lan.email, "password": PASSWORD}), token=form.values["_token"][0]
    )

    assert asked.url.path == "/th/sign-in"
    assert (arrived.url.path, arrived.url.query) == ("/th/listings/new", b"kind=demand")


def test_signing_out_ends_the_session_even_for_a_kept_cookie(
    visitor: Visitor, db: Session, sign_in: Callable[..., Visitor]
) -> None:
    browser = sign_in(make_user(db))
    copy_cookie(browser, visitor)
    form = read_form(browser.get("/en/about"), "/sign-out")

    answer = browser.post(form.address, token=form.values["_token"][0])

    assert read_html(answer).find("p", css="good").text == "You are signed out."
    assert (is_signed_in(browser), is_signed_in(visitor)) == (False, False)
    assert browser.post("/en/sign-out").status_code == 200


def test_signing_out_by_following_a_link_does_nothing(db: Session, sign_in: Callable[..., Visitor]) -> None:
    browser = sign_in(make_user(db))

    assert browser.get("/en/sign-out").status_code == 405
    assert is_signed_in(browser)


@pytest.mark.parametrize(("seconds", "status"), [(60, 200), (-1, 303)], ids=["in time", "too late"])
def test_a_session_ends_after_thirty_days(
    db: Session, database: Database, sign_in: Callable[..., Visitor], seconds: int, status: int
) -> None:
    browser = sign_in(make_user(db))
    (ends,) = read_stored(database, select(SignInSession.expires_at))
    assert abs(timedelta(days=30) - (ends - utc_now())) < timedelta(minutes=1)

    db.execute(update(SignInSession).values(expires_at=utc_now() + timedelta(seconds=seconds)))
    db.commit()

    assert browser.get("/en/account", follow=False).status_code == status


def test_a_disabled_account_is_signed_out_at_once(db: Session, sign_in: Callable[..., Visitor]) -> None:
    lan = make_user(db)
    browser = sign_in(lan)
    assert is_signed_in(browser)

    db.execute(update(User).values(disabled_at=utc_now()))
    db.commit()

    assert not is_signed_in(browser)


def test_the_account_lists_its_browsers_and_can_sign_out_each_of_the_others(
    db: Session, sign_in: Callable[..., Visitor]
) -> None:
    lan = make_user(db)
    here, there, elsewhere = sign_in(lan), sign_in(lan), sign_in(lan)
    sign_in(make_user(db))

    rows = read_html(here.get("/en/account")).find_all("tr")
    forms = [form for row in rows for form in row.find_all("form")]
    assert (len(rows), len(forms)) == (3, 2)
    ended = here.post(forms[0].attributes["action"])

    assert read_html(ended).find("p", css="good").text == "That browser is signed out."
    assert sorted(map(is_signed_in, (there, elsewhere))) == [False, True]
    assert is_signed_in(here)


def test_nobody_can_end_the_session_of_somebody_else(
    db: Session, database: Database, sign_in: Callable[..., Visitor]
) -> None:
    victim, attacker = sign_in(make_user(db)), sign_in(make_user(db))
    sessions = read_stored(database, select(SignInSession.id))

    for session_id in sessions:
        attacker.post(f"/en/account/sessions/{session_id}/end")

    assert (is_signed_in(victim), is_signed_in(attacker)) == (True, False)


@pytest.mark.parametrize("cookie", ["", "x", "é", "x" * 4_000, "a=b", "%00", "../..", "' OR 1=1 --"])
def test_a_cookie_that_is_none_of_ours_is_a_visitor(visitor: Visitor, cookie: str) -> None:
    answer = visitor.client.get(
        "/en/account", headers={b"cookie": f"{SESSION_COOKIE}={cookie}".encode()}, follow_redirects=False
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/en/sign-in?next=%2Fen%2Faccount")
