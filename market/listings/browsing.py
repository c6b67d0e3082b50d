"""What a reader asks for in the address of the browse page, and what the engine answers, before any database session.

The engine is asked under a deadline and with slots of its own, so that one that hangs holds up no other page.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.datastructures import QueryParams

from locales import LANGUAGES
from market.kernel.errors import N_, BadInput, Refusal
from market.listings.enums import LISTING_KINDS
from market.listings.queries import ListingFilters
from market.taxonomy.fields import FIELDS
from market.taxonomy.values import COUNTRIES, INDUSTRIES, PARTNERSHIP_TYPES, STAGES
from market.web.limits import SEARCH_PER_ADDRESS
from market.web.page import language_of
from market.web.paging import LONGEST_CURSOR, PAGE_SIZE
from market.web.resources import Resources, resources_of
from search.port import MAX_QUERY_CHARACTERS, Answer, Counts, Filters, Query, QueryRefused, SearchUnavailable, Sort

log = logging.getLogger("market.listings")

SEARCH_DEADLINE_SECONDS = 1.5
SLUG = re.compile(r"[a-z0-9-]{1,80}")
AnswerT = TypeVar("AnswerT")

FACET_CODES: Mapping[str, frozenset[str]] = {
    "kind": frozenset(LISTING_KINDS),
    "country": frozenset(COUNTRIES),
    "field": frozenset(map(str, FIELDS)),
    "industry": frozenset(INDUSTRIES),
    "stage": frozenset(STAGES),
    "partnership": frozenset(PARTNERSHIP_TYPES),
    "written_in": frozenset(LANGUAGES),
}
"""Key in the address → the codes it may have."""

ENGINE_FACET = {"written_in": "language"}
"""Where the engine calls a facet otherwise."""


class QueryTooLong(Refusal):
    status = 400
    message = N_("This search is too long. Please use at most %(characters)s characters.")


@dataclass(frozen=True, slots=True)
class Browse:
    """One address of the browse page, taken apart. `language` is the reader's."""

    language: str
    words: str
    chosen: Mapping[str, tuple[str, ...]]
    trl_min: int | None
    sort: Sort
    cursor: str
    offset: int
    organization: str = ""
    """Slug of the one whose listings are asked for."""

    @property
    def engine_filters(self) -> Filters:
        return self.filters_without(None)

    def filters_without(self, facet: str | None) -> Filters:
        codes = {ENGINE_FACET.get(name, name): codes for name, codes in self.chosen.items() if codes and name != facet}
        if self.organization:
            codes["organization"] = (self.organization,)
        return Filters(any_of=codes, at_least={"trl": self.trl_min} if self.trl_min else {})

    @property
    def database_filters(self) -> ListingFilters:
        chosen = self.chosen
        return ListingFilters(
            kinds=chosen["kind"],
            countries=chosen["country"],
            written_in=chosen["written_in"],
            stages=chosen["stage"],
            fields=chosen["field"],
            industries=chosen["industry"],
            partnerships=chosen["partnership"],
            trl_min=self.trl_min,
            organization=self.organization,
        )

    @property
    def is_filtered(self) -> bool:
        return any(self.chosen.values()) or self.trl_min is not None or bool(self.organization)

    def address(self, **changes: object) -> str:
        """The query part of the address with something changed; paging starts afresh unless said otherwise."""
        changed = replace(self, **{"cursor": "", "offset": 0, **changes})  # type: ignore[arg-type] # names of fields
        pairs = changed.list_pairs()
        if changed.cursor:
            pairs.append(("cursor", changed.cursor))
        if changed.offset:
            pairs.append(("offset", str(changed.offset)))
        return "?" + urlencode(pairs)

    def toggle_addresses(self, facet: str, codes: Iterable[str]) -> list[str]:
        """For each code the address with it added, or taken out where it is chosen. Codes need no quoting."""
        chosen = self.chosen[facet]
        rest = [urlencode([pair for pair in self.list_pairs() if pair[0] != facet])]
        addresses = []
        for code in codes:
            after = [c for c in chosen if c != code] if code in chosen else [*chosen, code]
            addresses.append("?" + "&".join(filter(None, rest + [f"{facet}={c}" for c in after])))
        return addresses

    def list_pairs(self) -> list[tuple[str, str]]:
        """What is asked for, without the place in the list."""
        pairs: list[tuple[str, str]] = [("q", self.words)] if self.words else []
        pairs += [(name, code) for name, codes in self.chosen.items() for code in codes]
        if self.trl_min:
            pairs.append(("trl_min", str(self.trl_min)))
        if self.organization:
            pairs.append(("organization", self.organization))
        if self.sort is not self.default_sort:
            pairs.append(("sort", self.sort.value))
        return pairs

    @property
    def cleared(self) -> str:
        """The same words without any filter."""
        return self.address(chosen=dict.fromkeys(self.chosen, ()), trl_min=None, organization="")

    @property
    def of_everybody(self) -> str:
        """The same without the organization."""
        return self.address(organization="")

    @property
    def default_sort(self) -> Sort:
        return Sort.RELEVANCE if self.words else Sort.NEWEST


@dataclass(frozen=True, slots=True)
class Found:
    """What the engine said. `answer` only with words; `degraded` when it did not answer in time."""

    browse: Browse
    answer: Answer | None
    facets: Mapping[str, Mapping[str, int]]
    total: int | None
    degraded: bool


def read_browse(params: QueryParams, *, language: str) -> Browse:
    """Values of no list of ours are refused rather than ignored: a shared address must not show something else."""
    chosen = {}
    for facet, codes in FACET_CODES.items():
        values = tuple(dict.fromkeys(value for value in params.getlist(facet) if value))
        if not codes.issuperset(values):
            raise BadInput
        chosen[facet] = values
    words = " ".join(params.get("q", "").split())
    if len(words) > MAX_QUERY_CHARACTERS:
        raise QueryTooLong(characters=MAX_QUERY_CHARACTERS)
    organization = params.get("organization", "")
    if organization and not SLUG.fullmatch(organization):
        raise BadInput
    sort = params.get("sort") or (Sort.RELEVANCE if words else Sort.NEWEST)
    if sort not in set(Sort):
        raise BadInput
    return Browse(
        language=language,
        words=words,
        chosen=chosen,
        trl_min=_read_number(params.get("trl_min", ""), least=1, most=9),
        sort=Sort(sort),
        cursor=params.get("cursor", "")[:LONGEST_CURSOR],
        offset=_read_number(params.get("offset", ""), least=0, most=1_000) or 0,
        organization=organization,
    )


async def find_listings(request: Request) -> Found:
    """Runs before the route's session takes its slot."""
    resources = resources_of(request)
    browse = read_browse(request.query_params, language=language_of(request))
    if browse.words:
        resources.limits.check(SEARCH_PER_ADDRESS, "search", request.client.host if request.client else "")
    try:
        return await ask_engine(resources, browse)
    except QueryRefused as problem:
        raise QueryTooLong(characters=MAX_QUERY_CHARACTERS) from problem
    except (SearchUnavailable, TimeoutError):
        log.warning("search engine did not answer in time")
        return Found(browse, None, {}, None, degraded=True)


FoundListings = Annotated[Found, Depends(find_listings)]


async def ask_engine(resources: Resources, browse: Browse) -> Found:
    return await ask_in_time(resources, lambda: _ask(resources, browse))


async def ask_in_time(resources: Resources, ask: Callable[[], AnswerT]) -> AnswerT:
    """What the engine says, or `SearchUnavailable` or `TimeoutError`, which is counted."""
    # In threads of its own, abandoned at the deadline: a hung engine takes none from other pages, nor more than these.
    answering = asyncio.get_running_loop().run_in_executor(resources.search_threads, ask)
    try:
        return await asyncio.wait_for(answering, SEARCH_DEADLINE_SECONDS)
    except (SearchUnavailable, TimeoutError):
        resources.metrics.degraded.inc()
        raise


def _ask(resources: Resources, browse: Browse) -> Found:
    facets = tuple(ENGINE_FACET.get(name, name) for name in FACET_CODES)
    answer: Answer | None = None
    if browse.words:
        answer = resources.search.search(_make_query(browse, facets, limit=PAGE_SIZE))
        counted: Counts | Answer = answer
    else:
        counted = resources.search.count(browse.engine_filters, facets)
    counts = {name: dict(counted.facets.get(ENGINE_FACET.get(name, name), {})) for name in FACET_CODES}
    for name, codes in browse.chosen.items():
        if codes:
            counts[name] = _count_beside(resources, browse, name)
    return Found(browse, answer, counts, counted.total, degraded=False)


def _count_beside(resources: Resources, browse: Browse, name: str) -> dict[str, int]:
    """A list that is narrowed by already counts as if it were not: what choosing another of its codes would add."""
    facet = ENGINE_FACET.get(name, name)
    filters = browse.filters_without(name)
    if browse.words:
        counted: Counts | Answer = resources.search.search(_make_query(browse, (facet,), limit=0, filters=filters))
    else:
        counted = resources.search.count(filters, (facet,))
    return dict(counted.facets.get(facet, {}))


def _make_query(browse: Browse, facets: tuple[str, ...], *, limit: int, filters: Filters | None = None) -> Query:
    return Query(
        words=browse.words,
        language=browse.language,
        filters=filters or browse.engine_filters,
        sort=browse.sort,
        offset=browse.offset,
        limit=limit,
        facets=facets,
    )


def _read_number(text: str, *, least: int, most: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 5 and least <= int(text) <= most):  # noqa: PLR2004 - four digits
        raise BadInput
    return int(text)
