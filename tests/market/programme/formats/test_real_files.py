"""Files of real conferences and the published schemas, from a folder outside this project: not ours to copy."""

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import xmlschema

from market.programme.formats.calendars import write_calendar
from market.programme.formats.detecting import read_programme
from market.programme.formats.frab_json import read_frab_json, write_frab_json
from market.programme.formats.frab_xml import read_frab_xml, write_frab_xml
from market.programme.formats.json_parts import NO_WHOLE
from market.programme.formats.neutral import FileLink, FilePerson, FileProgramme, FileRoom, FileSession, ReadProgramme
from market.programme.formats.tables import read_csv, write_csv
from market.programme.formats.times import find_day
from tests.market.programme.formats.making import at, make_programme, make_session, read_events, take, tell

DATA = Path(os.environ.get("MARKET_TEST_DATA", "")) / "schedules"
FOSDEM, CAMP, DEMOCON = "fosdem2025.xml.gz", "frab_camp2019.json", "pretalx_democon.json"
REAL = pytest.mark.parametrize("name", [FOSDEM, CAMP, DEMOCON])
CHANGED = datetime(2026, 11, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="MARKET_TEST_DATA names no folder with schedules")

Write = Callable[[FileProgramme], bytes]
Read = Callable[[bytes], ReadProgramme]


def load(name: str) -> bytes:
    content = (DATA / name).read_bytes()
    return gzip.decompress(content) if name.endswith(".gz") else content


@cache
def read_real(name: str) -> FileProgramme:
    return take(read_programme(load(name)))


@cache
def load_xml_schema() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(DATA / "schedule.xml.xsd")


def check_xml(content: bytes) -> list[str]:
    return [
        f"{error.path} {error.reason}" for error in load_xml_schema().iter_errors(content.decode().split("\n", 1)[1])
    ]


def check_json(content: bytes) -> list[str]:
    schema = json.loads((DATA / "schedule.schema.json").read_bytes())
    errors = jsonschema.Draft6Validator(schema).iter_errors(json.loads(content))
    return [f"{error.json_path} {error.message[:200]}" for error in errors]


def identify(session: FileSession, programme: FileProgramme) -> tuple[Any, ...]:
    """What must survive every file: who, where, when."""
    instant = session.starts_at.replace(tzinfo=ZoneInfo(programme.zone)).astimezone(UTC)
    persons = tuple((person.guid, person.number, person.name) for person in session.persons)
    day = find_day(session.starts_at, programme.day_change)
    return session.guid, session.number, instant, session.minutes, session.room, day, persons


@pytest.mark.parametrize(
    ("name", "sessions", "persons", "rooms", "tracks", "zone", "day_change", "first", "last"),
    [
        (FOSDEM, 1074, 1123, 35, 79, "Europe/Brussels", 540, date(2025, 2, 1), date(2025, 2, 2)),
        (CAMP, 79, 90, 2, 7, "Europe/Berlin", 240, date(2019, 8, 21), date(2019, 8, 26)),
        (DEMOCON, 36, 27, 2, 2, "UTC", 180, date(2020, 12, 14), date(2020, 12, 16)),
    ],
    ids=["fosdem", "camp", "democon"],
)
def test_a_real_file_is_read_whole(
    name: str, sessions: int, persons: int, rooms: int, tracks: int, zone: str, day_change: int, first: date, last: date
) -> None:
    programme = read_real(name)

    people = {person for session in programme.sessions for person in session.persons}
    assert (len(programme.sessions), len(people), len(programme.rooms), len(programme.tracks)) == (
        sessions,
        persons,
        rooms,
        tracks,
    )
    assert (programme.zone, programme.day_change) == (zone, day_change)
    assert (programme.starts_on, programme.ends_on) == (first, last)


def test_every_start_is_the_instant_of_the_file_on_the_day_of_the_file() -> None:
    for name in (CAMP, DEMOCON):
        programme = read_real(name)
        found = {session.guid: identify(session, programme) for session in programme.sessions}
        days = json.loads(load(name))["schedule"]["conference"]["days"]
        events = [(day, event) for day in days for events in day["rooms"].values() for event in events]

        assert {str(guid): (one[2], one[5]) for guid, one in found.items()} == {
            event["guid"]: (datetime.fromisoformat(event["date"]).astimezone(UTC), date.fromisoformat(day["date"]))
            for day, event in events
        }


@REAL
@pytest.mark.parametrize(
    ("write", "read"), [(write_frab_xml, read_frab_xml), (write_frab_json, read_frab_json)], ids=["xml", "json"]
)
def test_who_where_and_when_survive_a_file(name: str, write: Write, read: Read) -> None:
    programme = read_real(name)

    again = take(read(write(programme)))

    assert [identify(session, again) for session in again.sessions] == [
        identify(session, programme)
        for session in sorted(
            programme.sessions, key=lambda one: [other.guid for other in again.sessions].index(one.guid)
        )
    ]
    assert [room.name for room in again.rooms] == [room.name for room in programme.rooms]
    assert again.tracks == programme.tracks


@REAL
@pytest.mark.parametrize(
    ("write", "read"), [(write_frab_xml, read_frab_xml), (write_frab_json, read_frab_json)], ids=["xml", "json"]
)
def test_what_was_written_once_is_written_the_same_again(name: str, write: Write, read: Read) -> None:
    written = write(read_real(name))

    assert write(take(read(written))) == written


@REAL
def test_a_table_keeps_who_where_and_when(name: str) -> None:
    programme = read_real(name)

    again = take(read_csv(write_csv(programme), mapping=None, zone=programme.zone, title=programme.title))

    def look(sessions: tuple[FileSession, ...]) -> set[tuple[Any, ...]]:
        return {
            (one.guid, one.number, one.starts_at, one.minutes, one.room, one.title, one.abstract, one.url, *names)
            for one in sessions
            for names in [tuple(person.name for person in one.persons)]
        }

    assert look(again.sessions) == look(programme.sessions)


@REAL
def test_a_calendar_keeps_when_and_where(name: str) -> None:
    programme = read_real(name)
    content = write_calendar(
        programme,
        address=lambda session: session.url,
        sequences={},
        changed_at={session.guid: CHANGED for session in programme.sessions},
        cancelled=[],
        host="market.example",
        name=programme.title,
    )

    assert {
        (
            str(event["UID"]),
            str(event["SUMMARY"]),
            event["DTSTART"].dt.astimezone(UTC),
            event["DTEND"].dt.astimezone(UTC),
        )
        for event in read_events(content)
    } == {
        (f"{guid}@market.example", session.title, start, start + timedelta(minutes=session.minutes))
        for session in programme.sessions
        for guid, _, start, *_ in [identify(session, programme)]
    }


@REAL
def test_what_we_write_is_as_the_schemas_have_it(name: str) -> None:
    programme = read_real(name)

    assert check_xml(write_frab_xml(programme)) == []
    assert check_json(write_frab_json(programme)) == []


ODD = FileProgramme(
    acronym="博览会 '26",
    title="博览会",
    starts_on=date(2026, 11, 24),
    ends_on=date(2026, 11, 25),
    zone="Etc/GMT+5",
    url="ftp://example.org",
    base_url="nowhere",
    rooms=(FileRoom("A", capacity=5), FileRoom("")),
    tracks=("", "T"),
    sessions=(
        make_session(
            1, room="", code="a1b2c3", slug="A", title="A", persons=(FilePerson(""), FilePerson("B", number=-1))
        ),
        make_session(2, code="A1B2C3", slug="expo-same-slug", url="https://example.org/ü?a b#c#d", minutes=1440),
        make_session(3, code="A1B2C3", slug="expo-same-slug", logo="x", links=(FileLink("", "mailto:a@b"),)),
        make_session(4, starts_at=at("2026-12-01T00:00:01"), slug="-ü-", licence="CC0", title="\x00\ud800\ufffe"),
        make_session(5, slug="x" * 200, title="热"),
    ),
)


@pytest.mark.parametrize(
    "programme",
    [
        make_programme(),
        make_programme(acronym="", title=""),
        *(
            make_programme([make_session()], acronym=acronym)
            for acronym in ("rc3", "Camp-2019", "fosdem-2025", "-x", "a_-b", "a.b")
        ),
        *(
            make_programme(zone=zone)
            for zone in ("UTC", "CET", "America/Port-au-Prince", "Asia/Ho_Chi_Minh", "Etc/UTC")
        ),
        ODD,
    ],
    ids=lambda programme: f"{programme.acronym} {programme.zone}",
)
def test_odd_programmes_too_are_as_the_schemas_have_it(programme: FileProgramme) -> None:
    assert check_xml(write_frab_xml(programme)) == []
    assert check_json(write_frab_json(programme)) == []


def test_the_schemas_would_tell() -> None:
    xml = write_frab_xml(make_programme([make_session()]))

    assert len(check_xml(xml.replace(b"<acronym>expo", b"<acronym>Expo"))) == 1
    assert len(check_json(write_frab_json(make_programme([make_session()])).replace(b'"expo_2026"', b'"Expo"'))) == 1


def test_a_file_that_its_makers_call_invalid_is_told() -> None:
    places = ["days[0].rooms.Winterchaos[0].id", "days[0].rooms.Winterchaos[0].persons[0].id"]

    assert tell(read_programme(load("invalid_example.json"))) == [(NO_WHOLE, None, place) for place in places]
