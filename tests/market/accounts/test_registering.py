"""From nothing to a confirmed account; nobody but the owner of an address learns whether it has one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import MailToken, User
from market.accounts.service import register_user
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.web.rendering import Renderer
from tests.make.accounts import PASSWORD, make_user
from tests.make.answers import all_there_is
from tests.make.crowd import post_together
from tests.make.mails import read_mails
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Visitor

LAN = {"name": "Lan", "email": "lan@example.org", "password": PASSWORD}


CHOSEN = {"password": PASSWORD}


def register(visitor: Visitor, **changes: str) -> Response:
    return visitor.post("/en/register", {**LAN, **changes})


def open_link(visitor: Visitor, deliver: Callable[[], None]) -> str:
    """The link of the newest mail."""
    deliver()
    return read_mails(visitor)[0].links[0]


def is_signed_in(visitor: Visitor) -> bool:
    return visitor.get("/en/account", follow=False).status_code == 200


@pytest.mark.parametrize("code", LANGUAGES)
def test_who_registers_gets_a_mail_in_the_language_of_the_page_and_is_signed_in_by_its_button(
    visitor: Visitor, deliver: Callable[[], None], renderer: Renderer, code: str
) -> None:
    form = read_form(visitor.get(f"/{code}/register"), "/register")
    sent = visitor.post(form.address, form.filled(LAN), token=form.values["_token"][0])

    assert sent.url.path == f"/{code}/check-mail"
    deliver()
    (mail,) = read_mails(visitor)
    say = renderer.reader(code).gettext
    assert (mail.language, mail.recipient, mail.subject) == (
        code,
        LAN["email"],
        say("Please confirm your mail address"),
    )
    assert [link.rpartition("/")[0] for link in mail.links] == [f"/{code}/confirm"]
    button = read_form(visitor.get(mail.links[0]), mail.links[0])
    account = visitor.post(button.address, CHOSEN, token=button.values["_token"][0])
    assert account.url.path == f"/{code}/account"
    assert read_html(account).find("p", css="good").text == say("Your mail address is confirmed. Welcome!")


def test_looking_at_the_link_does_not_use_it_up_and_its_button_works_once(
    visitor: Visitor, deliver: Callable[[], None], database: Database
) -> None:
    register(visitor)
    link = open_link(visitor, deliver)

    assert [visitor.get(link).status_code for _ in range(3)] == [200, 200, 200]
    assert read_stored(database, select(User.confirmed_at)) == [None]
    assert visitor.post(link, CHOSEN).url.path == "/en/account"
    again = visitor.post(link, CHOSEN)

    assert (again.status_code, visitor.get(link).status_code) == (410, 410)
    assert read_html(again).find("h1").text == (
        "This link has been used already or is too old. Please ask for a new one."
    )


@pytest.mark.parametrize(("seconds", "status"), [(60, 200), (-1, 410)], ids=["in time", "too late"])
def test_the_link_works_for_three_days(
    visitor: Visitor, deliver: Callable[[], None], db: Session, seconds: int, status: int
) -> None:
    register(visitor)
    link = open_link(visitor, deliver)
    made = db.scalars(select(MailToken)).one()
    assert abs(timedelta(days=3) - (made.expires_at - utc_now())) < timedelta(minutes=1)
    made.expires_at = utc_now() + timedelta(seconds=seconds)
    db.commit()

    assert visitor.post(link, CHOSEN).status_code == status


def test_nobody_can_have_a_stranger_confirm_a_password_that_is_not_theirs(
    visitor: Visitor, deliver: Callable[[], None], database: Database
) -> None:
    """The owner of the address gets the mail, but the password was somebody else's."""
    register(visitor, password="a password of the intruder")
    link = open_link(visitor, deliver)

    answer = visitor.post(link, CHOSEN)

    assert read_faults(answer) == {"password": "This address and password do not fit together."}
    assert read_stored(database, select(User.confirmed_at)) == [None]
    assert visitor.post(link, {"password": "a password of the intruder"}).url.path == "/en/account"


@pytest.mark.parametrize("token", ["", "a", "%00", "%ff", "x" * 5_000, "..%2f..%2faccount"])
def test_a_link_that_we_never_sent_is_refused(visitor: Visitor, token: str) -> None:
    answers = [
        call(f"/en/{kind}/{token}").status_code for kind in ("confirm", "reset") for call in (visitor.get, visitor.post)
    ]

    assert set(answers) <= {400, 404, 410, 422}


def test_an_unconfirmed_account_can_ask_for_the_mail_again_and_the_older_link_ends(
    visitor: Visitor, deliver: Callable[[], None], db: Session, sign_in: Callable[..., Visitor]
) -> None:
    lan = make_user(db, confirmed=False)
    browser = sign_in(lan)
    links = []
    for _ in range(2):
        form = read_form(browser.get("/en/account"), "/confirm-again")
        browser.post(form.address, token=form.values["_token"][0])
        links.append(open_link(visitor, deliver))

    assert [visitor.post(link, CHOSEN).status_code for link in links] == [410, 200]


def test_an_account_is_stored_under_one_spelling_of_its_address_whoever_registers_it(
    db: Session, database: Database
) -> None:
    for email in ("LAN@Example.org", " ｌａｎ@example.org"):
        register_user(db, email=email, name="Lan", password=PASSWORD, language="en", now=utc_now())
    db.commit()

    assert read_stored(database, select(User.email)) == ["lan@example.org"]


@pytest.mark.parametrize("known", ["confirmed", "unconfirmed", "disabled"])
def test_registering_answers_alike_whether_the_address_has_an_account(
    visitor: Visitor, db: Session, known: str
) -> None:
    user = make_user(db, email="known@example.org", confirmed=known != "unconfirmed")
    if known == "disabled":
        user.disabled_at = utc_now()
        db.commit()
    visitor.form_token()

    answers = [
        all_there_is(visitor.post("/en/register", {**LAN, "email": email}, follow=False))
        for email in ("known@example.org", "unknown@example.org")
    ]

    assert answers[0] == answers[1]
    assert answers[0][0] == 303


def test_the_owner_of_a_confirmed_address_is_told_that_somebody_registered_with_it_and_nothing_changes(
    visitor: Visitor, deliver: Callable[[], None], db: Session, database: Database, facts: Callable[[], list[str]]
) -> None:
    lan = make_user(db, email=LAN["email"], name="Lan", language="vi")
    before = facts()

    register(visitor, name="Somebody else", password="another four words here")
    deliver()

    (mail,) = read_mails(visitor)
    assert (mail.language, mail.recipient, mail.links) == ("vi", lan.email, ["/vi/sign-in", "/vi/forgot"])
    assert facts()[len(before) :] == ["RegistrationRepeated", "MailWritten"]
    assert read_stored(database, select(User.name)) == ["Lan"]
    assert [
        visitor.post("/en/sign-in", {"email": lan.email, "password": password}).status_code
        for password in ("another four words here", PASSWORD)
    ] == [422, 200]


def test_a_newer_registration_takes_over_an_unconfirmed_account_and_ends_its_sign_ins(
    visitor: Visitor, db: Session, database: Database, sign_in: Callable[..., Visitor]
) -> None:
    squatter = make_user(db, email=LAN["email"], name="Squatter", confirmed=False)
    browser = sign_in(squatter)
    assert is_signed_in(browser)

    register(visitor, password="the owner's own four words")

    assert not is_signed_in(browser)
    assert read_stored(database, select(User.name)) == ["Lan"]
    assert [
        visitor.post("/en/sign-in", {"email": LAN["email"], "password": password}).status_code
        for password in (PASSWORD, "the owner's own four words")
    ] == [422, 200]


@pytest.mark.parametrize(
    "spelling",
    ["LAN@Example.ORG", "  lan@example.org  ", "ｌａｎ@example.org", "lan@ｅxample.org"],
    ids=["capitals", "blanks", "full width", "full width host"],
)
def test_one_address_is_one_account_however_it_is_spelt(
    visitor: Visitor, db: Session, database: Database, spelling: str
) -> None:
    make_user(db, email=LAN["email"])

    assert register(visitor, email=spelling).url.path == "/en/check-mail"
    assert count_stored(database, User) == [1]


def test_registering_twice_by_a_double_click_makes_one_account(visitor: Visitor, database: Database) -> None:
    answers = [register(visitor).url.path for _ in range(2)]

    assert answers == ["/en/check-mail", "/en/check-mail"]
    assert count_stored(database, User) == [1]


def test_registrations_of_one_address_at_the_same_moment_make_one_account(visitor: Visitor, database: Database) -> None:
    answers = post_together([(visitor, "/en/register", LAN)] * 3)

    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, "/en/check-mail")] * 3
    assert count_stored(database, User) == [1]


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_every_fault_stands_beside_its_field_in_the_language_of_the_reader(
    visitor: Visitor, renderer: Renderer, code: str
) -> None:
    answer = visitor.post(f"/{code}/register", {"name": "", "email": "no address", "password": "short"})

    reader = renderer.reader(code)
    sentences = {
        "name": "Please fill in this field.",
        "email": "Please write a mail address like name@example.org.",
        "password": "Please write at least %(min_length)s characters.",
    }
    assert answer.status_code == 422
    assert read_faults(answer) == {
        name: reader.gettext(sentence) % {"min_length": 10} for name, sentence in sentences.items()
    }
    assert not set(read_faults(answer).values()) & {sentence % {"min_length": 10} for sentence in sentences.values()}
    summary = read_html(answer).find("div", css="bad")
    assert sorted(link.attributes["href"] for link in summary.find_all("a")) == ["#email", "#name", "#password"]


def test_a_refused_registration_keeps_what_was_written_but_never_the_password(
    visitor: Visitor, database: Database
) -> None:
    answer = register(visitor, email="lan@nowhere", password="a secret that is long")

    form = read_form(answer, "/register")
    assert {name: form.values[name] for name in ("name", "email", "password")} == {
        "name": ["Lan"], "email": ["lan@nowhere"], "password": [""],
    }  # fmt: skip
    assert "a secret that is long" not in answer.text
    assert read_stored(database, select(User)) == []


@pytest.mark.parametrize(
    "address",
    [
        "lan", "lan@", "@example.org", "lan@example", "lan@example.", "lan@.org", "lan@example..org",
        "la n@example.org",
        "lan@example.org,other@example.org", "lan@example.org\r\nBcc: other@example.org", "<lan@example.org>",
        'lan"@example.org', "lan@@example.org", "a" * 65 + "@example.org", "lan@" + "a.b" * 90 + ".org",
        "la\x00n@example.org", "la\x07n@example.org", "lan@exam\x7fple.org", "la\u202en@example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(visitor: Visitor, database: Database, address: str) -> None:
    answer = register(visitor, email=address)

    assert (answer.status_code, list(read_faults(answer))) == (422, ["email"])
    assert read_stored(database, select(User)) == []


@pytest.mark.parametrize(
    "address", ["lan+market@example.org", "đỗ.lan@example.org", "兰@例子.中国", "o'neil@sub.example.co.th"]
)
def test_addresses_of_any_script_are_taken(visitor: Visitor, database: Database, address: str) -> None:
    register(visitor, email=address)

    assert read_stored(database, select(User.email)) == [address]


def test_a_wish_for_more_rights_in_the_form_is_refused(visitor: Visitor, database: Database) -> None:
    answers = [register(visitor, **{field: "on"}) for field in ("is_staff", "is_organizer", "confirmed_at", "id")]

    assert [answer.status_code for answer in answers] == [422] * 4
    assert read_stored(database, select(User)) == []


def test_an_unconfirmed_account_is_told_on_every_page_until_it_is_confirmed(
    db: Session, sign_in: Callable[..., Visitor]
) -> None:
    lan = make_user(db, confirmed=False)
    browser = sign_in(lan)
    pages = ["/en/", "/en/account", "/en/listings", "/en/organizations/new"]

    def told() -> list[int]:
        forms = [read_html(browser.get(page)).find_all("form", action="/en/account/confirm-again") for page in pages]
        return [len(found) for found in forms]

    assert told() == [1, 1, 1, 1]
    db.execute(update(User).values(confirmed_at=utc_now()))
    db.commit()
    assert told() == [0, 0, 0, 0]


def test_a_name_can_neither_start_a_header_of_a_mail_nor_bring_markup_into_it(
    visitor: Visitor, deliver: Callable[[], None]
) -> None:
    register(visitor, name="Lan\r\nBcc: x@example.org <b>now</b>")
    deliver()

    (mail,) = read_mails(visitor)
    assert mail.subject == "Please confirm your mail address"
    assert mail.body.splitlines()[0] == "Dear Lan Bcc: x@example.org <b>now</b>,"
