"""Sessions that no database has seen."""

from datetime import UTC, datetime, timedelta

from market.programme.enums import SessionKind
from market.programme.models import ProgrammeSession

MORNING = datetime(2027, 3, 1, 8, tzinfo=UTC)


def plan_plainly(number: int, start: int, minutes: int) -> ProgrammeSession:
    """`start`: minutes after eight."""
    return ProgrammeSession(
        number=number, kind=SessionKind.TALK, starts_utc=MORNING + timedelta(minutes=start), minutes=minutes
    )
