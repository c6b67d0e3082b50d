"""What a saved search finds, for a feed reader that signs in nowhere: who knows the address may read it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from market.interests import queries
from market.interests.asking import browse_again
from market.interests.models import SavedSearch
from market.interests.presenting import find_organization, write_query
from market.kernel.errors import NotFound
from market.listings.feeds import (
    Anybody,
    Asked,
    ask_about,
    find_last_change,
    make_entries,
    name_filters,
    name_tag,
    read_rows,
)
from market.web.atom import MEDIA_TYPE, Feed, Words, write_feed
from market.web.conditional import answer_if_changed
from market.web.deps import Db
from market.web.page import language_of
from market.web.resources import resources_of
from market.web.sharing import SITE

router = APIRouter()


@dataclass(frozen=True, slots=True)
class AskedFeed:
    search: SavedSearch
    asked: Asked


async def ask_for_feed(request: Request, token: str) -> AskedFeed:
    """Whose address it is, in a session of a moment; then the engine, with none; then the route's own."""
    resources = resources_of(request)

    def find_search() -> SavedSearch | None:
        with resources.database.reading() as session:
            return queries.find_by_feed(session, token)

    async with resources.database_slots:
        search = await run_in_threadpool(find_search)
    if search is None:
        raise NotFound
    return AskedFeed(search, await ask_about(request, browse_again(search, language=language_of(request))))


@router.get("/searches/{token}.atom", name="interests.feed")
def show_feed(
    token: str, found: Annotated[AskedFeed, Depends(ask_for_feed)], request: Request, db: Db, page: Anybody
) -> Response:
    """As the feeds of lists; kept by no cache that others use, since the address may be ended at any moment."""
    search, browse = found.search, found.asked.browse
    organization = find_organization(db, browse)
    rows, _following = read_rows(db, found.asked)
    query = write_query(browse)
    feed = Feed(
        id=name_tag(page, f"search/{search.id}"),
        language=page.language,
        title=Words(search.name, search.language),
        subtitle=Words(name_filters(page, browse, organization[0] if organization else ""), page.language),
        author=page.reader.gettext(SITE),
        page=page.absolute_url("listings.index") + (f"?{query}" if query else ""),
        own=page.absolute_url("interests.feed", token=token),
        changed_at=find_last_change(rows),
        entries=make_entries(db, page, rows),
    )
    response = answer_if_changed(
        request, write_feed(feed), media_type=MEDIA_TYPE, changed_at=feed.changed_at, seconds=0
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
