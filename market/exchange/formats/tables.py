"""What CSV and XLSX share: where the header is, and from cells to a row."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from market.exchange.formats.columns import LISTS, find_column, guess_columns, name_columns, nest, split_list
from market.exchange.formats.rows import MAX_COLUMNS, TOO_MANY_COLUMNS, UnreadableFile
from market.exchange.formats.vocabularies import has_codes, read_code

HEADER_ROWS: Final = 20
"""A header stands within the first rows of a table."""

_HEADER_DEPTH: Final = 3
_COMMA: Final = re.compile("[,，、；၊]")


@dataclass(frozen=True, slots=True)
class Header:
    """`row` counts from 0 in what was looked at; `recognised` is how many of the columns are ours."""

    row: int
    names: list[str]
    recognised: int


def find_header(rows: Sequence[Sequence[str]]) -> Header | None:
    """The row of most names that we know, the first of several. A name may stand in parts above each other, the upper
    one in the first of several cells: 'price' over 'amount' and 'currency'. None where all rows are empty; the first
    one that is not where we know no name.
    """
    best: Header | None = None
    rows = [cells[: MAX_COLUMNS + 1] for cells in rows[:HEADER_ROWS]]
    for row, cells in enumerate(rows):
        if not any(cells):
            continue
        above = [rows[index] for index in range(max(0, row - _HEADER_DEPTH + 1), row)]
        names = name_columns([_name_cell(place, cells, above) for place in range(_count_cells(rows[: row + 1]))])
        recognised = len(guess_columns(names))
        if best is None or recognised > best.recognised:
            best = Header(row, names, recognised)
    return best


def check_width(header: Header) -> None:
    if len(header.names) > MAX_COLUMNS:
        raise UnreadableFile(TOO_MANY_COLUMNS, most=MAX_COLUMNS)


def make_reader(names: Sequence[str], mapping: Mapping[str, str]) -> Callable[[Sequence[str]], dict[str, Any]]:
    """From cells of text to a row's values; empty cells are left out, words of value lists become codes."""
    places = [(place, mapping[name]) for place, name in enumerate(names) if name in mapping]
    has_nested = any("." in column for _, column in places)

    def read_cells(cells: Sequence[str]) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        for place, column in places:
            cell = cells[place]
            if cell and not cell.isspace() and column not in flat:
                flat[column] = _read_cell(column, cell)
        return nest(flat) if has_nested else flat

    return read_cells


def _read_cell(column: str, cell: str) -> Any:
    if column in LISTS:
        return _read_list(column, split_list(cell))
    vocabulary = "provenance" if column.endswith(".provenance") else column
    return read_code(vocabulary, cell) or cell if has_codes(vocabulary) else cell


def _read_list(column: str, words: list[str]) -> list[str]:
    """Codes and symbols may be separated by commas, too: none has one in it. Their labels may."""
    if column == "ipc":
        return [part.strip() for word in words for part in _COMMA.split(word) if part.strip()]
    if not has_codes(column):
        return words
    return [code for word in words for code in _read_codes(column, word)]


def _read_codes(column: str, word: str) -> list[str]:
    if code := read_code(column, word):
        return [code]
    parts = [read_code(column, part) for part in _COMMA.split(word) if part.strip()]
    codes = [part for part in parts if part]
    return codes if codes and len(codes) == len(parts) else [word]


def _name_cell(place: int, cells: Sequence[str], above: Sequence[Sequence[str]]) -> str:
    """What stands above and below each other, if we know it together; else what we know of it."""
    own = _take(cells, place)
    uppers = [_take(row, place) for row in above]
    if not own:
        return next((upper for upper in reversed(uppers) if upper and find_column(upper)), "")
    groups = [upper or _take_left(row, place) for upper, row in zip(uppers, above, strict=True)]
    groups = [group for group in groups if group]
    for together in (groups, groups[-1:], groups[-2:-1]):
        if together and find_column(" ".join([*together, own])):
            return " ".join([*together, own])
    return own


def _take_left(row: Sequence[str], place: int) -> str:
    """A merged cell has its words in the first one alone."""
    return next((cell.strip() for cell in reversed(row[:place]) if cell.strip()), "")


def _take(cells: Sequence[str], place: int) -> str:
    return cells[place].strip() if place < len(cells) else ""


def _count_cells(rows: Sequence[Sequence[str]]) -> int:
    return max((place + 1 for row in rows for place, cell in enumerate(row) if cell.strip()), default=0)
