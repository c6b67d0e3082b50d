"""Whatever a form of a listing gets: a clear answer in the reader's language, nothing half done, never a 500."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.kernel.db import Database
from market.listings.forms import ListingForm, TextForm
from market.listings.models import Listing, ListingText
from market.organizations.models import Organization
from market.web.rendering import Renderer
from market.web.tokens import FORM_TOKEN
from tests.make.accounts import make_user
from tests.make.hostile import ODD_TEXTS, make_multipart
from tests.make.listings import make_draft, make_fields, make_listing, make_words
from tests.make.organizations import make_organization
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor

WORD_FIELDS = tuple(TextForm.model_fields)
MANY = {"partnership_types", "fields", "industries", "sdgs", "target_countries"}


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, lan: User) -> Organization:
    return make_organization(db, by=lan)


@pytest.fixture
def browser(lan: User, works: Organization, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(lan)


@pytest.mark.parametrize("field", [*ListingForm.model_fields, "organization", "kind", "form_id", "_action", "_version"])
def test_odd_texts_in_any_field_of_a_new_listing_are_taken_or_refused_beside_it(
    browser: Visitor, works: Organization, field: str
) -> None:
    new = {**make_fields(), "kind": "offer", "organization": works.slug, "_language_confirmed": "en"}

    answers = {}
    for name, text in ODD_TEXTS.items():
        sent = {**new, "form_id": str(uuid4()), field: [text, text] if field in MANY else text}
        answers[name] = browser.post("/km/listings/new", sent)

    statuses = {name: answer.status_code for name, answer in answers.items()}
    allowed = {200, 422} | ({404} if field == "organization" else set()) | ({413} if field in MANY else set())
    assert {name: status for name, status in statuses.items() if status not in allowed} == {}
    refused = [answer for answer in answers.values() if answer.status_code == 422]
    assert {tuple(read_faults(answer)) for answer in refused} <= {(field,), ()}
    said = [read_html(answer).find("div", id="faults").find("li").text for answer in refused]
    assert [sentence for sentence in said if not sentence.strip(": ")] == []


@pytest.mark.parametrize("field", WORD_FIELDS)
def test_odd_texts_in_any_field_of_a_translation_are_taken_or_refused_beside_it(
    db: Session, lan: User, browser: Visitor, field: str
) -> None:
    listing = make_draft(db, by=lan)
    address = f"/en/listings/{listing.reference}/translations/vi"

    answers = []
    for text in ODD_TEXTS.values():
        form = read_form(browser.get(address), "/translations/vi")
        answers.append(browser.post(form.address, form.filled({**make_words("Máy sấy"), field: text})))

    assert {answer.status_code for answer in answers} <= {200, 422}
    assert {tuple(read_faults(answer)) for answer in answers if answer.status_code == 422} <= {(field,)}


@pytest.mark.parametrize("name", [name for name in ODD_TEXTS if name not in ("10,000 characters", "900 kB")])
def test_what_was_taken_is_shown_on_every_page(
    db: Session, lan: User, works: Organization, browser: Visitor, visitor: Visitor, deliver: Callable[[], None],
    name: str,
) -> None:  # fmt: skip
    text = f"A {ODD_TEXTS[name]} Z"[:290]
    new = {**make_fields(**dict.fromkeys(("title", "summary", "description", "advantages"), text)), "kind": "offer"}
    sent = {**new, "form_id": str(uuid4()), "organization": works.slug, "_language_confirmed": "en"}

    answer = browser.post("/en/listings/new", {**sent, "_action": "publish"})
    deliver()

    assert (answer.status_code, answer.url.path.count("/")) == (200, 3)
    own = answer.url.path
    pages = [own, f"{own}/edit", f"{own}/translations/vi", f"/en/organizations/{works.slug}"]
    pages += ["/en/", "/en/listings", "/en/listings?q=A+Z", "/en/account/listings"]
    assert [browser.get(page).status_code for page in pages] == [200] * len(pages)
    shown = read_html(visitor.get(own)).find("h1").text
    assert (shown[0], len(shown) > 2) == ("A", True)


def test_what_cannot_be_stored_or_seen_is_taken_out_of_words(
    browser: Visitor, works: Organization, database: Database
) -> None:
    texts = {"title": "Kiln\x07 for\u202e rice", "summary": "a\r\nb\rc", "description": "one\n\n\n\n\ntwo\x1b[0m"}
    new = {**make_fields(**texts), "form_id": str(uuid4()), "kind": "offer", "organization": works.slug}

    browser.post("/en/listings/new", new)

    (text,) = read_stored(database, select(ListingText))
    assert (text.title, text.summary, text.description) == ("Kiln for rice", "a\nb\nc", "one\n\ntwo[0m")


def test_joiners_that_scripts_need_stay(browser: Visitor, works: Organization, database: Database) -> None:
    titles = ["ക്\u200dഷ ශ්\u200dරී", "ស្\u200bរូវ ដំឡូង", "က\u200cျ စက်"]

    for title in titles:
        new = {**make_fields(title=title), "form_id": str(uuid4()), "kind": "offer", "organization": works.slug}
        browser.post("/en/listings/new", {**new, "_language_confirmed": "en"})

    assert sorted(read_stored(database, select(ListingText.title))) == sorted(titles)


BODIES = {
    "nothing": (b"", "application/x-www-form-urlencoded"),
    "JSON": (b'{"title": "Kiln"}', "application/json"),
    "XML": (b"<title>Kiln</title>", "application/xml"),
    "broken percent": (b"title=%zz%&%=%&&==&title", "application/x-www-form-urlencoded"),
    "lone surrogate": (b"title=%ed%a0%80", "application/x-www-form-urlencoded"),
    "no boundary": (b"--x\r\n", "multipart/form-data"),
    "file": (
        b'--x\r\nContent-Disposition: form-data; name="title"; filename="a.txt"\r\n\r\na\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "5,000 fields": (b"&".join(b"fields=1" for _ in range(5_000)), "application/x-www-form-urlencoded"),
    "a megabyte": (b"title=" + b"x" * 1_000_000, "application/x-www-form-urlencoded"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_form_of_ours_is_refused_on_a_page_and_changes_nothing(
    db: Session, lan: User, browser: Visitor, database: Database, body: bytes, kind: str
) -> None:
    listing = make_listing(db, by=lan)
    own = f"/th/listings/{listing.reference}"
    before = take_stock(database)

    answers = [
        browser.client.post(address, content=body, headers={"content-type": kind})
        for address in ("/th/listings/new", f"{own}/edit", f"{own}/withdraw", f"{own}/translations/vi")
    ]

    assert {answer.status_code for answer in answers} <= {400, 403, 413}
    assert {read_html(answer).find("html").attributes["lang"] for answer in answers} == {"th"}
    assert take_stock(database) == before


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-7"])
def test_lone_surrogates_come_as_what_stands_for_them(
    browser: Visitor, works: Organization, database: Database, charset: str
) -> None:
    new = {**make_fields(), FORM_TOKEN: browser.form_token(), "form_id": str(uuid4()), "kind": "offer"}
    fields = {name: (value if isinstance(value, str) else value[0]) for name, value in new.items()}
    fields |= {"title": "Kiln \ud800 for rice", "organization": works.slug, "_language_confirmed": "en"}
    encoded = {name: value.encode(charset, "surrogatepass") for name, value in fields.items()}

    body, headers = make_multipart(encoded, charset=charset)
    answer = browser.client.post("/en/listings/new", content=body, headers=headers)

    assert (answer.status_code, answer.url.path.endswith("/edit")) == (200, True)
    assert read_stored(database, select(ListingText.title)) == ["Kiln \ufffd for rice"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_form_that_is_too_old_is_refused_in_the_readers_language_and_changes_nothing(
    db: Session, lan: User, browser: Visitor, database: Database, renderer: Renderer, code: str
) -> None:
    listing = make_listing(db, by=lan)
    before = take_stock(database)

    answer = browser.post(f"/{code}/listings/{listing.reference}/withdraw", token="0" * 64)

    assert answer.status_code == 403
    assert read_html(answer).find("h1").text == renderer.reader(code).gettext(
        "This form is too old or was not made by us. Please go back, reload the page and send it again."
    )
    assert take_stock(database) == before


def test_a_form_of_somebody_who_signed_out_meanwhile_says_what_to_do(
    db: Session, lan: User, browser: Visitor, database: Database
) -> None:
    listing = make_draft(db, by=lan)
    token = browser.form_token()
    browser.post("/en/sign-out")

    answer = browser.post(f"/en/listings/{listing.reference}/publish", token=token)

    assert answer.status_code in (401, 403)
    assert read_stored(database, select(Listing.version)) == [1]


REFERENCES = ["x", "TO-CN-222222", "to-cn-222222", "%00", "%ff", "x" * 4_000, "' OR 1=1 --", "%F0%9F%A6%80", "new%20"]
PAGES = ("", "/edit", "/translations/vi")
BUTTONS = (
    "/edit", "/publish", "/withdraw", "/renew", "/copy", "/delete", "/translations/vi", "/translations/vi/remove",
)  # fmt: skip


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_listing_that_is_none_is_not_found_by_any_page(browser: Visitor, reference: str) -> None:
    answers = [browser.get(f"/en/listings/{reference}{page}") for page in PAGES]
    answers += [browser.post(f"/en/listings/{reference}{button}", {"_version": "1"}) for button in BUTTONS]

    assert {answer.status_code for answer in answers} <= {400, 404}
