"""Opening a file of listings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from market.exchange.enums import FileFormat
from market.exchange.formats import delimited, jsonl, xlsx
from market.exchange.formats.encodings import Guess, find_encoding, guess_encoding
from market.exchange.formats.rows import Row, RowFault
from market.exchange.formats.streams import find_format, open_bytes, take_sample


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Where `encoding_sure` is false a person should be asked. JSON Lines have no header."""

    path: Path
    encoding: str
    encoding_sure: bool

    format = FileFormat.JSONL
    header: None = None

    def rows(self, mapping: Mapping[str, str]) -> Iterator[Row | RowFault]:
        """Every call reads the file anew. `mapping`: name in the file → our column; other keys keep their names."""
        with open_bytes(self.path) as stream:
            yield from jsonl.read_rows(stream, self.encoding, mapping)


@dataclass(frozen=True, slots=True)
class DelimitedTable:
    path: Path
    encoding: str
    encoding_sure: bool
    shape: delimited.Shape

    format = FileFormat.CSV

    @property
    def header(self) -> list[str]:
        """The file's own names of its columns, no two alike."""
        return self.shape.header.names

    def rows(self, mapping: Mapping[str, str]) -> Iterator[Row | RowFault]:
        """Every call reads the file anew. `mapping`: name in the header → our column; other columns are left out."""
        with open_bytes(self.path) as stream:
            yield from delimited.read_rows(stream, self.encoding, self.shape, mapping)


@dataclass(frozen=True, slots=True)
class Workbook:
    """`sheet` is the one that is read; `encoding` is XML's own business."""

    path: Path
    table: xlsx.Table

    format = FileFormat.XLSX
    encoding = "utf-8"
    encoding_sure = True

    @property
    def header(self) -> list[str]:
        """The sheet's own names of its columns, no two alike."""
        return self.table.header.names

    @property
    def sheet(self) -> str:
        return self.table.sheet

    def rows(self, mapping: Mapping[str, str]) -> Iterator[Row | RowFault]:
        """Every call reads the file anew. `mapping`: name in the header → our column; other columns are left out."""
        return xlsx.read_rows(self.path, self.table, mapping)


Reading = JsonLines | DelimitedTable | Workbook


def open_rows(path: Path, *, encoding: str | None = None, file_format: FileFormat | None = None) -> Reading:
    """Content decides what a file is; `file_format` only tells JSON Lines from CSV where that is in doubt. Raises
    `UnreadableFile`, as does reading the rows.
    """
    found = find_format(path, file_format)
    if found is FileFormat.XLSX:
        return Workbook(path, xlsx.find_table(path))
    guess = Guess(find_encoding(encoding), sure=True) if encoding else guess_encoding(take_sample(path))
    if found is FileFormat.JSONL:
        return JsonLines(path, guess.name, guess.sure)
    with open_bytes(path) as stream:
        shape = delimited.find_shape(stream, guess.name)
    return DelimitedTable(path, guess.name, guess.sure, shape)
