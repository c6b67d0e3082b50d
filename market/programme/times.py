"""Days of a programme: each ends some minutes after midnight, and what begins before that belongs to the evening."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from market.events.models import Event
from market.programme.formats.times import find_day

ONE_DAY = timedelta(days=1)


def find_start(day: date, start: time, day_change: int) -> datetime:
    """The wall time of what begins at `start` of a programme's day: before its end it is on the morning after."""
    wall = datetime.combine(day, start)
    is_after_midnight = start.hour * 60 + start.minute < day_change
    return wall + ONE_DAY if is_after_midnight else wall


def list_days(event: Event) -> list[date]:
    return list(_walk(event.starts_on, event.ends_on))


def is_within(event: Event, starts_at: datetime, day_change: int) -> bool:
    return event.starts_on <= find_day(starts_at, day_change) <= event.ends_on


def _walk(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += ONE_DAY
