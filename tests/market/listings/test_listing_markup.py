"""Markup in any field of a listing is text on every page that shows it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.listings.forms import TextForm
from market.listings.models import Listing
from market.organizations.models import Organization
from tests.make.accounts import make_user
from tests.make.hostile import MARKUP
from tests.make.listings import make_fields, make_listing, make_words
from tests.make.organizations import make_organization
from tests.make.reading import Element, is_linked_data, read_form, read_html
from tests.make.visitor import Visitor

WORD_FIELDS = tuple(TextForm.model_fields)
TAGS = frozenset(
    [
        "a",
        "article",
        "aside",
        "body",
        "br",
        "button",
        "circle",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "document",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "head",
        "header",
        "html",
        "i",
        "input",
        "ins",
        "label",
        "legend",
        "li",
        "link",
        "main",
        "mark",
        "meta",
        "nav",
        "option",
        "p",
        "path",
        "script",
        "section",
        "select",
        "span",
        "strong",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "textarea",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
"""All that our templates write."""


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, lan: User) -> Organization:
    return make_organization(db, by=lan)


@pytest.fixture
def browser(lan: User, works: Organization, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(lan)


def is_own_file(script: Element) -> bool:
    return not script.raw_text.strip() and script.attributes.get("src", "").startswith("/static/")


def list_foreign(page: Element) -> list[str]:
    """Whatever stands on a page that no template of ours writes: tags, handlers, addresses that run, inline code."""
    foreign = []
    for element in page.walk():
        attributes = element.attributes
        address = attributes.get("href", attributes.get("src", attributes.get("action", ""))).strip().casefold()
        if (
            element.tag not in TAGS
            or any(name.startswith("on") or name in ("style", "srcdoc", "formaction") for name in attributes)
            or address.startswith(("javascript:", "data:", "vbscript:"))
            or (element.tag == "script" and not (is_linked_data(element) or is_own_file(element)))
        ):
            foreign.append(f"{element.tag} {attributes}")
    return foreign


def as_shown(text: str) -> str:
    return text.replace("\x00", "\ufffd")


@pytest.mark.parametrize("text", MARKUP.values(), ids=MARKUP)
def test_markup_in_every_field_is_text_on_every_page(
    db: Session, lan: User, works: Organization, browser: Visitor, visitor: Visitor, deliver: Callable[[], None],
    text: str,
) -> None:  # fmt: skip
    words = dict.fromkeys(WORD_FIELDS, text) | {"keywords": text[:60].replace(",", " ").replace(";", " ")}
    new = {**make_fields(**words), "form_id": str(uuid4()), "kind": "demand", "organization": works.slug}
    answer = browser.post("/en/listings/new", {**new, "_language_confirmed": "en", "_action": "publish"})
    own = answer.url.path
    form = read_form(browser.get(f"{own}/translations/vi"), "/translations/vi")
    browser.post(form.address, form.filled(words))
    deliver()

    asked = f"hacked {as_shown(text)}"
    found = browser.client.get("/en/listings", params={"q": asked})
    pages = {
        "listing": read_html(visitor.get(own)),
        "translation": read_html(visitor.get(own.replace("/en/", "/vi/"))),
        "home": read_html(visitor.get("/en/")),
        "list": read_html(visitor.get("/en/listings")),
        "search": read_html(found),
        "organization": read_html(visitor.get(f"/en/organizations/{works.slug}")),
        "own": read_html(browser.get("/en/account/listings")),
        "form": read_html(browser.get(f"{own}/edit")),
        "form of the translation": read_html(browser.get(f"{own}/translations/vi")),
    }

    assert {name: foreign for name, page in pages.items() if (foreign := list_foreign(page))} == {}
    shown = " ".join(as_shown(text).split())
    assert pages["listing"].find("h1").text == pages["translation"].find("h1").text == shown
    assert pages["listing"].find("p", css="lead").text == shown
    assert [part.text for part in pages["list"].find("article", css="listing").find_all("h2")] == [shown]
    assert pages["search"].find("input", id="q").attributes["value"] == " ".join(asked.split())
    kept = read_form(pages["form"], "/edit").values
    assert {name: kept[name] for name in WORD_FIELDS if name != "keywords"} == {
        name: [as_shown(text)] for name in WORD_FIELDS if name != "keywords"
    }


@pytest.mark.parametrize("text", MARKUP.values(), ids=MARKUP)
def test_markup_that_is_refused_or_compared_comes_back_as_text(
    db: Session, lan: User, browser: Visitor, text: str
) -> None:
    listing = make_listing(db, by=lan)
    own = f"/en/listings/{listing.reference}"
    fields = {**make_fields(title=text), "_version": "1"}

    wrong = {**fields, **dict.fromkeys(("trl", "ipc", "price_amount", "stage"), text)}
    new = {**make_fields(), "kind": text, "form_id": text, "organization": text}
    answers = {
        "refused": browser.post(f"{own}/edit", wrong),
        "compared": browser.post(f"{own}/edit", fields),
        "translation compared": browser.post(f"{own}/translations/vi", {**make_words(text), "_version": "1"}),
        "field unknown": browser.post(f"{own}/edit", {**fields, text: text}),
        "new": browser.post("/en/listings/new", new),
    }

    assert {name: foreign for name, page in answers.items() if (foreign := list_foreign(read_html(page)))} == {}
    assert [answer.status_code for answer in answers.values()] == [422, 409, 409, 422, 422]
    cells = read_html(answers["compared"]).find("table").find_all("ins")
    assert [cell.text for cell in cells[:1]] == [" ".join(as_shown(text).split())]


@pytest.mark.parametrize("text", MARKUP.values(), ids=MARKUP)
@pytest.mark.parametrize("parameter", ["q", "kind", "cursor", "notice", "next", "check"])
def test_markup_in_an_address_is_text_or_refused(visitor: Visitor, text: str, parameter: str) -> None:
    pages = ["/en/listings", "/en/", "/en/sign-in", "/en/organizations"]

    answers = [visitor.client.get(page, params={parameter: text}) for page in pages]

    assert [foreign for answer in answers for foreign in list_foreign(read_html(answer))] == []
    assert {answer.status_code for answer in answers} <= {200, 400}


def test_the_page_of_a_listing_is_made_of_our_own_tags(db: Session, lan: User, browser: Visitor) -> None:
    listing: Listing = make_listing(db, by=lan, keywords="rice, silk", ipc="A23B 7/154")

    assert list_foreign(read_html(browser.get(f"/en/listings/{listing.reference}"))) == []
    assert list_foreign(read_html('<img src="x"><p onclick="x"></p><a href="javascript:x"></a>')) != []
