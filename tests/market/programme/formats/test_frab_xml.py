"""frab's XML: what is read, what is told, and that what we write is read as it was."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from market.kernel.text import clean_line, clean_text, printable
from market.programme.formats.frab_xml import read_frab_xml, write_frab_xml
from market.programme.formats.neutral import FileLink, FilePerson, FileRoom
from market.programme.formats.problems import MOST_PROBLEMS
from market.programme.formats.reading import (
    EMPTY,
    LONGER_THAN_A_DAY,
    NO_CLOCK,
    NO_DURATION,
    NO_GUID,
    NO_LENGTH,
    NO_MOMENT,
    NO_NUMBER,
    NOT_FOLLOWED,
)
from market.programme.formats.sessions import NO_FLAG, TWO_STARTS
from tests.market.programme.formats.making import (
    at,
    make_event,
    make_guid,
    make_programme,
    make_session,
    make_xml,
    settle,
    take,
    take_session,
    tell,
)

ANY_TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from("<>&\"']]>\r\n\t\x00\x0b\x85\ufffe\u0301\u2028 ")), max_size=60
)
GUID = "11111111-1111-4111-8111-111111111111"
OTHER_GUID = "22222222-2222-4222-8222-222222222222"


def test_all_that_a_file_says_is_read() -> None:
    event = f"""<event guid="{GUID.upper()}" id="7" code="A1B2C3">
        <date>2026-11-24T14:30:00+08:00</date><start>14:30</start><duration>01:15</duration><room>Hall 1</room>
        <slug>expo_2026-7-heat-pumps</slug><url>https://example.org/7</url><title> Heat
        pumps </title><subtitle>&#x70ED;泵</subtitle><track>Energy</track><type>lecture</type><language>en</language>
        <abstract>&lt;p&gt;One&lt;/p&gt;

Two</abstract><description>Three</description><logo>/logo.png</logo>
        <recording><license>CC BY 4.0</license><optout>true</optout><url>https://example.org/film</url></recording>
        <persons><person id="26" guid="{OTHER_GUID}">Lan</person><person>Mei</person></persons>
        <links><link href="https://example.org/a b">A</link></links>
        <attachments><attachment href="/b.pdf" type="slides">B</attachment></attachments>
        <feedback_url>https://example.org/feedback</feedback_url>
      </event>"""
    conference = """<venue>Fair</venue><city>Nanning</city><base_url>https://example.org/expo/</base_url>
      <timeslot_duration>00:05</timeslot_duration><start>2026-11-23</start><end>2026-11-25</end>"""
    content = make_xml(event, conference=conference).replace(b"<day", b"<tracks><track>Water</track></tracks><day")

    session = make_session(
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
        abstract="<p>One</p>\n\nTwo",
        description="Three",
        logo="https://example.org/logo.png",
        licence="CC BY 4.0",
        may_not_be_recorded=True,
        starts_at=at("2026-11-24T14:30"),
        minutes=75,
        persons=(FilePerson("Lan", UUID(OTHER_GUID), 26), FilePerson("Mei")),
        links=(FileLink("A", "https://example.org/a%20b"),),
        attachments=(FileLink("B", "https://example.org/b.pdf"),),
        line=7,
    )
    assert take(read_frab_xml(content)) == make_programme(
        [session],
        version="1.0",
        day_change=240,
        slot_minutes=5,
        venue="Fair",
        city="Nanning",
        base_url="https://example.org/expo/",
        starts_on=date(2026, 11, 23),
        rooms=(FileRoom("Hall 1"),),
        tracks=("Water", "Energy"),
    )


def test_a_programme_is_read_as_it_was_written() -> None:
    programme = make_programme(
        [
            make_session(
                1,
                code="A1B2C3",
                slug="expo_2026-1-pumps",
                subtitle="Sub",
                track="T & T",
                persons=(FilePerson("Nguyễn Lan", make_guid("lan"), -3), FilePerson("Mei")),
                links=(FileLink("A", "https://example.org/?a=1&b=2"), FileLink("", "mailto:lan@example.org")),
                logo="https://example.org/logo.png",
                licence="CC0",
                may_not_be_recorded=True,
                minutes=1440,
            ),
            make_session(2, starts_at=at("2026-11-25T00:30:15"), room="Hall 2"),
        ],
        day_change=60,
        url="https://example.org",
        base_url="https://example.org/",
        rooms=(FileRoom("Hall 2"), FileRoom("Hall 1", make_guid("hall")), FileRoom("Empty")),
        tracks=("Z", "T & T"),
    )

    assert settle(take(read_frab_xml(write_frab_xml(programme)))) == programme


def test_what_the_schema_has_no_place_for_is_left_out() -> None:
    session = make_session(persons=(FilePerson("Lan", biography="Lives."),))
    rooms = (FileRoom("Hall 1", capacity=9), FileRoom("Hall 2"))
    programme = make_programme([session], venue="Fair", city="Nanning", rooms=rooms)

    left = make_programme([make_session(persons=(FilePerson("Lan"),))])
    assert settle(take(read_frab_xml(write_frab_xml(programme)))) == left


@given(title=ANY_TEXT, abstract=ANY_TEXT, room=ANY_TEXT, name=ANY_TEXT)
@settings(deadline=None)
def test_any_text_comes_back_clean(title: str, abstract: str, room: str, name: str) -> None:
    title, room, name = (clean_line(printable(text)) for text in (title, room, name))
    abstract = clean_text(printable(abstract))
    assume(title and room and name)
    session = make_session(title=title, abstract=abstract, room=room, persons=(FilePerson(name),))

    read = take_session(read_frab_xml(write_frab_xml(make_programme([session], rooms=()))))

    assert (read.title, read.abstract, read.room, read.persons) == (title, abstract, room, (FilePerson(name),))


@given(text=ANY_TEXT)
@settings(deadline=None)
def test_no_text_breaks_the_document(text: str) -> None:
    session = make_session(abstract=text, persons=(FilePerson(text or "x"),), links=(FileLink(text, text),))

    assert read_frab_xml(write_frab_xml(make_programme([session], city=text, tracks=(text,)))).programme is not None


@pytest.mark.parametrize(
    ("texts", "message", "place"),
    [
        ({"title": None}, EMPTY, "title"),
        ({"title": "\u200b "}, EMPTY, "title"),
        ({"title": "x" * 301}, "This has 301 characters. There is room for 300.", "title"),
        ({"abstract": "x" * 50_001}, "This has 50001 characters. There is room for 50000.", "abstract"),
        ({"guid": "7"}, NO_GUID, "guid"),
        ({"id": "0"}, NO_NUMBER, "id"),
        ({"id": "2147483648"}, NO_NUMBER, "id"),
        ({"id": "seven"}, NO_NUMBER, "id"),
        ({"id": "7.5"}, NO_NUMBER, "id"),
        ({"date": "tomorrow"}, NO_MOMENT, "date"),
        ({"date": "2026-02-30T09:30:00+08:00"}, NO_MOMENT, "date"),
        ({"date": "0001-01-01T00:00:00+08:00"}, NO_MOMENT, "date"),
        ({"date": "2026-11-24T25:30:00+08:00"}, NO_MOMENT, "date"),
        ({"date": None, "start": None}, EMPTY, "date"),
        ({"date": "2026-11-24", "start": None}, EMPTY, "start"),
        ({"start": "soon"}, NO_CLOCK, "start"),
        ({"start": "10:30"}, TWO_STARTS, "start"),
        (
            {"date": "2026-11-27T09:30:00+08:00"},
            "This session stands under 2026-11-24, but it is on 2026-11-27.",
            "date",
        ),
        ({"duration": None}, EMPTY, "duration"),
        ({"duration": "00:00"}, NO_LENGTH, "duration"),
        ({"duration": "-00:45"}, NO_LENGTH, "duration"),
        ({"duration": "45"}, NO_DURATION, "duration"),
        ({"duration": "an hour"}, NO_DURATION, "duration"),
        ({"duration": "24:01"}, LONGER_THAN_A_DAY, "duration"),
        ({"duration": "1:00:01:00"}, LONGER_THAN_A_DAY, "duration"),
        ({"url": "javascript:alert(1)"}, NOT_FOLLOWED, "url"),
        ({"logo": "data:image/png;base64,AA"}, NOT_FOLLOWED, "logo"),
        ({"recording": "<optout>perhaps</optout>"}, NO_FLAG, "optout"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_wrong_with_a_session_is_told_with_its_line(
    texts: dict[str, str | None], message: str, place: str
) -> None:
    id_ = texts.get("id", "7")

    read = read_frab_xml(make_xml(f"\n{make_event(**texts)}\n{make_event(guid=OTHER_GUID, id='8')}"))

    assert tell(read) == [(message, 7, f"event {id_}/{place}")]
    assert read.programme is not None
    assert [session.number for session in read.programme.sessions] == [8]


@pytest.mark.parametrize(
    ("persons", "message", "place"),
    [
        ('<person id="1"></person>', EMPTY, "person 1/name"),
        ('<person id="first">Lan</person>', NO_NUMBER, "person first/id"),
        ('<person guid="1">Lan</person>', NO_GUID, "person/guid"),
        (f"<person>{'x' * 161}</person>", "This has 161 characters. There is room for 160.", "person/name"),
        ("<person>Lan</person>" * 201, "There are more than 200 of them.", "event 7/persons"),
    ],
    ids=["nameless", "number", "guid", "long", "many"],
)
def test_what_is_wrong_with_a_speaker_is_told(persons: str, message: str, place: str) -> None:
    assert tell(read_frab_xml(make_xml(make_event(persons=persons)))) == [(message, 6, place)]


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ('<link href="javascript:alert(1)">A</link>', NOT_FOLLOWED),
        ('<link href="JaVaScript:alert(1)">A</link>', NOT_FOLLOWED),
        (
            f'<link href="https://example.org/{"x" * 2000}">A</link>',
            "This has 2020 characters. There is room for 2000.",
        ),
    ],
    ids=["script", "mixed case", "long"],
)
def test_links_that_nobody_should_follow_are_told(link: str, message: str) -> None:
    assert tell(read_frab_xml(make_xml(make_event(links=link)))) == [(message, 6, "link/href")]


def test_a_room_without_a_name_is_told() -> None:
    content = make_xml().replace(b'<room name="Hall 1">', b'<room name="">').replace(b"<room>Hall 1</room>", b"")

    assert tell(read_frab_xml(content)) == [(EMPTY, 7, "event 7/room")]


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ({"guid": GUID, "id": "8"}, ("The session on line 7 has the same guid.", 9, "event 8/guid")),
        ({"guid": OTHER_GUID, "id": "7"}, ("The session on line 7 has the same id.", 9, "event 7/id")),
    ],
    ids=["guid", "id"],
)
def test_a_second_session_with_the_same_identity_is_told_with_both_lines(
    second: dict[str, str], told: tuple[str, int, str]
) -> None:
    read = read_frab_xml(make_xml(f"\n{make_event()}\n\n{make_event(**second)}"))

    assert tell(read) == [told]


def test_faults_are_told_all_at_once_in_the_order_of_the_file() -> None:
    events = "\n".join(make_event(guid=str(make_guid(number)), id=str(number), title="") for number in range(1, 301))
    conference = "<base_url>ftp://example.org</base_url>"

    told = tell(read_frab_xml(make_xml(f"\n{events}", conference=conference)))

    assert len(told) == MOST_PROBLEMS
    assert told[0] == (NOT_FOLLOWED, 4, "conference/base_url")
    assert told[1:] == [(EMPTY, line, f"event {line - 6}/title") for line in range(7, 206)]


def test_what_identity_a_file_does_not_give_is_derived_and_stays() -> None:
    events = [make_event(guid=None, id="1"), make_event(guid=None, id=None), make_event(guid=None, id=None)]

    first, second, third = take(read_frab_xml(make_xml("".join(events)))).sessions
    turned = take(read_frab_xml(make_xml("".join([make_event(id="2"), *reversed(events)])))).sessions

    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert len({first.guid, second.guid, third.guid}) == 3
    assert [session.number for session in turned] == [2, 3, 4, 1]
    assert [session.guid for session in turned[1:]] == [second.guid, third.guid, first.guid]


@pytest.mark.parametrize(
    "duration", ["00:45", "0:45", "00:45:00", "00:45:59", "0:00:45:00", " 00:45 "], ids=lambda text: text.strip()
)
def test_durations_of_every_form_are_read(duration: str) -> None:
    assert take_session(read_frab_xml(make_xml(make_event(duration=duration)))).minutes == 45


@pytest.mark.parametrize("duration", ["24:00", "1:00:00:00", "24:00:00"])
def test_a_session_may_take_a_day(duration: str) -> None:
    assert take_session(read_frab_xml(make_xml(make_event(duration=duration)))).minutes == 1440


@pytest.mark.parametrize(("code", "read"), [("A1B2C3", "A1B2C3"), ("a1b2c3", ""), ("A1B2C3D", ""), ("", "")])
def test_a_code_of_another_form_is_passed_over(code: str, read: str) -> None:
    assert take_session(read_frab_xml(make_xml(make_event(code=code)))).code == read


def test_one_person_in_several_sessions_is_one() -> None:
    people = [
        f'<person id="1" guid="{GUID}">Lan</person>',
        '<person id="1">Lan Nguyen</person>',
        f'<person guid="{GUID}">Lan</person><person>mei</person>',
        '<person id="2">Kim</person><person>Mei</person><person>Mei</person>',
    ]
    events = [make_event(guid=str(make_guid(n)), id=str(n), persons=text) for n, text in enumerate(people, 1)]

    sessions = take(read_frab_xml(make_xml("".join(events)))).sessions

    lan, mei, kim = FilePerson("Lan", UUID(GUID), 1), FilePerson("Mei"), FilePerson("Kim", None, 2)
    assert [session.persons for session in sessions] == [(lan,), (lan,), (lan, FilePerson("mei")), (kim, mei)]
