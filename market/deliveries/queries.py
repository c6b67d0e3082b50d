"""Every read of deliveries set aside; they are for staff, and for commands, alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from market.kernel.cursors import read_moment, write_moment
from market.kernel.outbox import Delivery, DeliveryState, FactRow
from market.listings.queries import map_references

SHOWN_ERROR = 240

Key = tuple[datetime, UUID, str]
"""Since when, fact, handler: the last one shown."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A delivery that is tried no more. `reference` is that of the listing which the fact is about, if it is one;
    without a page where that was deleted.
    """

    fact_id: UUID
    handler: str
    fact: str
    subject_id: UUID
    reference: str | None
    has_page: bool
    since: datetime
    attempts: int
    error: str

    @property
    def subject(self) -> str:
        return self.reference or str(self.subject_id)

    @property
    def shown_error(self) -> str:
        """For a page; `market outbox list` has all of it."""
        return self.error if len(self.error) <= SHOWN_ERROR else f"{self.error[:SHOWN_ERROR]} …"


_ROWS = (
    select(
        Delivery.fact_id, Delivery.handler, FactRow.name, FactRow.subject_id,
        FactRow.content["reference"].as_string(), Delivery.due_at, Delivery.attempts, Delivery.error,
    )
    .join(FactRow, FactRow.id == Delivery.fact_id)
    .where(Delivery.state == DeliveryState.SET_ASIDE)
    .order_by(Delivery.due_at.desc(), Delivery.fact_id, Delivery.handler)
)  # fmt: skip


def list_set_aside(
    session: Session, *, handler: str | None = None, after: Key | None = None, limit: int
) -> list[SetAside]:
    """The newest first. `after` is the key of the last one shown."""
    chosen = _ROWS.where(Delivery.handler == handler) if handler else _ROWS
    if after is not None:
        since, fact_id, name = after
        same = or_(Delivery.fact_id > fact_id, and_(Delivery.fact_id == fact_id, Delivery.handler > name))
        chosen = chosen.where(Delivery.due_at <= since, or_(Delivery.due_at < since, same))
    rows = session.execute(chosen.limit(limit)).all()
    references = map_references(session, {row.subject_id for row in rows})
    return [
        SetAside(
            fact_id, handler, fact, subject_id, reference=references.get(subject_id, kept),
            has_page=subject_id in references, since=since, attempts=attempts, error=error or "",
        )
        for fact_id, handler, fact, subject_id, kept, since, attempts, error in rows
    ]  # fmt: skip


def write_key(row: SetAside) -> tuple[str, str, str]:
    """What a cursor carries."""
    return *write_moment(row.since, row.fact_id), row.handler


def read_key(since: str, fact_id: str, handler: str) -> Key:
    """The key in a cursor; anything that we did not write is refused."""
    return *read_moment(since, fact_id), handler


@dataclass(frozen=True, slots=True)
class HandlerBacklog:
    """What one handler has not done yet. `oldest` is when the oldest of what waits for it was recorded."""

    waiting: int
    set_aside: int
    oldest: datetime | None


def map_backlogs(session: Session) -> Mapping[str, HandlerBacklog]:
    """By handler; those that have done everything are left out."""
    waits = Delivery.state == DeliveryState.WAITING
    counted = (
        select(
            Delivery.handler,
            func.count().filter(waits),
            func.count().filter(Delivery.state == DeliveryState.SET_ASIDE),
            func.min(case((waits, FactRow.recorded_at))),
        )
        .join(FactRow, FactRow.id == Delivery.fact_id)
        .where(Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SET_ASIDE)))
        .group_by(Delivery.handler)
        .order_by(Delivery.handler)
    )
    return {handler: HandlerBacklog(*values) for handler, *values in session.execute(counted)}
