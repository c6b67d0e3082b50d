"""CSV as spreadsheets of different countries write it, and as it should not be."""

from pathlib import Path

import pytest

from market.exchange.enums import FileFormat
from market.exchange.formats import delimited
from market.exchange.formats.delimited import BAD_QUOTES, NO_TABLE, WRONG_COUNT
from market.exchange.formats.jsonl import BAD_BYTES
from market.exchange.formats.reading import open_rows
from market.exchange.formats.rows import (
    LONG_LINE,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    Row,
    RowFault,
    UnreadableFile,
)
from market.exchange.formats.streams import EMPTY, JSON_LIST, OLD_EXCEL, UNKNOWN_FORMAT
from tests.market.exchange.formats.making import read_file, read_values, write_file


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_the_delimiter_is_found_in_the_header(delimiter: str, end: str, tmp_path: Path) -> None:
    lines = ["id;title;keywords", '1;"a;b,c\td";"x;y"', "2;B;"]
    content = end.join(
        [lines[0].replace(";", delimiter), f'1{delimiter}"a;b,c\td"{delimiter}"x;y"', f"2{delimiter}B{delimiter}"]
    )

    rows = read_values(write_file(tmp_path / "rows", content + end))

    assert rows == [{"id": "1", "title": "a;b,c\td", "keywords": ["x", "y"]}, {"id": "2", "title": "B"}]


def test_a_cell_of_several_lines_is_one_cell_and_lines_are_counted_on(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", 'title,summary\n"a ""b""","x\r\ny\n\nz"\n\n,\nB,C\n')

    assert read_file(path) == [
        Row(2, {"title": 'a "b"', "summary": "x\r\ny\n\nz"}),
        Row(8, {"title": "B", "summary": "C"}),
    ]


def test_a_quote_within_a_cell_is_text(tmp_path: Path) -> None:
    assert read_values(write_file(tmp_path / "rows", 'title,summary\n5" pipe,4" hose\n')) == [
        {"title": '5" pipe', "summary": '4" hose'}
    ]


def test_a_title_above_the_header_and_its_delimiter_are_passed_over(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", "sep=;\nOffers of our centre;;\n;;\n标题;摘要;国家\nA;B;中国\n")

    reading = open_rows(path)

    assert (reading.format, reading.header) == (FileFormat.CSV, ["标题", "摘要", "国家"])
    assert read_file(path) == [Row(5, {"title": "A", "summary": "B", "country": "CN"})]


def test_a_table_whose_columns_we_do_not_know_is_opened_for_a_person_to_say(tmp_path: Path) -> None:
    reading = open_rows(write_file(tmp_path / "rows", "Bezeichnung;Kurz;Kurz;\nA;B;C;\n"))

    assert reading.header == ["Bezeichnung", "Kurz", "Kurz (2)", "(4)"][:3]
    assert list(reading.rows({"Bezeichnung": "title", "Kurz (2)": "summary"})) == [
        Row(2, {"title": "A", "summary": "C"})
    ]


@pytest.mark.parametrize(
    ("line", "found"), [("A", 1), ("A,B", 2), ("A,B,C,D", 4), ("A,B,C,,D", 5)], ids=["one", "two", "four", "five"]
)
def test_a_row_of_more_or_less_cells_is_a_fault_and_the_next_is_read(line: str, found: int, tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", f"id,title,summary\n{line}\n1,B,C,,\n")

    fault, row = read_file(path)

    assert fault == RowFault(2, WRONG_COUNT, {"found": found, "expected": 3}, line)
    assert row == Row(3, {"id": "1", "title": "B", "summary": "C"})


def test_a_quote_that_is_never_closed_is_a_fault_of_its_own_row(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", 'id,title\n1,"open\n2,B\n3,C\n')

    assert read_file(path) == [
        RowFault(2, BAD_QUOTES, {}, '1,"open'),
        Row(3, {"id": "2", "title": "B"}),
        Row(4, {"id": "3", "title": "C"}),
    ]


def test_text_behind_a_closing_quote_is_a_fault_of_its_row(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", 'id,title\n1,"a" b\n2,B\n')

    assert read_file(path) == [RowFault(2, BAD_QUOTES, {}, '1,"a" b'), Row(3, {"id": "2", "title": "B"})]


def test_a_quote_that_runs_on_and_on_is_given_up_and_the_next_row_read(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", 'id,title\n1,"open\n' + "2,BB\n" * 300_000)

    reading = open_rows(path)
    rows = reading.rows({"id": "id", "title": "title"})

    assert [next(rows), next(rows)] == [RowFault(2, BAD_QUOTES, {}, '1,"open'), Row(3, {"id": "2", "title": "BB"})]


def test_a_file_whose_quotes_never_match_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_LINE", 1_000)
    path = write_file(tmp_path / "rows", "id,title\n" + 'a","\n' * 10_000)

    with pytest.raises(UnreadableFile) as problem:
        read_file(path)

    assert problem.value.message == BAD_QUOTES


def test_a_line_that_is_too_long_is_a_fault_and_the_next_is_read(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", "id,title\n1," + "a" * 1_000_000 + "\n2,B\n")

    assert read_file(path) == [
        RowFault(2, LONG_LINE, {"most": 1_000_000}, "1," + "a" * 98),
        Row(3, {"id": "2", "title": "B"}),
    ]


def test_bytes_of_another_encoding_are_a_fault_of_their_row(tmp_path: Path) -> None:
    lines = ["id,title", *["1,热泵烘干机"] * 20, "2,caf", "3,B"]
    path = write_file(tmp_path / "rows", "\n".join(lines).encode().replace(b"caf", b"caf\xe9"))

    rows = read_file(path)

    assert rows[20:] == [RowFault(22, BAD_BYTES, {"encoding": "utf-8"}, "2,caf?"), Row(23, {"id": "3", "title": "B"})]


def test_more_rows_than_we_take_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_ROWS", 3)
    path = write_file(tmp_path / "rows", "title,id\n" + "A,\n,\n" * 3)
    assert len(read_values(path)) == 3

    write_file(path, "title,id\n" + "A,\n,\n" * 4)

    with pytest.raises(UnreadableFile) as problem:
        read_file(path)
    assert (problem.value.message, problem.value.values) == (TOO_MANY_ROWS, {"most": 3})


def test_more_columns_than_we_take_are_refused_before_any_row(tmp_path: Path) -> None:
    names = ",".join(["title", *(f"c{number}" for number in range(399))])
    assert len(open_rows(write_file(tmp_path / "rows", names)).header or []) == 400

    with pytest.raises(UnreadableFile) as problem:
        open_rows(write_file(tmp_path / "rows", names + ",more"))

    assert (problem.value.message, problem.value.values) == (TOO_MANY_COLUMNS, {"most": 400})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", EMPTY),
        (b"  \r\n \n", EMPTY),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, OLD_EXCEL),
        (b"%PDF-1.7\n", UNKNOWN_FORMAT),
        (b"\x89PNG\r\n\x1a\n", UNKNOWN_FORMAT),
        (b"id,title\n\x00\x00\x00", UNKNOWN_FORMAT),
        (b'[{"title": "A"}]', JSON_LIST),
        (b"\xef\xbb\xbf [\n", JSON_LIST),
        (b"\xef\xbb\xbf", NO_TABLE),
    ],
    ids=["empty", "blank", "xls", "pdf", "png", "binary", "list", "list with mark", "mark alone"],
)
def test_what_is_no_table_is_refused_with_a_reason(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as problem:
        open_rows(write_file(tmp_path / "rows.csv", content))

    assert problem.value.message == message


@pytest.mark.parametrize("wanted", list(FileFormat))
def test_content_decides_what_a_file_is(wanted: FileFormat, tmp_path: Path) -> None:
    table = write_file(tmp_path / "rows.xlsx", "title\nA\n")
    lines = write_file(tmp_path / "rows.csv", '{"title": "A"}\n')

    assert open_rows(table).format is FileFormat.CSV
    assert open_rows(lines).format is FileFormat.JSONL
    expected = wanted if wanted is not FileFormat.XLSX else FileFormat.JSONL
    assert open_rows(lines, file_format=wanted).format is expected


def test_words_of_lists_become_codes_and_unknown_ones_stay(tmp_path: Path) -> None:
    path = write_file(
        tmp_path / "rows",
        "kind;language;stage;fields;industries;target_countries;ipc;sdgs;keywords;trl;price.currency\n"
        '技术供给;Tiếng Việt;已上市;"18; Electrical machinery, apparatus, energy";"水果与蔬菜，能源";'
        '"Việt Nam; Mars";"A23B 7/154, C12N 1/00";"2, 12";"a, b";7.0;人民币\n',
    )

    assert read_values(path) == [
        {
            "kind": "offer",
            "language": "vi",
            "stage": "on_the_market",
            "fields": ["18", "1"],
            "industries": ["fruit_vegetables", "energy"],
            "target_countries": ["VN", "Mars"],
            "ipc": ["A23B 7/154", "C12N 1/00"],
            "sdgs": ["2", "12"],
            "keywords": ["a, b"],
            "trl": "7",
            "price": {"currency": "CNY"},
        }
    ]
