"""Reads for programs: lists as plain rows, by statements that are put together once."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from operator import gt, lt
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, or_, select

from market.listings import queries
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.listings.queries import ListingFilters
from search.port import Sort

Rows = Sequence[Row[*tuple[Any, ...]]]
"""Columns of `queries.ROWS`."""


def list_published(
    connection: Connection, filters: ListingFilters, *, language: str, sort: Sort, after: queries.Key | None, limit: int
) -> Rows:
    """As `queries.list_published`, without making an object of each row."""
    values: dict[str, Any] = {"reader": language, "places": limit}
    if after is not None:
        values |= {"key": after[0], "key_id": after[1]}
    statement = choose_published(filters, sort, after is not None)
    return connection.execute(statement, values).all()


def list_by_reference(connection: Connection, references: Sequence[str], *, language: str) -> Rows:
    """Published ones in the order given. What is not public any more is left out, whatever the index said."""
    if not references:
        return []
    rows = connection.execute(queries.BY_REFERENCE, {"reader": language, "references": list(references)})
    by_reference = {row.reference: row for row in rows}
    return [by_reference[reference] for reference in references if reference in by_reference]


def list_changed(
    connection: Connection, since: datetime, *, until: datetime, after: tuple[datetime, UUID] | None, language: str,
    limit: int,
) -> Rows:  # fmt: skip
    """What was public at some time and changed since, in order of the change, whatever state it is in now."""
    chosen = queries.ROWS.where(*_changed(since, until))
    if after is not None:
        moment, listing_id = after
        beyond = and_(Listing.changed_at == moment, Listing.id > listing_id)
        chosen = chosen.where(or_(Listing.changed_at > moment, beyond))
    chosen = chosen.order_by(Listing.changed_at, Listing.id).limit(limit)
    return connection.execute(chosen, {"reader": language}).all()


def count_changed(connection: Connection, since: datetime, *, until: datetime) -> int:
    return connection.scalar(select(func.count()).select_from(Listing).where(*_changed(since, until))) or 0


def _changed(since: datetime, until: datetime) -> tuple[Any, ...]:
    return (
        Listing.changed_at >= since,
        Listing.changed_at <= until,
        Listing.published_at.is_not(None),
        Listing.state != ListingState.ARRIVING,
    )


@lru_cache(maxsize=256)
def choose_published(filters: ListingFilters, sort: Sort, continued: bool) -> Select[*tuple[Any, ...]]:  # noqa: FBT001 - a cache takes no keywords
    chosen = queries.ROWS.where(queries.visible_to(None), *filters.conditions())
    column, beyond = (Listing.expires_on, gt) if sort is Sort.EXPIRING else (Listing.published_at, lt)
    if continued:
        key, key_id = bindparam("key", type_=column.type), bindparam("key_id", type_=Listing.id.type)
        chosen = chosen.where(or_(beyond(column, key), and_(column == key, beyond(Listing.id, key_id))))
    order = (column, Listing.id) if sort is Sort.EXPIRING else (column.desc(), Listing.id.desc())
    return chosen.order_by(*order).limit(bindparam("places"))
