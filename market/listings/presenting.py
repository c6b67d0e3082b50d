"""From rows to what a template shows: words in the reader's language where there are any, marked hits, form values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from market.kernel.errors import N_, Fault
from market.kernel.money import MINOR_UNITS, Money
from market.kernel.text import shorten
from market.listings import queries
from market.listings.browsing import Found
from market.listings.enums import LISTING_KINDS, Vocabulary
from market.listings.forms import ListingForm, TextForm
from market.listings.models import Listing, ListingText
from market.listings.queries import ListingRow
from market.listings.service import hash_original
from market.taxonomy.fields import FIELDS
from market.taxonomy.values import INDUSTRIES, PARTNERSHIP_TYPES, STAGES
from market.web.forms import SentForm
from market.web.paging import PAGE_SIZE, read_cursor, write_cursor
from market.web.rendering import Reader
from search.burmese import detect_zawgyi
from search.detection import detect_language
from search.highlighting import mark, mark_excerpt
from search.port import FoundBy

SUMMARY_LENGTH = 240
ZAWGYI_SURE = 0.95
LONG_ENOUGH_TO_GUESS = 40
Segments = list[tuple[str, bool]]

MANY_FIELDS = ("partnership_types", "fields", "industries", "sdgs", "target_countries")


@dataclass(frozen=True, slots=True)
class Card:
    """A listing in a list. `title` and `summary` are pieces of text with the matched ones marked."""

    row: ListingRow
    title: Segments
    summary: Segments
    industries: Sequence[str]
    by_meaning: bool


@dataclass(frozen=True, slots=True)
class ShownPage:
    cards: list[Card]
    total: int
    by_meaning: int
    next_address: str | None
    words_only: bool


def present_page(session: Session, found: Found) -> ShownPage:
    """Rows from the database through `visible_to`, in the engine's order where there are words."""
    browse = found.browse
    if found.answer is not None:
        return _present_answer(session, found)
    filters = browse.database_filters
    if found.degraded and browse.words:
        filters = queries.with_words(filters, browse.words)
    after = None
    if browse.cursor:
        value, listing_id = read_cursor(browse.cursor, str, str)
        after = queries.read_key(str(value), str(listing_id), sort=browse.sort)
    rows = queries.list_published(
        session, filters, language=browse.language, sort=browse.sort, after=after, limit=PAGE_SIZE + 1
    )
    shown = rows[:PAGE_SIZE]
    total = found.total if found.total is not None else queries.count_published(session, filters)
    following = None
    if len(rows) > PAGE_SIZE:
        following = browse.address(cursor=write_cursor(*queries.write_key(shown[-1], browse.sort)))
    return ShownPage(_make_cards(session, shown, found), total, 0, following, words_only=False)


def _present_answer(session: Session, found: Found) -> ShownPage:
    answer, browse = found.answer, found.browse
    assert answer is not None  # noqa: S101 - the caller has looked
    rows = queries.list_by_reference(session, [hit.id for hit in answer.hits], language=browse.language)
    following = browse.address(offset=browse.offset + PAGE_SIZE) if answer.more else None
    return ShownPage(
        _make_cards(session, rows, found),
        answer.total,
        answer.by_meaning,
        following,
        words_only=not answer.meaning_asked,
    )


def _make_cards(session: Session, rows: Sequence[ListingRow], found: Found) -> list[Card]:
    industries = queries.map_codes(session, [row.id for row in rows], Vocabulary.INDUSTRY)
    answer = found.answer
    by_meaning = {hit.id for hit in answer.hits if hit.by is FoundBy.MEANING} if answer else set()
    words = found.browse.words
    cards = []
    for row in rows:
        language = row.language
        title = mark(row.title, words, language) if words else [(row.title, False)]
        summary = [(shorten(row.summary, SUMMARY_LENGTH), False)]
        if words:
            summary = mark_excerpt(row.summary, words, language, SUMMARY_LENGTH)
        cards.append(Card(row, title, summary, industries.get(row.id, ()), row.reference in by_meaning))
    return cards


@dataclass(frozen=True, slots=True)
class FacetItem:
    code: str
    label: str
    count: int
    chosen: bool
    address: str


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    title: str
    entries: list[FacetItem]


FACET_TITLES = {
    "kind": N_("Kind"),
    "country": N_("Country"),
    "industry": N_("Industry"),
    "field": N_("Field of technology"),
    "stage": N_("Stage of development"),
    "partnership": N_("Type of partnership"),
    "written_in": N_("Written in"),
}


def present_facets(found: Found, reader: Reader) -> list[Facet]:
    """What the list can be narrowed by, with counts; what is chosen stays visible also where it counts nothing."""
    facets = []
    for name, title in FACET_TITLES.items():
        counts = found.facets.get(name, {})
        chosen = found.browse.chosen[name]
        codes = [code for code in _in_order(name, counts) if counts.get(code) or code in chosen]
        codes += [code for code in chosen if code not in codes]
        addresses = found.browse.toggle_addresses(name, codes)
        items = [
            FacetItem(code, label_code(name, code, reader), counts.get(code, 0), code in chosen, address)
            for code, address in zip(codes, addresses, strict=True)
        ]
        if items:
            facets.append(Facet(name, title, items))
    return facets


def _in_order(name: str, counts: Mapping[str, int]) -> list[str]:
    """A list with an order of its own keeps it; the others start with the most frequent."""
    if name in ("kind", "stage"):
        return list(_FACET_LABELS[name])
    return sorted(counts, key=lambda code: (-counts[code], code))


_FACET_LABELS: Mapping[str, Mapping[str, str]] = {
    "kind": {kind.value: label for kind, label in LISTING_KINDS.items()},
    "stage": {stage.value: label for stage, label in STAGES.items()},
    "industry": INDUSTRIES,
    "field": {str(code): field.label for code, field in FIELDS.items()},
    "partnership": {kind.value: label for kind, label in PARTNERSHIP_TYPES.items()},
}


def label_code(name: str, code: str, reader: Reader) -> str:
    """What a code of a facet is called in the reader's language."""
    if name == "country":
        return reader.format.country(code)
    if name == "written_in":
        return reader.format.language(code)
    return reader.gettext(_FACET_LABELS[name][code])


@dataclass(frozen=True, slots=True)
class ShownListing:
    """`text` is in the reader's language if there is one; `is_translation` and `is_stale` say what it is."""

    text: ListingText
    is_original: bool
    is_stale: bool
    others: list[str]
    price: Money | None
    codes: dict[str, list[str]]


def present_listing(listing: Listing, language: str) -> ShownListing:
    text = listing.texts.get(language) or listing.texts[listing.language]
    is_original = text.language == listing.language
    price = None
    if listing.price_amount is not None and listing.price_currency is not None:
        price = Money(listing.price_amount, listing.price_currency)
    return ShownListing(
        text=text,
        is_original=is_original,
        is_stale=not is_original and text.source_hash != hash_original(listing),
        others=[code for code in sorted(listing.texts) if code != text.language],
        price=price,
        codes={vocabulary.value: listing.list_codes(vocabulary) for vocabulary in Vocabulary},
    )


def form_values(listing: Listing) -> dict[str, Any]:
    """A stored listing as its form shows it."""
    price = ""
    if listing.price_amount is not None and listing.price_currency is not None:
        decimal = Money(listing.price_amount, listing.price_currency).decimal
        whole = decimal == int(decimal) or MINOR_UNITS[listing.price_currency] == 0
        price = f"{decimal:.0f}" if whole else f"{decimal:.2f}"
    return text_values(listing.texts[listing.language]) | {
        "language": listing.language,
        "stage": listing.stage or "",
        "trl": str(listing.trl or ""),
        "ipr_status": listing.ipr_status or "",
        "partnership_types": listing.list_codes(Vocabulary.PARTNERSHIP),
        "fields": listing.list_codes(Vocabulary.FIELD),
        "ipc": ", ".join(listing.list_codes(Vocabulary.IPC)),
        "industries": listing.list_codes(Vocabulary.INDUSTRY),
        "sdgs": listing.list_codes(Vocabulary.SDG),
        "target_countries": listing.list_codes(Vocabulary.TARGET_COUNTRY),
        "price_amount": price,
        "price_currency": listing.price_currency or "",
        "price_basis": listing.price_basis or "",
        "expires_on": listing.expires_on.isoformat() if listing.expires_on else "",
        "contact_email": listing.contact_email or "",
    }


def text_values(text: ListingText | None) -> dict[str, Any]:
    values = {name: getattr(text, name) if text else "" for name in TextForm.model_fields}
    return values | {"keywords": values["keywords"].replace("\n", ", ")}


def sent_values(sent: SentForm) -> dict[str, Any]:
    return {name: sent.all(name) if name in MANY_FIELDS else sent.first(name) for name in ListingForm.model_fields}


def compare_values(mine: dict[str, Any], stored: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(field, mine, stored) where they differ, for a second editor."""
    pairs = [(name, _as_text(mine.get(name, "")), _as_text(stored[name])) for name in stored]
    return [(name, own, theirs) for name, own, theirs in pairs if own.split() != theirs.split()]


def find_zawgyi_fault(form: TextForm, language: str) -> dict[str, Fault]:
    if language != "my" or detect_zawgyi(_join_words(form)) <= ZAWGYI_SURE:
        return {}
    return {
        "title": Fault(N_("This looks like Zawgyi. Please write in Unicode, so that everybody can read and find it."))
    }


def guess_language_fault(form: ListingForm, *, confirmed: bool) -> dict[str, Fault]:
    """Asks where the words look like another language, or like Zawgyi; the author's second 'yes' settles it."""
    if fault := find_zawgyi_fault(form, form.language):
        return fault
    text = _join_words(form)
    if confirmed or len(text) < LONG_ENOUGH_TO_GUESS:
        return {}
    guess = detect_language(text, trusted=form.language)
    if guess == form.language:
        return {}
    message = N_(
        "These words look like another language (%(language)s). Please choose it, or save again to keep your choice."
    )
    return {"language": Fault(message, language=guess)}


def _join_words(form: TextForm) -> str:
    return "\n".join((form.title, form.summary, form.description))


def _as_text(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, list) else str(value)
