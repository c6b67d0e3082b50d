"""Deliveries that nobody could do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.outbox import Delivery, DeliveryState, Fact, FactRow


def set_aside(
    db: Session, fact: Fact, *, handler: str = "index_listings", since: datetime | None = None,
    error: str = "DocumentRefused('no field for this')", attempts: int = 12,
) -> UUID:  # fmt: skip
    """The fact is recorded and this handler gave up on it; returns the fact's id."""
    known = {row.id for row in db.query(FactRow)}
    outbox.record(db, fact, by=None)
    db.flush()
    (row,) = (row for row in db.query(FactRow) if row.id not in known)
    row.dispatched_at = row.recorded_at
    moment = since or utc_now()
    db.add(
        Delivery(
            fact_id=row.id, handler=handler, state=DeliveryState.SET_ASIDE, attempts=attempts, due_at=moment,
            error=error,
        )
    )  # fmt: skip
    db.commit()
    return row.id
