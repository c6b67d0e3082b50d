"""Listings out in the import format: what this export writes, an import takes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from market.exchange.comparing import Stored, read_stored
from market.exchange.enums import FileFormat
from market.kernel.viewer import Viewer
from market.listings.models import Listing
from market.listings.queries import ListingFilters, visible_to

MEDIA_TYPES: Final[Mapping[FileFormat, str]] = {
    FileFormat.JSONL: "application/jsonl",
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

EXPORTED_AT_ONCE: Final = 500
PRIVATE: Final = ("contact_email",)
"""Columns for those alone who act for the organization."""


def iterate_rows(
    session: Session,
    viewer: Viewer | None,
    filters: ListingFilters,
    *,
    own_only: bool = False,
    references: Sequence[str] | None = None,
    everything: bool = False,
) -> Iterator[dict[str, Any]]:
    """Rows of what the viewer may see, in order of the listings' ids, in batches: memory does not grow with the market.

    `own_only` for the listings of the organizations that the viewer acts for, in all their states; `everything` for
    the command of those who run the site; `references` narrows them to these. An importer's own id is told to those
    who act for the organization alone, others get our reference.
    """
    conditions = [*filters.conditions()]
    mine = viewer.organizations if viewer else frozenset()
    if not everything:
        conditions.append(visible_to(viewer))
    if references is not None:
        conditions.append(Listing.reference.in_(references))
    if own_only:
        conditions.append(Listing.organization_id.in_(mine))
    after: UUID | None = None
    while ids := _list_ids(session, conditions, after):
        owners = dict(session.execute(select(Listing.id, Listing.organization_id).where(Listing.id.in_(ids))).all())
        for stored in read_stored(session, ids):
            yield _write_row(stored, is_own=everything or owners.get(stored.id) in mine)
        after = ids[-1]


def _list_ids(session: Session, conditions: list[ColumnElement[bool]], after: UUID | None) -> list[UUID]:
    chosen = select(Listing.id).where(*conditions).order_by(Listing.id).limit(EXPORTED_AT_ONCE)
    return list(session.scalars(chosen.where(Listing.id > after) if after else chosen))


def _write_row(stored: Stored, *, is_own: bool) -> dict[str, Any]:
    row = stored.as_row()
    if is_own:
        return row
    return {name: value for name, value in row.items() if name not in PRIVATE} | {"id": stored.reference}
