"""A request sent twice has its effect once: the answer is kept under the sender's key, in the effect's transaction.

After the draft of the IETF's HTTP working group, "The Idempotency-Key HTTP Header Field" (draft 07, October 2025): a
key in use is 409, the same key with another request 422. Only what succeeded is kept: a refusal frees its key, so the
request can be put right and sent again under the same one.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, Text, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.db import Base
from market.kernel.errors import N_, Refusal

LEASE = timedelta(seconds=60)
"""How long a request may be under way. One whose server was killed can be sent again afterwards."""

KEPT = timedelta(hours=24)
LONGEST_KEY = 100


class KeyedRequest(Base):
    """`owner_id` is the person's. Without `status` the first request is under way, at most until `leased_until`."""

    __tablename__ = "keyed_request"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))  # of method, address and body
    leased_until: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[str | None] = mapped_column(Text)


class StillUnderWay(Refusal):
    """`seconds` tells when its lease ends."""

    status = 409
    message = N_("A request with this Idempotency-Key is still under way. Please try again in %(seconds)s seconds.")


class KeyUsedOtherwise(Refusal):
    status = 422
    message = N_("This Idempotency-Key was used for another request. Please take a new key.")


@dataclass(frozen=True, slots=True)
class Reservation:
    """A key that is ours until `leased_until`, which also tells our turn from that of one who took over after us."""

    owner_id: UUID
    key: str
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    status: int
    headers: Mapping[str, str]
    body: str


def make_fingerprint(*parts: bytes) -> str:
    """Lengths keep ('ab', 'c') and ('a', 'bc') apart."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def reserve_key(
    session: Session, owner_id: UUID, key: str, *, fingerprint: str, now: datetime
) -> Reservation | KeptAnswer:
    """Ours to carry out, or the answer that was given. In a transaction of its own that commits before the effect."""
    fresh = KeyedRequest(
        owner_id=owner_id, key=key, fingerprint=fingerprint, leased_until=now + LEASE, created_at=now
    )  # fmt: skip
    session.execute(delete(KeyedRequest).where(*_of(owner_id, key), KeyedRequest.created_at <= now - KEPT))
    try:
        with session.begin_nested():
            session.add(fresh)
    except IntegrityError:
        return _join(session, owner_id, key, fingerprint=fingerprint, now=now)
    return Reservation(owner_id, key, fresh.leased_until)


def keep_answer(session: Session, reservation: Reservation, answer: KeptAnswer) -> None:
    """In the transaction of the effect. Refused where the lease ran out and somebody else carries it out by now: the
    refusal rolls our effect back."""
    kept = update(KeyedRequest).where(*_ours(reservation)).values(
        status=answer.status, headers=dict(answer.headers), body=answer.body
    )  # fmt: skip
    if not _touched(session, kept):
        raise StillUnderWay(seconds=int(LEASE.total_seconds()))


def free_key(session: Session, reservation: Reservation) -> None:
    """After a refusal, in a transaction of its own. Somebody else's turn is not touched."""
    session.execute(
        delete(KeyedRequest).where(*_ours(reservation)).execution_options(synchronize_session=False)
    )  # fmt: skip


def clear_keys(session: Session, *, before: datetime, limit: int = 1_000) -> int:
    """Forget answers older than that; how many it was."""
    old = select(KeyedRequest.owner_id, KeyedRequest.key).where(KeyedRequest.created_at < before).limit(limit)
    rows = session.execute(old).all()
    for owner_id, key in rows:
        session.execute(delete(KeyedRequest).where(*_of(owner_id, key)))
    return len(rows)


def _join(session: Session, owner_id: UUID, key: str, *, fingerprint: str, now: datetime) -> Reservation | KeptAnswer:
    row = session.scalars(select(KeyedRequest).where(*_of(owner_id, key)).with_for_update()).one_or_none()
    if row is None:  # freed between the two statements
        raise StillUnderWay(seconds=1)
    if row.fingerprint != fingerprint:
        raise KeyUsedOtherwise
    if row.status is not None:
        return KeptAnswer(row.status, row.headers or {}, row.body or "")
    if row.leased_until > now:
        raise StillUnderWay(seconds=max(1, int((row.leased_until - now).total_seconds()) + 1))
    row.leased_until = now + LEASE
    return Reservation(owner_id, key, row.leased_until)


def _touched(session: Session, statement: Any) -> bool:
    found = session.execute(
        statement.returning(KeyedRequest.key).execution_options(synchronize_session=False)
    )  # fmt: skip
    return found.first() is not None


def _of(owner_id: UUID, key: str) -> tuple[Any, ...]:
    return KeyedRequest.owner_id == owner_id, KeyedRequest.key == key


def _ours(reservation: Reservation) -> tuple[Any, ...]:
    return (
        *_of(reservation.owner_id, reservation.key),
        KeyedRequest.status.is_(None),
        KeyedRequest.leased_until == reservation.leased_until,
    )
