from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams

from market.interests import queries, rules, service
from market.interests.asking import keep_filters
from market.interests.enums import OFTEN, Often
from market.interests.forms import NewSearchForm, SearchForm
from market.interests.models import SavedSearch
from market.interests.presenting import find_organization, list_labels, present_searches, suggest_name, write_query
from market.kernel.errors import Fault, Faulty
from market.listings.browsing import Browse, read_browse
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, parse_form
from market.web.page import PageRefused

router = APIRouter()


@router.get("/account/searches", name="interests.searches")
def list_searches(db: Db, viewer: SignedIn, page: Page) -> Response:
    return page.render(
        "interests/searches.html",
        searches=present_searches(db, page, queries.list_searches(db, viewer.id)),
        has_stopped=queries.has_stopped(db, viewer.id),
        often=OFTEN,
        most=rules.MOST_SEARCHES,
    )


@router.get("/account/searches/new", name="interests.new_search")
def show_new(request: Request, db: Db, viewer: SignedIn, page: Page) -> Response:  # noqa: ARG001 - who it is, is asked for
    """The button on the browse page leads here with that page's own query; who is not signed in comes back to it."""
    browse = read_browse(request.query_params, language=page.language)
    name = suggest_name(page, browse, find_organization(db, browse))
    values = {"form_id": str(uuid4()), "name": name, "often": Often.DAILY}
    return _new_page(db, page, browse, values=values)


@router.post("/account/searches/new", name="interests.save_search")
def save_search(sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    browse = read_browse(QueryParams(sent.first("query")), language=page.language)
    try:
        form = parse_form(NewSearchForm, sent)
    except Faulty as problem:
        page.stand_at(page.url("interests.new_search"), write_query(browse))
        values = {name: sent.first(name) for name in NewSearchForm.model_fields}
        refused = _new_page(db, page, browse, values=values, faults=problem.faults, status=problem.status)
        raise PageRefused(refused) from problem
    service.save_search(
        db, search_id=form.form_id, name=form.name, words=browse.words, filters=keep_filters(browse),
        language=page.language, often=form.often, by=viewer, now=now,
    )  # fmt: skip
    return page.redirect("interests.searches", notice="search_saved")


@router.get("/account/searches/{search_id}", name="interests.search")
def show_search(search_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    search = queries.get_search(db, search_id, viewer=viewer)
    return _search_page(db, page, search)


@router.post("/account/searches/{search_id}", name="interests.change_search")
def change_search(search_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    search = queries.get_search(db, search_id, viewer=viewer)
    try:
        form = parse_form(SearchForm, sent)
    except Faulty as problem:
        values = {name: sent.first(name) for name in SearchForm.model_fields}
        refused = _search_page(db, page, search, values=values, faults=problem.faults, status=problem.status)
        raise PageRefused(refused) from problem
    service.change_search(db, search, name=form.name, words=form.words, often=form.often, now=now)
    return page.redirect("interests.searches", notice="saved")


@router.post("/account/searches/{search_id}/delete", name="interests.delete_search")
def delete_search(search_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    service.delete_search(db, queries.get_search(db, search_id, viewer=viewer))
    return page.redirect("interests.searches", notice="search_deleted")


@router.post("/account/searches/{search_id}/feed", name="interests.make_feed")
def make_feed(search_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """The answer is the page itself, because the address is shown this once. Sent again, the newer address counts."""
    search = queries.get_search(db, search_id, viewer=viewer)
    token = service.make_feed(search, now=now)
    page.stand_at(page.url("interests.search", search_id=str(search_id)))
    return _search_page(db, page, search, made=page.absolute_url("interests.feed", token=token))


@router.post("/account/searches/{search_id}/feed/end", name="interests.end_feed")
def end_feed(search_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    service.end_feed(queries.get_search(db, search_id, viewer=viewer))
    return page.redirect("interests.search", search_id=str(search_id), notice="feed_ended")


def _new_page(
    db: Db, page: Page, browse: Browse, *, values: dict[str, Any], faults: dict[str, Fault] | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    return page.render(
        "interests/new_search.html", status=status, words=browse.words, filters=list_labels(page, browse),
        organization=find_organization(db, browse), values=values | {"query": write_query(browse)},
        faults=faults or {}, often=OFTEN,
    )  # fmt: skip


def _search_page(
    db: Db, page: Page, search: SavedSearch, *, values: dict[str, str] | None = None,
    faults: dict[str, Fault] | None = None, made: str | None = None, status: int = 200,
) -> Response:  # fmt: skip
    (shown,) = present_searches(db, page, [search])
    stored = {"name": search.name, "words": search.words, "often": search.often.value}
    return page.render(
        "interests/search.html", status=status, shown=shown, search=search, values=values or stored,
        faults=faults or {}, made=made, often=OFTEN,
    )  # fmt: skip
