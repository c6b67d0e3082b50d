"""The words of a listing in other languages: written by its people, shown to readers of that language, and said so."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.kernel.db import Database
from market.kernel.money import Money
from market.listings.enums import Provenance
from market.listings.models import Listing, ListingText
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_listing, make_words
from tests.make.organizations import make_organization
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor

WRITTEN_IN = "The author's words are in %(language)s. Everything under 'At a glance' is in your language."
TRANSLATED = "Translated from %(language)s by the author's organization."
STALE = "The original has been changed since."


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def browser(lan: User, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(lan)


def test_words_are_written_beside_the_original_and_shown_to_readers_of_their_language(
    db: Session, lan: User, browser: Visitor, visitor: Visitor, database: Database
) -> None:
    listing = make_listing(db, by=lan, texts={"zh-Hans": "木薯干燥机"})
    page = browser.get(f"/en/listings/{listing.reference}/translations/th")
    form = read_form(page, "/translations/th")

    saved = browser.post(form.address, form.filled({"title": "เครื่องอบมันสำปะหลัง"}), token=form.values["_token"][0])

    original = read_html(page).find("section", css="original")
    assert (original.attributes["lang"], original.find_all("h2")[0].text) == ("zh-Hans", "木薯干燥机")
    assert {element.attributes["lang"] for element in read_html(page).find_all("textarea")} == {"th"}
    assert saved.url.path == f"/th/listings/{listing.reference}"
    assert {
        code: read_html(visitor.get(f"/{code}/listings/{listing.reference}")).find("h1").text for code in ("th", "vi")
    } == {"th": "เครื่องอบมันสำปะหลัง", "vi": "木薯干燥机"}
    provenances = {text.language: text.provenance for text in read_stored(database, select(ListingText))}
    assert provenances == {"zh-Hans": Provenance.AUTHOR, "th": Provenance.HUMAN}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_reader_is_told_in_which_language_the_words_are(
    db: Session, lan: User, visitor: Visitor, renderer: Renderer, code: str
) -> None:
    listing = make_listing(db, by=lan, texts={"km": "ម៉ាស៊ីនសម្ងួត", "vi": "Máy sấy sắn"})
    reader = renderer.reader(code)

    page = read_html(visitor.get(f"/{code}/listings/{listing.reference}"))

    language = "vi" if code == "vi" else "km"
    assert page.find("html").attributes["lang"] == code
    assert page.find("h1").attributes["lang"] == page.find("div", css="words").attributes["lang"] == language
    sentence = {"km": "", "vi": TRANSLATED}.get(code, WRITTEN_IN)
    told = [reader.gettext(sentence) % {"language": reader.format.language("km")}] if sentence else []
    assert page.texts("p", css="plain") == told
    # What stands between the author's words, such as headings, is the reader's and says so.
    headings = page.find("div", css="words").find_all("h2")
    assert {heading.attributes["lang"] for heading in headings} == {code}


@pytest.mark.parametrize("code", LANGUAGES)
def test_everything_structured_is_in_the_readers_language_whatever_the_words_are_in(
    db: Session, lan: User, visitor: Visitor, renderer: Renderer, code: str
) -> None:
    listing = make_listing(
        db, by=lan, texts={"lo": "ເຄື່ອງອົບແຫ້ງ"}, price_amount="1500000", price_currency="THB", price_basis="per_year",
        ipc="A23B 7/154", trl=4,
    )  # fmt: skip
    reader = renderer.reader(code)
    say = reader.gettext

    glance = read_html(visitor.get(f"/{code}/listings/{listing.reference}")).find("aside", css="glance")

    shown = {row.find("dt").text: row.find("dd").text for row in glance.find_all("div")}
    assert listing.expires_on is not None
    assert shown == {
        say("Organization"): f"Liujiang Works {reader.format.country('CN')}",
        say("Stage of development"): say("Lab tested"),
        say("Technology readiness level (TRL)"): say("TRL 4: validated in the laboratory"),
        say("Status of intellectual property"): say("Patent applied for"),
        say("Type of partnership"): say("Licence agreement"),
        say("Industry"): say("Machinery"),
        say("Field of technology"): say("Other special machines"),
        say("IPC symbols"): "A23B 7/154",
        say("Target countries"): reader.format.country("VN"),
        say("Sustainable Development Goals"): say("9 Industry, innovation and infrastructure"),
        say("Price"): f"{reader.format.money(Money(150_000_000, 'THB'))} ({say('per year')})".replace("\u00a0", " "),
        say("Shown until"): reader.format.long_date(listing.expires_on),
    }


def test_a_reader_is_told_when_the_original_has_changed_since_it_was_translated(
    db: Session, lan: User, browser: Visitor
) -> None:
    listing = make_listing(db, by=lan, texts={"en": "Dryer", "vi": "Máy sấy"})
    page = f"/vi/listings/{listing.reference}"

    def is_stale() -> bool:
        return "Bản gốc" in "".join(read_html(browser.get(page)).texts("p", css="plain")[0].split(".")[1:])

    assert not is_stale()
    form = read_form(browser.get(f"/en/listings/{listing.reference}/edit"), "/edit")
    browser.post(form.address, form.filled({"trl": "5"}))
    assert not is_stale()
    form = read_form(browser.get(f"/en/listings/{listing.reference}/edit"), "/edit")
    browser.post(form.address, form.filled({"summary": "Another summary of the dryer."}))
    assert is_stale()
    form = read_form(browser.get(f"/en/listings/{listing.reference}/translations/vi"), "/vi")
    browser.post(form.address, form.values)
    assert not is_stale()


def test_a_translation_can_be_taken_away_and_twice_is_harmless(
    db: Session, lan: User, browser: Visitor, database: Database
) -> None:
    listing = make_listing(db, by=lan, texts={"en": "Dryer", "vi": "Máy sấy"})
    form = read_form(browser.get(f"/en/listings/{listing.reference}/translations/vi"), "/vi/remove")

    answers = [browser.post(form.address, token=form.values["_token"][0]).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert read_stored(database, select(ListingText.language)) == ["en"]
    assert read_stored(database, select(Listing.version)) == [listing.version + 1]


@pytest.mark.parametrize("act", ["translations/en", "translations/en/remove"])
def test_the_original_is_neither_replaced_nor_taken_away_as_a_translation(
    db: Session, lan: User, browser: Visitor, database: Database, act: str
) -> None:
    listing = make_draft(db, by=lan)
    before = take_stock(database)

    answer = browser.post(f"/en/listings/{listing.reference}/{act}", {**make_words("Other"), "_version": "1"})

    assert answer.status_code == 409
    assert take_stock(database) == before


def test_who_would_translate_into_the_original_language_comes_to_the_original(
    db: Session, lan: User, browser: Visitor
) -> None:
    listing = make_draft(db, by=lan)

    answer = browser.get(f"/vi/listings/{listing.reference}/translations/en")

    assert (answer.status_code, answer.url.path) == (200, f"/vi/listings/{listing.reference}/edit")


@pytest.mark.parametrize("title", [" \u200b \u3164 ", "\u2800\u2800", "..."], ids=ascii)
def test_a_translation_has_a_title_that_can_be_read(db: Session, lan: User, browser: Visitor, title: str) -> None:
    listing = make_draft(db, by=lan)
    form = read_form(browser.get(f"/en/listings/{listing.reference}/translations/vi"), "/translations/vi")

    answer = browser.post(form.address, form.filled({**make_words(), "title": title}))

    assert (answer.status_code, read_faults(answer)) == (422, {"title": "Please fill in this field."})


@pytest.mark.parametrize("code", ["xx", "EN", "zh", "%00", "vi%2f..", "x" * 300])
def test_a_language_we_do_not_have_is_not_found(
    db: Session, lan: User, browser: Visitor, database: Database, code: str
) -> None:
    listing = make_draft(db, by=lan)
    address = f"/en/listings/{listing.reference}/translations/{code}"
    before = take_stock(database)

    answers = [
        browser.get(address),
        browser.post(address, {**make_words(), "_version": "1"}),
        browser.post(address, {"title": "", "_version": "1"}),
        browser.post(f"{address}/remove"),
    ]

    assert {answer.status_code for answer in answers} <= {400, 404}
    assert take_stock(database) == before


@pytest.mark.parametrize("code", ["th", "my", "zh-Hans"])
def test_a_fault_of_a_translation_stands_beside_its_field(
    db: Session, lan: User, browser: Visitor, renderer: Renderer, code: str
) -> None:
    listing = make_draft(db, by=lan)
    form = read_form(browser.get(f"/{code}/listings/{listing.reference}/translations/vi"), "/translations/vi")

    answer = browser.post(form.address, form.filled({"title": "", "summary": "x" * 501, "description": "Kept"}))

    say = renderer.reader(code).gettext
    assert answer.status_code == 422
    assert read_faults(answer) == {
        "title": say("Please fill in this field."),
        "summary": say("Please shorten this to at most %(max_length)s characters.") % {"max_length": 500},
    }
    assert read_form(answer, "/translations/vi").values["description"] == ["Kept"]


def test_the_page_of_a_listing_offers_every_other_language_to_its_authors(
    db: Session, lan: User, browser: Visitor
) -> None:
    listing = make_listing(db, by=lan, texts={"my": "အခြောက်ခံစက်", "th": "เครื่องอบ"})

    page = read_html(browser.get(f"/en/listings/{listing.reference}"))

    links = page.find("ul", css="inline-list").find_all("li")
    offered = {link.find("a").attributes["href"].rpartition("/")[2]: "✓" in link.text for link in links}
    assert offered == {code: code == "th" for code in LANGUAGES if code != "my"}


def test_readers_are_led_to_the_other_languages_of_a_listing(db: Session, lan: User, visitor: Visitor) -> None:
    listing = make_listing(db, by=lan, texts={"en": "Dryer", "vi": "Máy sấy", "th": "เครื่องอบ"})

    page = read_html(visitor.get(f"/vi/listings/{listing.reference}"))

    links = page.find("p", css="also").find_all("a")
    assert [(link.attributes["hreflang"], link.attributes["href"]) for link in links] == [
        (code, f"/{code}/listings/{listing.reference}") for code in ("en", "th")
    ]


def test_cards_show_the_words_in_the_readers_language_or_say_which_it_is(
    db: Session, lan: User, visitor: Visitor, renderer: Renderer
) -> None:
    make_listing(db, by=lan, texts={"km": "ម៉ាស៊ីនសម្ងួត", "vi": "Máy sấy sắn"})

    seen = {}
    for code in ("vi", "th"):
        for page in ("listings", "", "organizations/liujiang-works"):
            card = read_html(visitor.get(f"/{code}/{page}")).find("article", css="listing")
            title = next(link for link in card.find_all("a") if "/listings/" in link.attributes["href"])
            written = card.texts("span", css="written")
            seen[code, page] = (title.text, title.attributes["lang"], written)

    thai = renderer.reader("th").format.language("km")
    assert seen == {
        ("vi", "listings"): ("Máy sấy sắn", "vi", []),
        ("vi", ""): ("Máy sấy sắn", "vi", []),
        ("vi", "organizations/liujiang-works"): ("Máy sấy sắn", "vi", []),
        ("th", "listings"): ("ម៉ាស៊ីនសម្ងួត", "km", [thai]),
        ("th", ""): ("ម៉ាស៊ីនសម្ងួត", "km", [thai]),
        ("th", "organizations/liujiang-works"): ("ម៉ាស៊ីនសម្ងួត", "km", [thai]),
    }


def test_an_organization_is_named_in_its_own_language_to_its_readers_and_in_english_to_others(
    db: Session, lan: User, browser: Visitor, visitor: Visitor
) -> None:
    works = make_organization(db, by=lan, name="柳江机械厂", language="zh-Hans")
    form = read_form(browser.get(f"/en/organizations/{works.slug}/edit"), "/edit")
    browser.post(form.address, form.filled({"name_en": "Liujiang Machine Works"}))
    make_listing(db, by=lan, organization=works)

    names = {
        code: read_html(visitor.get(f"/{code}/listings"))
        .find("article", css="listing")
        .find("p", css="from")
        .find("a")
        .text
        for code in ("zh-Hans", "vi")
    }

    assert names == {"zh-Hans": "柳江机械厂", "vi": "Liujiang Machine Works"}
