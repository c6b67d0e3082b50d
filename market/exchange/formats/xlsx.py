"""XLSX: one table of a workbook."""

import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils import get_column_letter

from market.exchange.formats.archives import open_archive
from market.exchange.formats.delimited import NO_TABLE
from market.exchange.formats.neutral import looks_like_formula
from market.exchange.formats.rows import (
    LONG_LINE,
    MAX_LINE,
    MAX_ROWS,
    TOO_MANY_ROWS,
    Row,
    RowFault,
    UnreadableFile,
    show_start,
)
from market.exchange.formats.sheets import Contents, Relations, Sheet, SheetRow, Styles, Texts
from market.exchange.formats.tables import HEADER_ROWS, Header, check_width, find_header, make_reader
from market.kernel.errors import N_, Refusal

LONGEST_CELL: Final = 32_767

_WORKBOOK: Final = "xl/workbook.xml"
_NOT_IN_XML: Final = re.compile("_(?=x[0-9A-Fa-f]{4})|[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_WIDTHS: Final = {"title": 50, "summary": 60, "description": 60, "advantages": 40, "id": 20}
_WIDTH: Final = 18


class CellTooLong(Refusal):
    """A text does not fit a cell of XLSX; CSV and JSON Lines take it."""

    status = 422
    message = N_("%(column)s of %(listing)s is too long for a cell of XLSX. Please choose CSV or JSON Lines.")


@dataclass(frozen=True, slots=True)
class Table:
    """The sheet whose header has most names of ours. `line` is the header's."""

    part: str
    sheet: str
    header: Header
    line: int


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the cells of every sheet need, and where the sheets are: name → part."""

    sheets: Mapping[str, str]
    texts: Texts
    is_date: bytearray
    epoch: datetime

    def rows(self, archive: zipfile.ZipFile, part: str) -> Iterator[SheetRow]:
        return Sheet(self.texts, self.is_date, self.epoch).rows(archive, part)


def find_table(path: Path) -> Table:
    with open_archive(path) as archive:
        parts = _read_parts(archive)
        with closing(parts.texts):
            tables = [
                table
                for name, part in parts.sheets.items()
                if (table := _look_at(name, part, list(islice(parts.rows(archive, part), HEADER_ROWS))))
            ]
    if not tables:
        raise UnreadableFile(NO_TABLE)
    best = max(tables, key=lambda table: table.header.recognised)
    check_width(best.header)
    return best


def read_rows(path: Path, table: Table, mapping: Mapping[str, str]) -> Iterator[Row | RowFault]:
    names = table.header.names
    read_cells = make_reader(names, mapping)
    wanted = {place for place, name in enumerate(names) if name in mapping}
    with ExitStack() as stack:
        archive = stack.enter_context(open_archive(path))
        parts = _read_parts(archive)
        stack.enter_context(closing(parts.texts))
        below = (row for row in parts.rows(archive, table.part) if row.number > table.line)
        for number, row in enumerate(below, 1):
            if number > MAX_ROWS:
                raise UnreadableFile(TOO_MANY_ROWS, most=MAX_ROWS)
            cells = _to_list(row, len(names))
            yield _find_fault(row, cells, wanted) or Row(row.number, read_cells(cells))


def write_rows(file: BinaryIO, rows: Iterable[Sequence[str]], *, sheet_name: str = "listings") -> None:
    """Rows of text, the header first. Every cell is written as text, so none is a formula."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(sheet_name)
    sheet.freeze_panes = "A2"
    all_rows = iter(rows)
    header = next(all_rows)
    for place, name in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS.get(name.rpartition(".")[2], _WIDTH)
    sheet.append([_make_cell(sheet, name, name, "") for name in header])
    try:
        for row in all_rows:
            named = zip(header, row, strict=True)
            sheet.append([_make_cell(sheet, text, name, row[0]) if text else None for name, text in named])
    except BaseException:
        with tempfile.TemporaryFile() as nowhere:
            workbook.save(nowhere)  # or the file where openpyxl keeps its rows would stay
        raise
    workbook.save(file)


def escape(text: str) -> str:
    """The inverse of `sheets.unescape`: what XML cannot hold, and what would look like it."""
    return _NOT_IN_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def _make_cell(sheet: object, text: str, column: str, listing: str) -> object:
    escaped = escape(text)
    # Excel counts units of UTF-16, openpyxl cuts off characters as they are written.
    if max(len(escaped), len(text) + sum(character > "\uffff" for character in text)) > LONGEST_CELL:
        raise CellTooLong(column=column, listing=listing)
    if not looks_like_formula(text) and escaped not in ERROR_CODES:
        return escaped
    cell = WriteOnlyCell(sheet, escaped)
    cell.data_type = "s"
    cell.number_format = "@"  # editing the cell does not make it a formula either
    return cell


def _read_parts(archive: zipfile.ZipFile) -> _Parts:
    contents, relations, styles = Contents(), Relations(), Styles()
    workbook = _find_workbook(archive)
    folder = PurePosixPath(workbook).parent
    contents.read(archive, workbook)
    relations.read(archive, f"{folder}/_rels/{PurePosixPath(workbook).name}.rels")
    targets = {id_: (kind, _resolve(folder, target)) for id_, (kind, target) in relations.targets.items()}
    texts = Texts()
    try:
        for kind, part in targets.values():
            if kind == "styles" and not styles.is_date:
                styles.read(archive, part)
            elif kind == "sharedStrings":
                texts.read(archive, part)
    except BaseException:
        texts.close()
        raise
    sheets = {name: targets[id_][1] for name, id_ in contents.sheets if targets.get(id_, ("", ""))[0] == "worksheet"}
    return _Parts(sheets, texts, styles.is_date, contents.epoch)


def _find_workbook(archive: zipfile.ZipFile) -> str:
    relations = Relations()
    relations.read(archive, "_rels/.rels")
    return next(
        (_resolve(PurePosixPath(), target) for kind, target in relations.targets.values() if kind == "officeDocument"),
        _WORKBOOK,
    )


def _resolve(folder: PurePosixPath, target: str) -> str:
    """A target within the archive: from its root, or from the folder of what names it."""
    steps: list[str] = []
    for step in (PurePosixPath(target) if target.startswith("/") else folder / target).parts:
        if step == ".." and steps:
            steps.pop()
        elif step not in ("/", ".."):
            steps.append(step)
    return "/".join(steps)


def _look_at(name: str, part: str, rows: Sequence[SheetRow]) -> Table | None:
    header = find_header([_to_list(row, max(row.cells, default=-1) + 1) for row in rows])
    return Table(part, name, header, rows[header.row].number) if header else None


def _to_list(row: SheetRow, count: int) -> list[str]:
    cells = row.cells
    return [cells.get(place, "") for place in range(count)]


def _find_fault(row: SheetRow, cells: Sequence[str], wanted: set[int]) -> RowFault | None:
    if row.is_long:
        return RowFault(row.number, LONG_LINE, {"most": MAX_LINE}, show_start(" ".join(cells)))
    for place, (message, values) in row.faults.items():
        if place in wanted:
            return RowFault(row.number, message, values, show_start(" ".join(cells)))
    return None
