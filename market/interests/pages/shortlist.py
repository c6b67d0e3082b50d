from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Response

from market.interests import queries, service
from market.interests.exporting import MEDIA_TYPES, ExportFormat, write_export
from market.interests.forms import NoteForm
from market.interests.rules import LONGEST_NOTE, MOST_BOOKMARKS
from market.kernel.cursors import Moment, read_moment, write_moment
from market.kernel.errors import BadInput, Fault, Faulty
from market.listings.choices import CHOICES
from market.listings.queries import get_listing
from market.web.deps import Db, Now, Page, SignedIn
from market.web.downloads import send_file
from market.web.forms import Sent, parse_form
from market.web.limits import EXPORT_PER_ACCOUNT
from market.web.page import PageRefused
from market.web.paging import PAGE_SIZE, read_cursor, write_cursor

router = APIRouter()


@router.get("/account/shortlist", name="interests.shortlist")
def show_shortlist(db: Db, viewer: SignedIn, page: Page, cursor: str = "") -> Response:
    return _page(db, viewer, page, cursor=cursor)


@router.get("/account/shortlist/export", name="interests.export")
def export_shortlist(db: Db, viewer: SignedIn, now: Now, page: Page, format: str = "csv") -> Response:  # noqa: A002 - the query key
    page.resources.limits.check(EXPORT_PER_ACCOUNT, "export", str(viewer.id))
    if format not in set(ExportFormat):
        raise BadInput
    wanted = ExportFormat(format)
    kept = queries.list_kept(db, viewer, language=page.language, limit=MOST_BOOKMARKS)
    return send_file(
        lambda file: write_export(file, kept, page=page, file_format=wanted),
        name=f"shortlist-{now:%Y-%m-%d}.{wanted}",
        media_type=MEDIA_TYPES[wanted],
    )


@router.post("/account/shortlist/{bookmark_id}/note", name="interests.change_note")
def change_note(bookmark_id: UUID, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    bookmark = queries.get_bookmark(db, bookmark_id, viewer=viewer)
    cursor = sent.first("_cursor")
    try:
        service.change_note(bookmark, parse_form(NoteForm, sent).note)
    except Faulty as problem:
        page.stand_at(page.url("interests.shortlist"))
        refused = _page(
            db, viewer, page, cursor=cursor, edited=bookmark_id, values={"note": sent.first("note")},
            faults=problem.faults, status=problem.status,
        )  # fmt: skip
        raise PageRefused(refused) from problem
    place = {"notice": "saved"} | ({"cursor": cursor} if read_place(cursor) else {})
    return page.redirect_to(f"{page.url('interests.shortlist')}?{urlencode(place)}")


@router.post("/account/shortlist/{bookmark_id}/remove", name="interests.drop")
def drop_bookmark(bookmark_id: UUID, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    """From the shortlist, or from the page of the listing itself, where one goes on."""
    reference = queries.find_reference(db, bookmark_id, viewer=viewer) if sent.first("_back") == "listing" else None
    service.drop_bookmark(db, bookmark_id, by=viewer)
    if reference:
        return page.redirect("listings.show", reference=reference, notice="bookmark_dropped")
    return page.redirect("interests.shortlist", notice="bookmark_dropped")


@router.post("/listings/{reference}/bookmark", name="interests.bookmark")
def keep_listing(reference: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    service.keep_listing(db, get_listing(db, reference, viewer=viewer), by=viewer, now=now)
    return page.redirect("listings.show", reference=reference, notice="bookmarked")


def read_place(cursor: str) -> Moment | None:
    return read_moment(*map(str, read_cursor(cursor, str, str))) if cursor else None


def _page(
    db: Db, viewer: SignedIn, page: Page, *, cursor: str = "", edited: UUID | None = None,
    values: dict[str, Any] | None = None, faults: dict[str, Fault] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    """`edited` is the bookmark whose note was refused, `values` what was written."""
    kept = queries.list_kept(db, viewer, language=page.language, after=read_place(cursor), limit=PAGE_SIZE + 1)
    shown = kept[:PAGE_SIZE]
    last = shown[-1] if len(kept) > len(shown) else None
    following = write_cursor(*write_moment(last.created_at, last.id)) if last else None
    return page.render(
        "interests/shortlist.html", status=status, kept=shown, cursor=cursor, next_cursor=following, edited=edited,
        values=values or {}, faults=faults or {}, longest=LONGEST_NOTE, **CHOICES,
    )  # fmt: skip
