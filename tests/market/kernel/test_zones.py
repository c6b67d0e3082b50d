"""Wall time and zone make an instant, also where the clocks are changed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.kernel.zones import find_instant, find_wall, is_zone


@pytest.mark.parametrize(
    ("wall", "zone", "instant"),
    [
        ("2027-09-17T09:30", "Asia/Shanghai", "2027-09-17T01:30"),
        ("2027-09-17T09:30", "Asia/Yangon", "2027-09-17T03:00"),
        ("2027-03-28T01:30", "Europe/Brussels", "2027-03-28T00:30"),
        ("2027-03-28T02:30", "Europe/Brussels", "2027-03-28T01:30"),  # the clocks jump over it: as if they had not
        ("2027-03-28T03:30", "Europe/Brussels", "2027-03-28T01:30"),
        ("2027-10-31T02:30", "Europe/Brussels", "2027-10-31T00:30"),  # there are two: the first
        ("2027-10-31T03:30", "Europe/Brussels", "2027-10-31T02:30"),
    ],
)
def test_an_instant_is_that_of_the_clock_on_the_wall(wall: str, zone: str, instant: str) -> None:
    assert find_instant(datetime.fromisoformat(wall), zone) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


WALLS = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 - on a wall


@given(WALLS, st.sampled_from(["Asia/Bangkok", "UTC", "Asia/Manila"]))
def test_where_no_clock_is_changed_there_and_back_is_the_same(wall: datetime, zone: str) -> None:
    assert find_wall(find_instant(wall, zone), zone) == wall


@pytest.mark.parametrize("zone", ["localtime", "Factory", "Mars/Olympus", "", "+08:00"])
def test_what_is_no_zone_everywhere_is_none(zone: str) -> None:
    assert not is_zone(zone)
