"""What the demo promises, counted in a seeded database."""

import re
from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from locales import LANGUAGES
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import FactRow
from market.listings.enums import ListingKind, ListingState, Provenance, Vocabulary
from market.listings.models import Listing, ListingCode, ListingText
from market.listings.rules import missing_for_publication
from market.listings.service import TEXT_FIELDS, hash_original
from market.organizations.models import Organization
from market.taxonomy.values import COUNTRIES, INDUSTRIES
from search.detection import detect_language
from tests.make.stored import read_stored

pytestmark = pytest.mark.xdist_group("seeded")
REGISTERED = re.compile(r"\b(?:ZL|CN|US|EP|JP|KR|WO|PCT|VN|TH|ID|MY|SG|PH)[ /.-]?\d{4,}[\d./]*[A-Z]?\b|\b\d{15,}\b")
ASEAN = set(COUNTRIES) - {"CN"}


@pytest.fixture(scope="module")
def listings(seeded: Database) -> list[Listing]:
    parts = (joinedload(Listing.organization), selectinload(Listing.texts), selectinload(Listing.codes))
    return read_stored(seeded, select(Listing).options(*parts).order_by(Listing.published_at))


@pytest.fixture(scope="module")
def parallel(listings: list[Listing]) -> list[Listing]:
    """Those that carry their words in more than one language."""
    return [listing for listing in listings if len(listing.texts) > 1]


@pytest.fixture(scope="module")
def single(listings: list[Listing]) -> list[Listing]:
    return [listing for listing in listings if len(listing.texts) == 1]


def test_there_are_at_least_150_and_all_are_published(listings: list[Listing]) -> None:
    assert len(listings) >= 150
    assert {listing.state for listing in listings} == {ListingState.PUBLISHED}


def test_at_least_eight_are_written_in_each_language(single: list[Listing]) -> None:
    counts = Counter(listing.language for listing in single)

    assert set(counts) == set(LANGUAGES)
    assert {code: count for code, count in counts.items() if count < 8} == {}


def test_twelve_demands_carry_their_words_in_all_languages(parallel: list[Listing]) -> None:
    assert len(parallel) == 12
    assert {listing.kind for listing in parallel} == {ListingKind.DEMAND}
    assert [set(listing.texts) for listing in parallel] == [set(LANGUAGES)] * 12


def test_the_twelve_demands_were_written_in_more_languages_than_one(parallel: list[Listing]) -> None:
    assert len({listing.language for listing in parallel}) >= 8


def test_a_translation_is_marked_as_one_and_up_to_date(parallel: list[Listing]) -> None:
    for listing in parallel:
        marks = {code: (text.provenance, text.source_hash) for code, text in listing.texts.items()}
        assert marks.pop(listing.language) == (Provenance.AUTHOR, None)
        assert set(marks.values()) == {(Provenance.HUMAN, hash_original(listing))}


def test_a_translation_leaves_nothing_of_the_original_out(parallel: list[Listing]) -> None:
    for listing in parallel:
        filled = {code: {name for name in TEXT_FIELDS if getattr(text, name)} for code, text in listing.texts.items()}
        assert filled == dict.fromkeys(filled, filled[listing.language])


def test_every_text_is_in_the_language_it_says(listings: list[Listing]) -> None:
    wrong = [
        (listing.organization.slug, text.language, text.title)
        for listing in listings
        for text in listing.texts.values()
        if detect_language(f"{text.title} {text.summary} {text.description}", trusted="en") != text.language
    ]

    assert wrong == []


def test_no_two_texts_are_the_same(seeded: Database) -> None:
    for column in (ListingText.title, ListingText.summary, ListingText.description):
        repeated = read_stored(seeded, select(column).group_by(column).having(func.count() > 1))
        assert repeated == []


def test_offers_come_mostly_from_china_and_demands_mostly_from_asean(listings: list[Listing]) -> None:
    offers = [listing.country for listing in listings if listing.kind is ListingKind.OFFER]
    demands = [listing.country for listing in listings if listing.kind is ListingKind.DEMAND]

    assert offers.count("CN") > len(offers) / 2
    assert set(offers) == {"CN", *ASEAN}
    assert demands.count("CN") < len(demands) / 5
    assert set(demands) == {"CN", *ASEAN}


def test_every_industry_has_a_listing(seeded: Database) -> None:
    codes = select(ListingCode.code).where(ListingCode.vocabulary == Vocabulary.INDUSTRY)

    assert set(read_stored(seeded, codes)) == set(INDUSTRIES)


def test_each_has_all_that_publication_needs(listings: list[Listing]) -> None:
    today = utc_now().date()

    assert [listing.reference for listing in listings if missing_for_publication(listing, today=today)] == []
    assert {listing.published_at is not None and listing.published_at < utc_now() for listing in listings} == {True}


def test_they_appeared_one_after_the_other(listings: list[Listing]) -> None:
    moments = [listing.published_at for listing in listings if listing.published_at]

    assert len(set(moments)) == len(listings)
    assert (moments[-1] - moments[0]).days > 100


def test_nothing_looks_like_a_number_of_a_patent_or_a_register(seeded: Database) -> None:
    texts = read_stored(seeded, select(ListingText))

    found = [
        match.group()
        for text in texts
        for name in TEXT_FIELDS
        if (match := REGISTERED.search(str(getattr(text, name))))
    ]
    assert found == []


@pytest.mark.parametrize("number", ["ZL202310123456.7", "CN112345678A", "WO2026/123456", "914501000000000000"])
def test_such_a_number_would_be_seen(number: str) -> None:
    assert REGISTERED.search(f"Our patent {number}, granted.")


def test_there_are_at_least_forty_organizations_from_all_countries(seeded: Database) -> None:
    organizations = read_stored(seeded, select(Organization))

    assert len(organizations) >= 40
    assert {organization.country for organization in organizations} == set(COUNTRIES)


def test_every_organization_has_something_to_show(seeded: Database, listings: list[Listing]) -> None:
    slugs = set(read_stored(seeded, select(Organization.slug)))

    assert slugs - {listing.organization.slug for listing in listings} == set()


def test_index_and_watchers_will_hear_of_every_listing(seeded: Database, listings: list[Listing]) -> None:
    published = read_stored(seeded, select(FactRow.subject_id).where(FactRow.name == "ListingPublished"))

    assert sorted(published) == sorted(listing.id for listing in listings)
