"""Files as other programs write them, good and bad."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from market.exchange.enums import FileFormat
from market.exchange.formats.columns import guess_columns
from market.exchange.formats.reading import Reading, open_rows
from market.exchange.formats.rows import Row, RowFault

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

ROOT_RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{KINDS}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>"
)


def make_sheet(rows: Sequence[str]) -> str:
    """`rows` are the XML within each row."""
    numbered = "".join(f'<row r="{number}">{cells}</row>' for number, cells in enumerate(rows, 1))
    return f'<worksheet xmlns="{MAIN}"><sheetData>{numbered}</sheetData></worksheet>'


def make_cells(*texts: str) -> str:
    return "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' for text in texts)


def pack_workbook(
    path: Path,
    *sheets: str,
    texts: str = "",
    styles: str = "",
    states: Sequence[str] = (),
    others: Mapping[str, str] | None = None,
) -> Path:
    """A workbook of these sheets; `texts` are the shared ones, `others` further parts by name."""
    names = [f"sheet{number}" for number in range(1, len(sheets) + 1)]
    states = [*states, *["visible"] * (len(sheets) - len(states))]
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" state="{state}" r:id="rId{number}"/>'
        for number, (name, state) in enumerate(zip(names, states, strict=True), 1)
    )
    kinds = [("worksheet", f"worksheets/{name}.xml") for name in names]
    kinds += [("sharedStrings", "sharedStrings.xml")] * bool(texts) + [("styles", "styles.xml")] * bool(styles)
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{KINDS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(kinds, 1)
    )
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": ROOT_RELATIONS,
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{KINDS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relations}</Relationships>',
        **{f"xl/worksheets/{name}.xml": sheet for name, sheet in zip(names, sheets, strict=True)},
    }
    if texts:
        parts["xl/sharedStrings.xml"] = texts
    if styles:
        parts["xl/styles.xml"] = styles
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (parts | dict(others or {})).items():
            archive.writestr(name, part)
    return path


def write_file(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_file(
    path: Path, *, encoding: str | None = None, file_format: FileFormat | None = None
) -> list[Row | RowFault]:
    """Every row, with the columns that are guessed."""
    reading = open_rows(path, encoding=encoding, file_format=file_format)
    return list(reading.rows(guess(reading)))


def read_values(path: Path, **options: Any) -> list[dict[str, Any]]:
    """The values of every row, in a file that has no faulty ones."""
    rows = read_file(path, **options)
    assert [row for row in rows if isinstance(row, RowFault)] == []
    return [row.values for row in rows if isinstance(row, Row)]


def guess(reading: Reading) -> dict[str, str]:
    return guess_columns(reading.header or [])
