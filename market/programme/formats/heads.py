"""What a file says of the programme as a whole: its names, its zone, its first and its last day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from market.kernel.errors import N_
from market.kernel.text import clean_line
from market.kernel.zones import is_zone
from market.programme.formats import limits
from market.programme.formats.reading import PartReader
from market.programme.formats.times import Moment, read_moment

NO_ZONE = N_("This file does not say in which time zone its times are.")
UNKNOWN_ZONE = N_("We do not know the time zone %(zone)s.")
BACKWARDS = N_("This is before the start.")
TOO_MANY_DAYS = N_("This programme has more than %(most)s days.")

UTC_ZONE: Final = "UTC"
_USUAL_SLOT: Final = 15


@dataclass(frozen=True, slots=True)
class Head:
    """`zone` is none where the file says none that we know."""

    title: str
    acronym: str
    version: str
    venue: str
    city: str
    url: str
    base_url: str
    zone: str | None
    slot_minutes: int
    starts: Moment | None
    ends: Moment | None
    tracks: tuple[str, ...]


def read_head(reader: PartReader, moments: Iterable[str]) -> Head:
    """`moments` are all dates of the file, as it writes them."""
    reader.tell_faults()
    base = reader.web_address("base_url", base="")
    return Head(
        title=reader.required_line("title", limits.LONGEST_TITLE),
        acronym=reader.line("acronym", limits.LONGEST_ACRONYM),
        version=reader.line("version", limits.LONGEST_VERSION),
        venue=reader.line("venue", limits.LONGEST_TITLE),
        city=reader.line("city", limits.LONGEST_TITLE),
        url=reader.web_address("url", base=base),
        base_url=base,
        zone=_read_zone(reader, moments),
        slot_minutes=reader.minutes("timeslot_duration") or _USUAL_SLOT,
        starts=reader.moment("start"),
        ends=reader.moment("end"),
        tracks=_read_tracks(reader),
    )


def find_span(head: Head, reader: PartReader, dates: Sequence[date], day_change: int) -> tuple[date, date] | None:
    """First and last day: those that the file names, and `dates`, which have something on them. None where there are
    none; why has been told.
    """
    zone = head.zone or UTC_ZONE
    named = []
    if head.starts:
        named.append(head.starts.in_zone(zone).date())
    if head.ends:
        named.append(_find_last_day(head.ends, zone, day_change))
    if named != sorted(named):
        reader.add("end", BACKWARDS)
    if not (known := [*named, *dates]):
        return None
    first, last = min(known), max(known)
    if (last - first).days >= limits.MOST_DAYS:
        reader.problems.add(reader.part.where, TOO_MANY_DAYS, most=limits.MOST_DAYS)
        return None
    return first, last


def _find_last_day(ends: Moment, zone: str, day_change: int) -> date:
    """An end at the minute at which the day changes is that of the day before."""
    wall: datetime = ends.in_zone(zone)
    return (wall - timedelta(minutes=day_change, seconds=1)).date() if ends.has_time else wall.date()


def _read_zone(reader: PartReader, moments: Iterable[str]) -> str | None:
    """Where none is named, times that are all at no distance from UTC tell it."""
    if name := clean_line(reader.part.text("time_zone_name")):
        if is_zone(name):
            return name
        reader.add("time_zone_name", UNKNOWN_ZONE, zone=name[:80])
        return None
    offsets = {moment.offset for text in moments if (moment := read_moment(text)) and moment.offset is not None}
    if offsets == {timedelta(0)}:
        return UTC_ZONE
    if "time_zone_name" not in reader.part.faults:
        reader.add("time_zone_name", NO_ZONE)
    return None


def _read_tracks(reader: PartReader) -> tuple[str, ...]:
    return tuple(_read_track(PartReader(part, reader.problems)) for part in reader.part.list_parts("tracks"))


def _read_track(reader: PartReader) -> str:
    reader.tell_faults()
    return reader.line("name", limits.LONGEST_NAME)
