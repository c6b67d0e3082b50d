"""A programme as CSV: written for spreadsheets, read as people make them."""

import csv
import io
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from market.exchange.formats.delimited import BAD_QUOTES
from market.exchange.formats.rows import MAX_LINE
from market.kernel.text import clean_line, clean_text, printable
from market.programme.formats import limits, records, tables
from market.programme.formats.cells import read_clock_cell, read_date_cell, read_minutes_cell, read_speakers_cell
from market.programme.formats.columns import COLUMNS, guess_columns
from market.programme.formats.neutral import FilePerson, FileProgramme, ReadProgramme
from market.programme.formats.reading import EMPTY, NO_CLOCK, NO_DURATION, NO_GUID, NO_LENGTH, NO_NUMBER
from market.programme.formats.records import UNSURE_ENCODING
from market.programme.formats.sessions import NO_SUCH_TIME
from market.programme.formats.tables import NO_DATE, NO_SESSIONS, read_csv, write_csv
from tests.market.programme.formats.making import at, make_guid, make_programme, make_session, settle, take, tell

HEADER = "guid,number,title,room,date,start,minutes,speakers"
ROW = "11111111-1111-4111-8111-111111111111,7,Heat pumps,Hall 1,2026-11-24,09:30,45,Lan"
ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("\"',;=+-@\\；、\r\n\t\x00\x85\u0301 ")), max_size=60)


def read(content: str | bytes, mapping: dict[str, str] | None = None, zone: str = "Asia/Shanghai") -> ReadProgramme:
    content = content.encode() if isinstance(content, str) else content
    return read_csv(content, mapping=mapping, zone=zone, title="Expo 2026")


def read_back(programme: FileProgramme) -> FileProgramme:
    return settle(take(read(write_csv(programme))))


def test_a_programme_is_read_as_it_was_written() -> None:
    programme = make_programme(
        [
            make_session(
                1,
                code="A1B2C3",
                title="=SUM(A1)",
                subtitle="'-quoted",
                track="T, T",
                kind="lecture",
                language="zh-Hans",
                persons=(FilePerson("Kim, Jong"), FilePerson("A; B\\"), FilePerson("张三、李四")),
                abstract='One\n\n"Two"; three',
                description="@four",
                url="https://example.org/1",
                minutes=1440,
            ),
            make_session(2, starts_at=at("2026-11-25T00:30:15"), room="Hall 2"),
        ],
        tracks=("T, T",),
        acronym="expo-2026",
    )

    assert read_back(programme) == programme


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    content = write_csv(
        make_programme([make_session(title="=1+1", room="@A", abstract="+1", persons=(FilePerson("-A"),))])
    )

    header, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    cells = dict(zip(header, row, strict=True))
    assert content.startswith(b"\xef\xbb\xbf")
    assert tuple(header) == COLUMNS
    assert [cells[name] for name in ("title", "room", "abstract", "speakers")] == ["'=1+1", "'@A", "'+1", "'-A"]


def test_rows_stand_by_time() -> None:
    sessions = [make_session(1, starts_at=at("2026-11-25T09:00")), make_session(2), make_session(3)]

    assert [session.number for session in take(read(write_csv(make_programme(sessions)))).sessions] == [2, 3, 1]


@given(title=ANY_TEXT, abstract=ANY_TEXT, room=ANY_TEXT, names=st.lists(ANY_TEXT, max_size=3))
@settings(deadline=None)
def test_any_text_comes_back_clean(title: str, abstract: str, room: str, names: list[str]) -> None:
    title, room, *names = (clean_line(printable(text)) for text in (title, room, *names))
    assume(title and room)
    assume(not any(name.endswith("\\") for name in names))
    persons = tuple(FilePerson(name) for name in dict.fromkeys(names) if name)
    session = make_session(title=title, abstract=clean_text(printable(abstract)), room=room, persons=persons)

    (read_session,) = read_back(make_programme([session])).sessions

    assert read_session == session


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_the_delimiter_is_found(delimiter: str, end: str) -> None:
    content = f"Our programme\n\n{HEADER}\n{ROW}\n".replace(",", delimiter).replace("\n", end)

    (session,) = take(read(content)).sessions
    assert (session.title, session.persons, session.starts_at) == (
        "Heat pumps",
        (FilePerson("Lan"),),
        at("2026-11-24T09:30"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_encoding_is_found_also_where_its_letters_come_late(encoding: str) -> None:
    rows = [ROW.replace("1111-4", f"{number}-4").replace(",7,", f",{number},") for number in range(2000, 3000)]
    last = ROW.replace("Heat pumps", "热泵技术与应用研讨会").replace("Hall 1", "一号厅")

    sessions = take(read("\n".join([HEADER, *rows, last]).encode(encoding))).sessions

    assert (len(sessions), sessions[-1].title, sessions[-1].room) == (1001, "热泵技术与应用研讨会", "一号厅")


def test_letters_that_may_be_of_several_encodings_are_asked_about() -> None:
    told = read(f"{HEADER}\n{ROW}\n".replace("Heat pumps", "Café").encode("cp1252"))

    assert (told.programme, tell(told)) == (None, [(UNSURE_ENCODING, None, "")])


@pytest.mark.parametrize(
    "header",
    [
        "GUID,Number,TITLE,Room,Date,Start,Minutes,Speakers",
        "uuid,ID,Session title,Location,Day,Start time,Duration (minutes),Presenters",
        "UUID,编号,标题,会场,日期,开始时间,时长（分钟）,演讲人",
        "guid, number , title ,room,date,START-TIME,Length,speaker",
    ],
    ids=["case", "English", "Chinese", "blanks"],
)
def test_columns_are_known_by_many_names(header: str) -> None:
    (session,) = take(read(f"{header}\n{ROW}\n")).sessions

    assert session == make_session(
        7,
        guid=UUID("11111111-1111-4111-8111-111111111111"),
        title="Heat pumps",
        persons=(FilePerson("Lan"),),
        line=2,
    )


def test_of_two_columns_that_mean_the_same_the_first_is_taken() -> None:
    assert guess_columns(["Title", "Name", "标题", "Notes"]) == {"title": "Title"}


def test_a_mapping_says_which_column_is_which() -> None:
    mapping = {"title": "Was", "room": "Wo", "date": "Tag", "start": "Um", "minutes": "Dauer"}

    (session,) = take(read("Tag,Um,Dauer,Wo,Was,Title\n24.11.2026,9:30,45,Hall 1,Heat pumps,Other\n", mapping)).sessions

    assert (session.title, session.starts_at, session.minutes) == ("Heat pumps", at("2026-11-24T09:30"), 45)


def test_columns_that_are_missing_are_told() -> None:
    told = read("Title,Date,Speaker\nA,2026-11-24,Lan\n")

    assert (told.programme, tell(told)) == (
        None,
        [(f"This table has no column for {name}.", 1, "") for name in ("room", "start", "minutes")],
    )


def test_a_mapping_to_a_column_that_is_not_there_is_told() -> None:
    mapping = {"title": "Title", "room": "Raum", "date": "Date", "start": "Start", "minutes": "Minutes"}

    told = read("Title,Room,Date,Start,Minutes\nA,B,2026-11-24,09:30,45\n", mapping)

    assert (told.programme, tell(told)) == (None, [("This table has no column that is called Raum.", 1, "room")])


@pytest.mark.parametrize(
    ("cell", "other", "message", "place"),
    [
        ("Heat pumps", "", EMPTY, "Thema"),
        ("Heat pumps", "x" * 301, "This has 301 characters. There is room for 300.", "Thema"),
        ("Hall 1", " ", EMPTY, "room"),
        ("2026-11-24", "3/4/2026", NO_DATE, "date"),
        ("2026-11-24", "2026-02-30", NO_DATE, "date"),
        ("2026-11-24", "", EMPTY, "date"),
        ("09:30", "noon", NO_CLOCK, "start"),
        ("09:30", "25:00", NO_CLOCK, "start"),
        ("09:30", "", EMPTY, "start"),
        (",45,", ",an hour,", NO_DURATION, "minutes"),
        (",45,", ",0,", NO_LENGTH, "minutes"),
        (",45,", ",1441,", "This is longer than a day.", "minutes"),
        (",45,", ",,", EMPTY, "minutes"),
        (",7,", ",seven,", NO_NUMBER, "number"),
        ("11111111-1111", "1", NO_GUID, "guid"),
        ("Lan", "x" * 161, "This has 161 characters. There is room for 160.", "speakers"),
        (",Lan", ",Lan,more", "This row has 9 cells, the header has 8.", ""),
    ],
    ids=lambda value: str(value)[:40] or "empty",
)
def test_what_is_wrong_is_told_with_its_line_and_its_column(cell: str, other: str, message: str, place: str) -> None:
    good = f'{make_guid(8)},8,"Two\nlines",Hall 2,2026-11-25,10:00,30,'
    content = f"{HEADER.replace('title', 'Thema')}\n{good}\n{ROW.replace(cell, other, 1)}\n"
    mapping = {name: {"title": "Thema"}.get(name, name) for name in HEADER.split(",")}

    told = read(content, mapping)

    assert tell(told) == [(message, 4, place)]
    assert told.programme is not None
    assert [session.number for session in told.programme.sessions] == [8]


def test_a_cell_with_bytes_that_are_no_letters_is_told() -> None:
    filler = f"{make_guid(8)},8,热泵技术与应用研讨会,一号厅,2026-11-24,10:00,30,\n"
    content = f"{HEADER}\n{filler}{ROW}\n".encode().replace(b"Heat", b"He\xffat")

    assert [one[1:] for one in tell(read(content))] == [(3, "title")]


def test_the_same_number_twice_is_told_with_both_lines() -> None:
    told = tell(read(f"{HEADER}\n{ROW}\n\n{ROW.replace('1111-4', '2222-4')}\n"))

    assert told == [("The session on line 2 has the same id.", 4, "number")]


def test_a_row_that_has_no_end_is_told_after_those_before_it() -> None:
    told = read(f'{HEADER}\n{ROW}\n8,"Heat\n{ROW}\n')

    assert tell(told) == [(BAD_QUOTES, 3, "")]
    assert told.programme is not None
    assert [session.number for session in told.programme.sessions] == [7]


def test_a_row_that_is_too_long_is_told() -> None:
    told = tell(read(f"{HEADER}\n{ROW}\n{'x' * (MAX_LINE + 1)}\n"))

    assert told == [(f"This row has more than {MAX_LINE} characters.", 3, "")]


@pytest.mark.parametrize(
    "content", ["", "\n\n", HEADER, f"{HEADER}\n\n,,,\n"], ids=["empty", "blank", "header", "blanks"]
)
def test_a_table_without_sessions_is_told(content: str) -> None:
    told = read(content)

    assert (told.programme, tell(told)) == (None, [(NO_SESSIONS, None, "")])


def test_a_zone_that_we_do_not_know_is_told() -> None:
    told = read(f"{HEADER}\n{ROW}\n", zone="Atlantis")

    assert (told.programme, tell(told)) == (None, [("We do not know the time zone Atlantis.", None, "time_zone_name")])


def test_a_time_that_the_clocks_jump_over_is_told() -> None:
    row = ROW.replace("2026-11-24,09:30", "2026-03-29,02:30")

    assert tell(read(f"{HEADER}\n{row}\n", zone="Europe/Berlin")) == [(NO_SUCH_TIME, 2, "date")]


def test_a_file_that_is_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_BYTES", 1 << 20)

    assert tell(read(b" " * (1 << 20) + b" ")) == [("This file is larger than 1 MB.", None, "")]


def test_more_sessions_than_we_take_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SESSIONS", 1)

    told = read(f"{HEADER}\n{ROW}\n{ROW}\n")
    assert (told.programme, tell(told)) == (None, [("This file has more than 1 sessions.", 3, "")])


def test_rows_that_are_too_many_anyway_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_MOST_RECORDS", 2)

    assert len(take(read(f'{HEADER}\n{ROW}\n8,"Heat\n')).sessions) == 1


def test_sessions_without_guid_and_number_keep_their_identity_when_rows_are_put_between() -> None:
    header = "title,room,date,start,minutes"
    rows = ["A,H,2026-11-24,09:00,30", "B,H,2026-11-24,10:00,30"]

    first = take(read("\n".join([header, *rows]))).sessions
    second = take(read("\n".join([header, rows[0], "C,H,2026-11-24,09:30,30", rows[1]]))).sessions

    assert [session.guid for session in first] == [second[0].guid, second[2].guid]
    assert [session.number for session in second] == [1, 2, 3]


@pytest.mark.parametrize(
    ("cell", "date"),
    [
        ("2026-11-24", "2026-11-24"),
        ("2026/1/4", "2026-01-04"),
        ("2026.1.4", "2026-01-04"),
        ("24.11.2026", "2026-11-24"),
        ("2026年11月24日", "2026-11-24"),
        ("２０２６-１１-２４", "2026-11-24"),
        ("2026-11-24 00:00:00", "2026-11-24"),
        ("2026-11-24 09:30", None),
        ("24/11/2026", None),
        ("2026-13-01", None),
        ("24 Nov", None),
        ("", None),
    ],
)
def test_dates_in_cells(cell: str, date: str | None) -> None:
    assert read_date_cell(cell) == date


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        ("9:30", "09:30:00"),
        ("09:30:15", "09:30:15"),
        ("09：30", "09:30:00"),
        ("9:30 AM", "09:30:00"),
        ("12:05 a.m.", "00:05:00"),
        ("12:05pm", "12:05:00"),
        ("9:30 pm", "21:30:00"),
        ("13:00 pm", None),
        ("0:30 am", None),
        ("24:00", None),
        ("9", None),
    ],
)
def test_times_in_cells(cell: str, clock: str | None) -> None:
    assert read_clock_cell(cell) == clock


@pytest.mark.parametrize(
    ("cell", "minutes"),
    [
        ("45", "00:45"),
        ("45 min", "00:45"),
        ("90分钟", "01:30"),
        ("1:30", "1:30"),
        ("1:30:00", "1:30:00"),
        ("x", None),
        ("4.5", None),
    ],
)
def test_durations_in_cells(cell: str, minutes: str | None) -> None:
    assert read_minutes_cell(cell) == minutes


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Lan; Mei", ["Lan", "Mei"]),
        ("张三、李四；王五", ["张三", "李四", "王五"]),
        ("Lan\nMei", ["Lan", "Mei"]),
        ("Kim, Jong", ["Kim, Jong"]),
        ("A\\; B;", ["A; B"]),
        ("", []),
    ],
)
def test_speakers_in_cells(cell: str, names: list[str]) -> None:
    assert read_speakers_cell(cell) == names
