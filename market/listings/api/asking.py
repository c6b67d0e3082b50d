"""What a program asks for in the address of the list, and what the engine says, before any database session."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import QueryParams

from market.kernel.errors import N_, Fault, Faulty
from market.listings import browsing
from market.listings.browsing import ENGINE_FACET, FACET_CODES, Browse, QueryTooLong, read_browse
from market.web.apikit.calls import UNKNOWN_VALUE, Call
from market.web.limits import SEARCH_PER_ADDRESS
from market.web.paging import LONGEST_CURSOR, read_cursor
from market.web.resources import Resources
from search.port import (
    FUSED_WINDOW,
    MAX_QUERY_CHARACTERS,
    Answer,
    Filters,
    Query,
    QueryRefused,
    SearchUnavailable,
    Sort,
)

log = logging.getLogger("market.listings")

COUNTED_FOR_SECONDS = 2.0
"""As long as a visitor's page is kept: counts of the same filters are not made anew for every call."""

MOST_COUNTED = 500
NOT_WITH_SYNC = N_("This cannot be combined with modified_since.")

MOST_KNOWN = 500

Facets = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Asked:
    """`since` asks for what changed, whatever it is now; `answer` is the engine's, only with words."""

    browse: Browse
    limit: int
    since: datetime | None = None
    answer: Answer | None = None
    facets: Facets | None = None
    total: int | None = None
    degraded: bool = False


async def ask(call: Call) -> None:
    """Refusals of the address come before the engine is asked, which comes before a connection is taken."""
    since = call.instant("modified_since")
    if since is not None:
        call.prepared = _read_sync(call, since)
        return
    browse, limit = _read_once(call)
    try:
        call.prepared = await _ask_engine(call, browse, limit)
    except QueryRefused as problem:
        raise QueryTooLong(characters=MAX_QUERY_CHARACTERS) from problem
    except (SearchUnavailable, TimeoutError):
        log.warning("search engine did not answer in time")
        call.prepared = Asked(browse, limit, degraded=True)


def _read_sync(call: Call, since: datetime) -> Asked:
    others = (*FACET_CODES, "q", "sort", "trl_min", "organization")
    if refused := {name: Fault(NOT_WITH_SYNC) for name in others if name in call.parameters}:
        raise Faulty(refused)
    browse = read_browse(QueryParams([("cursor", call.text("cursor"))]), language=call.language)
    return Asked(browse, call.limit, since=since)


def _read_once(call: Call) -> tuple[Browse, int]:
    """The same address again is not taken apart again: programs ask the same all day."""
    key = (call.language, call.request.scope["query_string"])
    if (known := _known.get(key)) is None:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        known = _known[key] = (_read(call), call.limit)
    return known


def _read(call: Call) -> Browse:
    chosen = [(name, code) for name, codes in FACET_CODES.items() for code in call.codes(name, codes)]
    words = call.text("q")
    sort = call.text("sort")
    if sort and sort not in set(Sort):
        raise Faulty({"sort": Fault(UNKNOWN_VALUE)})
    least = call.number("trl_min", least=1, most=9)
    organization = call.text("organization")
    if organization and not browsing.SLUG.fullmatch(organization):
        raise Faulty({"organization": Fault(UNKNOWN_VALUE)})
    pairs = [*chosen, ("q", words), ("sort", sort), ("trl_min", str(least or "")), ("organization", organization)]
    cursor = call.text("cursor")[:LONGEST_CURSOR]
    if words.strip() and cursor:
        (offset,) = read_cursor(cursor, int)
        pairs.append(("offset", str(offset)))
    else:
        pairs.append(("cursor", cursor))
    return read_browse(QueryParams(pairs), language=call.language)


async def _ask_engine(call: Call, browse: Browse, limit: int) -> Asked:
    if browse.words:
        asker = call.request.headers.get("authorization") or (call.request.client.host if call.request.client else "")
        call.resources.limits.check(SEARCH_PER_ADDRESS, "search", asker)
    elif kept := _counts.get(browse, call.resources):
        return Asked(browse, limit, facets=kept[0], total=kept[1])
    return await browsing.ask_in_time(call.resources, lambda: _ask(call.resources, browse, limit))


def _ask(resources: Resources, browse: Browse, limit: int) -> Asked:
    names = tuple(ENGINE_FACET.get(name, name) for name in FACET_CODES)
    answer = None
    if browse.words:
        places = min(limit, max(FUSED_WINDOW - browse.offset, 0))
        answer = resources.search.search(_make_query(browse, names, browse.engine_filters, limit=places))
        total, counted = answer.total, answer.facets
    else:
        counts = resources.search.count(browse.engine_filters, names)
        total, counted = counts.total, counts.facets
    facets = {name: dict(counted.get(ENGINE_FACET.get(name, name), {})) for name in FACET_CODES}
    for name, codes in browse.chosen.items():
        if codes:
            facets[name] = _count_beside(resources, browse, name)
    if answer is None:
        _counts.keep(browse, resources, (facets, total))
    return Asked(browse, limit, answer=answer, facets=facets, total=total)


def _count_beside(resources: Resources, browse: Browse, name: str) -> dict[str, int]:
    """A list that is narrowed by already counts as if it were not: what choosing another of its codes would add."""
    facet, filters = ENGINE_FACET.get(name, name), browse.filters_without(name)
    if browse.words:
        counted = resources.search.search(_make_query(browse, (facet,), filters, limit=0)).facets
    else:
        counted = resources.search.count(filters, (facet,)).facets
    return dict(counted.get(facet, {}))


def _make_query(browse: Browse, facets: tuple[str, ...], filters: Filters, *, limit: int) -> Query:
    return Query(
        words=browse.words, language=browse.language, filters=filters, sort=browse.sort, offset=browse.offset,
        limit=limit, facets=facets,
    )  # fmt: skip


class _Counts:
    """Counts of lately asked filters, for each application of this process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], tuple[float, tuple[Facets, int]]] = {}

    def get(self, browse: Browse, resources: Resources) -> tuple[Facets, int] | None:
        kept = self._kept.get(self._key(browse, resources))
        return kept[1] if kept and kept[0] > time.monotonic() else None

    def keep(self, browse: Browse, resources: Resources, counts: tuple[Facets, int]) -> None:
        if len(self._kept) >= MOST_COUNTED:
            self._kept.clear()
        self._kept[self._key(browse, resources)] = (time.monotonic() + COUNTED_FOR_SECONDS, counts)

    def _key(self, browse: Browse, resources: Resources) -> tuple[object, ...]:
        return id(resources.search), *browse.chosen.values(), browse.trl_min, browse.organization


_counts = _Counts()
_known: dict[tuple[str, bytes], tuple[Browse, int]] = {}
