"""One public listing, read for a page that only shows it.

The mapper spends four fifths of such a read on itself: on what it needs to know for writing back. Here two statements
of plain columns are run and their rows become the same objects as it makes, detached from the session.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import manager_of_class

from market.kernel.db import Base
from market.kernel.errors import NotFound
from market.listings.models import Listing, ListingCode, ListingText
from market.listings.queries import visible_to
from market.organizations.models import Organization

EntityT = TypeVar("EntityT", bound=Base)


def read_public(session: Session, reference: str) -> Listing:
    """With words, codes and organization, as `queries.get_listing` gives it to a visitor; not to be changed."""
    connection = session.connection()
    rows = connection.execute(_WORDED, {"reference": reference}).all()
    if not rows:
        raise NotFound
    first = rows[0]
    listing = _make(Listing, first)
    codes = connection.execute(_CODED, {"listing_id": listing.id}).all()
    texts = [_make(ListingText, row, after=_OWN + _ORGANIZATION) for row in rows]
    listing.__dict__.update(
        organization=_make(Organization, first, after=_OWN),
        texts={text.language: text for text in texts},
        codes=[_make(ListingCode, row) for row in codes],
    )
    return listing


def _make(entity: type[EntityT], row: Row[*tuple[Any, ...]], *, after: int = 0) -> EntityT:
    """The entity whose columns stand in the row behind so many others."""
    names = _NAMES[entity]
    made: EntityT = manager_of_class(entity).new_instance()
    made.__dict__.update(zip(names, row[after : after + len(names)], strict=True))
    return made


def _list_names(entity: type[Base]) -> Sequence[str]:
    return tuple(attribute.key for attribute in entity.__mapper__.column_attrs)


def _columns(entity: type[Base]) -> list[Any]:
    return [getattr(entity, name) for name in _NAMES[entity]]


_NAMES: Mapping[type[Base], Sequence[str]] = {
    entity: _list_names(entity) for entity in (Listing, Organization, ListingText, ListingCode)
}
_OWN, _ORGANIZATION = len(_NAMES[Listing]), len(_NAMES[Organization])

_WORDED = (
    select(*_columns(Listing), *_columns(Organization), *_columns(ListingText))
    .join(Organization, Organization.id == Listing.organization_id)
    .join(ListingText, ListingText.listing_id == Listing.id)
    .where(Listing.reference == bindparam("reference"), visible_to(None))
)
"""A row a language: most listings have words in one."""

_CODED = (
    select(*_columns(ListingCode))
    .where(ListingCode.listing_id == bindparam("listing_id", type_=Listing.id.type))
    .order_by(ListingCode.position)
)
