"""What the page of an organization says to machines (JSON-LD, https://schema.org/Organization): what it shows."""

from dataclasses import replace
from typing import Any

from market.kernel.text import shorten
from market.organizations.models import Organization
from market.web.atom import make_tag
from market.web.page import Page
from market.web.sharing import CLAIM, LONGEST_DESCRIPTION, Sharing, context_in, in_language, share_page


def share_organization(page: Page, organization: Organization) -> Sharing:
    """In all languages: beside its own words there are its listings, in the reader's where there are any."""
    description = describe_shortly(organization) or page.reader.gettext(CLAIM)
    share = share_page(page, "organizations.show", description=description, slug=organization.slug)
    return replace(share, linked_data=describe_organization(page, organization, address=share.address))


def describe_organization(page: Page, organization: Organization, *, address: str) -> dict[str, Any]:
    def say(text: str) -> str | dict[str, str]:
        return in_language(text, organization.language, page.language)

    place: dict[str, Any] = {"@type": "PostalAddress", "addressCountry": organization.country}
    if organization.city:
        place["addressLocality"] = say(organization.city)
    described: dict[str, Any] = {
        "@context": context_in(page.language),
        "@type": "Organization",
        "@id": make_tag(page.resources.settings.base_url, f"organization/{organization.slug}"),
        "url": address,
        "name": say(organization.name),
        "address": place,
    }
    if organization.name_en and organization.name_en != organization.name:
        described["alternateName"] = in_language(organization.name_en, "en", page.language)
    if organization.description:
        described["description"] = say(describe_shortly(organization))
    if organization.website:
        described["sameAs"] = organization.website
    return described


def describe_shortly(organization: Organization) -> str:
    return shorten(" ".join(organization.description.split()), LONGEST_DESCRIPTION)
