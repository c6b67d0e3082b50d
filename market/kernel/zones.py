"""Wall time and zones: what is planned is what the clock on the wall will show, and the zone it hangs in. The instant
is derived from both, and derived again when the zone's rules change.
"""

from datetime import UTC, date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

MIDNIGHT: Final = datetime.min.time()


@cache
def list_zones() -> frozenset[str]:
    """Those that mean the same on every machine."""
    return frozenset(available_timezones()) - {"localtime", "Factory", "posixrules"}


def is_zone(name: str) -> bool:
    return name in list_zones()


def find_instant(wall: datetime, zone: str) -> datetime:
    """In UTC. A wall time that there are two of is the first; one that the clocks jump over counts as if they had not
    (PEP 495, `fold=0`)."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def find_wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def begin_of_day(day: date, zone: str) -> datetime:
    return find_instant(datetime.combine(day, MIDNIGHT), zone)
