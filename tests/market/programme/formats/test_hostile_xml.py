"""XML that is broken, is something else, or was made to do harm."""

import pytest

from market.programme.formats import frab_xml, limits, rooms, xml_parts
from market.programme.formats.frab_xml import read_frab_xml, write_frab_xml
from market.programme.formats.limits import TOO_MANY_SESSIONS
from market.programme.formats.reading import EMPTY
from market.programme.formats.xml_parts import DOCUMENT_TYPE
from tests.market.programme.formats.making import make_event, make_programme, make_session, make_xml, take_session, tell

OTHER_GUID = "22222222-2222-4222-8222-222222222222"

BOMB = """<!DOCTYPE schedule [
  <!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]>"""


@pytest.mark.parametrize(
    ("doctype", "title"),
    [
        (BOMB, "&c;"),
        ('<!DOCTYPE schedule [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;"),
        ('<!DOCTYPE schedule [<!ENTITY a SYSTEM "http://127.0.0.1:9/">]>', "&a;"),
        ('<!DOCTYPE schedule [<!ENTITY % a SYSTEM "http://127.0.0.1:9/"> %a;]>', "A"),
        ('<!DOCTYPE schedule SYSTEM "http://127.0.0.1:9/schedule.dtd">', "A"),
        ("<!DOCTYPE schedule>", "A"),
    ],
    ids=["billion laughs", "external file", "external address", "parameter", "external document type", "bare"],
)
def test_nothing_is_read_of_a_file_with_a_document_type(doctype: str, title: str) -> None:
    content = make_xml(make_event(title=title)).replace(b"<schedule>", f"{doctype}\n<schedule>".encode())

    read = read_frab_xml(content)

    assert (read.programme, tell(read)) == (None, [(DOCUMENT_TYPE, 2, "")])


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        (make_xml()[:-20], "This is no whole XML. It goes wrong at character 2 of this line.", 15),
        (
            make_xml().replace(b"pumps</title>", b"pumps</tilte>"),
            "This is no whole XML. It goes wrong at character 28 of this line.",
            12,
        ),
        (make_xml(make_event(title="&nbsp;")), "This is no whole XML. It goes wrong at character 154 of this line.", 6),
        (make_xml(make_event(title="\x08")), "This is no whole XML. It goes wrong at character 154 of this line.", 6),
        (
            make_xml().replace(b"UTF-8", b"gb18030"),
            "This is no whole XML. It goes wrong at character 31 of this line.",
            1,
        ),
        (
            make_xml().replace(b"UTF-8", b"klingon"),
            "This is no whole XML. It goes wrong at character 31 of this line.",
            1,
        ),
        (
            make_xml().replace(b"Heat", b"\xff\xfe"),
            "This is no whole XML. It goes wrong at character 16 of this line.",
            12,
        ),
        (b"", "This is no whole XML. It goes wrong at character 1 of this line.", 1),
        (b"<rss/>", "This XML is no programme: it begins with rss and not with schedule.", 1),
        (b"<schedule/>", EMPTY, 1),
    ],
    ids=["cut", "tags", "entity", "control", "gb18030", "klingon", "bytes", "empty", "rss", "bare"],
)
def test_what_is_no_programme_is_told_with_its_line(content: bytes, message: str, line: int) -> None:
    read = read_frab_xml(content)

    assert read.programme is None
    assert tell(read)[0][:2] == (message, line)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_other_encodings_that_xml_names_are_read(encoding: str) -> None:
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    text = make_xml(make_event(title="Café")).decode().replace("UTF-8", name)

    assert take_session(read_frab_xml(text.encode(encoding))).title == "Café"


def test_a_file_that_is_too_large_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frab_xml, "MOST_BYTES", 1 << 20)

    assert tell(read_frab_xml(b" " * (1 << 20) + b" ")) == [("This file is larger than 1 MB.", None, "")]


def test_more_sessions_than_we_take_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_SESSIONS", 1)
    read = read_frab_xml(make_xml(f"{make_event()}\n{make_event(guid=OTHER_GUID, id='8')}"))

    assert (read.programme, tell(read)) == (None, [(TOO_MANY_SESSIONS % {"most": 1}, 7, "event 8")])


def test_more_elements_than_we_take_end_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_parts, "MOST_PARTS", 6)
    read = read_frab_xml(make_xml(make_event(persons="<person>A</person>\n<person>B</person>")))

    assert (read.programme, tell(read)) == (None, [(limits.TOO_MUCH, 7, "")])


@pytest.mark.parametrize(
    "unknown",
    [
        "<a " + " ".join(f'a{number}=""' for number in range(200_000)) + "/>",
        "<!--" + "x" * 2_000_000 + "-->",
        "".join(f"<a{number}/>" for number in range(20_000)),
        "<a>" * 1_001,
    ],
    ids=["attributes", "comment", "names", "depth"],
)
def test_what_would_fill_the_memory_ends_the_reading(unknown: str) -> None:
    read = read_frab_xml(make_xml(make_event(unknown=unknown)))

    assert (read.programme, tell(read)) == (None, [(limits.TOO_MUCH, 6, "")])


def test_what_nobody_asks_for_may_be_deep() -> None:
    deep = "<a>" * 900 + "</a>" * 900

    assert take_session(read_frab_xml(make_xml(make_event(unknown=deep)))).title == "Heat pumps"


def test_markup_within_a_text_is_passed_over_and_its_words_stay() -> None:
    event = make_event(abstract="One <b>two <i>three</i></b> four", title="Heat <title>pumps</title>")

    session = take_session(read_frab_xml(make_xml(event)))

    assert (session.title, session.abstract) == ("Heat pumps", "One two three four")


def test_more_rooms_and_tracks_than_we_take_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MOST_ROOMS", 2)
    monkeypatch.setattr(limits, "MOST_TRACKS", 2)
    sessions = [make_session(number, room=f"Room {number}", track=f"Track {number}") for number in range(1, 4)]

    told = tell(read_frab_xml(write_frab_xml(make_programme(sessions, rooms=(), tracks=()))))

    assert [message for message, *_ in told] == [
        "This programme has more than 2 rooms.",
        "This programme has more than 2 tracks.",
    ]
