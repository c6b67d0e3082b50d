"""What of a programme may be shown, and what a change of a place is."""

from datetime import datetime
from typing import Final
from uuid import UUID

from market.events.models import Interpreter
from market.programme.enums import SessionKind, SessionState
from market.programme.models import ProgrammeSession, ReleasedSlot

UNSHOWN_KINDS: Final = frozenset({SessionKind.BLOCKER})
"""Kept free by organizers; never part of a release."""


def is_releasable(one: ProgrammeSession) -> bool:
    """Whether a release made now shows it."""
    is_placed = one.starts_utc is not None and one.room_id is not None
    return is_placed and one.state is SessionState.CONFIRMED and one.kind not in UNSHOWN_KINDS


def is_interpreted_by(floor: str, language: str, interpreter: Interpreter) -> bool:
    """Whether the person works between these two."""
    return " ".join(sorted((floor, language))) in interpreter.pairs


def is_moved(slot: ReleasedSlot, one: ProgrammeSession) -> bool:
    """Whether it stands elsewhere, begins at another time or is of another length. The instant counts: a zone that was
    put right moves what is planned in it."""
    return _place(slot.starts_utc, slot.room_id, slot.minutes) != _place(one.starts_utc, one.room_id, one.minutes)


def _place(starts_utc: datetime | None, room_id: UUID | None, minutes: int) -> tuple[datetime | None, UUID | None, int]:
    return starts_utc, room_id, minutes
