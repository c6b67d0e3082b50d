"""Every change of what was set aside."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from market.kernel.outbox import Delivery, DeliveryState


def try_again(session: Session, deliveries: Iterable[tuple[UUID, str]], *, now: datetime) -> int:
    """Let these (fact, handler) be delivered as if for the first time. One that is not set aside, as after a repeated
    click, is left alone. Returns how many wait now.
    """
    return sum(_try_again(session, now, fact_id=fact_id, handler=handler) for fact_id, handler in deliveries)


def try_all_again(session: Session, *, handler: str | None = None, now: datetime) -> int:
    """As `try_again`, for everything that this handler, or anyone, could not do."""
    return _try_again(session, now, handler=handler) if handler else _try_again(session, now)


def _try_again(session: Session, now: datetime, **which: UUID | str) -> int:
    chosen = update(Delivery).where(Delivery.state == DeliveryState.SET_ASIDE).filter_by(**which)
    values = chosen.values(state=DeliveryState.WAITING, attempts=0, due_at=now)
    changed = session.execute(values.returning(Delivery.fact_id).execution_options(synchronize_session=False))
    return len(changed.all())
