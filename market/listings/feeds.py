"""Feeds of what is published, for feed readers: the newest first, with the filters of the browse page.

A feed is the same for everybody, whoever is signed in: what only an organization sees is never in it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from market.listings import queries
from market.listings.browsing import Browse, QueryTooLong, ask_in_time, read_browse
from market.listings.enums import LISTING_KINDS, Vocabulary
from market.listings.presenting import label_code
from market.listings.queries import ListingFilters, ListingRow
from market.organizations.queries import get_organization
from market.taxonomy.fields import FIELDS
from market.web.atom import MEDIA_TYPE, Category, Entry, Feed, Words, make_tag, write_feed
from market.web.conditional import answer_if_changed
from market.web.deps import Db
from market.web.errors import Busy
from market.web.limits import SEARCH_PER_ADDRESS
from market.web.page import Page, language_of
from market.web.paging import LONGEST_CURSOR, read_cursor, write_cursor
from market.web.resources import resources_of
from market.web.sharing import SITE
from search.port import FUSED_WINDOW, MAX_QUERY_CHARACTERS, Answer, Query, QueryRefused, SearchUnavailable, Sort

log = logging.getLogger("market.listings")

router = APIRouter()

FEED_SIZE = 50
KEPT_SECONDS = 300
BEFORE_EVERYTHING = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed without entries was changed: it must say, and the moment of asking would make it new every time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`answer` is what the engine says, where the feed is one of a search."""

    browse: Browse
    answer: Answer | None


async def ask_for_feed(request: Request) -> Asked:
    """Runs before the route's session takes its slot. Without the engine there is no feed of a search: one of fewer
    listings would pass for the whole, so the reader is told to come again."""
    return await _ask(request, limit=FEED_SIZE)


async def ask_for_all(request: Request) -> Asked:
    """As for a feed, but all that a search finds: for a file of it."""
    return await _ask(request, limit=FUSED_WINDOW)


async def _ask(request: Request, *, limit: int) -> Asked:
    browse = read_browse(request.query_params, language=language_of(request))
    return await ask_about(request, replace(browse, sort=Sort.NEWEST), limit=limit)


async def ask_about(request: Request, browse: Browse, *, limit: int = FEED_SIZE) -> Asked:
    """What the engine says, where there are words. As `ask_for_feed`: before the route's session takes its slot."""
    resources = resources_of(request)
    if not browse.words:
        return Asked(browse, None)
    resources.limits.check(SEARCH_PER_ADDRESS, "search", request.client.host if request.client else "")
    query = Query(
        words=browse.words, language=browse.language, filters=browse.engine_filters, sort=Sort.NEWEST,
        offset=browse.offset, limit=limit,
    )  # fmt: skip
    try:
        return Asked(browse, await ask_in_time(resources, lambda: resources.search.search(query)))
    except QueryRefused as problem:
        raise QueryTooLong(characters=MAX_QUERY_CHARACTERS) from problem
    except (SearchUnavailable, TimeoutError) as problem:
        log.warning("search engine did not answer in time")
        raise Busy from problem


async def make_page(request: Request) -> Page:
    """Nobody's page: a feed does not depend on who asks."""
    return Page(request, None)


Anybody = Annotated[Page, Depends(make_page)]


@router.get("/listings.atom", name="listings.feed")
def show_feed(asked: Annotated[Asked, Depends(ask_for_feed)], request: Request, db: Db, page: Anybody) -> Response:
    browse = asked.browse
    organization = get_organization(db, browse.organization).name if browse.organization else ""
    rows, following = read_rows(db, asked)
    feed = Feed(
        id=name_tag(page, f"listings/{page.language}{_query(_list_pairs(browse))}"),
        language=page.language,
        title=Words(page.reader.gettext("Technology offers and demands"), page.language),
        subtitle=Words(name_filters(page, browse, organization), page.language),
        author=page.reader.gettext(SITE),
        page=page.absolute_url("listings.index") + _query(browse.list_pairs()),
        own=_absolute_feed(page, browse, browse.cursor, browse.offset),
        next=_absolute_feed(page, browse, *following) if following else None,
        changed_at=find_last_change(rows),
        entries=make_entries(db, page, rows),
    )
    return _answer(request, feed)


@router.get("/organizations/{slug}.atom", name="listings.feed_of_organization")
def show_feed_of_organization(slug: str, request: Request, db: Db, page: Anybody, cursor: str = "") -> Response:
    organization = get_organization(db, slug)
    filters = ListingFilters(organization_id=organization.id)
    rows, following = _read_page(db, filters, page.language, cursor)
    own = page.absolute_url("listings.feed_of_organization", slug=slug)
    feed = Feed(
        id=name_tag(page, f"organizations/{slug}/{page.language}"),
        language=page.language,
        title=Words(organization.name, organization.language),
        subtitle=Words(page.reader.gettext("Offers and demands"), page.language),
        author=page.reader.gettext(SITE),
        page=page.absolute_url("organizations.show", slug=slug),
        own=own + _query([("cursor", cursor)] if cursor else []),
        next=own + _query([("cursor", following)]) if following else None,
        changed_at=find_last_change(rows),
        entries=make_entries(db, page, rows),
    )
    return _answer(request, feed)


def address_of_feed(page: Page, browse: Browse) -> str:
    """The feed of what a browse page shows, whatever its order and its place in the list."""
    return page.url("listings.feed") + _query(_list_pairs(browse))


def _answer(request: Request, feed: Feed) -> Response:
    return answer_if_changed(
        request, write_feed(feed), media_type=MEDIA_TYPE, changed_at=feed.changed_at, seconds=KEPT_SECONDS
    )


def read_rows(session: Session, asked: Asked) -> tuple[Sequence[ListingRow], tuple[str, int] | None]:
    """What a feed has, and the cursor and offset of what follows."""
    return _read_search(session, asked.answer, asked.browse) if asked.answer else _read_list(session, asked.browse)


def _read_list(session: Session, browse: Browse) -> tuple[Sequence[ListingRow], tuple[str, int] | None]:
    rows, following = _read_page(session, browse.database_filters, browse.language, browse.cursor)
    return rows, (following, 0) if following else None


def _read_page(
    session: Session, filters: ListingFilters, language: str, cursor: str
) -> tuple[Sequence[ListingRow], str | None]:
    """Some rows and the cursor of the next ones."""
    after = None
    if cursor:
        value, listing_id = read_cursor(cursor[:LONGEST_CURSOR], str, str)
        after = queries.read_key(str(value), str(listing_id), sort=Sort.NEWEST)
    rows = queries.list_published(session, filters, language=language, after=after, limit=FEED_SIZE + 1)
    shown = rows[:FEED_SIZE]
    more = len(rows) > len(shown)
    return shown, write_cursor(*queries.write_key(shown[-1], Sort.NEWEST)) if more else None


def _read_search(
    session: Session, answer: Answer, browse: Browse
) -> tuple[Sequence[ListingRow], tuple[str, int] | None]:
    rows = queries.list_by_reference(session, [hit.id for hit in answer.hits], language=browse.language)
    return rows, ("", browse.offset + FEED_SIZE) if answer.more else None


def find_last_change(rows: Sequence[ListingRow]) -> datetime:
    return max((row.changed_at for row in rows), default=BEFORE_EVERYTHING)


def make_entries(session: Session, page: Page, rows: Sequence[ListingRow]) -> list[Entry]:
    fields: Mapping[UUID, list[str]] = queries.map_codes(session, [row.id for row in rows], Vocabulary.FIELD)
    slugs = {row.organization_slug for row in rows}
    languages = queries.map_name_languages(session, slugs, language=page.language)
    return [
        Entry(
            id=name_tag(page, f"listing/{row.reference}"),
            title=Words(row.title, row.language),
            summary=Words(row.summary, row.language),
            address=page.absolute_url("listings.show", reference=row.reference),
            author=Words(row.organization, languages[row.organization_slug]),
            author_address=page.absolute_url("organizations.show", slug=row.organization_slug),
            published_at=row.published_at or row.changed_at,
            changed_at=row.changed_at,
            categories=_list_categories(page, row, fields.get(row.id, [])),
        )
        for row in rows
    ]


def _list_categories(page: Page, row: ListingRow, fields: Sequence[str]) -> list[Category]:
    say = page.reader.gettext
    kind = Category(name_tag(page, "kind"), row.kind.value, say(LISTING_KINDS[row.kind]))
    scheme = name_tag(page, "field")
    return [kind, *(Category(scheme, code, say(FIELDS[int(code)].label)) for code in fields)]


def name_filters(page: Page, browse: Browse, organization: str) -> str:
    """The words and what was chosen, in the reader's language; `organization` is its name."""
    reader = page.reader
    names = [part for part in (browse.words, organization) if part]
    names += [label_code(facet, code, reader) for facet, codes in browse.chosen.items() for code in codes]
    if browse.trl_min:
        names.append(f"TRL {browse.trl_min}–9")
    return reader.format.join(names)


def _list_pairs(browse: Browse) -> list[tuple[str, str]]:
    """What a feed is of; its order is always the same."""
    return [pair for pair in browse.list_pairs() if pair[0] != "sort"]


def _absolute_feed(page: Page, browse: Browse, cursor: str, offset: int) -> str:
    pairs = _list_pairs(browse)
    pairs += [("cursor", cursor)] if cursor else []
    pairs += [("offset", str(offset))] if offset else []
    return page.absolute_url("listings.feed") + _query(pairs)


def _query(pairs: Sequence[tuple[str, str]]) -> str:
    return f"?{urlencode(pairs)}" if pairs else ""


def name_tag(page: Page, name: str) -> str:
    return make_tag(page.resources.settings.base_url, name)
