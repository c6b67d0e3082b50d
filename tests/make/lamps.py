"""Facts of a house with lamps and bells, and the steps of their way to two handlers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update

from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import Delivery, Fact, FactRow, RecordedFact

LEASE = timedelta(minutes=2)
SUBSCRIPTIONS = {"LampLit": ("light", "count"), "BellRung": ("count",)}


@dataclass(frozen=True, slots=True)
class LampLit(Fact):
    lamp_id: UUID


@dataclass(frozen=True, slots=True)
class BellRung(Fact):
    bell_id: UUID
    by_id: UUID
    times: int


@dataclass(frozen=True, slots=True)
class NobodyCares(Fact):
    thing_id: UUID


def light(database: Database, number: int = 1, *, since: datetime | None = None) -> list[UUID]:
    """Lamps lit one after the other, a second between them; returns the lamps."""
    lamps = [uuid4() for _ in range(number)]
    with database.transaction() as session:
        for lamp in lamps:
            outbox.record(session, LampLit(lamp), by=None)
    with database.transaction() as session:
        for place, lamp in enumerate(lamps):
            moment = (since or utc_now()) + timedelta(seconds=place)
            session.execute(update(FactRow).where(FactRow.subject_id == lamp).values(recorded_at=moment))
    return lamps


def dispatch(database: Database, now: datetime, **options: int) -> int:
    with database.transaction() as session:
        return outbox.dispatch_facts(session, SUBSCRIPTIONS, now=now, **options)


def claim(database: Database, now: datetime, *, handler: str = "light", limit: int = 50) -> list[RecordedFact]:
    with database.transaction() as session:
        return outbox.claim_deliveries(session, handler, now=now, lease=LEASE, limit=limit)


def finish(database: Database, facts: Sequence[RecordedFact], *, handler: str = "light") -> None:
    with database.transaction() as session:
        outbox.finish_deliveries(session, handler, facts)


def postpone(database: Database, facts: Sequence[RecordedFact], now: datetime, *, error: str = "dark") -> None:
    with database.transaction() as session:
        outbox.postpone_deliveries(session, "light", facts, error=error, now=now)


def list_subjects(facts: Sequence[RecordedFact]) -> list[UUID]:
    return [fact.subject_id for fact in facts]


def read_delivery(database: Database, handler: str = "light") -> Delivery:
    with database.reading() as session:
        return session.scalars(select(Delivery).where(Delivery.handler == handler)).one()
