"""Seats: taken, given back, and given on to the first of the waiting list. The caller holds the type's row
(`queries.lock_types`); the condition of `take_seat` and the check of the table hold even where somebody does not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CursorResult, or_, update
from sqlalchemy.orm import Session

from market.kernel import outbox
from market.registration import queries
from market.registration.enums import ParticipantState
from market.registration.facts import ParticipantMoved
from market.registration.models import Participant, RegistrationType

State = ParticipantState
MOVED_AT_ONCE: Final = 500


def take_seat(session: Session, type_id: UUID, number: int = 1) -> bool:
    """One more, or so many at once, if there are any. Of two who ask for the last one the database answers yes to
    one."""
    taken = session.execute(
        update(RegistrationType)
        .where(
            RegistrationType.id == type_id,
            or_(RegistrationType.capacity.is_(None), RegistrationType.admitted + number <= RegistrationType.capacity),
        )
        .values(admitted=RegistrationType.admitted + number)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(taken, CursorResult)  # noqa: S101 - what an UPDATE answers
    return taken.rowcount == 1


def take_seats(session: Session, kind: RegistrationType, wanted: int) -> int:
    """As many as there are, of those that are wanted, for a type whose row the caller holds."""
    session.refresh(kind, ["admitted", "capacity"])
    taken = wanted if kind.capacity is None else min(wanted, kind.capacity - kind.admitted)
    kind.admitted += taken
    session.flush()  # the check of the table has the last word
    return taken


def enter(
    session: Session, kind: RegistrationType, participant: Participant, *, was: ParticipantState | None,
    needs_approval: bool, by: UUID | None, now: datetime,
) -> None:  # fmt: skip
    """Somebody new, or back: waits for approval, has a seat, or waits for one."""
    if needs_approval:
        _move(session, participant, State.WAITING_APPROVAL, was=was, by=by, now=now)
    elif take_seat(session, kind.id):
        _move(session, participant, State.ADMITTED, was=was, by=by, now=now)
    else:
        _move(session, participant, State.WAITING, was=was, by=by, now=now)
    session.refresh(kind, ["admitted"])


def leave(
    session: Session, kind: RegistrationType, participant: Participant, state: ParticipantState, *, by: UUID | None,
    now: datetime,
) -> None:  # fmt: skip
    """The seat, where there was one, goes on at once."""
    was = participant.state
    _move(session, participant, state, was=was, by=by, now=now)
    if was is State.ADMITTED:
        session.execute(
            update(RegistrationType)
            .where(RegistrationType.id == kind.id)
            .values(admitted=RegistrationType.admitted - 1)
            .execution_options(synchronize_session=False)
        )
        fill_seats(session, kind, by=by, now=now)


def fill_seats(session: Session, kind: RegistrationType, *, by: UUID | None, now: datetime) -> None:
    """As long as there is a seat and somebody who waits for one: all who have one now at once."""
    while waiting := _list_next(session, kind):
        if take_seat(session, kind.id, len(waiting)):
            for one in waiting:
                _move(session, one, State.ADMITTED, was=State.WAITING, by=by, now=now)
    session.refresh(kind, ["admitted"])


def _list_next(session: Session, kind: RegistrationType) -> Sequence[Participant]:
    """Of those who wait, as many as there are seats; never too many to write at once."""
    session.flush()  # who was moved waits no more
    session.refresh(kind, ["admitted", "capacity"])
    left = MOVED_AT_ONCE if kind.capacity is None else min(kind.capacity - kind.admitted, MOVED_AT_ONCE)
    return queries.list_waiting(session, kind.id, limit=left) if left > 0 else ()


def _move(
    session: Session, participant: Participant, state: ParticipantState, *, was: ParticipantState | None,
    by: UUID | None, now: datetime,
) -> None:  # fmt: skip
    participant.state = state
    participant.waits_since = now if state is State.WAITING else None
    participant.changed_at = now
    fact = ParticipantMoved(participant.id, participant.event_id, state.value, was.value if was else "")
    outbox.record(session, fact, by=by)
