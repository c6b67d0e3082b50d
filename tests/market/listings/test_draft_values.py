"""What becomes of what is written in the form: days, languages, prices, keywords, codes."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.listings.enums import ListingState, Vocabulary
from market.listings.models import Listing, ListingCode, ListingText
from market.organizations.models import Organization
from tests.make.listings import make_draft
from tests.make.reading import read_faults, read_form
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Fields, Visitor
from tests.make.writing import write


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
