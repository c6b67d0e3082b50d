"""When the clocks of a zone change, as calendars want it told (RFC 5545 §3.6.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_ONE_SECOND = timedelta(seconds=1)
_ONE_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Observance:
    """From `starts_at` on, which the clocks still show as they were set before, they are set otherwise."""

    starts_at: datetime
    offset_from: timedelta
    offset_to: timedelta
    name: str
    is_daylight: bool


def list_observances(zone: str, *, first_year: int, last_year: int) -> list[Observance]:
    """What the clocks show when the first year begins, and every change until the last year ends."""
    there = ZoneInfo(zone)
    begin = datetime(first_year, 1, 1, tzinfo=there)
    offset = _find_offset(begin)
    observances = [_make(begin, begin.replace(tzinfo=None), offset)]
    for moment in _find_changes(begin.astimezone(UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC), there):
        observances.append(_make(moment.astimezone(there), (moment + offset).replace(tzinfo=None), offset))
        offset = observances[-1].offset_to
    return observances


def write_zone(zone: str, observances: list[Observance]) -> Iterator[str]:
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone}"
    for observance in observances:
        kind = "DAYLIGHT" if observance.is_daylight else "STANDARD"
        yield f"BEGIN:{kind}"
        yield f"DTSTART:{observance.starts_at:%Y%m%dT%H%M%S}"
        yield f"TZOFFSETFROM:{_write_offset(observance.offset_from)}"
        yield f"TZOFFSETTO:{_write_offset(observance.offset_to)}"
        yield f"TZNAME:{observance.name}"
        yield f"END:{kind}"
    yield "END:VTIMEZONE"


def _make(moment: datetime, wall: datetime, offset_from: timedelta) -> Observance:
    """`wall` is what the clocks show at that moment before they are set."""
    return Observance(
        starts_at=wall,
        offset_from=offset_from,
        offset_to=_find_offset(moment),
        name=moment.tzname() or "",
        is_daylight=bool(moment.dst()),
    )


def _find_changes(begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Day by day: in some zones the clocks are set back for a few weeks only."""
    before = begin
    while before < end:
        after = before + _ONE_DAY
        if _find_offset(before.astimezone(zone)) != _find_offset(after.astimezone(zone)):
            yield _narrow(before, after, zone)
        before = after


def _narrow(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second at which the clocks are set as they are `after`."""
    offset = _find_offset(after.astimezone(zone))
    while after - before > _ONE_SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if _find_offset(middle.astimezone(zone)) == offset:
            after = middle
        else:
            before = middle
    return after


def _find_offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or _NOTHING


def _write_offset(offset: timedelta) -> str:
    seconds = int(abs(offset).total_seconds())
    sign = "-" if offset < _NOTHING else "+"
    rest = f"{seconds % 60:02}" if seconds % 60 else ""
    return f"{sign}{seconds // 3600:02}{seconds // 60 % 60:02}{rest}"
