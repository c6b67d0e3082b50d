"""Writing a listing: what the form offers, what it takes, what it says is wrong, and that nothing written is lost."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.errors import Fault
from market.kernel.money import CURRENCIES
from market.listings.enums import ListingState, Vocabulary
from market.listings.models import Listing, ListingCode, ListingText
from market.organizations.models import Organization
from market.taxonomy.fields import FIELDS
from market.taxonomy.values import (
    COUNTRIES,
    INDUSTRIES,
    IPR_STATUSES,
    PARTNERSHIP_TYPES,
    PRICE_BASES,
    SDGS,
    STAGES,
    TRL,
)
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.listings import make_draft, make_fields, make_listing
from tests.make.organizations import make_organization
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import count_stored, read_stored, take_stock
from tests.make.visitor import Fields, Visitor


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db, email="lan@example.org")


@pytest.fixture
def works(db: Session, lan: User) -> Organization:
    return make_organization(db, by=lan)


@pytest.fixture
def browser(lan: User, works: Organization, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(lan)


@pytest.fixture
def new(works: Organization) -> dict[str, str | list[str]]:
    """A whole form for a new listing, as one visit of the page makes it."""
    return {**make_fields(), "form_id": str(uuid4()), "kind": "offer", "organization": works.slug}


def write(browser: Visitor, new: Fields, *, reader: str = "en", **changes: str | Sequence[str]) -> Response:
    return browser.post(f"/{reader}/listings/new", {**new, **changes})


def test_the_form_offers_every_value_of_every_list(browser: Visitor) -> None:
    page = read_html(browser.get("/en/listings/new"))

    chosen_once = {
        element.attributes["name"]: [option.attributes["value"] for option in element.find_all("option")]
        for element in page.find_all("select")
    }
    assert {name: sorted(values) for name, values in chosen_once.items() if name != "organization"} == {
        "language": sorted(LANGUAGES),
        "stage": sorted(["", *STAGES]),
        "trl": sorted(["", *map(str, TRL)]),
        "ipr_status": sorted(["", *IPR_STATUSES]),
        "price_currency": sorted(["", *CURRENCIES]),
        "price_basis": sorted(["", *PRICE_BASES]),
    }
    ticked: dict[str, list[str]] = {}
    for box in page.find_all("input", type="checkbox"):
        ticked.setdefault(box.attributes["name"], []).append(box.attributes["value"])
    assert {name: sorted(values) for name, values in ticked.items()} == {
        "fields": sorted(map(str, FIELDS)),
        "industries": sorted(INDUSTRIES),
        "partnership_types": sorted(PARTNERSHIP_TYPES),
        "sdgs": sorted(SDGS),
        "target_countries": sorted(COUNTRIES),
    }


@pytest.mark.parametrize(("asked", "kind"), [("offer", "offer"), ("demand", "demand"), ("x", "offer"), ("", "offer")])
def test_the_form_is_for_the_kind_asked_for(browser: Visitor, asked: str, kind: str) -> None:
    assert read_form(browser.get(f"/en/listings/new?kind={asked}"), "/listings/new").values["kind"] == [kind]


def test_the_form_starts_in_the_language_of_the_page(browser: Visitor) -> None:
    assert read_form(browser.get("/km/listings/new"), "/listings/new").values["language"] == ["km"]


def test_a_title_is_enough_for_a_draft(browser: Visitor, database: Database) -> None:
    form = read_form(browser.get("/en/listings/new"), "/listings/new")

    saved = browser.post(form.address, form.filled({"title": "Dryer"}), token=form.values["_token"][0])

    (listing,) = read_stored(database, select(Listing))
    assert (listing.state, listing.version, listing.country) == (ListingState.DRAFT, 1, "CN")
    assert saved.url.path == f"/en/listings/{listing.reference}/edit"
    assert read_html(saved).find("p", css="good").text == "Saved."


def test_what_was_written_is_what_the_form_shows_again(browser: Visitor, new: Fields) -> None:
    sent = {
        **new,
        "technical_specification": "3 t a day\n\n12 kW",
        "expected_partner": "A mill with <rollers> & patience",
        "ipr_notes": "CN 2020 1 0000000",
        "keywords": "cassava, drying, heat pump",
        "ipc": "A23B 7/154, F26B 3/04",
        "price_amount": "1500.50",
        "price_currency": "USD",
        "price_basis": "total",
        "expires_on": (utc_now() + timedelta(days=90)).date().isoformat(),
        "partnership_types": ["research_cooperation", "licence"],
        "target_countries": ["VN", "LA", "KH"],
    }

    shown = read_form(browser.post("/en/listings/new", sent), "/edit").values

    wanted = {name: value if isinstance(value, list) else [value] for name, value in sent.items()}
    for name in ("form_id", "kind", "organization"):
        del wanted[name]
    assert {name: sorted(shown[name]) for name in wanted} == {name: sorted(value) for name, value in wanted.items()}


MISSING = Fault("Please fill in this field.")
UNKNOWN = Fault("Please choose one of the values offered.")
NO_NUMBER = Fault("Please write a whole number.")
NO_AMOUNT = Fault("Please write an amount like 120000 or 1500.50.")
NO_DATE = Fault("Please write a date like 2027-03-31.")
RELOAD = Fault("Please reload the page and try again.")


def too_long(most: int) -> Fault:
    return Fault("Please shorten this to at most %(max_length)s characters.", max_length=most)


def too_many(most: int) -> Fault:
    return Fault("Please choose at most %(max_length)s.", max_length=most)


FAULTS: dict[str, tuple[Fields, Fault]] = {
    "title missing": ({"title": ""}, MISSING),
    "title of blanks": ({"title": " \u3000"}, MISSING),
    "title too short": (
        {"title": "ab"},
        Fault("Please write at least %(min_length)s characters.", min_length=3),
    ),
    "title too long": ({"title": "ก" * 301}, too_long(300)),
    "title without letters": ({"title": "\u200b\u200b\u200b"}, MISSING),
    "summary too long": ({"summary": "字" * 501}, too_long(500)),
    "description too long": ({"description": "x" * 10_001}, too_long(10_000)),
    "notes too long": ({"ipr_notes": "x" * 1_001}, too_long(1_000)),
    "eleven keywords": ({"keywords": "，".join("木薯干燥机热泵节能村镇")}, too_many(10)),
    "long keyword": (
        {"keywords": "x" * 61},
        Fault("Please shorten each keyword to at most %(max_length)s characters.", max_length=60),
    ),
    "language unknown": ({"language": "tlh"}, UNKNOWN),
    "stage unknown": ({"stage": "ready"}, UNKNOWN),
    "trl zero": ({"trl": "0"}, Fault("This must be at least %(ge)s.", ge=1)),
    "trl ten": ({"trl": "10"}, Fault("This must be at most %(le)s.", le=9)),
    "trl a word": ({"trl": "nine"}, NO_NUMBER),
    "trl broken": ({"trl": "4.5"}, NO_NUMBER),
    "ipr_status unknown": ({"ipr_status": "mine"}, UNKNOWN),
    "partnership_types unknown": ({"partnership_types": ["licence", "love"]}, UNKNOWN),
    "partnership_types four": ({"partnership_types": list(PARTNERSHIP_TYPES)[:4]}, too_many(3)),
    "fields unknown": ({"fields": ["36"]}, UNKNOWN),
    "fields a word": ({"fields": ["29", "x"]}, NO_NUMBER),
    "fields four": ({"fields": ["1", "2", "3", "4"]}, too_many(3)),
    "industries unknown": ({"industries": ["mining_the_moon"]}, UNKNOWN),
    "industries four": ({"industries": list(INDUSTRIES)[:4]}, too_many(3)),
    "sdgs unknown": ({"sdgs": ["18"]}, UNKNOWN),
    "sdgs six": ({"sdgs": list(SDGS)[:6]}, too_many(5)),
    "target_countries unknown": ({"target_countries": ["VN", "US"]}, UNKNOWN),
    "ipc none": (
        {"ipc": "A23B 7/154, nonsense"},
        Fault("Please write IPC symbols like A23B 7/154, separated by commas."),
    ),
    "ipc eleven": ({"ipc": ", ".join(f"A23B 7/{number}" for number in range(10, 21))}, too_many(10)),
    "price_amount a word": ({"price_amount": "cheap"}, NO_AMOUNT),
    "price_amount negative": ({"price_amount": "-1"}, NO_AMOUNT),
    "price_amount too fine": ({"price_amount": "1.001"}, NO_AMOUNT),
    "price_amount with a decimal comma": ({"price_amount": "1500,50"}, NO_AMOUNT),
    "price_amount without a first figure": ({"price_amount": ".50"}, NO_AMOUNT),
    "price_amount too large": ({"price_amount": "9" * 20}, NO_AMOUNT),
    "price_amount with an exponent": ({"price_amount": "1e999999999"}, NO_AMOUNT),
    "price_amount no number": ({"price_amount": "NaN"}, NO_AMOUNT),
    "price_amount too long": ({"price_amount": "9" * 31}, too_long(30)),
    "price_currency unknown": ({"price_currency": "XXX", "price_amount": "1"}, UNKNOWN),
    "price_basis unknown": ({"price_basis": "free"}, UNKNOWN),
    "expires_on a word": ({"expires_on": "tomorrow"}, NO_DATE),
    "expires_on no day": ({"expires_on": "2027-02-30"}, NO_DATE),
    "expires_on otherwise written": ({"expires_on": "31.3.2027"}, NO_DATE),
    "kind unknown": ({"kind": "gift"}, UNKNOWN),
    "form_id broken": ({"form_id": "1"}, RELOAD),
    "state slipped in": ({"state": "published"}, RELOAD),
}
CHOSEN = {"language", "stage", "trl", "ipr_status", "price_currency", "price_basis"}
"""Fields of one choice: what is not among the choices cannot be shown again."""


@pytest.mark.parametrize(("changes", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_stands_beside_its_field_and_everything_written_is_kept(
    browser: Visitor, new: Fields, renderer: Renderer, database: Database, changes: Fields, fault: Fault
) -> None:
    before = take_stock(database)
    field, said = next(iter(changes)), renderer.reader("vi").say(fault)

    answer = write(browser, new, reader="vi", **changes)

    page = read_html(answer)
    assert answer.status_code == 422
    assert [link.text.endswith(said) for link in page.find("div", id="faults").find_all("a")] == [True]
    assert read_faults(answer) == ({} if field in ("kind", "form_id", "state") else {field: said})
    shown = read_form(page, "/listings/new").values
    written = {name: [value] for name, value in {**new, **changes}.items() if isinstance(value, str) and name in shown}
    kept = written.keys() - (CHOSEN & {field})
    assert {name: shown[name] for name in kept} == {name: written[name] for name in kept}
    assert take_stock(database) == before


BROKEN: Fields = {"title": "", "trl": "0", "ipc": "x", "price_amount": "x", "expires_on": "x", "stage": "x"}


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_faults_are_said_in_every_language(browser: Visitor, new: Fields, code: str) -> None:
    english, faults = (read_faults(write(browser, new, reader=reader, **BROKEN)) for reader in ("en", code))

    assert sorted(faults) == sorted(english) == sorted(BROKEN)
    assert [name for name in faults if faults[name] == english[name]] == []


MISSING_ALWAYS = (
    "summary", "description", "fields", "industries", "partnership_types", "target_countries", "sdgs",
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "missing"),
    [("offer", (*MISSING_ALWAYS, "advantages", "stage", "ipr_status")), ("demand", MISSING_ALWAYS)],
)
def test_publishing_too_early_keeps_the_draft_and_marks_what_is_missing(
    browser: Visitor, works: Organization, database: Database, kind: str, missing: tuple[str, ...]
) -> None:
    fields = {"title": "Dryer", "language": "en", "form_id": str(uuid4()), "kind": kind, "organization": works.slug}

    answer = browser.post("/en/listings/new", {**fields, "_action": "publish"})

    (listing,) = read_stored(database, select(Listing))
    assert (answer.url.path, answer.url.query) == (f"/en/listings/{listing.reference}/edit", b"check=1")
    assert read_faults(answer) == dict.fromkeys(missing, "Needed before this can be published.")
    assert (listing.state, read_form(answer, "/edit").values["title"]) == (ListingState.DRAFT, ["Dryer"])


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (-1, "This day has passed. Please choose a later one."),
        (0, "This day has passed. Please choose a later one."),
        (1, None),
        (365, None),
        (366, "A listing lives for at most one year; it can be renewed then."),
        (2_900_000, "A listing lives for at most one year; it can be renewed then."),
    ],
    ids=["yesterday", "today", "tomorrow", "a year", "a day more", "far future"],
)
def test_a_listing_lives_from_tomorrow_to_a_year(
    browser: Visitor, new: Fields, database: Database, days: int, sentence: str | None
) -> None:
    last_day = (utc_now() + timedelta(days=days)).date()

    answer = write(browser, new, expires_on=last_day.isoformat(), _action="publish")

    assert read_faults(answer) == ({"expires_on": sentence} if sentence else {})
    (listing,) = read_stored(database, select(Listing))
    assert (listing.state is ListingState.PUBLISHED, listing.expires_on) == (sentence is None, last_day)


def test_no_last_day_means_a_year_from_publication(browser: Visitor, new: Fields, database: Database) -> None:
    write(browser, new, _action="publish")

    assert read_stored(database, select(Listing.expires_on)) == [(utc_now() + timedelta(days=365)).date()]


def test_a_published_listing_cannot_lose_what_publication_needs(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database
) -> None:
    listing = make_listing(db, by=lan)
    form = read_form(browser.get(f"/en/listings/{listing.reference}/edit"), "/edit")
    before = take_stock(database)

    answer = browser.post(form.address, form.filled({"summary": "", "sdgs": [], "title": "A new title"}))

    assert answer.status_code == 422
    assert read_faults(answer) == dict.fromkeys(("summary", "sdgs"), "Needed before this can be published.")
    assert read_form(answer, "/edit").values["title"] == ["A new title"]
    assert take_stock(database) == before


CHINESE = {
    "title": "小型木薯热泵干燥机",
    "summary": "面向村镇木薯加工厂。" * 3,
    "description": "机组利用热泵回收排湿余热。" * 3,
}


def test_words_that_look_like_another_language_are_asked_about_once_and_the_authors_choice_holds(
    browser: Visitor, new: Fields, database: Database
) -> None:
    asked = write(browser, new, **CHINESE, language="vi")

    sentence = "These words look like another language (%s). Please choose it, or save again to keep your choice."
    assert read_faults(asked) == {"language": sentence % "Simplified Chinese"}
    assert count_stored(database, Listing) == [0]
    form = read_form(asked, "/listings/new")
    browser.post(form.address, form.values, token=form.values["_token"][0])
    assert read_stored(database, select(Listing.language)) == ["vi"]


def test_another_language_chosen_after_the_question_is_taken(browser: Visitor, new: Fields, database: Database) -> None:
    form = read_form(write(browser, new, **CHINESE, language="vi"), "/listings/new")

    browser.post(form.address, form.filled({"language": "zh-Hans"}), token=form.values["_token"][0])

    assert read_stored(database, select(ListingText.language)) == ["zh-Hans"]


def test_zawgyi_is_not_taken_as_burmese(browser: Visitor, new: Fields, database: Database) -> None:
    zawgyi = "ျမန္မာႏိုင္ငံ စက္႐ံုမ်ား အတြက္ ေျခာက္စက္"

    answers = [
        write(browser, new, title=zawgyi, summary=zawgyi, description=zawgyi, language="my", _language_confirmed="my")
        for _ in range(2)
    ]

    sentence = "This looks like Zawgyi. Please write in Unicode, so that everybody can read and find it."
    assert [read_faults(answer) for answer in answers] == [{"title": sentence}] * 2
    assert count_stored(database, Listing) == [0]


AMOUNTS = {
    "whole": ("120000", "CNY", 12_000_000, "CNY"),
    "with cents": ("1500.50", "USD", 150_050, "USD"),
    "thousands by commas": ("1,200,000", "THB", 120_000_000, "THB"),
    "thousands by blanks": ("1 200 000", "IDR", 120_000_000, "IDR"),
    "without a currency": ("5", "", 500, "USD"),
    "no cents in dong": ("1500.50", "VND", 1_500, "VND"),
    "half a dong": ("0.50", "VND", 0, "VND"),
    "nothing": ("0", "MYR", 0, "MYR"),
    "full width": ("１２００", "CNY", 120_000, "CNY"),
    "the largest": ("10000000000000", "USD", 10**15, "USD"),
    "a currency alone": ("", "PHP", None, None),
}


@pytest.mark.parametrize(("amount", "currency", "units", "stored"), AMOUNTS.values(), ids=AMOUNTS)
def test_a_price_is_kept_in_the_smallest_unit_of_its_currency(
    browser: Visitor, new: Fields, database: Database, amount: str, currency: str, units: int | None, stored: str | None
) -> None:
    answer = write(browser, new, price_amount=amount, price_currency=currency)

    assert read_faults(answer) == {}
    (listing,) = read_stored(database, select(Listing))
    assert (listing.price_amount, listing.price_currency) == (units, stored)


@pytest.mark.parametrize("separator", [", ", ",", ";", "，", "、", "；", "،", "\r\n"])
def test_keywords_are_parted_as_every_script_does(
    browser: Visitor, new: Fields, database: Database, separator: str
) -> None:
    write(browser, new, keywords=separator.join(["heat pump", "木薯", " ", "heat pump", "ការសម្ងួត"]))

    assert read_stored(database, select(ListingText.keywords)) == ["heat pump\n木薯\nការសម្ងួត"]


def test_codes_are_kept_once_and_in_the_authors_order(browser: Visitor, new: Fields, database: Database) -> None:
    write(browser, new, industries=["silk_textiles", "ict", "silk_textiles"], ipc="f26b3/04; A23B 7/154, F26B 3/04")

    codes = read_stored(database, select(ListingCode).order_by(ListingCode.position))
    assert {
        vocabulary: [row.code for row in codes if row.vocabulary is vocabulary]
        for vocabulary in (Vocabulary.INDUSTRY, Vocabulary.IPC)
    } == {Vocabulary.INDUSTRY: ["silk_textiles", "ict"], Vocabulary.IPC: ["F26B 3/04", "A23B 7/154"]}


def test_the_same_form_sent_again_makes_one_listing(
    browser: Visitor, new: Fields, database: Database, facts: Callable[[], list[str]]
) -> None:
    answers = [write(browser, new).url.path for _ in range(2)]
    together = post_together([(browser, "/en/listings/new", {**new, "_action": "save"})] * 3)

    assert {answer.headers["location"].split("?")[0] for answer in together} == {answers[0]} == {answers[1]}
    assert count_stored(database, Listing, ListingText) == [1, 1]
    assert read_stored(database, select(Listing.version)) == [1]
    assert [name for name in facts() if name.startswith("Listing")] == ["ListingDrafted"]


def test_a_double_click_on_publish_publishes_one_listing(
    browser: Visitor, new: Fields, database: Database, facts: Callable[[], list[str]]
) -> None:
    answers = post_together([(browser, "/en/listings/new", {**new, "_action": "publish"})] * 3)

    assert len({answer.headers["location"] for answer in answers}) == 1
    assert read_stored(database, select(Listing.state)) == [ListingState.PUBLISHED]
    assert facts().count("ListingPublished") == 1


def test_who_goes_back_to_the_form_and_changes_it_changes_the_draft_already_made(
    browser: Visitor, new: Fields, database: Database
) -> None:
    write(browser, new, summary="", _action="publish")

    write(browser, new, summary="Now with a summary.", title="And a better title", _action="publish")

    (listing,) = read_stored(database, select(Listing))
    assert listing.state is ListingState.PUBLISHED
    assert read_stored(database, select(ListingText.title)) == ["And a better title"]


def test_who_goes_back_to_the_form_after_another_change_sees_the_difference_first(
    browser: Visitor, new: Fields, database: Database
) -> None:
    edit = read_form(write(browser, new), "/edit")
    browser.post(edit.address, edit.filled({"title": "Changed on the edit page"}))

    answer = write(browser, new, title="Changed on the first form")

    assert answer.status_code == 409
    rows = [[cell.text for cell in row.find_all("td")] for row in read_html(answer).find("table").find_all("tr")[1:]]
    assert rows == [["Changed on the first form", "Changed on the edit page"]]
    assert read_stored(database, select(ListingText.title)) == ["Changed on the edit page"]
    form = read_form(answer, "/edit")
    browser.post(form.address, form.values, token=form.values["_token"][0])
    assert read_stored(database, select(ListingText.title)) == ["Changed on the first form"]


def test_the_number_of_a_form_of_somebody_else_does_not_open_that_persons_draft(
    db: Session, browser: Visitor, new: Fields, sign_in: Callable[..., Visitor], database: Database
) -> None:
    write(browser, new)
    anna = make_user(db)
    others = make_organization(db, by=anna, name="Other works")
    stranger = sign_in(anna)
    before = take_stock(database)

    answer = write(stranger, {**new, "organization": others.slug}, title="Taken over")

    assert answer.status_code == 403
    assert take_stock(database) == before


@pytest.mark.parametrize(("slug", "status"), [("other-works", 403), ("nobody", 404), ("a\x00b", 404), ("", 422)])
def test_a_listing_is_written_for_ones_own_organization_alone(
    db: Session, browser: Visitor, new: Fields, database: Database, slug: str, status: int
) -> None:
    make_organization(db, name="Other works")

    answer = write(browser, {**new, "organization": slug})

    assert answer.status_code == status
    assert count_stored(database, Listing) == [0]


def test_who_acts_for_two_organizations_chooses_one(
    db: Session, lan: User, browser: Visitor, new: Fields, database: Database
) -> None:
    second = make_organization(db, by=lan, name="Second works", country="VN")
    page = read_html(browser.get("/en/listings/new"))
    offered = [option.text for option in page.find("select", id="organization").find_all("option")]

    write(browser, {**new, "organization": second.slug})

    assert offered == ["Liujiang Works", "Second works"]
    assert read_stored(database, select(Listing.country)) == ["VN"]


def test_who_has_no_organization_is_led_to_found_one(db: Session, sign_in: Callable[..., Visitor]) -> None:
    page = read_html(sign_in(make_user(db)).get("/en/listings/new"))

    assert [form for form in page.find_all("form") if form.attributes["action"].endswith("/listings/new")] == []
    assert [link.text for link in page.find("main").find_all("a", href="/en/organizations/new")] == [
        "Found an organization"
    ]


@pytest.mark.parametrize("action", ["", "save", "nonsense", "publish\x00", "PUBLISH"])
def test_a_button_that_is_none_of_ours_saves_the_draft(
    browser: Visitor, new: Fields, database: Database, action: str
) -> None:
    answer = write(browser, new, _action=action)

    assert answer.url.path.endswith("/edit")
    assert read_stored(database, select(Listing.state)) == [ListingState.DRAFT]


def test_the_language_of_the_words_can_be_corrected_but_not_into_that_of_a_translation(
    db: Session, lan: User, works: Organization, browser: Visitor, database: Database
) -> None:
    listing = make_draft(db, by=lan, texts={"id": "Mesin pengering", "vi": "Máy sấy"})
    form = read_form(browser.get(f"/en/listings/{listing.reference}/edit"), "/edit")

    taken = browser.post(form.address, form.filled({"language": "vi", "_language_confirmed": "vi"}))
    browser.post(form.address, form.filled({"language": "ms", "_language_confirmed": "ms"}))

    assert read_faults(taken) == {"language": "There is a translation in this language already."}
    assert sorted(read_stored(database, select(ListingText.language))) == ["ms", "vi"]
    assert read_stored(database, select(Listing.language)) == ["ms"]
