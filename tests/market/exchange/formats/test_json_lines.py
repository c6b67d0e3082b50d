import gzip
from pathlib import Path

import pytest

from market.exchange.enums import FileFormat
from market.exchange.formats import rows as limits
from market.exchange.formats.jsonl import BAD_BYTES, BROKEN_JSON, NO_OBJECT
from market.exchange.formats.reading import open_rows
from market.exchange.formats.rows import CUT_OFF, LONG_LINE, TOO_MANY_ROWS, Row, RowFault, UnreadableFile
from tests.market.exchange.formats.making import read_file, read_values, write_file


def test_each_line_is_a_row_with_its_number(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", '{"title": "A"}\n\n  \r\n{"title": "B"}\r\n{"title": "C"}')

    assert read_file(path) == [Row(1, {"title": "A"}), Row(4, {"title": "B"}), Row(5, {"title": "C"})]


def test_lists_are_lists_however_they_were_written(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", '{"keywords": "a; b\\\\;c", "fields": 18, "ipc": null, "sdgs": ["2"]}')

    assert read_values(path) == [{"keywords": ["a", "b;c"], "fields": [18], "ipc": None, "sdgs": ["2"]}]


def test_names_with_dots_are_nested(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", '{"price.amount": 5, "translations.vi.title": "máy", "a.b": 1}')

    assert read_values(path) == [{"price": {"amount": 5}, "translations": {"vi": {"title": "máy"}}, "a.b": 1}]


def test_a_name_can_be_said_to_be_a_column_of_ours(tmp_path: Path) -> None:
    reading = open_rows(write_file(tmp_path / "rows", '{"标题": "A", "other": 1}'))

    assert list(reading.rows({"标题": "title"})) == [Row(1, {"title": "A", "other": 1})]
    assert reading.header is None


@pytest.mark.parametrize(
    ("line", "message", "values"),
    [
        ('{"title": "half', BROKEN_JSON, {"place": 11}),
        ('{"title": "A"} and more', BROKEN_JSON, {"place": 16}),
        ("[1]", NO_OBJECT, {}),
        ('"text"', NO_OBJECT, {}),
        ('{"trl": NaN}', NO_OBJECT, {}),
        ('{"trl": -Infinity}', NO_OBJECT, {}),
        ('{"trl": ' + "9" * 5_000 + "}", NO_OBJECT, {}),
        ('{"a":' + "[" * 100_000, NO_OBJECT, {}),
    ],
    ids=["half", "more", "list", "text", "nan", "infinity", "digits", "brackets"],
)
def test_a_line_that_is_no_object_is_a_fault_and_the_next_is_read(
    line: str, message: str, values: dict[str, object], tmp_path: Path
) -> None:
    path = write_file(tmp_path / "rows", f'{{"title": "A"}}\n{line}\n{{"title": "B"}}\n')

    rows = read_file(path)

    assert rows == [Row(1, {"title": "A"}), RowFault(2, message, values, line[:100]), Row(3, {"title": "B"})]


def test_a_line_that_is_too_long_is_a_fault_and_the_next_is_read(tmp_path: Path) -> None:
    longest = '{"title": "' + "a" * (limits.MAX_LINE - 14) + '"}\n'
    path = write_file(tmp_path / "rows", longest + '{"title": "' + "字" * limits.MAX_LINE + '"}\n{"title": "B"}\n')

    first, fault, last = read_file(path)

    assert isinstance(first, Row)
    assert fault == RowFault(2, LONG_LINE, {"most": limits.MAX_LINE}, '{"title": "' + "字" * 89)
    assert last == Row(3, {"title": "B"})


def test_bytes_of_another_encoding_are_a_fault_of_their_line(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", '{"title": "热泵烘干"}\n'.encode() * 40 + b'{"title": "caf\xe9"}\n')

    rows = read_file(path)

    assert rows[-1] == RowFault(41, BAD_BYTES, {"encoding": "utf-8"}, '{"title": "caf?"}')
    assert len(rows) == 41


def test_a_packed_file_that_is_cut_off_is_refused_behind_its_last_whole_rows(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f'{{"title": "热泵烘干", "id": "{number}"}}\n' for number in range(50_000)).encode())
    reading = open_rows(write_file(tmp_path / "rows.jsonl.gz", packed[: len(packed) // 2]))
    rows = reading.rows({})

    assert next(rows) == Row(1, {"title": "热泵烘干", "id": "0"})
    with pytest.raises(UnreadableFile) as problem:
        list(rows)
    assert problem.value.message == CUT_OFF


def test_control_characters_within_text_are_taken(tmp_path: Path) -> None:
    assert read_values(write_file(tmp_path / "rows", '{"title": "a\tb"}')) == [{"title": "a\tb"}]


@pytest.mark.parametrize("damaged", [b"\x1f\x8b", b"\x1f\x8b\x08\x00" + b"x" * 100], ids=["nothing else", "noise"])
def test_a_damaged_packed_file_is_refused_at_once(damaged: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as problem:
        open_rows(write_file(tmp_path / "rows.gz", damaged))

    assert problem.value.message == CUT_OFF


def test_more_rows_than_we_take_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("market.exchange.formats.jsonl.MAX_ROWS", 3)
    path = write_file(tmp_path / "rows", '{"title": "A"}\n\n' * 3)
    assert len(read_values(path)) == 3

    write_file(path, '{"title": "A"}\n\n' * 4)

    with pytest.raises(UnreadableFile) as problem:
        read_file(path)
    assert (problem.value.message, problem.value.values) == (TOO_MANY_ROWS, {"most": 3})


def test_who_says_that_it_is_json_lines_gets_a_fault_for_a_first_line_that_is_not(tmp_path: Path) -> None:
    path = write_file(tmp_path / "rows", 'title": "A"}\n{"title": "B"}\n')

    rows = read_file(path, file_format=FileFormat.JSONL)

    assert rows == [RowFault(1, BROKEN_JSON, {"place": 1}, 'title": "A"}'), Row(2, {"title": "B"})]
