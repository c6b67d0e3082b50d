"""From rows to what a program reads. Codes are codes: their names in every language are in the value lists."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from market.kernel.money import Money
from market.kernel.viewer import Viewer
from market.listings import rules
from market.listings.enums import ListingState, Vocabulary
from market.listings.models import Listing, ListingText
from market.listings.presenting import present_listing
from market.organizations.models import Organization
from market.web.apikit.answers import make_etag

WORDS = ("title", "summary", "description", "advantages", "technical_specification", "expected_partner", "ipr_notes")
CODES: Mapping[str, Vocabulary] = {
    "fields": Vocabulary.FIELD,
    "ipc": Vocabulary.IPC,
    "industries": Vocabulary.INDUSTRY,
    "partnership_types": Vocabulary.PARTNERSHIP,
    "sdgs": Vocabulary.SDG,
    "target_countries": Vocabulary.TARGET_COUNTRY,
}


def show_row(row: Row[*tuple[Any, ...]], pages: str) -> dict[str, Any]:
    """A listing in a list. `pages`: where its page stands, up to the reference."""
    (
        _id, reference, kind, state, country, stage, trl, published_at, expires_on, changed_at, written_in, language,
        title, summary, organization, slug,
    ) = row  # fmt: skip
    return {
        "reference": reference,
        "kind": kind,
        "state": state,
        "language": language,
        "title": title,
        "summary": summary,
        "written_in": written_in,
        "country": country,
        "stage": stage,
        "trl": trl,
        "organization": {"slug": slug, "name": organization},
        "published_at": published_at,
        "expires_at": expires_on,
        "changed_at": changed_at,
        "url": pages + reference,
    }


def show_change(row: Row[*tuple[Any, ...]], pages: str) -> dict[str, Any]:
    """Of what is not public any more no more than that it is not: a draft made public again later comes as new."""
    if row.state is ListingState.PUBLISHED:
        return show_row(row, pages)
    state = ListingState.EXPIRED if row.state is ListingState.EXPIRED else ListingState.WITHDRAWN
    return {"reference": row.reference, "state": state, "changed_at": row.changed_at}


def show_listing(
    listing: Listing, organization: Organization, *, language: str, viewer: Viewer | None, pages: str
) -> dict[str, Any]:
    """In the reader's language where there are words in it, else in the author's; `language` says which."""
    shown = present_listing(listing, language)
    text = shown.text
    answer: dict[str, Any] = {
        "reference": listing.reference,
        "kind": listing.kind,
        "state": listing.state,
        "version": listing.version,
        "language": text.language,
        **_show_words(text),
        "provenance": text.provenance,
        "is_outdated": shown.is_stale,
        "written_in": listing.language,
        "languages": sorted(listing.texts),
        "country": listing.country,
        "stage": listing.stage,
        "trl": listing.trl,
        "ipr_status": listing.ipr_status,
        **{name: listing.list_codes(vocabulary) for name, vocabulary in CODES.items()},
        "price": _show_price(listing),
        "organization": {"slug": organization.slug, "name": name_organization(organization, language)},
        "published_at": listing.published_at,
        "expires_at": listing.expires_on,
        "changed_at": listing.changed_at,
        "url": pages + listing.reference,
    }
    answer["fields"] = [int(code) for code in answer["fields"]]
    if rules.may_write(viewer, listing):
        answer |= {"external_id": listing.external_id, "contact_email": listing.contact_email}
    return answer


def tag_listing(listing: Listing, organization: Organization, *, language: str, viewer: Viewer | None) -> str:
    """With everything that the answer depends on, the listing's own version first."""
    is_own = rules.may_write(viewer, listing)
    return make_etag(listing.version, organization.version, int(is_own), language=language)


def name_organization(organization: Organization, language: str) -> str:
    """In its own language to its readers, in English to others where it has an English name; as `queries.ROWS`."""
    is_own = organization.language == language or not organization.name_en
    return organization.name if is_own else organization.name_en


def _show_words(text: ListingText) -> dict[str, Any]:
    return {name: getattr(text, name) for name in WORDS} | {"keywords": text.keyword_list}


def _show_price(listing: Listing) -> dict[str, Any] | None:
    if listing.price_amount is None or listing.price_currency is None:
        return {"amount": None, "currency": None, "basis": listing.price_basis} if listing.price_basis else None
    amount = Money(listing.price_amount, listing.price_currency).decimal
    return {"amount": str(amount), "currency": listing.price_currency, "basis": listing.price_basis}
