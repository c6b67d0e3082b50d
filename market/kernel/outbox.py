"""Facts: what happened, recorded in the transaction in which it happened, delivered after the commit.

A fact is audit trail, change log and trigger in one. It carries ids, states and hashes only: no name,
address, text or token, so that audit and erasure do not collide. Delivery is one row per fact and handler,
so a handler whose target is down delays no other. Facts are taken by state, never by 'id greater than the
last': a row whose transaction commits later would be lost (docs/decisions/0005-facts.md).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, and_, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.clock import utc_now
from market.kernel.db import Base

MAX_ATTEMPTS = 12
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=30)
LONGEST_ERROR = 2_000


@dataclass(frozen=True, slots=True)
class Fact:
    """Base of all facts. The first field is the id of what it is about. Subclasses stand in `facts.py` of their
    room.
    """

    room: ClassVar[str] = ""


class FactRow(Base):
    __tablename__ = "fact"
    __table_args__ = (Index("ix_fact_dispatched_at_recorded_at", "dispatched_at", "recorded_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(60), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    content: Mapped[dict[str, Any]]
    by_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(default=utc_now)
    dispatched_at: Mapped[datetime | None]


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    SET_ASIDE = "set_aside"


class Delivery(Base):
    """One fact on its way to one handler."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_handler_state_due_at", "handler", "state", "due_at"),
        Index("ix_delivery_state_due_at", "state", "due_at"),  # for who looks at all of one state: done ones are many
    )

    fact_id: Mapped[UUID] = mapped_column(ForeignKey("fact.id", ondelete="CASCADE"), primary_key=True)
    handler: Mapped[str] = mapped_column(String(60), primary_key=True)
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    """When it is tried next; of one set aside, since when it is."""
    error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """A fact as a handler gets it."""

    id: UUID
    name: str
    subject_id: UUID
    content: Mapping[str, Any]
    recorded_at: datetime
    attempts: int


def record(session: Session, fact: Fact, *, by: UUID | None) -> None:
    """Write down what happened. It reaches its handlers after the commit, at least once, in no promised order."""
    subject, *_ = fields(fact)
    content = {name: str(value) if isinstance(value, UUID) else value for name, value in asdict(fact).items()}
    session.add(FactRow(name=type(fact).__name__, subject_id=getattr(fact, subject.name), content=content, by_id=by))


def keep_from_handlers(session: Session, subject_id: UUID, *, now: datetime) -> None:
    """What this new fact asks for is done already: it stays as a record, and nobody is told."""
    session.execute(
        update(FactRow)
        .where(FactRow.subject_id == subject_id, FactRow.dispatched_at.is_(None))
        .values(dispatched_at=now)
        .execution_options(synchronize_session=False)
    )


def has_new_facts(session: Session) -> bool:
    return session.scalar(select(FactRow.id).where(FactRow.dispatched_at.is_(None)).limit(1)) is not None


def is_under_way(session: Session, fact: type[Fact]) -> bool:
    """Whether one of this kind was recorded and not yet delivered to all who asked for it."""
    waiting = (
        select(FactRow.id)
        .outerjoin(Delivery, (Delivery.fact_id == FactRow.id) & (Delivery.state == DeliveryState.WAITING))
        .where(FactRow.name == fact.__name__, FactRow.dispatched_at.is_(None) | Delivery.fact_id.is_not(None))
    )
    return session.scalar(waiting.limit(1)) is not None


def _is_due(now: datetime, *, longest: timedelta = LONGEST_RETRY) -> ColumnElement[bool]:
    """Whether it waits and its moment has come. What is to wait longer than anything does was postponed by a clock that
    was ahead and has been set right since.
    """
    return and_(Delivery.state == DeliveryState.WAITING, or_(Delivery.due_at <= now, Delivery.due_at > now + longest))


def list_due_handlers(session: Session, handlers: Sequence[str], *, now: datetime) -> set[str]:
    """Those of these handlers that have something to do. A read: an idle worker takes no write lock."""
    due = select(Delivery.handler).where(Delivery.handler.in_(handlers), _is_due(now))
    return set(session.scalars(due.distinct()))


def clear_done_deliveries(session: Session, *, before: datetime, limit: int = 1_000) -> int:
    """Forget deliveries done of facts recorded before; the facts themselves stay, they are the audit trail."""
    old = (
        select(Delivery.fact_id, Delivery.handler)
        .join(FactRow, FactRow.id == Delivery.fact_id)
        .where(Delivery.state == DeliveryState.DONE, FactRow.recorded_at < before)
        .limit(limit)
    )
    rows = session.execute(old).all()
    for fact_id, handler in rows:
        session.execute(delete(Delivery).where(Delivery.fact_id == fact_id, Delivery.handler == handler))
    return len(rows)


def dispatch_facts(
    session: Session, subscriptions: Mapping[str, Sequence[str]], *, now: datetime, limit: int = 200
) -> int:
    """Give each new fact a delivery row per handler that asked for it (`subscriptions`: fact name → handler names).

    The caller commits. Two workers may do this at once: rows are claimed, and the primary key is the last guard.
    """
    rows = session.scalars(
        select(FactRow)
        .where(FactRow.dispatched_at.is_(None))
        .order_by(FactRow.recorded_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.dispatched_at = now
        session.add_all(
            Delivery(fact_id=row.id, handler=handler, due_at=now) for handler in subscriptions.get(row.name, ())
        )
    return len(rows)


def claim_deliveries(
    session: Session, handler: str, *, now: datetime, lease: timedelta, limit: int
) -> list[RecordedFact]:
    """Take due deliveries for the time of the lease; a worker that dies gives them back when it ends.

    Those that failed before come alone, so that one bad fact does not hold up its neighbours. One that ended its
    worker every time is set aside like one that failed every time. The caller commits.
    """
    is_due = _is_due(now, longest=max(lease, LONGEST_RETRY))
    session.execute(
        update(Delivery)
        .where(Delivery.handler == handler, is_due, Delivery.attempts >= MAX_ATTEMPTS)
        .values(state=DeliveryState.SET_ASIDE, due_at=now, error="no attempt came to an end")
        .execution_options(synchronize_session=False)
    )
    due = (
        select(Delivery.fact_id, Delivery.attempts)
        .where(Delivery.handler == handler, is_due)
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = list(session.execute(due))
    failed_before = bool(claimed) and claimed[0][1] > 0
    claimed = claimed[:1] if failed_before else [row for row in claimed if row[1] == 0]
    if not claimed:
        return []
    attempts = dict(claimed)
    _change(session, handler, attempts, due_at=now + lease, attempts=Delivery.attempts + 1, error=None)
    facts = session.scalars(select(FactRow).where(FactRow.id.in_(attempts)).order_by(FactRow.recorded_at))
    return [RecordedFact(f.id, f.name, f.subject_id, f.content, f.recorded_at, attempts[f.id]) for f in facts]


def has_claims(session: Session, handler: str, *, now: datetime) -> bool:
    """Whether a worker is at one of this handler's deliveries, or died less than a lease ago. What failed and waits for
    its next attempt has an error.
    """
    claimed = select(Delivery.fact_id).where(
        Delivery.handler == handler,
        Delivery.state == DeliveryState.WAITING,
        Delivery.attempts > 0,
        Delivery.error.is_(None),
        Delivery.due_at > now,
        Delivery.due_at <= now + LONGEST_RETRY,
    )
    return session.scalar(claimed.limit(1)) is not None


def prolong_claims(session: Session, handler: str, facts: Sequence[RecordedFact], *, until: datetime) -> None:
    """Those of them that are still this worker's: another one has counted an attempt."""
    for fact in facts:
        session.execute(
            update(Delivery)
            .where(
                Delivery.handler == handler,
                Delivery.fact_id == fact.id,
                Delivery.state == DeliveryState.WAITING,
                Delivery.attempts == fact.attempts + 1,
            )
            .values(due_at=until)
            .execution_options(synchronize_session=False)
        )


def release_all_claims(session: Session, *, now: datetime) -> None:
    """For a market that was restored: whoever had claimed something ended with the market that was saved."""
    handlers = session.scalars(select(Delivery.handler).where(Delivery.state == DeliveryState.WAITING).distinct())
    release_claims(session, handlers.all(), now=now)


def release_claims(session: Session, handlers: Sequence[str], *, now: datetime) -> None:
    """Let these be due at once: who had claimed them is known to have ended, and what failed may go well now."""
    session.execute(
        update(Delivery)
        .where(Delivery.handler.in_(handlers), Delivery.state == DeliveryState.WAITING, Delivery.due_at > now)
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )


def finish_deliveries(session: Session, handler: str, facts: Sequence[RecordedFact]) -> None:
    _change(session, handler, [fact.id for fact in facts], state=DeliveryState.DONE, error=None)


def give_back_deliveries(session: Session, handler: str, facts: Sequence[RecordedFact], *, now: datetime) -> None:
    """As if they had not been claimed."""
    for fact in facts:
        _change(session, handler, [fact.id], due_at=now, attempts=fact.attempts)


def put_off_deliveries(
    session: Session, handler: str, facts: Sequence[RecordedFact], *, error: str, until: datetime
) -> None:
    """Try again then, without counting an attempt: it is not their fault, and goes on for as long as it may."""
    for fact in facts:
        _change(session, handler, [fact.id], due_at=until, attempts=fact.attempts, error=error[:LONGEST_ERROR])


def postpone_deliveries(
    session: Session, handler: str, facts: Sequence[RecordedFact], *, error: str, now: datetime
) -> None:
    """Try again later, each time twice as late; after `MAX_ATTEMPTS` set aside for a person to look at."""
    for fact in facts:
        if fact.attempts + 1 >= MAX_ATTEMPTS:
            set_aside_delivery(session, handler, fact, error=error, now=now)
            continue
        wait = min(FIRST_RETRY * 2**fact.attempts, LONGEST_RETRY)
        _change(session, handler, [fact.id], due_at=now + wait, error=error[:LONGEST_ERROR])


def separate_deliveries(
    session: Session, handler: str, facts: Sequence[RecordedFact], *, error: str, now: datetime
) -> None:
    """Let each come again at once and alone: one of them can never be delivered, and the others are to go on."""
    _change(session, handler, [fact.id for fact in facts], due_at=now, error=error[:LONGEST_ERROR])


def set_aside_delivery(session: Session, handler: str, fact: RecordedFact, *, error: str, now: datetime) -> None:
    """For a person to look at: it is not tried again by itself."""
    _change(session, handler, [fact.id], state=DeliveryState.SET_ASIDE, due_at=now, error=error[:LONGEST_ERROR])


def _change(session: Session, handler: str, fact_ids: Iterable[UUID], **values: object) -> None:
    session.execute(
        update(Delivery)
        .where(Delivery.handler == handler, Delivery.fact_id.in_(fact_ids))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def find_delivery(session: Session, subject_id: UUID) -> tuple[DeliveryState, int]:
    """State and attempts of the delivery of a fact that one handler asks for; waiting while it is not dispatched."""
    row = session.execute(
        select(Delivery.state, Delivery.attempts)
        .join(FactRow, FactRow.id == Delivery.fact_id)
        .where(FactRow.subject_id == subject_id)
    ).first()
    return (row[0], row[1]) if row else (DeliveryState.WAITING, 0)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not delivered yet. `oldest` is when the oldest of it was recorded."""

    waiting: int
    set_aside: int
    oldest: datetime | None


def measure_backlog(session: Session) -> Backlog:
    undispatched, oldest_new = session.execute(
        select(func.count(), func.min(FactRow.recorded_at)).where(FactRow.dispatched_at.is_(None))
    ).one()
    states = dict(
        session.execute(
            select(Delivery.state, func.count())
            .where(Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SET_ASIDE)))
            .group_by(Delivery.state)
        ).all()
    )
    oldest_waiting = session.scalar(
        select(func.min(FactRow.recorded_at))
        .join(Delivery, Delivery.fact_id == FactRow.id)
        .where(Delivery.state == DeliveryState.WAITING)
    )
    return Backlog(
        waiting=undispatched + states.get(DeliveryState.WAITING, 0),
        set_aside=states.get(DeliveryState.SET_ASIDE, 0),
        oldest=min((moment for moment in (oldest_new, oldest_waiting) if moment), default=None),
    )
