"""What a page of a listing says to machines (JSON-LD, https://schema.org): an `Offer` or a `Demand`, and whose it is.

Only what the page shows to everybody. A date, a language and the page itself belong to the `WebPage`: an offer has no
words for them. The technology is a `Product`, schema.org's word for whatever may be offered.
"""

from dataclasses import replace
from typing import Any

from market.kernel.money import Money
from market.kernel.text import shorten
from market.listings.enums import ListingKind
from market.listings.models import Listing
from market.listings.presenting import ShownListing
from market.taxonomy.fields import FIELDS
from market.web.atom import make_tag
from market.web.page import Page
from market.web.sharing import LONGEST_DESCRIPTION, Sharing, context_in, in_language, share_page
from market.web.xml_writing import write_moment


def share_listing(page: Page, listing: Listing, shown: ShownListing) -> Sharing:
    """Of something published. It counts in the languages that it has words in."""
    languages = [listing.language, *sorted(code for code in listing.texts if code != listing.language)]
    share = share_page(
        page,
        "listings.show",
        description=describe_shortly(shown),
        languages=languages,
        reference=listing.reference,
    )
    return replace(share, kind="article", linked_data=describe_listing(page, listing, shown, address=share.address))


def describe_shortly(shown: ShownListing) -> str:
    """In the language of the words that are shown."""
    return shorten(" ".join((shown.text.summary or shown.text.description).split()), LONGEST_DESCRIPTION)


def describe_listing(page: Page, listing: Listing, shown: ShownListing, *, address: str) -> dict[str, Any]:
    """`address`: the one of the page that counts. Names of things are tags, the same on the pages of all languages."""
    listing_id = _tag(page, f"listing/{listing.reference}")
    organization_id = _tag(page, f"organization/{listing.organization.slug}")
    return {
        "@context": context_in(page.language),
        "@graph": [
            {
                "@type": "WebPage",
                "@id": address,
                "url": address,
                "inLanguage": shown.text.language,  # that of the page that counts
                "datePublished": write_moment(listing.published_at or listing.created_at),
                "dateModified": write_moment(listing.changed_at),
                "mainEntity": {"@id": listing_id},
            },
            {
                "@id": listing_id,
                "identifier": listing.reference,
                "url": address,
                **_describe_terms(page, listing, shown, organization_id),
            },
            _describe_organization(page, listing, organization_id, listing_id),
        ],
    }


def _describe_terms(page: Page, listing: Listing, shown: ShownListing, organization_id: str) -> dict[str, Any]:
    """What an offer and a demand say alike, and what each has a word of its own for."""
    say, text = page.reader.gettext, shown.text
    name = in_language(text.title, text.language, page.language)
    words = {"name": name, "description": in_language(describe_shortly(shown), text.language, page.language)}
    fields = [say(FIELDS[int(code)].label) for code in shown.codes["field"]]
    terms: dict[str, Any] = {
        **words,
        "itemOffered": {"@type": "Product", **words, "category": fields},
        "areaServed": [_describe_country(page, code) for code in shown.codes["target_country"]],
    }
    if listing.published_at:
        terms["validFrom"] = write_moment(listing.published_at)
    if listing.expires_on:
        terms |= dict.fromkeys(("validThrough", "availabilityEnds"), listing.expires_on.isoformat())
    if listing.kind is ListingKind.OFFER:
        return {"@type": "Offer", "category": fields, "offeredBy": {"@id": organization_id}, **terms} | _price(shown)
    budget = _budget(shown.price) if shown.price else {}
    return {"@type": "Demand", **terms, **budget}


def _price(shown: ShownListing) -> dict[str, str]:
    price = shown.price
    return {"price": f"{price.decimal:f}", "priceCurrency": price.currency} if price else {}


def _budget(price: Money) -> dict[str, Any]:
    """A demand has no price: what it can spend is the most that one may ask."""
    most = {"@type": "PriceSpecification", "maxPrice": f"{price.decimal:f}", "priceCurrency": price.currency}
    return {"priceSpecification": most}


def _describe_country(page: Page, code: str) -> dict[str, str]:
    return {"@type": "Country", "identifier": code, "name": page.reader.format.country(code)}


def _describe_organization(page: Page, listing: Listing, organization_id: str, listing_id: str) -> dict[str, Any]:
    organization = listing.organization
    relation = "makesOffer" if listing.kind is ListingKind.OFFER else "seeks"
    return {
        "@type": "Organization",
        "@id": organization_id,
        "url": page.absolute_url("organizations.show", slug=organization.slug),
        "name": in_language(organization.name, organization.language, page.language),
        relation: {"@id": listing_id},
    }


def _tag(page: Page, name: str) -> str:
    return make_tag(page.resources.settings.base_url, name)
