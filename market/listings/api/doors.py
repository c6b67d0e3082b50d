"""Listings for programs: find, read, keep in step, write."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from market.kernel.errors import BadInput, Fault, Faulty, NotAllowed
from market.kernel.text import UNSTORABLE
from market.kernel.viewer import Scope, Viewer
from market.listings import queries, rules, service
from market.listings.api import examples, rows
from market.listings.api.asking import Asked, ask
from market.listings.api.sending import (
    FORM_FIELDS,
    read_changes,
    read_new,
    read_translation,
    refuse_unknown,
    rename_faults,
)
from market.listings.api.showing import show_change, show_listing, show_row, tag_listing
from market.listings.browsing import FACET_CODES, QueryTooLong
from market.listings.enums import ListingKind
from market.listings.models import Listing
from market.organizations.models import Organization
from market.organizations.queries import find_organization, list_acted_for
from market.web.addresses import known_language
from market.web.apikit.answers import Answer, matches_version
from market.web.apikit.calls import MOST_ITEMS, UNKNOWN_VALUE, Call
from market.web.apikit.doors import ApiRouter
from market.web.apikit.problems import ChangedSinceRead
from market.web.forms import FALLBACK, MESSAGES
from market.web.paging import LONGEST_CURSOR, read_cursor, write_cursor
from search.port import FUSED_WINDOW, FoundBy, Sort

router = ApiRouter(
    QueryTooLong, service.EditedMeanwhile, service.ExternalIdTaken, service.ListingIncomplete, service.WrongState
)

HELD_BACK = timedelta(seconds=5)
"""Changes are given out this much later: one that commits a moment after another with a later time is not missed."""

PARAMETERS: Mapping[str, str] = {
    "q": "Words in any of our languages, or a description of the problem. Found by words and by meaning.",
    **{name: f"One or more codes, repeated or separated by commas ({len(codes)} of them)."
       for name, codes in FACET_CODES.items()},
    "trl_min": "Lowest technology readiness level, 1 to 9.",
    "organization": "Of one organization: its `slug`.",
    "sort": "`relevance` (with words), `newest` or `expiring`.",
    "modified_since": "An instant with its zone: what changed since, also what is not public any more.",
    "cursor": "Where the next items start: `next` of the last answer.",
    "limit": f"How many items, at most {MOST_ITEMS}; 20 if left out.",
}  # fmt: skip
SENDABLE = FORM_FIELDS
CREATED = 201
NEW = SENDABLE | {"kind", "organization", "publish"}


@router.get(
    "/listings", "api.list_listings", summary="Find listings, or what changed", prepare=ask, parameters=PARAMETERS,
    gives="ListingList", example=examples.LIST, refusals=(400, 422, 429, 503),
)  # fmt: skip
def list_listings(call: Call) -> Answer:
    """What is public. With `q` the best come first: `total` and `facets` count what matches by words and filters; what
    was found by meaning alone carries `"by": "meaning"` and is counted in `by_meaning`; the order has 200 places.
    Without `q` everything is paged and counted exactly. With `modified_since` (which goes with `limit` and `cursor`
    alone) it is what changed since then, oldest change first; of what is no longer public only reference, state and
    time. Ask the next time with `synced_until` of the answer. `degraded` says that the search engine did not answer.
    """
    asked: Asked = call.prepared
    if asked.since is not None:
        return Answer(_list_changes(call, asked, asked.since))
    if asked.answer is not None:
        return Answer(_list_found(call, asked))
    return Answer(_list_published(call, asked))


@router.get(
    "/listings/{reference}", "api.show_listing", summary="Read one listing", sees=Scope.LISTINGS_READ,
    gives="Listing", example=examples.LISTING, refusals=(404, 429, 503),
)  # fmt: skip
def show_one_listing(call: Call) -> Answer:
    """Words are in the reader's language where there are some, else in the author's: `language` says which. With a
    token of who acts for the organization also drafts, and `external_id` and `contact_email`, which nobody else sees.
    """
    listing = queries.get_listing(call.db, call.parts["reference"], viewer=call.viewer)
    return _show(call, listing, listing.organization, viewer=call.viewer)


@router.post(
    "/listings", "api.draft_listing", summary="Write a listing", needs=Scope.LISTINGS_WRITE, takes="NewListing",
    sent=examples.NEW, gives="Listing", example=examples.DRAFT, status=201,
    refusals=(400, 401, 403, 409, 413, 415, 422),
)  # fmt: skip
def draft_listing(call: Call) -> Answer:
    """A draft; with `"publish": true` it is public at once, or refused whole where something is missing. `organization`
    may be left out by who acts for one alone. An `external_id` that the organization has used answers 409 with the
    reference. Send an `Idempotency-Key`, then a request that is repeated makes one listing.
    """
    viewer, body = call.require_person(Scope.LISTINGS_WRITE), call.body
    refuse_unknown(body, NEW)
    kind, publish = _read_kind(body), _read_flag(body, "publish")
    organization = _find_organization(call, viewer, body)
    form = read_new({name: value for name, value in body.items() if name in SENDABLE})
    with _in_own_names():
        listing = service.draft_listing(
            call.db, form, listing_id=uuid4(), kind=kind, organization=organization, by=viewer, now=call.now
        )
        service.identify_listing(call.db, listing, form.external_id, by=viewer, now=call.now)
        if publish:
            service.publish_listing(call.db, listing, by=viewer, now=call.now)
    return _show_changed(call, listing, organization, viewer, status=201)


@router.patch(
    "/listings/{reference}", "api.edit_listing", summary="Change a listing", needs=Scope.LISTINGS_WRITE,
    takes="ListingChanges", sent=examples.CHANGES, gives="Listing", example=examples.LISTING,
    refusals=(400, 401, 403, 404, 409, 412, 413, 415, 422, 428),
)  # fmt: skip
def edit_listing(call: Call) -> Answer:
    """Only the fields that are given change; `null` empties one. Of a `price` as well: a currency alone goes with the
    stored amount, and is refused where there is none. `If-Match` carries the `ETag` that you have read: if
    somebody has changed the listing since, the answer is 412 with the present one.
    """
    viewer, body = call.require_person(Scope.LISTINGS_WRITE), call.body
    match = call.require_match()
    listing = _get_own(call, viewer)
    _require_match(call, listing, viewer, match)
    refuse_unknown(body, SENDABLE)
    form = read_changes(listing, body)
    with _in_own_names():
        service.edit_listing(call.db, listing, form, version=listing.version, by=viewer, now=call.now)
        service.identify_listing(call.db, listing, form.external_id, by=viewer, now=call.now)
    return _show_changed(call, listing, listing.organization, viewer)


def _add_action(action: str, change: Any, summary: str, description: str) -> None:
    def act(call: Call) -> Answer:
        viewer = call.require_person(Scope.LISTINGS_WRITE)
        listing = _get_own(call, viewer)
        _heed_match(call, listing, viewer)
        with _in_own_names():
            change(call.db, listing, by=viewer, now=call.now)
        return _show_changed(call, listing, listing.organization, viewer)

    act.__doc__ = description
    router.post(
        f"/listings/{{reference}}/{action}", f"api.{action}_listing", summary=summary, needs=Scope.LISTINGS_WRITE,
        gives="Listing", example=examples.LISTING, refusals=(401, 403, 404, 409, 412, 422),
    )(act)  # fmt: skip


_add_action(
    "publish", service.publish_listing, "Publish a listing",
    "Makes it public, or says with 422 what is missing. Publishing twice is harmless.",
)  # fmt: skip
_add_action(
    "withdraw", service.withdraw_listing, "Withdraw a listing",
    "Takes it out of public sight; it can be published again. Twice is harmless.",
)  # fmt: skip
_add_action(
    "renew", service.renew_listing, "Renew a listing",
    "Another year from today, also for one that has expired.",
)  # fmt: skip


@router.put(
    "/listings/{reference}/translations/{code}", "api.save_translation", summary="Write a translation",
    needs=Scope.LISTINGS_WRITE, takes="Translation", sent=examples.TRANSLATION, gives="Listing",
    example=examples.TRANSLATED, refusals=(400, 401, 403, 404, 409, 412, 413, 415, 422, 428),
)  # fmt: skip
def save_translation(call: Call) -> Answer:
    """The words in one more language, written by a person. They take the place of the whole translation: what is left
    out is empty. `If-Match` is the listing's `ETag`, as for a change of it. In the author's own language the answer is
    409: those words are changed with the listing. The same words again change nothing. Answers the listing in the
    reader's language: with `language=vi` the words that were written in Vietnamese.
    """
    viewer, body = call.require_person(Scope.LISTINGS_WRITE), call.body
    match = call.require_match()
    listing = _get_own(call, viewer)
    language = known_language(call.parts["code"])
    _require_match(call, listing, viewer, match)
    form = read_translation(body, language)
    service.save_translation(
        call.db, listing, form, language=language, version=listing.version, by=viewer, now=call.now
    )
    return _show_changed(call, listing, listing.organization, viewer)


@router.delete(
    "/listings/{reference}/translations/{code}", "api.remove_translation", summary="Remove a translation",
    needs=Scope.LISTINGS_WRITE, gives="Listing", example=examples.LISTING, refusals=(400, 401, 403, 404, 409, 412, 422),
)  # fmt: skip
def remove_translation(call: Call) -> Answer:
    """Answers the listing as it is now. Removing one that is not there changes nothing; the author's own words cannot
    be removed (409).
    """
    viewer = call.require_person(Scope.LISTINGS_WRITE)
    listing = _get_own(call, viewer)
    language = known_language(call.parts["code"])
    _heed_match(call, listing, viewer)
    service.remove_translation(call.db, listing, language=language, by=viewer, now=call.now)
    return _show_changed(call, listing, listing.organization, viewer)


# Lists ---------------------------------------------------------------------------------------------------------------


def _list_published(call: Call, asked: Asked) -> dict[str, Any]:
    browse = asked.browse
    filters = browse.database_filters
    if browse.words:  # the engine did not answer
        filters = queries.with_words(filters, browse.words)
    sort = Sort.NEWEST if browse.sort is Sort.RELEVANCE else browse.sort
    after = None
    if browse.cursor:
        value, listing_id = read_cursor(browse.cursor, str, str)
        after = queries.read_key(str(value), str(listing_id), sort=sort)
    found = rows.list_published(
        call.connection, filters, language=call.language, sort=sort, after=after, limit=asked.limit + 1
    )  # fmt: skip
    shown = found[: asked.limit]
    following = None
    if len(found) > asked.limit:
        last = shown[-1]
        value = last.expires_on if sort is Sort.EXPIRING else last.published_at
        following = write_cursor(value.isoformat() if value else "", str(last.id))
    total = asked.total if asked.total is not None else queries.count_published(call.db, filters)
    pages = call.pages("listings")
    return _make_list(asked, [show_row(row, pages) for row in shown], total, following)


def _list_found(call: Call, asked: Asked) -> dict[str, Any]:
    answer = asked.answer
    assert answer is not None  # noqa: S101 - the caller has looked
    by_meaning = {hit.id for hit in answer.hits if hit.by is FoundBy.MEANING}
    found = rows.list_by_reference(call.connection, [hit.id for hit in answer.hits], language=call.language)
    pages = call.pages("listings")
    items = [
        show_row(row, pages) | {"by": FoundBy.MEANING if row.reference in by_meaning else FoundBy.WORDS}
        for row in found
    ]
    place = asked.browse.offset + asked.limit
    following = write_cursor(place) if answer.more and place < FUSED_WINDOW else None
    return _make_list(asked, items, answer.total, following) | {"by_meaning": answer.by_meaning}


def _list_changes(call: Call, asked: Asked, since: datetime) -> dict[str, Any]:
    until = call.now - HELD_BACK
    after, counted = _read_place(asked.browse.cursor) if asked.browse.cursor else (None, None)
    found = rows.list_changed(
        call.connection, since, until=until, after=after, language=call.language, limit=asked.limit + 1
    )  # fmt: skip
    shown, pages = found[: asked.limit], call.pages("listings")
    # Counted once: a copy of the whole market would otherwise count it for every page.
    total = rows.count_changed(call.connection, since, until=until) if counted is None else counted
    following, synced = None, until  # never later than what was given out, whatever the asker's clock said
    if len(found) > asked.limit:
        synced = shown[-1].changed_at
        following = write_cursor(synced.isoformat(), str(shown[-1].id), total)
    items = [show_change(row, pages) for row in shown]
    return _make_list(asked, items, total, following) | {"synced_until": synced}


def _read_place(cursor: str) -> tuple[tuple[datetime, UUID], int]:
    """The last change given out, and how many there were at the beginning."""
    moment, listing_id, total = read_cursor(cursor[:LONGEST_CURSOR], str, str, int)
    place, place_id = queries.read_key(str(moment), str(listing_id), sort=Sort.NEWEST)
    if not isinstance(place, datetime):
        raise BadInput
    return (place, place_id), int(total)


def _make_list(asked: Asked, items: list[dict[str, Any]], total: int, following: str | None) -> dict[str, Any]:
    return {
        "items": items, "total": total, "facets": asked.facets or {}, "next": following, "degraded": asked.degraded,
        "by_meaning": 0,
    }  # fmt: skip


# One listing ---------------------------------------------------------------------------------------------------------


def _show(
    call: Call, listing: Listing, organization: Organization, *, viewer: Viewer | None, status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Answer:  # fmt: skip
    shown = show_listing(listing, organization, language=call.language, viewer=viewer, pages=call.pages("listings"))
    etag = tag_listing(listing, organization, language=call.language, viewer=viewer)
    return Answer(shown, status=status, etag=etag, headers=headers or {})


def _show_changed(
    call: Call, listing: Listing, organization: Organization, viewer: Viewer, *, status: int = 200
) -> Answer:
    call.db.flush()  # the tag is of the version that the commit will show
    headers = {"Location": f"{router.PREFIX}/listings/{listing.reference}"} if status == CREATED else {}
    return _show(call, listing, organization, viewer=viewer, status=status, headers=headers)


def _get_own(call: Call, viewer: Viewer) -> Listing:
    """One that others may see but not write answers 403, one they may not see 404."""
    listing = queries.get_listing_to_change(call.db, call.parts["reference"], viewer=viewer)
    if not rules.may_withdraw(viewer, listing):
        raise NotAllowed
    return listing


def _heed_match(call: Call, listing: Listing, viewer: Viewer) -> None:
    if match := call.request.headers.get("if-match", "").strip():
        _require_match(call, listing, viewer, match)


def _require_match(call: Call, listing: Listing, viewer: Viewer, match: str) -> None:
    if not matches_version(match, listing.version):
        raise ChangedSinceRead(tag_listing(listing, listing.organization, language=call.language, viewer=viewer))


def _find_organization(call: Call, viewer: Viewer, body: Mapping[str, Any]) -> Organization:
    slug = body.get("organization")
    if slug is None:
        own = list_acted_for(call.db, viewer)
        if len(own) != 1:
            raise Faulty({"organization": Fault(MESSAGES["missing"])})
        return own[0]
    if not isinstance(slug, str) or UNSTORABLE.search(slug):
        raise Faulty({"organization": Fault(FALLBACK)})
    organization = find_organization(call.db, slug)
    if organization is None:
        raise Faulty({"organization": Fault(UNKNOWN_VALUE)})
    return organization


def _read_kind(body: Mapping[str, Any]) -> ListingKind:
    kind = body.get("kind")
    if kind is None:
        raise Faulty({"kind": Fault(MESSAGES["missing"])})
    if not isinstance(kind, str) or kind not in set(ListingKind):
        raise Faulty({"kind": Fault(UNKNOWN_VALUE)})
    return ListingKind(kind)


def _read_flag(body: Mapping[str, Any], name: str) -> bool:
    flag = body.get(name, False)
    if not isinstance(flag, bool):
        raise Faulty({name: Fault(FALLBACK)})
    return flag


@contextmanager
def _in_own_names() -> Iterator[None]:
    """Faults under the names that the program knows."""
    try:
        yield
    except Faulty as problem:
        problem.faults = rename_faults(problem.faults)
        raise
