"""Whatever a form of an account gets: a clear answer in the reader's language, nothing half done, never a 500."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.kernel.db import Database
from market.web.rendering import Renderer
from market.web.tokens import FORM_TOKEN
from tests.make.accounts import PASSWORD, make_user
from tests.make.hostile import MARKUP, ODD_TEXTS, make_multipart
from tests.make.reading import is_linked_data, read_faults, read_form, read_html
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor

FORMS = {
    "register": ("/th/register", {"name": "Lan", "email": "new@example.org", "password": PASSWORD}),
    "sign in": ("/th/sign-in", {"email": "lan@example.org", "password": PASSWORD, "next": ""}),
    "forgot": ("/th/forgot", {"email": "lan@example.org"}),
    "profile": ("/th/account/profile", {"name": "Lan", "language": "en"}),
    "password": ("/th/account/password", {"old_password": PASSWORD, "new_password": "four quite other words"}),
}
FIELDS = [(form, field) for form, (_address, fields) in FORMS.items() for field in fields]


@pytest.fixture
def browser(db: Session, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(make_user(db, email="lan@example.org"))


@pytest.mark.parametrize(("form", "field"), FIELDS, ids=[f"{form}: {field}" for form, field in FIELDS])
def test_odd_texts_in_any_field_are_taken_or_refused_beside_it(
    browser: Visitor, visitor: Visitor, form: str, field: str
) -> None:
    address, fields = FORMS[form]
    sender = browser if "account" in address else visitor

    answers = {name: sender.post(address, {**fields, field: text}, follow=False) for name, text in ODD_TEXTS.items()}

    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code >= 500} == {}
    places = [list(read_faults(answer)) for answer in answers.values() if answer.status_code == 422]
    assert [place for place in places if place not in list_places(form, field)] == []


def list_places(form: str, field: str) -> list[list[str]]:
    """Where a fault may be shown: at sign-in it is not told which of address and password is wrong."""
    return [[field], ["password"]] if form == "sign in" else [[field]]


@pytest.mark.parametrize("code", ["utf-8", "unicode_escape", "utf-7", "utf-16", "idna", "undefined", "zlib", "none"])
def test_a_form_in_parts_in_any_encoding_gets_a_page(browser: Visitor, code: str) -> None:
    token = browser.form_token().encode()
    sent = {FORM_TOKEN: token, "name": b"\\ud800 +2AA-", "email": b"\\ud800@example.org", "password": b"\\ud83d" * 9}
    body, headers = make_multipart(sent, charset=code)

    answers = [browser.client.post(address, content=body, headers=headers) for address, _fields in FORMS.values()]

    assert [answer.status_code for answer in answers if not 400 <= answer.status_code < 500] == []
    assert {read_html(answer).find("html").attributes["lang"] for answer in answers} == {"th"}


BODIES = {
    "nothing": (b"", "application/x-www-form-urlencoded"),
    "JSON": (b'{"email": "lan@example.org"}', "application/json"),
    "no type": (b"email=lan@example.org", ""),
    "broken percent": (b"email=%zz%&%=%&&==&email", "application/x-www-form-urlencoded"),
    "lone surrogate": (b"email=%ed%a0%80&name=%ed%bf%bf", "application/x-www-form-urlencoded"),
    "no encoding": (b"email=\xff\xfe%ff%c0%af", "application/x-www-form-urlencoded"),
    "no boundary": (b"--x\r\n", "multipart/form-data"),
    "broken parts": (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
    "part without a name": (
        b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
    ),
    "file": (
        b'--x\r\nContent-Disposition: form-data; name="email"; filename="a.txt"\r\n\r\na\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "5,000 fields": (b"&".join(b"f%d=1" % number for number in range(5_000)), "application/x-www-form-urlencoded"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_form_of_ours_is_refused_on_a_page_and_changes_nothing(
    browser: Visitor, database: Database, body: bytes, kind: str
) -> None:
    before = take_stock(database)

    answers = [
        browser.client.post(address, content=body, headers={"content-type": kind})
        for address, _fields in FORMS.values()
    ]

    assert {answer.status_code for answer in answers} <= {400, 403}
    assert {read_html(answer).find("html").attributes["lang"] for answer in answers} == {"th"}
    assert take_stock(database) == before


@pytest.mark.parametrize("code", LANGUAGES)
def test_more_than_a_megabyte_is_refused_in_the_readers_language(
    browser: Visitor, database: Database, renderer: Renderer, code: str
) -> None:
    before = take_stock(database)

    answer = browser.post(f"/{code}/account/profile", {"name": "x" * 1_000_001, "language": "en"})

    assert answer.status_code == 413
    assert read_html(answer).find("h1").text == renderer.reader(code).gettext(
        "This is too large. Please send less at once."
    )
    assert take_stock(database) == before


@pytest.mark.parametrize("form", ["register", "profile"])
@pytest.mark.parametrize("name", ["nothing", "blanks", "NUL", "zero widths", "line ends"])
def test_a_person_has_a_name_that_can_be_seen(browser: Visitor, database: Database, form: str, name: str) -> None:
    address, fields = FORMS[form]

    answer = browser.post(address, {**fields, "name": ODD_TEXTS[name]})

    assert (answer.status_code, list(read_faults(answer))) == (422, ["name"])
    assert read_stored(database, select(User.name)) == ["Lan"]


@pytest.mark.parametrize(("length", "status"), [(100, 303), (101, 422)])
def test_a_name_has_at_most_a_hundred_characters_as_it_is_stored(
    browser: Visitor, database: Database, length: int, status: int
) -> None:
    answer = browser.post("/en/account/profile", {"name": "ก" * length, "language": "en"}, follow=False)

    assert answer.status_code == status
    assert max(map(len, read_stored(database, select(User.name)))) <= 100


@pytest.mark.parametrize("language", ["xx", "EN", "zh", "", "../en", "en\x00"])
def test_a_language_that_is_not_ours_is_refused(browser: Visitor, database: Database, language: str) -> None:
    answer = browser.post("/en/account/profile", {"name": "Lan", "language": language})

    assert (answer.status_code, list(read_faults(answer))) == (422, ["language"])
    assert read_stored(database, select(User.language)) == ["en"]


@pytest.mark.parametrize("text", MARKUP.values(), ids=MARKUP)
def test_markup_in_a_name_is_text_on_every_page_that_shows_it(browser: Visitor, text: str) -> None:
    browser.post("/en/account/profile", {"name": text, "language": "en"})

    pages = [
        read_html(browser.get(address)) for address in ("/en/", "/en/account", "/en/listings", "/en/organizations")
    ]

    shown = text.replace("\x00", "\ufffd").strip()
    assert [page.find_all("summary")[1].text for page in pages] == [" ".join(shown.split())] * 4
    assert [read_form(page, "/account/profile").values["name"] for page in pages[1:2]] == [[shown]]
    scripts = [script for page in pages for script in page.find_all("script") if "src" not in script.attributes]
    assert [script.attributes for script in scripts if not is_linked_data(script)] == []


@pytest.mark.parametrize("text", MARKUP.values(), ids=MARKUP)
def test_markup_that_is_refused_comes_back_as_text(visitor: Visitor, text: str) -> None:
    answer = visitor.post("/en/register", {"name": text, "email": text, "password": "short"})

    form = read_form(answer, "/register")
    shown = text.replace("\x00", "\ufffd")
    assert (form.values["name"], form.values["email"]) == ([shown], [shown])
    scripts = [script for script in read_html(answer).find_all("script") if "src" not in script.attributes]
    assert [script.attributes for script in scripts if not is_linked_data(script)] == []


@pytest.mark.parametrize("session", ["", "x", "%00", "../..", "0" * 5_000, "00000000-0000-0000-0000-000000000000"])
def test_ending_a_session_that_is_none_does_no_harm(browser: Visitor, session: str) -> None:
    answer = browser.post(f"/en/account/sessions/{session}/end")

    assert answer.status_code in (200, 400, 404)
    assert browser.get("/en/account", follow=False).status_code == 200
