"""Events for calendar programs (RFC 5545): whole days, as they are at the place."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from market.events.enums import EventState
from market.events.queries import EventRow
from market.kernel.calendar_lines import write_line, write_lines, write_text, write_utc
from market.web.page import Page
from market.web.sharing import SITE

_PRODUCER: Final = "-//ASEAN Technology Market//Events//EN"
_ONE_DAY: Final = timedelta(days=1)


def write_events(page: Page, rows: Sequence[EventRow], changes: Mapping[UUID, tuple[datetime, int]]) -> bytes:
    """`changes`: event → when it was last changed, and how often: programs take the higher number for the newer."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{_PRODUCER}", "METHOD:PUBLISH"]
    lines.append(write_line("X-WR-CALNAME", page.reader.gettext(SITE)))
    host = urlsplit(page.own_site).hostname or "localhost"
    for row in rows:
        lines.extend(_write_event(page, row, host, *changes[row.id]))
    lines.append("END:VCALENDAR")
    return write_lines(lines)


def _write_event(page: Page, row: EventRow, host: str, changed_at: datetime, sequence: int) -> Iterator[str]:
    changed = write_utc(changed_at)
    yield "BEGIN:VEVENT"
    yield f"UID:{row.id}@{host}"
    yield f"DTSTAMP:{changed}"
    yield f"LAST-MODIFIED:{changed}"
    yield f"SEQUENCE:{sequence}"
    yield f"STATUS:{'CANCELLED' if row.state is EventState.CANCELLED else 'CONFIRMED'}"
    yield f"DTSTART;VALUE=DATE:{row.starts_on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{row.ends_on + _ONE_DAY:%Y%m%d}"  # the first day that it is over (§3.6.1)
    yield write_line("SUMMARY", row.title)
    if place := ", ".join(part for part in (row.venue, row.city) if part):
        yield write_line("LOCATION", place)
    if row.summary:
        yield write_text("DESCRIPTION", row.summary)
    yield f"URL:{page.absolute_url('events.show', slug=row.slug)}"
    yield "END:VEVENT"
