"""Who is bound when and where: written by every part of an event, read by every check."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from market.events.enums import BoundAs
from market.events.models import Commitment

AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Bond:
    """What binds somebody; see `Commitment`."""

    bound_id: UUID
    bound_as: BoundAs
    source_id: UUID
    starts_utc: datetime
    ends_utc: datetime
    hall: str = ""


def replace_bonds(session: Session, event_id: UUID, wanted: Iterable[Bond]) -> set[UUID]:
    """All that an event binds people by; what is as it was is not written again. Returns who is bound otherwise now."""
    chosen = select(Commitment).where(Commitment.event_id == event_id)
    stored = {_read(row): row.id for row in session.scalars(chosen)}
    bonds = set(wanted)
    gone = [row_id for bond, row_id in stored.items() if bond not in bonds]
    for first in range(0, len(gone), AT_ONCE):
        session.execute(delete(Commitment).where(Commitment.id.in_(gone[first : first + AT_ONCE])))
    new = [bond for bond in bonds if bond not in stored]
    session.add_all(Commitment(event_id=event_id, **_fields(bond)) for bond in new)
    return {bond.bound_id for bond in new} | {bond.bound_id for bond in stored if bond not in bonds}


def list_elsewhere(session: Session, event_id: UUID, bound: Collection[UUID]) -> list[Bond]:
    """What binds these people at other events."""
    chosen = select(Commitment).where(Commitment.bound_id.in_(bound), Commitment.event_id != event_id)
    return [_read(row) for row in session.scalars(chosen)] if bound else []


def _read(row: Commitment) -> Bond:
    return Bond(row.bound_id, row.bound_as, row.source_id, row.starts_utc, row.ends_utc, row.hall)


def _fields(bond: Bond) -> dict[str, object]:
    return {name: getattr(bond, name) for name in Bond.__slots__}
