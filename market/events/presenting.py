"""What pages of events show: words in the reader's language where there are any, months, form values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from market.events.enums import EventKind
from market.events.forms import EventForm, EventTextForm
from market.events.kinds import EVENT_KINDS
from market.events.models import Event, EventText
from market.events.queries import EventFilters, EventRow
from market.kernel.errors import BadInput
from market.listings.enums import Provenance
from market.taxonomy.values import COUNTRIES
from market.web.forms import SentForm

OFFERED_ZONES: Final = (
    "Asia/Shanghai", "Asia/Brunei", "Asia/Phnom_Penh", "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura",
    "Asia/Vientiane", "Asia/Kuala_Lumpur", "Asia/Yangon", "Asia/Manila", "Asia/Singapore", "Asia/Bangkok",
    "Asia/Dili", "Asia/Ho_Chi_Minh", "UTC",
)  # fmt: skip
"""Zones of our twelve countries (IANA Time Zone Database, zone1970.tab, read November 2026), and one for elsewhere."""

MONTHS_AHEAD: Final = 12
_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class ShownWords:
    """`is_own`: whether these are the organizer's own. The place is the organizer's where a translation names none."""

    text: EventText
    is_own: bool
    others: Sequence[str]
    place: EventText


def choose_words(event: Event, language: str) -> ShownWords:
    text = event.words_in(language)
    others = [code for code in sorted(event.texts) if code != text.language]
    place = text if text.venue or text.city else event.texts[event.language]
    return ShownWords(text, text.provenance is Provenance.AUTHOR, others, place)


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    events: list[EventRow]


def group_by_month(rows: Sequence[EventRow]) -> list[Month]:
    """In the order they come in; a month of theirs is the one they begin in."""
    return [Month(first, list(group)) for first, group in groupby(rows, key=lambda row: row.starts_on.replace(day=1))]


@dataclass(frozen=True, slots=True)
class CalendarAddress:
    """The address of the calendar of events, taken apart."""

    kind: str = ""
    country: str = ""
    month: str = ""
    past: bool = False

    @property
    def filters(self) -> EventFilters:
        return EventFilters(
            kinds=(self.kind,) if self.kind else (), countries=(self.country,) if self.country else (),
            month=read_month(self.month) if self.month else None,
        )  # fmt: skip

    @property
    def is_filtered(self) -> bool:
        return bool(self.kind or self.country or self.month)

    @property
    def query(self) -> dict[str, str]:
        parts = {"kind": self.kind, "country": self.country, "month": self.month, "past": "1" if self.past else ""}
        return {name: value for name, value in parts.items() if value}


def read_calendar_address(*, kind: str, country: str, month: str, past: str) -> CalendarAddress:
    """What no form of ours would send is refused."""
    if (kind and kind not in set(EventKind)) or (country and country not in COUNTRIES) or past not in ("", "1"):
        raise BadInput
    if month:
        read_month(month)
    return CalendarAddress(kind, country, month, past == "1")


def read_month(name: str) -> date:
    found = _MONTH.fullmatch(name)
    if found is None:
        raise BadInput
    return date(int(found[1]), int(found[2]), 1)


def list_months(today: date) -> list[date]:
    """This one and those ahead."""
    months = [today.replace(day=1)]
    while len(months) < MONTHS_AHEAD:
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    return months


def name_offset(zone: str, moment: datetime) -> str:
    """Of its clocks from UTC at that moment: `UTC+08:00`."""
    offset = moment.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"UTC{offset[:3]}:{offset[3:5]}"


def stored_values(event: Event) -> dict[str, str]:
    text = event.texts[event.language]
    values = {name: getattr(text, name) for name in EventTextForm.model_fields}
    for name in EventForm.model_fields:
        if name not in values:
            stored = getattr(event, name)
            values[name] = stored.isoformat() if isinstance(stored, date) else str(stored or "")
    return values


def sent_values(sent: SentForm) -> dict[str, str]:
    return {name: sent.first(name) for name in EventForm.model_fields}


CHOICES: Final[dict[str, Any]] = {"event_kinds": EVENT_KINDS, "countries": COUNTRIES, "zones": OFFERED_ZONES}
