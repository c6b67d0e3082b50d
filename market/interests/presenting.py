"""What the pages of this room show, made from rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from market.interests import queries
from market.interests.asking import ORGANIZATION, browse_again
from market.interests.models import SavedSearch
from market.interests.rules import LONGEST_NAME
from market.kernel.text import shorten
from market.listings.browsing import Browse
from market.listings.feeds import name_filters
from market.listings.presenting import label_code
from market.web.page import Page


@dataclass(frozen=True, slots=True)
class ShownSearch:
    """`filters` are labels, `organization` a name and its language; `address` leads to what it finds now."""

    search: SavedSearch
    filters: Sequence[str]
    organization: tuple[str, str] | None
    address: str


def present_searches(session: Session, page: Page, searches: Sequence[SavedSearch]) -> list[ShownSearch]:
    slugs = [str(search.filters[ORGANIZATION]) for search in searches if ORGANIZATION in search.filters]
    names = queries.map_organizations(session, slugs) if slugs else {}
    return [_present(page, search, names.get(str(search.filters.get(ORGANIZATION, "")))) for search in searches]


def _present(page: Page, search: SavedSearch, organization: tuple[str, str] | None) -> ShownSearch:
    browse = browse_again(search, language=page.language)
    return ShownSearch(search, list_labels(page, browse), organization, address_of(page, browse))


def list_labels(page: Page, browse: Browse) -> list[str]:
    labels = [label_code(facet, code, page.reader) for facet, codes in browse.chosen.items() for code in codes]
    return [*labels, f"TRL ≥ {browse.trl_min}"] if browse.trl_min else labels


def address_of(page: Page, browse: Browse) -> str:
    query = write_query(browse)
    return page.url("listings.index") + (f"?{query}" if query else "")


def write_query(browse: Browse) -> str:
    """All that is kept of the address: the order of a list is no part of what is looked for."""
    return urlencode([pair for pair in browse.list_pairs() if pair[0] != "sort"])


def find_organization(session: Session, browse: Browse) -> tuple[str, str] | None:
    """Name and language of the one whose listings are asked for."""
    return (
        queries.map_organizations(session, [browse.organization]).get(browse.organization)
        if browse.organization
        else None
    )


def suggest_name(page: Page, browse: Browse, organization: tuple[str, str] | None) -> str:
    """The words and filters themselves, in the reader's language."""
    named = name_filters(page, browse, organization[0] if organization else "")
    return shorten(named or page.reader.gettext("Technology offers and demands"), LONGEST_NAME - 1)
