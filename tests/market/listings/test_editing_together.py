"""Two people, two tabs, two clicks: nobody overwrites what he has not seen, and nothing written is lost."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.viewer import MemberRole
from market.listings.enums import ListingState
from market.listings.models import Listing, ListingText
from market.listings.service import bump_index_version
from market.organizations.models import Organization
from market.organizations.service import add_member
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.listings import make_draft, make_fields, make_listing
from tests.make.organizations import make_organization
from tests.make.reading import Element, ShownForm, read_form, read_html
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor


@pytest.fixture
def lan(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, lan: User) -> Organization:
    return make_organization(db, by=lan)


@pytest.fixture
def anna(db: Session, works: Organization) -> User:
    """A second member of the same organization."""
    anna = make_user(db, name="Anna")
    add_member(db, works.id, anna.id, role=MemberRole.MEMBER, by=None, now=utc_now())
    db.commit()
    return anna


def open_form(browser: Visitor, listing: Listing, *, language: str = "en") -> ShownForm:
    return read_form(browser.get(f"/{language}/listings/{listing.reference}/edit"), "/edit")


def read_differences(page: Element) -> list[list[str]]:
    """(field, mine, stored) of the table that a second editor gets."""
    rows = page.find("div", css="warn").find_all("tr")[1:]
    return [[cell.text for tag in ("th", "td") for cell in row.find_all(tag)] for row in rows]


@pytest.mark.parametrize("make", [make_draft, make_listing], ids=["draft", "published"])
def test_a_second_editor_gets_the_differences_and_overwrites_nothing_unseen(
    db: Session, lan: User, anna: User, sign_in: Callable[..., Visitor], database: Database,
    make: Callable[..., Listing],
) -> None:  # fmt: skip
    listing = make(db, by=lan)
    first, second = sign_in(lan), sign_in(anna)
    theirs, mine = open_form(first, listing), open_form(second, listing)
    first.post(theirs.address, theirs.filled({"title": "Theirs", "industries": ["ict", "energy"], "trl": "5"}))
    before = take_stock(database)

    refused = second.post(mine.address, mine.filled({"title": "Mine", "summary": "My own summary."}))

    page = read_html(refused)
    assert refused.status_code == 409
    assert read_differences(page) == [
        ["Title", "Mine", "Theirs"],
        ["Summary", "My own summary.", "Drying kiln for cassava: a short summary."],
        ["Technology readiness level (TRL)", "4", "5"],
        ["Industry", "machinery", "energy, ict"],
    ]
    assert take_stock(database) == before
    again = read_form(page, "/edit")
    assert (again.values["title"], again.values["summary"]) == (["Mine"], ["My own summary."])
    second.post(again.address, again.values, token=again.values["_token"][0])
    assert read_stored(database, select(ListingText.title)) == ["Mine"]


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_a_second_editor_is_told_in_the_readers_language(
    db: Session, lan: User, sign_in: Callable[..., Visitor], renderer: Renderer, code: str
) -> None:
    listing = make_draft(db, by=lan)
    browser = sign_in(lan)
    form = open_form(browser, listing, language=code)
    browser.post(form.address, form.filled({"title": "Saved first"}))

    page = read_html(browser.post(form.address, form.filled({"title": "Saved second"})))

    sentence = "Somebody else has changed this listing since you opened it. Please compare and save again."
    assert page.find("div", css="warn").find("strong").text == renderer.reader(code).gettext(sentence) != sentence


def test_two_tabs_of_one_person_do_not_overwrite_each_other(
    db: Session, lan: User, sign_in: Callable[..., Visitor], database: Database
) -> None:
    listing = make_draft(db, by=lan)
    browser = sign_in(lan)
    tabs = [open_form(browser, listing) for _ in range(2)]

    answers = [
        browser.post(tab.address, tab.filled({"title": f"From tab {number}"})).status_code
        for number, tab in enumerate(tabs)
    ]

    assert answers == [200, 409]
    assert read_stored(database, select(ListingText.title)) == ["From tab 0"]


def test_a_fault_corrected_does_not_overwrite_what_somebody_else_saved_meanwhile(
    db: Session, lan: User, anna: User, sign_in: Callable[..., Visitor], database: Database
) -> None:
    listing = make_draft(db, by=lan)
    first, second = sign_in(lan), sign_in(anna)
    theirs, mine = open_form(first, listing), open_form(second, listing)
    first.post(theirs.address, theirs.filled({"title": "Theirs"}))

    faulty = second.post(mine.address, mine.filled({"title": "Mine", "trl": "12"}))
    corrected = read_form(faulty, "/edit")
    sent = second.post(corrected.address, corrected.filled({"trl": "4"}))

    assert (faulty.status_code, sent.status_code) == (422, 409)
    assert read_differences(read_html(sent)) == [["Title", "Mine", "Theirs"]]
    assert read_stored(database, select(ListingText.title)) == ["Theirs"]


def test_a_missing_field_of_a_published_listing_corrected_does_not_overwrite_either(
    db: Session, lan: User, anna: User, sign_in: Callable[..., Visitor], database: Database
) -> None:
    listing = make_listing(db, by=lan)
    first, second = sign_in(lan), sign_in(anna)
    mine = open_form(second, listing)
    incomplete = second.post(mine.address, mine.filled({"title": "Mine", "summary": ""}))
    theirs = open_form(first, listing)
    first.post(theirs.address, theirs.filled({"title": "Theirs"}))

    corrected = read_form(incomplete, "/edit")
    sent = second.post(corrected.address, corrected.filled({"summary": "A summary."}))

    assert (incomplete.status_code, sent.status_code) == (422, 409)
    assert read_stored(database, select(ListingText.title)) == ["Theirs"]


def test_who_writes_the_same_as_is_stored_already_has_saved_it(
    db: Session, lan: User, anna: User, sign_in: Callable[..., Visitor], database: Database,
    facts: Callable[[], list[str]],
) -> None:  # fmt: skip
    listing = make_draft(db, by=lan)
    first, second = sign_in(lan), sign_in(anna)
    forms = [open_form(first, listing), open_form(second, listing)]

    answers = [
        browser.post(form.address, form.filled({"title": "The same words"})).status_code
        for browser, form in zip((first, second), forms, strict=True)
    ]

    assert answers == [200, 200]
    assert read_stored(database, select(Listing.version)) == [2]
    assert facts().count("ListingChanged") == 1


def test_of_editors_at_the_same_moment_one_saves_and_the_others_are_asked_to_compare(
    db: Session, lan: User, sign_in: Callable[..., Visitor], database: Database
) -> None:
    listing = make_draft(db, by=lan)
    browser = sign_in(lan)
    titles = ["One of three", "Two of three", "Three of three"]

    answers = post_together(
        [(browser, f"/en/listings/{listing.reference}/edit", make_fields(title=t, _version=1)) for t in titles]
    )

    saved = [title for title, answer in zip(titles, answers, strict=True) if answer.status_code == 303]
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409]
    assert read_stored(database, select(ListingText.title)) == saved
    assert all(saved[0] in answer.text for answer in answers if answer.status_code == 409)


def test_a_double_click_saves_once(
    db: Session, lan: User, sign_in: Callable[..., Visitor], database: Database, facts: Callable[[], list[str]]
) -> None:
    listing = make_draft(db, by=lan)
    sent = (sign_in(lan), f"/en/listings/{listing.reference}/edit", make_fields(title="Once", _version=1))

    assert [answer.status_code for answer in post_together([sent] * 3)] == [303, 303, 303]
    assert read_stored(database, select(Listing.version)) == [2]
    assert facts().count("ListingChanged") == 1


@pytest.mark.parametrize("action", ["publish", "withdraw", "renew", "delete"])
def test_a_double_click_on_any_button_does_what_one_click_does(
    db: Session, lan: User, sign_in: Callable[..., Visitor], facts: Callable[[], list[str]], action: str
) -> None:
    listing = make_draft(db, by=lan) if action in ("publish", "delete") else make_listing(db, by=lan)
    before = facts()

    answers = post_together([(sign_in(lan), f"/en/listings/{listing.reference}/{action}", {})] * 3)

    recorded = {"publish": 1, "withdraw": 1, "renew": 3, "delete": 1}[action]
    assert len([name for name in facts()[len(before) :] if name.startswith("Listing")]) == recorded
    assert sorted(answer.status_code for answer in answers) == [303, *[404 if action == "delete" else 303] * 2]


def test_withdrawing_while_somebody_edits_keeps_both(
    db: Session, lan: User, anna: User, sign_in: Callable[..., Visitor], database: Database
) -> None:
    listing = make_listing(db, by=lan)
    first, second = sign_in(lan), sign_in(anna)
    mine = open_form(second, listing)
    first.post(f"/en/listings/{listing.reference}/withdraw")

    refused = second.post(mine.address, mine.filled({"title": "Mine"}))

    assert refused.status_code == 409
    again = read_form(refused, "/edit")
    second.post(again.address, again.values, token=again.values["_token"][0])
    assert read_stored(database, select(Listing.state)) == [ListingState.WITHDRAWN]
    assert read_stored(database, select(ListingText.title)) == ["Mine"]


def test_what_the_machine_does_to_the_index_does_not_disturb_an_author(
    db: Session, lan: User, sign_in: Callable[..., Visitor], database: Database
) -> None:
    listing = make_listing(db, by=lan)
    browser = sign_in(lan)
    form = open_form(browser, listing)
    before = read_stored(database, select(Listing.index_version))
    with database.transaction() as session:
        bump_index_version(session, [listing.id])  # as when its vectors are there
    assert read_stored(database, select(Listing.index_version)) > before

    assert browser.post(form.address, form.filled({"title": "Saved all the same"})).status_code == 200
    assert read_stored(database, select(ListingText.title)) == ["Saved all the same"]


def test_a_second_translator_gets_the_differences(
    db: Session, lan: User, anna: User, sign_in: Callable[..., Visitor], database: Database
) -> None:
    listing = make_draft(db, by=lan, texts={"en": "Dryer", "vi": "Máy sấy"})
    address = f"/en/listings/{listing.reference}/translations/vi"
    first, second = sign_in(lan), sign_in(anna)
    theirs, mine = (read_form(browser.get(address), "/vi") for browser in (first, second))
    first.post(theirs.address, theirs.filled({"title": "Máy sấy sắn"}))

    refused = second.post(mine.address, mine.filled({"title": "Lò sấy"}))

    assert (refused.status_code, read_differences(read_html(refused))) == (409, [["Title", "Lò sấy", "Máy sấy sắn"]])
    assert sorted(read_stored(database, select(ListingText.title))) == ["Dryer", "Máy sấy sắn"]
    again = read_form(refused, "/vi")
    second.post(again.address, again.values, token=again.values["_token"][0])
    assert sorted(read_stored(database, select(ListingText.title))) == ["Dryer", "Lò sấy"]


def test_a_fault_of_a_translation_corrected_does_not_overwrite_either(
    db: Session, lan: User, anna: User, sign_in: Callable[..., Visitor], database: Database
) -> None:
    listing = make_draft(db, by=lan, texts={"en": "Dryer", "vi": "Máy sấy"})
    address = f"/en/listings/{listing.reference}/translations/vi"
    first, second = sign_in(lan), sign_in(anna)
    theirs, mine = (read_form(browser.get(address), "/vi") for browser in (first, second))
    first.post(theirs.address, theirs.filled({"title": "Máy sấy sắn"}))

    faulty = second.post(mine.address, mine.filled({"title": ""}))
    corrected = read_form(faulty, "/vi")
    sent = second.post(corrected.address, corrected.filled({"title": "Lò sấy"}))

    assert (faulty.status_code, sent.status_code) == (422, 409)
    assert sorted(read_stored(database, select(ListingText.title))) == ["Dryer", "Máy sấy sắn"]


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "１", "9" * 30, "0", "2"])
@pytest.mark.parametrize("page", ["edit", "translations/vi"])
def test_a_version_that_no_form_of_ours_carries_changes_nothing(
    db: Session, lan: User, sign_in: Callable[..., Visitor], database: Database, page: str, version: str
) -> None:
    listing = make_draft(db, by=lan)
    browser = sign_in(lan)
    before = take_stock(database)
    fields = make_fields(title="Overwritten") if page == "edit" else {"title": "Overwritten"}

    answer = browser.post(f"/en/listings/{listing.reference}/{page}", {**fields, "_version": version})

    assert answer.status_code == (409 if version in ("0", "2") else 400)
    assert take_stock(database) == before
