"""CSV as rows of cells with their lines, whatever the encoding and the delimiter, and which of them is the header."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from market.exchange.formats.delimited import BAD_QUOTES, DELIMITERS
from market.exchange.formats.encodings import guess_encoding, read_lines
from market.exchange.formats.neutral import restore
from market.exchange.formats.rows import LONG_LINE, MAX_COLUMNS, MAX_LINE, UnreadableFile
from market.exchange.formats.tables import HEADER_ROWS
from market.kernel.errors import N_
from market.programme.formats.columns import guess_columns
from market.programme.formats.limits import MOST_SESSIONS
from market.programme.formats.problems import NOWHERE, Problems, Where

UNSURE_ENCODING = N_("We cannot tell for sure how the letters of this file are encoded. Please save it as UTF-8.")

_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]")
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SAMPLE: Final = 1 << 16
_HEAD: Final = 200
"""Lines from which the delimiter is told."""
_MOST_RECORDS: Final = MOST_SESSIONS + HEADER_ROWS + 1
"""Enough to see that there are too many."""


@dataclass(frozen=True, slots=True)
class Record:
    """`line` is where it begins."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """`encoding` is its name with us; `records` are those below the header."""

    encoding: str
    header: Record
    records: Sequence[Record]


class _Broken(Exception):
    def __init__(self, line: int, message: str, **values: object) -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.values = values


def read_table(content: bytes, wanted: Mapping[str, str] | None, problems: Problems) -> Table | None:
    """`wanted`: our column → the file's header, where somebody said so. The rows before one that cannot be taken apart
    are there; that one is told.
    """
    encoding = _find_encoding(content)
    if encoding is None:
        problems.add(NOWHERE, UNSURE_ENCODING)
        return None
    records: list[Record] = []
    try:
        delimiter = _find_delimiter(list(islice(read_lines(io.BytesIO(content), encoding), _HEAD)), wanted)
        for record in islice(_read_records(read_lines(io.BytesIO(content), encoding), delimiter), _MOST_RECORDS):
            records.append(record)  # noqa: PERF402 - those before a broken one stay
    except _Broken as problem:
        problems.add(Where(problem.line), problem.message, **problem.values)
    except UnreadableFile as problem:
        problems.add(NOWHERE, problem.message, **problem.values)
    if not records:
        return None
    place = max(range(min(len(records), HEADER_ROWS)), key=lambda index: _count_known(records[index], wanted))
    return Table(encoding, records[place], records[place + 1 :])


def _find_encoding(content: bytes) -> str | None:
    """By the letters beyond ASCII, wherever they begin."""
    first = _BEYOND_ASCII.search(content)
    start = content.rfind(b"\n", 0, first.start()) + 1 if first and not content.startswith(_MARKS) else 0
    guess = guess_encoding(content[start : start + _SAMPLE])
    return guess.name if guess.sure else None


def _find_delimiter(lines: Sequence[str], wanted: Mapping[str, str] | None) -> str:
    """The one under which some row has most names of columns; else the one that makes most cells."""

    def rate(delimiter: str) -> tuple[int, int]:
        rates = [(0, 0)]
        try:
            for record in islice(_read_records(lines, delimiter), HEADER_ROWS):
                rates.append((_count_known(record, wanted), len(record.cells)))  # noqa: PERF401 - as above
        except _Broken:
            pass
        return max(rates)

    return max(DELIMITERS, key=rate)


def _count_known(record: Record, wanted: Mapping[str, str] | None) -> int:
    cells = record.cells[:MAX_COLUMNS]
    return len(guess_columns(cells) if wanted is None else set(wanted.values()).intersection(cells))


def _read_records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Those that are not empty, as they were before signs of formulas were put out of force."""
    reader = csv.reader(_check_lengths(lines), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise _Broken(line, BAD_QUOTES) from problem
        if any(cell.strip() for cell in cells):
            yield Record(line, [restore(cell) for cell in cells])
        line = reader.line_num + 1


def _check_lengths(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise _Broken(number, LONG_LINE, most=MAX_LINE)
        yield line
