"""Which zone, which day: what the same instant is called, and what keeps a night on the evening it belongs to."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from market.programme.formats.assembling import NO_DAYS
from market.programme.formats.frab_json import read_frab_json, write_frab_json
from market.programme.formats.frab_xml import read_frab_xml, write_frab_xml
from market.programme.formats.heads import BACKWARDS, NO_ZONE
from market.programme.formats.neutral import FileProgramme
from market.programme.formats.sessions import NO_SUCH_TIME
from market.programme.formats.times import find_day, fit_day_change, guess_day_change
from market.programme.formats.writing import list_days
from tests.market.programme.formats.making import (
    at,
    make_event,
    make_guid,
    make_json,
    make_json_event,
    make_programme,
    make_session,
    make_xml,
    settle,
    take,
    take_session,
    tell,
)

NIGHT = 'date="2026-11-24" start="2026-11-24T10:00:00+08:00" end="{end}"'


@pytest.mark.parametrize(
    ("zone", "written", "wall"),
    [
        ("Asia/Shanghai", "2026-11-24T09:30:00+08:00", "2026-11-24T09:30"),
        ("Asia/Shanghai", "2026-11-24T01:30:00Z", "2026-11-24T09:30"),
        ("Asia/Shanghai", "2026-11-24 09:30+0800", "2026-11-24T09:30"),
        ("Asia/Shanghai", "2026-11-24T09:30:15.250+8:00", "2026-11-24T09:30:15"),
        ("Asia/Shanghai", "2026-11-24T09:30", "2026-11-24T09:30"),
        ("Asia/Shanghai", "2026-11-24T09:30:00", "2026-11-24T09:30"),
        ("UTC", "2026-11-24T09:30:00+01:00", "2026-11-24T08:30"),
        ("America/New_York", "2026-11-24T09:30:00-05:00", "2026-11-24T09:30"),
    ],
    ids=str,
)
def test_a_start_is_the_wall_time_of_its_instant_in_the_zone_that_is_named(zone: str, written: str, wall: str) -> None:
    event = make_event(date=written, start="09:30")
    session = take_session(read_frab_xml(make_xml(event, zone=zone, day='date="2026-11-24"')))

    assert session.starts_at == at(wall)


def test_both_hours_of_a_night_that_has_one_twice_come_back() -> None:
    events = [
        make_event(guid=None, id=str(number), date=f"2026-10-25T02:30:00{offset}")
        for number, offset in enumerate(("+02:00", "+01:00"), 1)
    ]
    content = make_xml("".join(events), zone="Europe/Berlin", day='date="2026-10-25"')

    first, second = take(read_frab_xml(content)).sessions
    again = take(read_frab_xml(write_frab_xml(take(read_frab_xml(content))))).sessions

    assert [(one.starts_at, one.starts_at.fold) for one in (first, second)] == [
        (at("2026-10-25T02:30"), 0),
        (at("2026-10-25T02:30"), 1),
    ]
    assert [session.starts_at.fold for session in again] == [0, 1]


def test_a_time_that_the_clocks_jump_over_is_told() -> None:
    content = make_xml(make_event(date="2026-03-29T02:30:00"), zone="Europe/Berlin", day='date="2026-03-29"')

    assert tell(read_frab_xml(content)) == [(NO_SUCH_TIME, 6, "event 7/date")]


def test_without_a_zone_times_in_utc_tell_it() -> None:
    event = make_event(date="2026-11-24T09:30:00Z")
    programme = take(read_frab_xml(make_xml(event, zone="", day='date="2026-11-24" start="2026-11-24T00:00:00+00:00"')))

    assert (programme.zone, programme.sessions[0].starts_at) == ("UTC", at("2026-11-24T09:30"))


@pytest.mark.parametrize("written", ["2026-11-24T09:30:00+08:00", "2026-11-24T09:30:00"], ids=["offset", "none"])
def test_without_a_zone_other_times_are_refused(written: str) -> None:
    read = read_frab_xml(make_xml(make_event(date=written), zone="", day='date="2026-11-24"'))

    assert (read.programme, tell(read)) == (None, [(NO_ZONE, 4, "conference/time_zone_name")])


@pytest.mark.parametrize("zone", ["Atlantis/Poseidonis", "../../etc/passwd", "America", "China Time"])
def test_a_zone_that_we_do_not_know_is_told_beside_the_other_faults(zone: str) -> None:
    read = read_frab_xml(make_xml(make_event(title=""), zone=zone))

    assert read.programme is None
    assert tell(read) == [
        (f"We do not know the time zone {zone}.", 4, "conference/time_zone_name"),
        ("This must not be empty.", 6, "event 7/title"),
    ]


@pytest.mark.parametrize(
    ("conference", "day", "day_change"),
    [
        ("<day_change>05:00:00</day_change>", NIGHT.format(end="2026-11-25T04:00:00+08:00"), 300),
        ("", NIGHT.format(end="2026-11-25T04:00:00+08:00"), 240),
        ("", NIGHT.format(end="2026-11-25T03:59:00+08:00"), 240),
        ("", NIGHT.format(end="2026-11-25T03:59:59+08:00"), 240),
        ("", NIGHT.format(end="2026-11-24T23:59:59+08:00"), 0),
        ("", NIGHT.format(end="2026-11-24T18:00:00+08:00"), 0),
        ("", NIGHT.format(end="2026-11-25T18:00:00+08:00"), 0),
        ("", 'date="2026-11-24" start="2026-11-24T04:00:00+08:00"', 240),
        ("", 'date="2026-11-24" start="2026-11-24T14:00:00+08:00"', 0),
        ("", 'date="2026-11-24"', 0),
    ],
    ids=[
        "said",
        "end",
        "a minute less",
        "a second less",
        "midnight",
        "evening",
        "next evening",
        "start",
        "late",
        "none",
    ],
)
def test_when_a_day_changes_is_said_or_follows_from_its_end(conference: str, day: str, day_change: int) -> None:
    assert take(read_frab_xml(make_xml(conference=conference, day=day))).day_change == day_change


def test_a_start_alone_is_that_of_its_day_or_of_the_morning_after() -> None:
    events = [
        make_event(guid=None, id=str(number), date=None, start=start)
        for number, start in enumerate(("09:30", "00:30:00", "03:59", "04:00"), 1)
    ]

    programme = take(read_frab_xml(make_xml("".join(events))))

    assert [session.starts_at for session in programme.sessions] == [
        at("2026-11-24T09:30"),
        at("2026-11-25T00:30"),
        at("2026-11-25T03:59"),
        at("2026-11-24T04:00"),
    ]


@pytest.mark.parametrize(
    ("end", "start", "day_change"),
    [
        ("2026-11-24T23:59:59+08:00", "2026-11-25T00:30:00+08:00", 31),
        ("2026-11-25T09:00:00+08:00", "2026-11-24T08:00:00+08:00", 480),
        ("2026-11-25T09:00:00+08:00", "2026-11-24T09:00:00+08:00", 540),
    ],
    ids=["later", "earlier", "as said"],
)
def test_when_a_day_changes_gives_way_to_the_sessions_that_stand_under_it(
    end: str, start: str, day_change: int
) -> None:
    programme = take(read_frab_xml(make_xml(make_event(date=start), day=NIGHT.format(end=end))))

    assert programme.day_change == day_change
    assert find_day(programme.sessions[0].starts_at, day_change) == date(2026, 11, 24)


def test_where_sessions_contradict_each_other_the_guess_stays() -> None:
    evening, morning = (date(2026, 11, 24), at("2026-11-25T03:00")), (date(2026, 11, 24), at("2026-11-24T02:00"))

    assert fit_day_change(240, [evening, morning]) == 240
    assert fit_day_change(240, [evening]) == 240
    assert fit_day_change(0, [evening]) == 181


@pytest.mark.parametrize("hour", range(24))
def test_a_guess_from_a_day_of_any_hour_is_before_noon(hour: int) -> None:
    start, end = at(f"2026-11-24T{hour:02}:00"), at(f"2026-11-25T{hour:02}:00")

    assert guess_day_change(start.date(), None, end) == (hour * 60 if hour <= 12 else 0)
    assert guess_day_change(start.date(), start, None) == (hour * 60 if hour <= 12 else 0)


def list_starts(programme: FileProgramme) -> list[tuple[int, datetime]]:
    return sorted((session.number, session.starts_at) for session in programme.sessions)


def make_night(day_change: int) -> FileProgramme:
    """Every hour of three days, the first and the last of which end after midnight."""
    starts = [at("2026-11-24T00:30") + timedelta(hours=hour) for hour in range(9, 72)]
    within = [start for start in starts if find_day(start, day_change) >= date(2026, 11, 24)]
    sessions = [make_session(number, starts_at=start) for number, start in enumerate(within, 1)]
    return make_programme(sessions, day_change=day_change, ends_on=date(2026, 11, 26))


@pytest.mark.parametrize("day_change", [0, 1, 59, 240, 540, 720])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "Asia/Kathmandu", "America/St_Johns"])
def test_every_session_stays_on_its_day(day_change: int, zone: str) -> None:
    programme = make_programme(
        make_night(day_change).sessions, day_change=day_change, zone=zone, ends_on=date(2026, 11, 26)
    )

    from_xml = take(read_frab_xml(write_frab_xml(programme)))
    from_json = take(read_frab_json(write_frab_json(programme)))

    assert from_xml.day_change == from_json.day_change == day_change
    assert settle(from_xml) == programme
    assert list_starts(from_json) == list_starts(programme)


@pytest.mark.parametrize("day_change", [120, 150, 180])
def test_days_survive_the_night_in_which_the_clocks_change(day_change: int) -> None:
    starts = ["2026-10-24T20:00", "2026-10-25T01:30", "2026-10-25T12:00", "2026-10-26T01:30"]
    sessions = [make_session(number, starts_at=at(start)) for number, start in enumerate(starts, 1)]
    days = (date(2026, 10, 24), date(2026, 10, 25))
    programme = make_programme(
        sessions, zone="Europe/Berlin", day_change=day_change, starts_on=days[0], ends_on=days[1]
    )

    again = take(read_frab_xml(write_frab_xml(programme)))

    assert [find_day(session.starts_at, again.day_change) for session in settle(again).sessions] == [
        days[0],
        days[0],
        days[1],
        days[1],
    ]


def test_every_day_is_written_with_every_room() -> None:
    programme = make_programme([make_session(1, starts_at=at("2026-11-26T02:00"), room="Tent")], day_change=180)

    days = list(list_days(programme))

    assert [(day.index, day.date, day.starts_at, list(day.rooms)) for day in days] == [
        (1, date(2026, 11, 24), at("2026-11-24T03:00"), ["Hall 1", "Hall 2", "Tent"]),
        (2, date(2026, 11, 25), at("2026-11-25T03:00"), ["Hall 1", "Hall 2", "Tent"]),
    ]
    assert [len(sessions) for day in days for sessions in day.rooms.values()] == [0, 0, 0, 0, 0, 1]
    assert all(first.ends_at == second.starts_at for first, second in pairwise(days))


@pytest.mark.parametrize(
    ("conference", "first", "last"),
    [
        ("", (2026, 11, 24), (2026, 11, 24)),
        ("<start>2026-11-20</start><end>2026-11-26</end>", (2026, 11, 20), (2026, 11, 26)),
        ("<start>2026-11-25</start>", (2026, 11, 24), (2026, 11, 25)),
        ("<start>2026-11-23T20:00:00Z</start><end>2026-11-25T20:00:00Z</end>", (2026, 11, 24), (2026, 11, 25)),
        (
            "<start>2026-11-24T00:00:00+08:00</start><end>2026-11-25T00:00:00+08:00</end>",
            (2026, 11, 24),
            (2026, 11, 24),
        ),
    ],
    ids=["days alone", "said", "said too late", "instants", "midnights"],
)
def test_the_first_and_the_last_day_hold_whatever_the_file_names(
    conference: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    programme = take(read_frab_xml(make_xml(conference=conference)))

    assert (programme.starts_on, programme.ends_on) == (date(*first), date(*last))


def test_an_end_before_the_start_is_told() -> None:
    content = make_xml(conference="<start>2026-11-24</start>\n<end>2026-11-20</end>")

    assert tell(read_frab_xml(content)) == [(BACKWARDS, 5, "conference/end")]


def test_more_days_than_we_take_are_told() -> None:
    read = read_frab_xml(make_xml(conference="<start>2026-01-01</start><end>2027-01-02</end>"))

    assert (read.programme, tell(read)) == (None, [("This programme has more than 366 days.", 4, "conference")])


def test_a_file_without_days_is_none() -> None:
    read = read_frab_json(make_json(conference={"days": []}))

    assert (read.programme, tell(read)) == (None, [(NO_DAYS, None, "")])


def test_days_that_are_beside_the_zone_do_no_harm() -> None:
    """The file says UTC and means Shanghai: what begins at four there is on the day before."""
    events = [
        make_json_event(
            guid=str(make_guid(hour)), id=hour, date=f"2026-11-24T{hour:02}:00:00+08:00", start=f"{hour:02}:00"
        )
        for hour in (4, 9, 20)
    ]
    day = {"day_start": "2026-11-24T00:00:00+08:00", "day_end": "2026-11-24T23:59:00+08:00"}

    programme = take(read_frab_json(make_json(*events, conference={"time_zone_name": "UTC"}, day=day)))

    assert [session.starts_at for session in programme.sessions] == [
        at("2026-11-23T20:00"),
        at("2026-11-24T01:00"),
        at("2026-11-24T12:00"),
    ]
    assert list_starts(take(read_frab_json(write_frab_json(programme)))) == list_starts(programme)
