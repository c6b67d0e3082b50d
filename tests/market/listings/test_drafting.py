"""Writing a listing: what the form offers, how it becomes a draft, and what a second click or second person does."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.money import CURRENCIES
from market.listings.enums import ListingState
from market.listings.models import Listing, ListingText
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
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.listings import make_listing
from tests.make.organizations import make_organization
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import count_stored, read_stored, take_stock
from tests.make.visitor import Fields, Visitor
from tests.make.writing import write


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
