"""What a public page says of itself in its head: to search engines, and to whoever passes its address on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from locales import LANGUAGES
from market.kernel.errors import N_
from market.web.page import Page

SITE = N_("China–ASEAN Technology Market")
CLAIM = N_("An open marketplace for technology transfer between China and the countries of ASEAN.")
SCHEMA = "https://schema.org"
LONGEST_DESCRIPTION = 240


@dataclass(frozen=True, slots=True)
class Sharing:
    """`address` is the one that counts (canonical), `alternates` the same page in other languages, itself included.

    `linked_data` is a block of JSON-LD, shown by `layout.html` with everything escaped that could end it.
    """

    address: str
    alternates: Mapping[str, str]
    description: str
    kind: str = "website"
    linked_data: Mapping[str, Any] | None = None


def share_page(
    page: Page, name: str, *, description: str, query: str = "", languages: Iterable[str] = LANGUAGES, **parts: str
) -> Sharing:
    """For a page of our own words, which are there in all languages. `languages`: of a page of somebody's words those
    that they are in, their own first: shown in another language, it is not listed, and the original counts."""
    tail = page.url(name, **parts).removeprefix(f"/{page.language}") + query
    addresses = {code: f"{page.own_site}/{code}{tail}" for code in languages}
    own = page.language if page.language in addresses else next(iter(addresses))
    return Sharing(address=addresses[own], alternates=addresses, description=description)


def in_language(text: str, language: str, page_language: str) -> str | dict[str, str]:
    """For linked data: plain where it is in the page's language, else with its own."""
    return text if language == page_language else {"@language": language, "@value": text}


def context_in(language: str) -> list[str | dict[str, str]]:
    return [SCHEMA, {"@language": language}]
