"""CSV: cells separated by commas, semicolons or tabs, with quotes and line breaks within."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Final

from market.exchange.formats.encodings import has_bad_bytes, read_lines
from market.exchange.formats.jsonl import BAD_BYTES
from market.exchange.formats.neutral import neutralize, restore
from market.exchange.formats.rows import (
    LONG_LINE,
    MAX_COLUMNS,
    MAX_LINE,
    MAX_ROWS,
    TOO_MANY_ROWS,
    Row,
    RowFault,
    UnreadableFile,
    show_start,
)
from market.exchange.formats.tables import HEADER_ROWS, Header, check_width, find_header, make_reader
from market.kernel.errors import N_

WRONG_COUNT = N_("This row has %(found)s cells, the header has %(expected)s.")
BAD_QUOTES = N_("The quotation marks of this row do not match.")
NO_TABLE = N_("We found no table in this file.")

DELIMITERS: Final = (",", ";", "\t")
_HEAD: Final = 200
"""Lines among which the header is looked for."""

_MOST_RUNAWAYS: Final = 20
"""Rows without an end after which the file is given up: each is looked for through a million characters."""


@dataclass(frozen=True, slots=True)
class Record:
    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table is written. `width` is the number of cells in the header's row."""

    delimiter: str
    header: Header
    line: int
    width: int


class _RunAway(Exception):
    """A quote was opened, and not closed in as many characters as a row may have."""


class _Lines:
    """Lines that can be read again from the second one of a record, when that turns out to have no end."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._source = iter(lines)
        self._again: deque[str] = deque()
        self._size = 0
        self.taken: list[str] = []
        self.number = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._source)
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_LINE:
            raise _RunAway
        return line

    def begin_record(self) -> None:
        self.number += len(self.taken)
        self.taken.clear()
        self._size = 0

    def step_back(self) -> None:
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def find_shape(stream: BinaryIO, encoding: str) -> Shape:
    """The delimiter under which the header has most names of ours; else the one that makes most cells."""
    head = _take_head(read_lines(stream, encoding))
    shapes = [shape for delimiter in DELIMITERS if (shape := _try_delimiter(head, delimiter))]
    if not shapes:
        raise UnreadableFile(NO_TABLE)
    best = max(shapes, key=lambda shape: (shape.header.recognised, shape.width))
    check_width(best.header)
    return best


def read_rows(stream: BinaryIO, encoding: str, shape: Shape, mapping: Mapping[str, str]) -> Iterator[Row | RowFault]:
    names = shape.header.names
    read_cells = make_reader(names, mapping)
    number = 0
    for record in _read_records(read_lines(stream, encoding), shape.delimiter):
        if record.line <= shape.line or (isinstance(record, Record) and not any(map(str.strip, record.cells))):
            continue
        number += 1
        if number > MAX_ROWS:
            raise UnreadableFile(TOO_MANY_ROWS, most=MAX_ROWS)
        if isinstance(record, RowFault):
            yield record
        elif fault := _find_fault(record, shape, encoding):
            yield fault
        else:
            padding = [""] * (len(names) - len(record.cells))
            yield Row(record.line, read_cells([*map(restore, record.cells), *padding]))


def write_rows(file: BinaryIO, rows: Iterable[Sequence[str]]) -> None:
    """Rows of text, the header first. With a byte order mark: spreadsheets take the file for something else without."""
    sink = _Encoder(file)
    file.write(b"\xef\xbb\xbf")
    csv.writer(sink).writerows(map(neutralize, cells) for cells in rows)


class _Encoder:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())


def _take_head(lines: Iterable[str]) -> list[str]:
    """The first lines, as long as they are no longer together than two rows may be."""
    head: list[str] = []
    size = 0
    for line in islice(lines, _HEAD):
        size += len(line)
        if size > 2 * MAX_LINE:
            break
        head.append(line)
    return head


def _try_delimiter(head: Sequence[str], delimiter: str) -> Shape | None:
    places: list[tuple[int, int]] = []
    rows: list[list[str]] = []
    for record in islice(_read_records(head, delimiter), HEADER_ROWS):
        if isinstance(record, Record) and not _says_delimiter(record):
            places.append((record.line, len(record.cells)))
            rows.append([restore(cell) for cell in record.cells[: MAX_COLUMNS + 1]])
    header = find_header(rows)
    return Shape(delimiter, header, *places[header.row]) if header else None


def _says_delimiter(record: Record) -> bool:
    """`sep=;`, which some spreadsheets write above a table."""
    return record.line == 1 and record.cells[:1] != [] and record.cells[0].lower().startswith("sep=")


def _find_fault(record: Record, shape: Shape, encoding: str) -> RowFault | None:
    cells = record.cells
    start = show_start(shape.delimiter.join(cells))
    if len(cells) < shape.width or any(map(str.strip, cells[shape.width :])):
        return RowFault(record.line, WRONG_COUNT, {"found": len(cells), "expected": shape.width}, start)
    if any(map(has_bad_bytes, cells)):
        return RowFault(record.line, BAD_BYTES, {"encoding": encoding}, start)
    return None


def _read_records(lines: Iterable[str], delimiter: str) -> Iterator[Record | RowFault]:
    """Records with the line where each begins. Behind a faulty one reading goes on with its second line."""
    source = _Lines(lines)
    runaways = 0
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        source.begin_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RunAway) as problem:
            start = show_start(source.taken[0])
            is_long = len(source.taken[0]) > MAX_LINE
            runaways += isinstance(problem, _RunAway) and not is_long
            if runaways > _MOST_RUNAWAYS:
                raise UnreadableFile(BAD_QUOTES) from problem
            source.step_back()
            yield RowFault(
                source.number, LONG_LINE if is_long else BAD_QUOTES, {"most": MAX_LINE} if is_long else {}, start
            )
            reader = csv.reader(source, delimiter=delimiter, strict=True)
        else:
            yield Record(source.number, cells)
