"""A programme as iCalendar: another program reads it as we wrote it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from market.kernel.text import printable
from market.programme.formats.calendars import write_calendar
from market.programme.formats.neutral import FilePerson, FileProgramme, FileSession
from market.programme.formats.observances import list_observances
from tests.market.programme.formats.making import at, make_guid, make_programme, make_session, read_events

CHANGED = datetime(2026, 11, 20, 8, 0, 7, tzinfo=UTC)
ANY_TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from('\\;,:nN"^\r\n\t\x00\x0b\x85\u2028\ufeff热🍌\u0e01\u0301 ')),
    max_size=120,
)


def write(programme: FileProgramme, cancelled: Sequence[FileSession] = (), **given_: int) -> bytes:
    everything = (*programme.sessions, *cancelled)
    return write_calendar(
        programme,
        address=lambda session: f"https://market.example/en/sessions/{session.number}",
        sequences={make_guid(1): given_.get("sequence", 0)},
        changed_at={session.guid: CHANGED for session in everything},
        cancelled=cancelled,
        host="market.example",
        name="Expo 2026, Nanning",
    )


def read_lines(content: bytes) -> list[str]:
    """Whole lines, as RFC 5545 §3.1 puts them together again."""
    return content.replace(b"\r\n ", b"").decode().split("\r\n")


def unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "N": "\n"}.get(match[1], match[1]), value, flags=re.DOTALL)


def read_value(content: bytes, name: str) -> str:
    (line,) = [line for line in read_lines(content) if line.startswith(f"{name}:")]
    return unescape(line.partition(":")[2])


def test_a_calendar_has_every_session_with_all_that_calendars_know() -> None:
    session = make_session(
        1, title="Heat pumps; a, b", persons=(FilePerson("Lan"), FilePerson("Mei")), abstract="A\n\nB"
    )

    assert read_lines(write(make_programme([session]), sequence=3)) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//ASEAN Technology Market//Programme//EN",
        "X-WR-CALNAME:Expo 2026\\, Nanning",
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Shanghai",
        "BEGIN:STANDARD",
        "DTSTART:20260101T000000",
        "TZOFFSETFROM:+0800",
        "TZOFFSETTO:+0800",
        "TZNAME:CST",
        "END:STANDARD",
        "END:VTIMEZONE",
        "BEGIN:VEVENT",
        f"UID:{make_guid(1)}@market.example",
        "DTSTAMP:20261120T080007Z",
        "LAST-MODIFIED:20261120T080007Z",
        "SEQUENCE:3",
        "STATUS:CONFIRMED",
        "DTSTART;TZID=Asia/Shanghai:20261124T093000",
        "DTEND;TZID=Asia/Shanghai:20261124T101500",
        "SUMMARY:Heat pumps\\; a\\, b",
        "LOCATION:Hall 1",
        "DESCRIPTION:Lan\\, Mei\\n\\nA\\n\\nB",
        "URL:https://market.example/en/sessions/1",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_cancelled_sessions_are_told_as_such() -> None:
    events = read_events(write(make_programme([make_session(2)]), [make_session(1)], sequence=1))

    assert [(str(event["UID"]), str(event["STATUS"]), event["SEQUENCE"]) for event in events] == [
        (f"{make_guid(2)}@market.example", "CONFIRMED", 0),
        (f"{make_guid(1)}@market.example", "CANCELLED", 1),
    ]


def test_another_program_reads_the_same_instants() -> None:
    starts = [
        at("2026-10-24T23:00"),
        at("2026-10-25T02:30"),
        at("2026-10-25T02:30").replace(fold=1),
        at("2026-10-25T03:00"),
    ]
    zone = ZoneInfo("Europe/Berlin")
    programme = make_programme(
        [make_session(number, starts_at=start, minutes=240) for number, start in enumerate(starts, 1)], zone=zone.key
    )

    events = read_events(write(programme))

    instants = [start.replace(tzinfo=zone).astimezone(UTC) for start in starts]
    assert [event["DTSTART"].dt.astimezone(UTC) for event in events] == instants
    assert [event["DTEND"].dt.astimezone(UTC) for event in events] == [one + timedelta(hours=4) for one in instants]


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC"])
def test_a_programme_in_utc_needs_no_zone(zone: str) -> None:
    lines = read_lines(write(make_programme([make_session(1)], zone=zone)))

    assert "DTSTART:20261124T093000Z" in lines
    assert "BEGIN:VTIMEZONE" not in lines


def test_a_title_of_several_lines_is_one_line() -> None:
    content = write(make_programme([make_session(1, title="Heat\rpumps\r\nand\nmore \u2028 here", room="A\rB")]))

    (event,) = read_events(content)
    assert (event["SUMMARY"], event["LOCATION"]) == ("Heat pumps and more here", "A B")


@given(title=ANY_TEXT, description=ANY_TEXT)
@example(title="C:\\New, \\n \\\\N; \\", description="\\N\\n\\\n\r\r\n\\;\\,")
@example(title="热" * 100, description="🍌" * 100)
@example(title="\ufeffA", description="\ufeffB")
@settings(deadline=None)
def test_any_text_comes_back(title: str, description: str) -> None:
    content = write(make_programme([make_session(1, title=title, description=description)]))

    breaks = re.compile("\r\n|[\r\x85\u2028\u2029]")
    assert read_value(content, "SUMMARY") == printable(" ".join(title.split()))
    if description:
        assert read_value(content, "DESCRIPTION") == printable(breaks.sub("\n", description))


@given(title=ANY_TEXT, description=ANY_TEXT)
@settings(deadline=None)
def test_another_program_reads_any_text(title: str, description: str) -> None:
    """Save what it does itself: it drops byte order marks."""
    title, description = title.replace("\ufeff", ""), description.replace("\ufeff", "")
    content = write(make_programme([make_session(1, title=title, description=description)]))

    (event,) = read_events(content)
    assert str(event["SUMMARY"]) == read_value(content, "SUMMARY")
    if description:
        assert str(event["DESCRIPTION"]) == read_value(content, "DESCRIPTION")


@given(title=ANY_TEXT, description=ANY_TEXT)
@example(title="x" * 66 + "热" * 9, description="🍌é" * 40)
@example(title="x" * 300, description="y" * 300)
@settings(deadline=None)
def test_no_line_is_too_long_and_none_is_broken_within_a_character(title: str, description: str) -> None:
    content = write(make_programme([make_session(1, title=title, description=description)]))

    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not re.search(rb"[\r\n]", b"".join(lines))
    assert all(line.decode() for line in lines)


@pytest.mark.parametrize("length", range(60, 85))
@pytest.mark.parametrize("character", ["x", "é", "热", "🍌"])
def test_lines_of_every_length_are_put_together_again(length: int, character: str) -> None:
    title = "x" * (length % 4) + character * length

    assert read_value(write(make_programme([make_session(1, title=title)])), "SUMMARY") == title


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Brussels",
        "Europe/Dublin",
        "Africa/Casablanca",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "America/Santiago",
        "America/St_Johns",
        "Asia/Kathmandu",
    ],
)
@pytest.mark.parametrize("year", [2022, 2024, 2026])
def test_a_zone_is_told_as_it_is_at_every_hour(zone: str, year: int) -> None:
    there = ZoneInfo(zone)
    observances = list_observances(zone, first_year=year, last_year=year)
    begin = datetime(year, 1, 1, tzinfo=there).astimezone(UTC)

    for hour in range(365 * 24):
        moment = begin + timedelta(hours=hour)
        begun = [one for one in observances if (one.starts_at - one.offset_from).replace(tzinfo=UTC) <= moment]
        assert begun[-1].offset_to == moment.astimezone(there).utcoffset()
        assert begun[-1].name == moment.astimezone(there).tzname()


def test_of_a_zone_only_the_years_of_the_programme_are_told() -> None:
    lines = read_lines(
        write(make_programme([make_session(1, starts_at=at("2026-12-31T23:00"))], zone="Europe/Brussels"))
    )

    assert [line for line in lines if line.startswith("DTSTART:")] == [
        "DTSTART:20260101T000000",
        "DTSTART:20260329T020000",
        "DTSTART:20261025T030000",
        "DTSTART:20270328T020000",
        "DTSTART:20271031T030000",
    ]
    assert [line for line in lines if line.startswith("TZOFFSET")][2:4] == ["TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"]
