"""Listings as files: one's own in every state, and for everybody signed in what the browse page shows."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from market.exchange.enums import FileFormat
from market.exchange.exporting import MEDIA_TYPES, iterate_rows
from market.exchange.formats.writing import write_rows
from market.kernel.errors import BadInput
from market.listings.feeds import Asked, ask_for_all
from market.listings.queries import ListingFilters
from market.web.deps import Db, Now, Page, SignedIn
from market.web.downloads import send_file
from market.web.limits import EXPORT_PER_ACCOUNT

router = APIRouter()

MOST_ROWS: Final = 5_000
"""Of listings of others; one's own are not counted."""


@router.get("/account/listings/export", name="exchange.export_own")
def export_own(db: Db, viewer: SignedIn, now: Now, page: Page, format: str = "xlsx") -> Response:  # noqa: A002 - the query key
    page.resources.limits.check(EXPORT_PER_ACCOUNT, "export", str(viewer.id))
    return _send(format, iterate_rows(db, viewer, ListingFilters(), own_only=True), now)


@router.get("/listings/export", name="exchange.export")
def export_found(
    asked: Annotated[Asked, Depends(ask_for_all)],
    db: Db,
    viewer: SignedIn,
    now: Now,
    page: Page,
    format: str = "xlsx",  # noqa: A002 - the query key
) -> Response:
    """What a visitor sees with these filters; with words, all that the search finds."""
    page.resources.limits.check(EXPORT_PER_ACCOUNT, "export", str(viewer.id))
    found = [hit.id for hit in asked.answer.hits] if asked.answer else None
    rows = iterate_rows(db, None, asked.browse.database_filters, references=found)
    return _send(format, islice(rows, MOST_ROWS), now)


def _send(name: str, rows: Iterator[Mapping[str, Any]], now: datetime) -> Response:
    if name not in set(FileFormat):
        raise BadInput
    file_format = FileFormat(name)
    return send_file(
        lambda file: write_rows(file, rows, file_format=file_format),
        name=f"listings-{now:%Y-%m-%d}.{file_format}",
        media_type=MEDIA_TYPES[file_format],
    )
