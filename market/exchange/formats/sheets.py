"""The parts of a workbook, read as a stream: its list of sheets, its texts, its number formats, the rows of a sheet.

Memory does not grow with the file. The parser knows no document type definitions, so no entities; a part that has
one is refused.
"""

import re
import tempfile
import zipfile
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from xml.parsers import expat

from market.exchange.formats.archives import DAMAGED
from market.exchange.formats.rows import MAX_COLUMNS, MAX_LINE, UnreadableFile
from market.exchange.formats.streams import TOO_MUCH
from market.kernel.errors import N_

NO_VALUE = N_("The formula in cell %(cell)s has no value. Please open the file in a spreadsheet program and save it.")
ERROR_VALUE = N_("Cell %(cell)s holds the error %(error)s.")

_CHUNK: Final = 1 << 16
_LONGEST_TOKEN: Final = 1_000_000
_MOST_NAMES: Final = 1_000
_DEEPEST: Final = 100
"""The parser keeps every name that it met, and every element that is open."""

_MOST_COLUMNS: Final = 16_384
"""Columns of a sheet, in every program."""

_MOST_STRINGS: Final = 4_000_000
_MOST_FORMATS: Final = 100_000
_IN_MEMORY: Final = 1 << 24

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.', re.IGNORECASE)
_DATE_PART: Final = re.compile(r"[dmyhs]", re.IGNORECASE)
_DATE_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Numbers of the formats for dates and times that every program has built in (ECMA-376 part 1, 18.8.30)."""

_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - days in a cell have no zone
_EPOCH_1904: Final = datetime(1904, 1, 1)  # noqa: DTZ001 - as above
_LAST_DAY: Final = 2_958_466
"""1 January 10000."""


@dataclass(slots=True)
class SheetRow:
    """Column → text, from 0; `faults` are marked messages with their values, by column."""

    number: int
    cells: dict[int, str] = field(default_factory=dict)
    faults: dict[int, tuple[str, dict[str, object]]] = field(default_factory=dict)
    is_long: bool = False


class Part:
    """A part of the workbook as a stream of what its elements say. Subclasses take their pick."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._depth = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise UnreadableFile(DAMAGED)
        self.start(_local(name), attributes)

    def _close(self, name: str) -> None:
        self._depth -= 1
        self.end(_local(name))

    def listen(self, *, to_text: bool) -> None:
        self._parser.CharacterDataHandler = self.add_text if to_text else None

    def add_text(self, text: str) -> None: ...

    def feed(self, archive: zipfile.ZipFile, name: str) -> Iterator[None]:
        """Reads on at each step."""
        fed = 0
        try:
            for chunk in _read_chunks(archive, name):
                self._parser.Parse(chunk, not chunk)
                fed += len(chunk)
                is_long = fed - self._parser.CurrentByteIndex > _LONGEST_TOKEN
                if chunk and (is_long or len(self._parser.intern) > _MOST_NAMES):
                    raise UnreadableFile(TOO_MUCH)
                yield
        except (expat.ExpatError, KeyError, ValueError, OverflowError) as problem:
            raise UnreadableFile(DAMAGED) from problem

    def read(self, archive: zipfile.ZipFile, name: str) -> None:
        for _ in self.feed(archive, name):
            pass


def _read_chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """An empty one comes last."""
    with archive.open(name) as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
    yield b""


class Contents(Part):
    """`xl/workbook.xml`: names and ids of the sheets that people see, and where days begin to be counted."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[tuple[str, str]] = []
        self.epoch = _EPOCH

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet" and attributes.get("state", "visible") == "visible" and len(self.sheets) < MAX_COLUMNS:
            id_ = next((value for key, value in attributes.items() if _local(key) == "id"), "")
            self.sheets.append((attributes.get("name", ""), id_))
        elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            self.epoch = _EPOCH_1904


class Relations(Part):
    """A part's `.rels`: id → (kind, target)."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and len(self.targets) < 10 * MAX_COLUMNS:
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.targets[attributes.get("Id", "")] = (kind, attributes.get("Target", ""))


class Styles(Part):
    """`xl/styles.xml`: which cell formats show a number as a date."""

    def __init__(self) -> None:
        super().__init__()
        self.is_date = bytearray()
        self._formats: dict[int, bool] = {}
        self._in_cells = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt" and len(self._formats) < _MOST_FORMATS:
            code = _LITERAL.sub("", attributes.get("formatCode", "")[:300])
            self._formats[int(attributes.get("numFmtId", "0"))] = _DATE_PART.search(code) is not None
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells and len(self.is_date) < _MOST_FORMATS:
            number = int(attributes.get("numFmtId", "0"))
            self.is_date.append(self._formats.get(number, number in _DATE_FORMATS))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False


class Texts(Part):
    """`xl/sharedStrings.xml`. All texts of a workbook may stand there, so they wait in a file."""

    def __init__(self) -> None:
        super().__init__()
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with the workbook
        self._ends = array("Q", [0])
        self._parts: list[str] = []
        self._size = 0
        self._phonetic = False

    def close(self) -> None:
        self._file.close()

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends) - 1:
            raise UnreadableFile(DAMAGED)
        start, end = self._ends[number : number + 2]
        self._file.seek(start)
        return self._file.read(end - start).decode()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002 - has none that matter
        if name == "rPh":  # how it is pronounced, beside the text
            self._phonetic = True
        elif name == "t" and not self._phonetic:
            self.listen(to_text=True)

    def end(self, name: str) -> None:
        if name == "t":
            self.listen(to_text=False)
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            text = "".join(self._parts).encode()
            self._file.write(text)
            self._ends.append(self._ends[-1] + len(text))
            self._parts, self._size = [], 0
            if len(self._ends) > _MOST_STRINGS:
                raise UnreadableFile(TOO_MUCH)

    def add_text(self, text: str) -> None:
        self._size += len(text)
        if self._size <= MAX_LINE + _CHUNK:  # enough to show that the row is too long
            self._parts.append(text)


class Sheet(Part):
    """A sheet: its rows that are not empty, each as soon as it is complete."""

    def __init__(self, texts: Texts, is_date: bytearray, epoch: datetime) -> None:
        super().__init__()
        self._texts = texts
        self._is_date = is_date
        self._epoch = epoch
        self._done: list[SheetRow] = []
        self._row = SheetRow(0)
        self._column = -1
        self._size = 0
        self._kind = ""
        self._style = 0
        self._has_formula = self._phonetic = False
        self._parts: list[str] = []

    def rows(self, archive: zipfile.ZipFile, name: str) -> Iterator[SheetRow]:
        for _ in self.feed(archive, name):
            yield from self._done
            self._done.clear()

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            reference = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = _column_number(reference[1]) if reference else self._column + 1
            if self._column >= _MOST_COLUMNS:
                raise UnreadableFile(DAMAGED)
            self._kind = attributes.get("t", "n")
            self._style = int(attributes.get("s", "0"))
            self._has_formula = False
            self._parts = []
        elif name == "v" or (name == "t" and not self._phonetic):
            self.listen(to_text=True)
        elif name == "row":
            self._row = SheetRow(int(attributes.get("r", self._row.number + 1)))
            self._column, self._size = -1, 0
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self.listen(to_text=False)
        elif name == "c":
            self._end_cell()
        elif name == "row" and (self._row.cells or self._row.faults or self._row.is_long):
            self._done.append(self._row)
        elif name == "rPh":
            self._phonetic = False

    def add_text(self, text: str) -> None:
        self._size += len(text)
        if self._size > MAX_LINE:
            self._row.is_long = True
        else:
            self._parts.append(text)

    def _end_cell(self) -> None:
        raw = "".join(self._parts)
        if not raw and self._has_formula and self._kind != "str":
            self._note(NO_VALUE)
        elif self._kind == "e":
            self._note(ERROR_VALUE, error=raw[:20])
        elif text := self._read_value(raw):
            self._size += len(text) if self._kind == "s" else 0
            if self._size > MAX_LINE:
                self._row.is_long = True
            else:
                self._row.cells[self._column] = text

    def _read_value(self, raw: str) -> str:
        match self._kind:
            case "s":
                return unescape(self._texts[int(raw)]) if raw.strip() else ""
            case "inlineStr" | "str":
                return unescape(raw)
            case "b":
                return "TRUE" if raw.strip() == "1" else "FALSE"
            case "n" if raw:
                is_date = self._style < len(self._is_date) and self._is_date[self._style]
                return show_day(float(raw), self._epoch) if is_date else show_number(float(raw))
            case _:
                return raw

    def _note(self, message: str, **values: object) -> None:
        self._row.faults[self._column] = (
            message,
            {"cell": f"{column_letters(self._column)}{self._row.number}", **values},
        )


def unescape(text: str) -> str:
    """`_x000B_` stands for a character that XML does not allow."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def show_number(number: float) -> str:
    """As a spreadsheet shows it: 15 figures, no exponent, no point where it is whole."""
    plain = f"{number:.15g}"
    if "e" in plain and "inf" not in plain:
        plain = f"{float(plain):.20f}" if abs(number) < 1 else f"{float(plain):.0f}"
    return (plain.rstrip("0").rstrip(".") or "0") if "." in plain else plain


def show_day(number: float, epoch: datetime) -> str:
    """A date, a moment or a time as ISO 8601 has it."""
    if not 0 <= number < _LAST_DAY - 1:
        return show_number(number)
    moment = epoch + timedelta(seconds=round(number * 86_400))
    if number < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if float(number).is_integer() else moment.isoformat()


def column_letters(column: int) -> str:
    letters = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        letters = chr(65 + rest) + letters
        column -= 1
    return letters


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    raise UnreadableFile(DAMAGED)
