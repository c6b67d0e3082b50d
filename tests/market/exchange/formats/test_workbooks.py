"""Workbooks as people and programs make them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from market.exchange.enums import FileFormat
from market.exchange.formats import sheets, xlsx
from market.exchange.formats.delimited import NO_TABLE
from market.exchange.formats.reading import Workbook, open_rows
from market.exchange.formats.rows import (
    LONG_LINE,
    TOO_MANY_COLUMNS,
    TOO_MANY_ROWS,
    Row,
    RowFault,
    UnreadableFile,
)
from market.exchange.formats.sheets import ERROR_VALUE, NO_VALUE, show_number
from tests.market.exchange.formats.making import MAIN, make_cells, make_sheet, pack_workbook, read_file, read_values

HEADER = make_cells("title", "summary")


def save(path: Path, *rows: Sequence[object]) -> Path:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(list(row))
    workbook.save(path)
    return path


def test_values_of_every_kind_are_text(tmp_path: Path) -> None:
    path = save(
        tmp_path / "rows.xlsx",
        ["title", "trl", "price.amount", "expires_at", "summary", "description", "advantages", "id", "ipr_notes"],
        [
            "A",
            7.0,
            1500.5,
            date(2027, 5, 1),
            datetime(2027, 5, 1, 10, 30),  # noqa: DTZ001 - cells have no zone
            time(8, 15),
            True,
            123456789012345,
            0.1 + 0.2,
        ],
    )

    assert read_values(path) == [
        {
            "title": "A",
            "trl": "7",
            "price": {"amount": "1500.5"},
            "expires_at": "2027-05-01",
            "summary": "2027-05-01T10:30:00",
            "description": "08:15:00",
            "advantages": "TRUE",
            "id": "123456789012345",
            "ipr_notes": "0.3",
        }
    ]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (7.0, "7"),
        (-0.5, "-0.5"),
        (1e15, "1000000000000000"),
        (1.5e20, "150000000000000000000"),
        (0.00001, "0.00001"),
        (0.0, "0"),
        (100.0, "100"),
    ],
)
def test_numbers_are_shown_without_an_exponent(number: float, shown: str) -> None:
    assert show_number(number) == shown


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("yyyy-mm-dd", "2027-05-01"),
        ('yyyy"年"m"月"d"日"', "2027-05-01"),
        ("[$-41E]d mmm yyyy", "2027-05-01"),
        ("0.00", "46508"),
        ('0" days"', "46508"),
        ("[Red]0", "46508"),
        ("General", "46508"),
    ],
)
def test_the_format_of_a_cell_tells_a_date_from_a_number(code: str, shown: str, tmp_path: Path) -> None:
    path = save(tmp_path / "rows.xlsx", ["title"], [46508])
    workbook = openpyxl.load_workbook(path)
    workbook.active["A2"].number_format = code
    workbook.save(path)

    assert read_values(path) == [{"title": shown}]


def test_days_may_be_counted_from_1904(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    workbook.active.append(["title"])
    workbook.active.append([datetime(2027, 5, 1, tzinfo=UTC).date()])
    workbook.save(tmp_path / "rows.xlsx")

    assert read_values(tmp_path / "rows.xlsx") == [{"title": "2027-05-01"}]


def test_shared_texts_are_put_together_without_their_pronunciation(tmp_path: Path) -> None:
    texts = (
        f'<sst xmlns="{MAIN}"><si><t>title</t></si><si><r><t>太阳</t></r><r><t xml:space="preserve"> 能</t></r>'
        "<rPh><t>tai yang</t></rPh></si><si><t>a_x000B_b_x005F_x0041_&#10;c</t></si><si/></sst>"
    )
    cells = ["".join(f'<c t="s"><v>{number}</v></c>' for number in [row]) for row in (0, 1, 2, 3)]

    assert read_values(pack_workbook(tmp_path / "rows", make_sheet(cells), texts=texts)) == [
        {"title": "太阳 能"},
        {"title": "a\x0bb_x0041_\nc"},
    ]


def test_rows_keep_the_numbers_that_people_see(tmp_path: Path) -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="3"><x:c r="C3" t="str"><x:v>title</x:v></x:c></x:row>'
        '<x:row r="7"><x:c r="A7"><x:v>1</x:v></x:c><x:c r="C7" t="str"><x:v>A</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )

    path = pack_workbook(tmp_path / "rows", sheet)

    assert open_rows(path).header == ["(1)", "(2)", "title"]
    assert read_file(path) == [Row(7, {"title": "A"})]


def test_the_value_of_a_formula_is_taken_as_text(tmp_path: Path) -> None:
    cells = '<c r="A2" t="str"><f>"a"&amp;"b"</f><v>=ab</v></c><c r="B2"><f>SUM(1,2)</f><v>3</v></c>'

    assert read_values(pack_workbook(tmp_path / "rows", make_sheet([HEADER, cells]))) == [
        {"title": "=ab", "summary": "3"}
    ]


def test_cells_without_a_value_and_errors_are_faults_of_their_row_where_we_need_them(tmp_path: Path) -> None:
    rows = [
        make_cells("title", "notes of ours"),
        '<c r="A2"><f>NOW()</f></c>',
        '<c r="A3" t="e"><v>#REF!</v></c>',
        make_cells("A") + '<c r="B4" t="e"><v>#REF!</v></c>',
    ]

    assert read_file(pack_workbook(tmp_path / "rows", make_sheet(rows))) == [
        RowFault(2, NO_VALUE, {"cell": "A2"}, ""),
        RowFault(3, ERROR_VALUE, {"cell": "A3", "error": "#REF!"}, ""),
        Row(4, {"title": "A"}),
    ]


def test_the_sheet_with_most_of_our_columns_is_read_and_hidden_ones_are_not(tmp_path: Path) -> None:
    notes = make_sheet([make_cells("Notes"), make_cells("title")])
    table = make_sheet([make_cells("Offers 2026"), make_cells("Title", "Summary"), make_cells("A", "B")])
    hidden = make_sheet([make_cells("title", "summary", "kind"), make_cells("C", "D", "offer")])

    path = pack_workbook(
        tmp_path / "rows", notes, table, hidden, hidden, states=["visible", "visible", "hidden", "veryHidden"]
    )

    reading = open_rows(path)
    assert isinstance(reading, Workbook)
    assert (reading.format, reading.sheet) == (FileFormat.XLSX, "sheet2")
    assert read_values(path) == [{"title": "A", "summary": "B"}]


def test_a_header_of_merged_cells_in_several_rows_is_put_together(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (
        ["Offers of the centre for technology transfer"],
        [],
        ["Title", "Price", None, None, "translations", None],
        [None, None, None, None, "vi", None],
        [None, "amount", "currency", "Basis", "title", "summary"],
        ["A", 5, "CNY", "per year", "máy", "máy sấy"],
    ):
        sheet.append(row)
    for merged in ("A1:F1", "A3:A5", "B3:D4", "E3:F3", "E4:F4"):
        sheet.merge_cells(merged)
    workbook.save(tmp_path / "rows.xlsx")

    assert open_rows(tmp_path / "rows.xlsx").header == [
        "Title", "Price amount", "Price currency", "Price Basis", "translations vi title", "translations vi summary",
    ]  # fmt: skip
    assert read_values(tmp_path / "rows.xlsx") == [
        {
            "title": "A",
            "price": {"amount": "5", "currency": "CNY", "basis": "per_year"},
            "translations": {"vi": {"title": "máy", "summary": "máy sấy"}},
        }
    ]


@pytest.mark.parametrize("lines", [0, 1, 10, 19])
def test_a_header_stands_within_the_first_twenty_rows(lines: int, tmp_path: Path) -> None:
    rows = [[f"note {line}"] for line in range(lines)] + [["title", "summary"], ["A", "B"]]

    assert read_values(save(tmp_path / "rows.xlsx", *rows)) == [{"title": "A", "summary": "B"}]


def test_a_workbook_without_a_filled_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as problem:
        open_rows(save(tmp_path / "rows.xlsx"))

    assert problem.value.message == NO_TABLE


def test_a_workbook_called_csv_is_a_workbook(tmp_path: Path) -> None:
    assert read_values(save(tmp_path / "rows.csv", ["title"], ["A"]), file_format=FileFormat.CSV) == [{"title": "A"}]


def test_more_rows_than_we_take_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MAX_ROWS", 2)
    rows = [make_cells("title"), make_cells("A"), "", make_cells("B")]
    assert len(read_values(pack_workbook(tmp_path / "rows", make_sheet(rows)))) == 2

    with pytest.raises(UnreadableFile) as problem:
        read_file(pack_workbook(tmp_path / "rows", make_sheet([*rows, make_cells("C")])))

    assert (problem.value.message, problem.value.values) == (TOO_MANY_ROWS, {"most": 2})


def test_more_columns_than_we_take_are_refused(tmp_path: Path) -> None:
    names = ["title", *(f"c{number}" for number in range(399))]
    assert len(open_rows(save(tmp_path / "rows", [*names])).header or []) == 400

    with pytest.raises(UnreadableFile) as problem:
        open_rows(save(tmp_path / "rows", [*names, "more"]))

    assert problem.value.message == TOO_MANY_COLUMNS


@pytest.mark.parametrize("shared", [False, True], ids=["inline", "shared"])
def test_a_row_that_is_too_long_is_a_fault_and_the_next_is_read(
    shared: bool,  # noqa: FBT001 - a case of the test
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sheets, "MAX_LINE", 1_000)
    texts = f'<sst xmlns="{MAIN}"><si><t>{"a" * 600}</t></si></sst>'
    long = '<c t="s"><v>0</v></c>' * 2 if shared else make_cells("a" * 600, "b" * 600)

    rows = read_file(pack_workbook(tmp_path / "rows", make_sheet([HEADER, long, make_cells("A", "B")]), texts=texts))

    assert [(row.line, row.message) for row in rows if isinstance(row, RowFault)] == [(2, LONG_LINE)]
    assert rows[1:] == [Row(3, {"title": "A", "summary": "B"})]


def test_reading_agrees_with_openpyxl(tmp_path: Path) -> None:
    rows: list[list[object]] = [["title", "summary"]]
    rows += [[f"烘干机 {number} & <b>", f" a\n{number}\t"] for number in range(500)]
    path = save(tmp_path / "rows.xlsx", *rows)

    workbook = openpyxl.load_workbook(path, read_only=True)
    cells = list(workbook.active.iter_rows(min_row=2, values_only=True))
    workbook.close()

    assert read_values(path) == [{"title": title, "summary": summary} for title, summary in cells]
