"""What is written is read again as it was, in every format."""

import gzip
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locales import LANGUAGES
from market.exchange.enums import FileFormat
from market.exchange.formats.columns import COLUMNS, join_list, split_list
from market.exchange.formats.neutral import looks_like_formula, neutralize, restore
from market.exchange.formats.reading import open_rows
from market.exchange.formats.sheets import unescape
from market.exchange.formats.writing import UnknownColumn, write_rows
from market.exchange.formats.xlsx import CellTooLong, escape
from tests.market.exchange.formats.making import read_values

FIRST_CHARACTERS = "=+-@\t\r\n＝＋－＠'\";\\_ ,x"
CHARACTERS = st.one_of(
    st.sampled_from(FIRST_CHARACTERS), st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
)
ANY_TEXT = st.text(CHARACTERS, max_size=40)
TEXT = ANY_TEXT.filter(lambda text: text != "" and not text.isspace())
WORDS = st.lists(st.text(CHARACTERS, min_size=1, max_size=20), min_size=1, max_size=4)

ROWS = st.lists(
    st.fixed_dictionaries(
        {"title": TEXT},
        optional={
            "id": TEXT,
            "kind": st.sampled_from(["offer", "demand"]),
            "language": st.sampled_from(sorted(LANGUAGES)),
            "country": st.sampled_from(["CN", "VN", "US", "FR"]),
            "summary": TEXT,
            "description": TEXT,
            "stage": st.sampled_from(["concept", "on_the_market"]),
            "trl": st.sampled_from(["1", "9"]),
            "fields": st.lists(st.sampled_from(["1", "18", "35"]), min_size=1, max_size=3),
            "keywords": WORDS,
            "target_countries": st.lists(st.sampled_from(["CN", "ID", "MY"]), min_size=1, max_size=3),
            "price": st.fixed_dictionaries({"amount": st.sampled_from(["5", "1500.50"]), "currency": st.just("VND")}),
            "translations": st.dictionaries(
                st.sampled_from(sorted(LANGUAGES)),
                st.fixed_dictionaries({"title": TEXT, "keywords": WORDS, "provenance": st.just("human")}),
                min_size=1,
                max_size=2,
            ),
            "contact_email": st.just("lan@example.org"),
        },
    ),
    min_size=1,
    max_size=4,
)

FORMATS = pytest.mark.parametrize("file_format", list(FileFormat), ids=list(FileFormat))
NO_HURRY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FORMATS
@given(rows=ROWS)
@NO_HURRY
def test_rows_are_read_as_they_were_written(
    file_format: FileFormat, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "rows"

    write_rows(path, rows, file_format=file_format)

    assert open_rows(path, encoding=None, file_format=None).format is file_format
    assert read_values(path) == rows


@pytest.mark.parametrize("file_format", [FileFormat.JSONL, FileFormat.CSV])
def test_a_name_that_ends_in_gz_packs_the_file(file_format: FileFormat, tmp_path: Path) -> None:
    rows = [{"title": "热泵 🍌"}]

    write_rows(tmp_path / "rows.gz", rows, file_format=file_format)
    write_rows(tmp_path / "again.gz", rows, file_format=file_format)

    assert "热泵 🍌" in gzip.decompress((tmp_path / "rows.gz").read_bytes()).decode()
    assert read_values(tmp_path / "rows.gz") == rows
    assert (tmp_path / "rows.gz").read_bytes() == (tmp_path / "again.gz").read_bytes()


@FORMATS
def test_no_rows_make_a_file_without_rows(file_format: FileFormat) -> None:
    file = io.BytesIO()

    write_rows(file, iter([]), file_format=file_format)

    assert file.closed is False
    assert bool(file.getvalue()) is (file_format is not FileFormat.JSONL)


def test_json_lines_keep_numbers_and_what_nobody_knows(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"title": "A", "trl": 7, "price": {"amount": 5.5}, "extra": {"a": [1, None]}}]

    write_rows(tmp_path / "rows", rows, file_format=FileFormat.JSONL)

    assert read_values(tmp_path / "rows") == rows


def test_a_table_has_columns_for_the_translations_that_there_are(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"title": "A"}, {"title": "B", "translations": {"vi": {"title": "C"}}}]

    write_rows(tmp_path / "rows", rows, file_format=FileFormat.CSV)

    assert open_rows(tmp_path / "rows").header == [*COLUMNS, "translations.vi.title"]


@pytest.mark.parametrize("file_format", [FileFormat.CSV, FileFormat.XLSX])
def test_what_has_no_column_is_not_lost_in_silence(file_format: FileFormat) -> None:
    with pytest.raises(UnknownColumn, match="color"):
        write_rows(io.BytesIO(), [{"title": "A", "color": "red"}], file_format=file_format)


def test_spreadsheets_see_that_a_csv_is_unicode(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows", [{"title": "热泵"}], file_format=FileFormat.CSV)

    assert (tmp_path / "rows").read_bytes().startswith(b"\xef\xbb\xbfid,kind,")


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@A1",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "\x00=1",
    '"=1',
    "'=1",
    "''=1",
    "'\"=1",
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_cell_that_looks_like_a_formula_begins_with_an_apostrophe(cell: str) -> None:
    assert neutralize(cell) == f"'{cell}"
    assert restore(f"'{cell}") == cell


@pytest.mark.parametrize("cell", ["", "a=1", " =1", "'", "'quoted'", '"quoted"', "7", "烘干机", "'tis"])
def test_other_cells_are_written_as_they_are(cell: str) -> None:
    assert neutralize(cell) == restore(cell) == cell


@given(ANY_TEXT)
@NO_HURRY
def test_making_a_cell_harmless_can_be_undone(cell: str) -> None:
    assert restore(neutralize(cell)) == cell
    assert not looks_like_formula(neutralize(cell).lstrip("'\"")) or neutralize(cell).startswith("'")


@given(st.lists(st.text(CHARACTERS, min_size=1), max_size=6))
@NO_HURRY
def test_joined_words_come_apart_as_they_were(words: list[str]) -> None:
    assert split_list(join_list(words)) == words


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("", []),
        (" ; ;", []),
        ("a; b ;c", ["a", "b", "c"]),
        (r"a\;b;c\\", ["a;b", "c\\"]),
        (r"\ a\ ;b", [" a ", "b"]),
        ("a;b\\", ["a", "b\\"]),
        ("烘干; 热泵", ["烘干", "热泵"]),
    ],
)
def test_a_cell_of_several_words(cell: str, words: list[str]) -> None:
    assert split_list(cell) == words


@given(st.text(st.one_of(st.sampled_from("_x0041BFEd\x0b\r\ufffe\ud800"), st.characters())))
@NO_HURRY
def test_characters_that_xml_cannot_hold_come_back(text: str) -> None:
    assert unescape(escape(text)) == text


def test_a_workbook_holds_text_and_no_formula(tmp_path: Path) -> None:
    rows = [{"id": "=1+1", "title": "=HYPERLINK(1)", "summary": "#N/A", "description": "7", "keywords": ["-5", "a"]}]

    write_rows(tmp_path / "rows.xlsx", rows, file_format=FileFormat.XLSX)

    sheet = openpyxl.load_workbook(tmp_path / "rows.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert (sheet["A2"].value, sheet["A2"].number_format, sheet.freeze_panes) == ("=1+1", "@", "A2")


def test_a_text_that_no_cell_of_a_workbook_holds_is_named(tmp_path: Path) -> None:
    rows = [{"id": "short", "title": "A"}, {"id": "mine-7", "title": "A", "description": "字" * 32_768}]

    with pytest.raises(CellTooLong) as problem:
        write_rows(tmp_path / "rows.xlsx", rows, file_format=FileFormat.XLSX)

    assert problem.value.values == {"column": "description", "listing": "mine-7"}


@FORMATS
def test_the_longest_text_of_a_cell_goes_through_every_format(file_format: FileFormat, tmp_path: Path) -> None:
    rows = [{"title": "A", "description": "字" * 32_767}]

    write_rows(tmp_path / "rows", rows, file_format=file_format)

    assert read_values(tmp_path / "rows") == rows
