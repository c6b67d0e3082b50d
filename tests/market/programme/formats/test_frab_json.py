"""frab's JSON: what is read, what is told with its path, and that what we write is read as it was."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from market.kernel.text import clean_line, clean_text, printable
from market.programme.formats import frab_json, json_parts, limits
from market.programme.formats.detecting import UNKNOWN, read_programme
from market.programme.formats.frab_json import OTHER_JSON, read_frab_json, write_frab_json
from market.programme.formats.json_parts import (
    NO_JSON,
    NO_LIST,
    NO_OBJECT,
    NO_TEXT,
    NO_TRUTH,
    NO_UNICODE,
    NO_WHOLE,
)
from market.programme.formats.limits import TOO_MUCH
from market.programme.formats.neutral import FileLink, FilePerson, FileRoom
from market.programme.formats.reading import EMPTY, NO_MOMENT
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

FIRST = "days[0].rooms.Hall 1[0]"
GUID = "11111111-1111-4111-8111-111111111111"
OTHER_GUID = "22222222-2222-4222-8222-222222222222"
ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("\"'\\/\r\n\t\x00\x85\ufffe\u0301\u2028 ")), max_size=60)


SAID = make_json_event(
    code="A1B2C3",
    subtitle="热泵",
    slug="expo_2026-7-heat-pumps",
    url="https://example.org/7",
    track="Energy",
    type="lecture",
    language="en",
    abstract="One\r\n\r\nTwo",
    description="Three",
    logo="logo.png",
    recording_license="CC BY 4.0",
    do_not_record=True,
    persons=[{"id": 26, "guid": OTHER_GUID, "public_name": "Lan", "biography": "Lives."}, {"name": "Mei"}],
    links=[{"url": "https://example.org/a", "title": "A"}, {"url": "https://example.org/b"}],
    attachments=[{"url": "/c.pdf", "title": "C"}],
    answers=[{"any": ["thing"]}],
)
READ = make_session(
    7,
    guid=UUID(GUID),
    code="A1B2C3",
    title="Heat pumps",
    subtitle="热泵",
    slug="expo_2026-7-heat-pumps",
    url="https://example.org/7",
    track="Energy",
    kind="lecture",
    language="en",
    abstract="One\n\nTwo",
    description="Three",
    logo="https://example.org/x/logo.png",
    licence="CC BY 4.0",
    may_not_be_recorded=True,
    persons=(FilePerson("Lan", UUID(OTHER_GUID), 26, "Lives."), FilePerson("Mei")),
    links=(FileLink("A", "https://example.org/a"), FileLink("", "https://example.org/b")),
    attachments=(FileLink("C", "https://example.org/c.pdf"),),
)


def test_all_that_a_file_says_is_read() -> None:
    conference = {
        "timeslot_duration": "00:05",
        "rooms": [{"name": "Hall 2", "guid": GUID, "capacity": 200.0, "description": None}],
        "tracks": [{"name": "Water"}],
        "url": "https://example.org",
        "venue": "Fair",
    }
    content = make_json(SAID, conference=conference).replace(
        b'"version"', b'"base_url": "https://example.org/x/", "version"'
    )

    assert take(read_frab_json(content)) == make_programme(
        [READ],
        ends_on=make_programme().starts_on,
        version="1.0",
        day_change=240,
        slot_minutes=5,
        venue="Fair",
        url="https://example.org",
        base_url="https://example.org/x/",
        rooms=(FileRoom("Hall 2", UUID(GUID), 200), FileRoom("Hall 1")),
        tracks=("Water", "Energy"),
    )


def test_a_programme_is_read_as_it_was_written() -> None:
    lan = FilePerson("Nguyễn Lan", make_guid("lan"), -3, "Lives in Huế.")
    programme = make_programme(
        [
            make_session(
                1,
                code="A1B2C3",
                slug="expo_2026-1-pumps",
                subtitle="Sub",
                track="T & T",
                persons=(lan, FilePerson("Mei")),
                links=(FileLink("A", "https://example.org/?a=1&b=2"), FileLink("", "mailto:lan@example.org")),
                url="https://example.org/1",
                logo="https://example.org/logo.png",
                licence="CC0",
                may_not_be_recorded=True,
                minutes=1440,
            ),
            make_session(2, starts_at=at("2026-11-25T00:30:15"), room="Hall 2", slug="expo_2026-2", persons=(lan,)),
        ],
        day_change=60,
        venue="Fair",
        city="Nanning",
        url="https://example.org",
        base_url="https://example.org/",
        rooms=tuple(FileRoom(name, make_guid(name), 9) for name in ("Hall 2", "Hall 1", "Empty")),
        tracks=("Z", "T & T"),
    )

    assert settle(take(read_frab_json(write_frab_json(programme)))) == programme


@pytest.mark.parametrize(
    ("zone", "place"),
    [
        ("UTC", "conference"),
        ("Asia/Ho_Chi_Minh", "conference"),
        ("America/Argentina/Buenos_Aires", "conference"),
        ("Etc/GMT+5", "meta"),
        ("CET", "meta"),
    ],
)
def test_every_zone_comes_back_also_those_that_the_schema_does_not_take(zone: str, place: str) -> None:
    written = write_frab_json(make_programme([make_session()], zone=zone))

    conference = json.loads(written)["schedule"]["conference"]
    places = {"conference": conference, "meta": conference["meta"]}
    assert [name for name, values in places.items() if "time_zone_name" in values] == [place]
    assert take(read_frab_json(written)).zone == zone


@given(title=ANY_TEXT, abstract=ANY_TEXT, room=ANY_TEXT, name=ANY_TEXT)
@settings(deadline=None)
def test_any_text_comes_back_clean(title: str, abstract: str, room: str, name: str) -> None:
    title, room, name = (clean_line(printable(text)) for text in (title, room, name))
    abstract = clean_text(printable(abstract))
    assume(title and room and name)
    session = make_session(title=title, abstract=abstract, room=room, persons=(FilePerson(name, biography=abstract),))

    read = take_session(read_frab_json(write_frab_json(make_programme([session], rooms=()))))

    assert (read.title, read.abstract, read.room, read.persons) == (title, abstract, room, session.persons)


@given(text=st.text(st.characters(exclude_categories=()), max_size=20))
@example(text="\ud800")
@settings(deadline=None)
def test_no_text_breaks_the_document(text: str) -> None:
    session = make_session(title=text, room=text, persons=(FilePerson(text),), links=(FileLink(text, text),))

    assert json.loads(write_frab_json(make_programme([session], city=text, tracks=(text,), acronym=text, version=text)))


@pytest.mark.parametrize(
    ("values", "message", "place"),
    [
        ({"title": 5}, NO_TEXT, "title"),
        ({"title": None}, EMPTY, "title"),
        ({"title": ["Heat"]}, NO_TEXT, "title"),
        ({"title": {"en": "Heat"}}, NO_TEXT, "title"),
        ({"title": ...}, EMPTY, "title"),
        ({"abstract": 5}, NO_TEXT, "abstract"),
        ({"id": "7"}, NO_WHOLE, "id"),
        ({"id": 7.5}, NO_WHOLE, "id"),
        ({"id": True}, NO_WHOLE, "id"),
        ({"id": -7}, "This is no whole number that we can use.", "id"),
        ({"id": 10**17}, "This is no whole number that we can use.", "id"),
        ({"guid": 7}, NO_TEXT, "guid"),
        ({"date": 1763947800}, NO_TEXT, "date"),
        ({"date": None}, EMPTY, "date"),
        ({"date": "2026"}, NO_MOMENT, "date"),
        ({"duration": 45}, NO_TEXT, "duration"),
        ({"duration": None}, EMPTY, "duration"),
        ({"do_not_record": "no"}, NO_TRUTH, "do_not_record"),
        ({"recording_license": 5}, NO_TEXT, "recording_license"),
        ({"persons": "Lan"}, NO_LIST, "persons"),
        ({"persons": {"name": "Lan"}}, NO_LIST, "persons"),
        ({"persons": ["Lan"]}, NO_OBJECT, "persons[0]"),
        ({"persons": [{"name": 5}]}, NO_TEXT, "persons[0].name"),
        ({"persons": [{"name": "Lan", "id": "a"}]}, NO_WHOLE, "persons[0].id"),
        ({"persons": [{"name": None}]}, EMPTY, "persons[0].name"),
        ({"links": [None]}, NO_OBJECT, "links[0]"),
        ({"links": [{"url": 5}]}, NO_TEXT, "links[0].url"),
        ({"links": [{"url": "javascript:alert(1)"}]}, "This is no address that we can link to.", "links[0].url"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_wrong_with_a_session_is_told_with_its_path(values: dict[str, Any], message: str, place: str) -> None:
    other = make_json_event(guid=OTHER_GUID, id=8)

    read = read_frab_json(make_json(make_json_event(**values), other))

    assert tell(read) == [(message, None, f"{FIRST}.{place}")]
    assert read.programme is not None
    assert [session.number for session in read.programme.sessions] == [8]


@pytest.mark.parametrize(
    ("conference", "told"),
    [
        ({"title": None}, (EMPTY, "title")),
        ({"title": 5}, (NO_TEXT, "title")),
        ({"time_zone_name": 5}, (NO_TEXT, "time_zone_name")),
        ({"timeslot_duration": "often"}, ("This is no duration like 00:45.", "timeslot_duration")),
        ({"rooms": {"name": "A"}}, (NO_LIST, "rooms")),
        ({"rooms": ["A"]}, (NO_OBJECT, "rooms[0]")),
        ({"rooms": [{"name": 5}]}, (NO_TEXT, "rooms[0].name")),
        ({"rooms": [{"name": "A", "guid": "5"}]}, ("This is no guid.", "rooms[0].guid")),
        ({"rooms": [{"name": "A", "capacity": -1}]}, ("This is no whole number that we can use.", "rooms[0].capacity")),
        ({"rooms": [{"name": "A", "capacity": "many"}]}, (NO_WHOLE, "rooms[0].capacity")),
        ({"tracks": [5]}, (NO_OBJECT, "tracks[0]")),
        ({"tracks": [{"name": 5}]}, (NO_TEXT, "tracks[0].name")),
        ({"days": 5, "start": "2026-11-24"}, (NO_LIST, "days")),
        ({"days": [5], "start": "2026-11-24"}, (NO_OBJECT, "days[0]")),
        ({"days": [{"date": 5}], "start": "2026-11-24"}, (NO_TEXT, "days[0].date")),
        ({"days": [{"date": "soon"}], "start": "2026-11-24"}, (NO_MOMENT, "days[0].date")),
        ({"days": [{"day_end": "late"}], "start": "2026-11-24"}, (NO_MOMENT, "days[0].day_end")),
        ({"days": [{"date": "2026-11-24", "rooms": []}]}, (NO_OBJECT, "days[0].rooms")),
        ({"days": [{"date": "2026-11-24", "rooms": {"A": {}}}]}, (NO_LIST, "days[0].rooms.A")),
        ({"days": [{"date": "2026-11-24", "rooms": {"A": [1]}}]}, (NO_OBJECT, "days[0].rooms.A[0]")),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_wrong_around_the_sessions_is_told_with_its_path(
    conference: dict[str, Any], told: tuple[str, str]
) -> None:
    assert [(message, place) for message, _, place in tell(read_frab_json(make_json(conference=conference)))] == [told]


def test_null_stands_for_nothing_where_nothing_is_needed() -> None:
    names = ["code", "subtitle", "track", "type", "language", "abstract", "description", "url", "logo", "start", "room"]
    names += ["recording_license", "do_not_record", "persons", "links", "attachments", "slug"]

    session = take_session(read_frab_json(make_json(make_json_event(**dict.fromkeys(names)))))

    assert session == make_session(7, guid=UUID(GUID), title="Heat pumps")


@pytest.mark.parametrize(
    ("second", "name", "place"),
    [({"id": 8}, "guid", f"{FIRST}.guid"), ({"guid": OTHER_GUID}, "id", f"{FIRST}.id")],
    ids=["guid", "id"],
)
def test_a_second_session_with_the_same_identity_is_told_with_both_places(
    second: dict[str, Any], name: str, place: str
) -> None:
    told = tell(read_frab_json(make_json(make_json_event(), make_json_event(**second))))

    assert told == [(f"{place} is the same.", None, f"days[0].rooms.Hall 1[1].{name}")]


def test_two_rooms_with_one_guid_are_two_rooms() -> None:
    rooms = [{"name": "A", "guid": GUID}, {"name": "B", "guid": GUID}]

    programme = take(read_frab_json(make_json(make_json_event(), conference={"rooms": rooms})))

    assert programme.rooms == (FileRoom("A", UUID(GUID)), FileRoom("B"), FileRoom("Hall 1"))
    written = json.loads(write_frab_json(programme))["schedule"]["conference"]["rooms"]
    assert len({room["guid"] for room in written}) == 3


def test_of_several_biographies_the_longest_is_taken() -> None:
    events = [
        make_json_event(
            guid=str(make_guid(number)), id=number, persons=[{"id": 1, "name": "Lan", "biography": biography}]
        )
        for number, biography in enumerate(["", "Longest.", None, "Short."], 1)
    ]

    sessions = take(read_frab_json(make_json(*events))).sessions

    assert {session.persons for session in sessions} == {(FilePerson("Lan", None, 1, "Longest."),)}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ("This is no whole JSON. It goes wrong at character 1 of this line.", 1)),
        (b'{\n"schedule": {', ("This is no whole JSON. It goes wrong at character 14 of this line.", 2)),
        (b"null", (NO_OBJECT, None)),
        (b"[]", (OTHER_JSON, None)),
        (b'{"schedule": []}', (OTHER_JSON, None)),
        (b'{"schedule": {"conference": []}}', (OTHER_JSON, None)),
        (b'{"schedule": {}}', (OTHER_JSON, None)),
        (b'{"a": 1, "a": 2}', ("The name a stands twice in one object.", None)),
        (b'{"a": NaN}', (NO_JSON, None)),
        (b'{"a": -Infinity}', (NO_JSON, None)),
        (b'{"a": 1e999}', (NO_JSON, None)),
        (b'{"a": 1234567890123456789}', (NO_JSON, None)),
        (b'{"a": ' + b"9" * 5000 + b"}", (NO_JSON, None)),
        (b"[" * 100_000, (NO_JSON, None)),
        (b'{"a":' * 100_000, (NO_JSON, None)),
        (b'{"a": "\xff"}', (NO_UNICODE, None)),
    ],
    ids=[
        "empty", "cut", "null", "list", "no schedule", "no conference", "bare", "twice", "nan", "infinity",
        "large float", "large", "huge", "deep lists", "deep objects", "bytes",
    ],
)  # fmt: skip
def test_what_is_no_programme_is_told(content: bytes, told: tuple[str, int | None]) -> None:
    read = read_frab_json(content)

    assert (read.programme, [one[:2] for one in tell(read)]) == (None, [told])


def test_a_lone_surrogate_does_no_harm() -> None:
    content = make_json(make_json_event(title="A \ud800 B", room="\ud800"))

    assert write_frab_json(take(read_frab_json(content)))


def test_a_file_that_is_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frab_json, "MOST_BYTES", 1 << 20)

    assert tell(read_frab_json(b" " * (1 << 20) + b" ")) == [("This file is larger than 1 MB.", None, "")]


def test_more_parts_than_we_take_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_parts, "MOST_PARTS", 3)
    read = read_frab_json(make_json(make_json_event()))

    assert (read.programme, tell(read)) == (None, [(TOO_MUCH, None, "")])


@pytest.mark.parametrize("value", [b"[],", b"{},", b"1,"], ids=["lists", "objects", "numbers"])
def test_what_would_fill_the_memory_is_not_loaded(value: bytes) -> None:
    read = read_frab_json(b'{"a": [' + value * 1_500_000 + b"1]}")

    assert (read.programme, tell(read)) == (None, [(TOO_MUCH, None, "")])


def test_more_sessions_than_we_take_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SESSIONS", 1)
    read = read_frab_json(make_json(make_json_event(), make_json_event(guid=OTHER_GUID, id=8)))

    told = [("This file has more than 1 sessions.", None, "days[0].rooms.Hall 1[1]")]
    assert (read.programme, tell(read)) == (None, told)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("blanks", ["", " \n\t"], ids=["bare", "behind blanks"])
def test_a_format_is_known_by_what_it_begins_with(encoding: str, blanks: str) -> None:
    text = blanks + make_json(make_json_event(title="热泵")).decode()

    assert take_session(read_programme(text.encode(encoding))).title == "热泵"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_xml_is_known_by_what_it_begins_with(encoding: str) -> None:
    text = make_xml(make_event(title="热泵")).decode().replace("UTF-8", encoding.removesuffix("-sig"))

    assert take_session(read_programme(text.encode(encoding))).title == "热泵"


@pytest.mark.parametrize(
    "content", [b"", b"  \n", b"BEGIN:VCALENDAR", b"guid,title", b"PK\x03\x04", b"\xff\xfe", b"\x00" * 99]
)
def test_anything_else_is_no_programme(content: bytes) -> None:
    read = read_programme(content)

    assert (read.programme, tell(read)) == (None, [(UNKNOWN, None, "")])
