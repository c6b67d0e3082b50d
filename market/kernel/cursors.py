"""Keys in cursors: what a page's last row was sorted by. Whatever we did not write is refused."""

from datetime import datetime
from uuid import UUID

from market.kernel.clock import read_instant
from market.kernel.errors import BadInput

Moment = tuple[datetime, UUID]
"""Of lists in order of time: when, and the id that parts equals."""


def read_moment(moment: str, row_id: str) -> Moment:
    try:
        return read_instant(moment), UUID(row_id)
    except (ValueError, OverflowError) as problem:
        raise BadInput from problem


def write_moment(moment: datetime, row_id: UUID) -> tuple[str, str]:
    return moment.isoformat(), str(row_id)
