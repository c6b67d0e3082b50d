"""From an address of the browse page to what is kept of it, and back."""

from collections.abc import Mapping
from typing import Any

from market.interests.models import SavedSearch
from market.listings.browsing import ENGINE_FACET, FACET_CODES, Browse
from search.port import Filters, Sort

TRL_MIN, ORGANIZATION = "trl_min", "organization"


def keep_filters(browse: Browse) -> dict[str, Any]:
    """All that the page shows but the words, the order and the place in the list."""
    kept: dict[str, Any] = {facet: list(codes) for facet, codes in browse.chosen.items() if codes}
    if browse.trl_min:
        kept[TRL_MIN] = browse.trl_min
    if browse.organization:
        kept[ORGANIZATION] = browse.organization
    return kept


def filter_by(kept: Mapping[str, Any]) -> Filters:
    """What an engine would filter by: `Browse.engine_filters` of it, at a tenth of the cost."""
    any_of = {
        ENGINE_FACET.get(name, name): (codes,) if name == ORGANIZATION else tuple(codes)
        for name, codes in kept.items()
        if name != TRL_MIN
    }
    return Filters(any_of, {"trl": kept[TRL_MIN]} if TRL_MIN in kept else {})


def browse_again(search: SavedSearch, *, language: str | None = None) -> Browse:
    """What the browse page would show, for a reader of this language; the newest first, as a list of news is."""
    filters = search.filters
    return Browse(
        language=language or search.language,
        words=search.words,
        chosen={facet: tuple(filters.get(facet, ())) for facet in FACET_CODES},
        trl_min=filters.get(TRL_MIN),
        sort=Sort.NEWEST,
        cursor="",
        offset=0,
        organization=filters.get(ORGANIZATION, ""),
    )
