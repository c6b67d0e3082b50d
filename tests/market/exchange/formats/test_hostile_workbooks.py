"""Archives and documents that were made to do harm are refused before they can."""

import gzip
import io
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from market.exchange.formats import archives, sheets, streams
from market.exchange.formats.archives import DAMAGED, OTHER_FILES
from market.exchange.formats.reading import open_rows
from market.exchange.formats.rows import CUT_OFF, UnreadableFile
from market.exchange.formats.streams import TOO_MUCH
from tests.market.exchange.formats.making import MAIN, make_cells, make_sheet, pack_workbook, read_file, write_file

SHEET = make_sheet([make_cells("title"), make_cells("A")])


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as problem:
        read_file(path)
    return problem.value.message


def pack_again(path: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile knows that names should not be twice
        change(archive)
    return path


def test_an_honest_workbook_is_read(tmp_path: Path) -> None:
    assert len(read_file(pack_workbook(tmp_path / "rows", SHEET))) == 1


def test_a_workbook_that_unpacks_to_too_much_is_refused_unopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack_workbook(tmp_path / "rows", SHEET, others={"xl/media/image1.bin": "0" * 5_000_000})
    monkeypatch.setattr(archives, "MAX_UNPACKED", 5_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was opened"))

    assert refusal(path) == TOO_MUCH


def test_a_zip_bomb_in_the_clothes_of_a_workbook_is_refused_by_its_ratio(tmp_path: Path) -> None:
    assert refusal(pack_workbook(tmp_path / "rows", SHEET + " " * 50_000_000)) == TOO_MUCH


def test_a_table_of_the_same_row_over_and_over_is_no_bomb(tmp_path: Path) -> None:
    cells = [make_cells("title", "summary"), *[make_cells("A", "B" * 400)] * 30_000]

    assert len(read_file(pack_workbook(tmp_path / "rows", make_sheet(cells)))) == 30_000


def test_more_parts_than_a_workbook_has_are_refused(tmp_path: Path) -> None:
    others = {f"xl/{number}.xml": "" for number in range(2_001)}

    assert refusal(pack_workbook(tmp_path / "rows", SHEET, others=others)) == TOO_MUCH


def test_the_number_of_parts_is_looked_up_before_the_directory_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack_workbook(tmp_path / "rows", SHEET)
    content = bytearray(path.read_bytes())
    place = content.rfind(b"PK\x05\x06")
    struct.pack_into("<H", content, place + 10, 65_535)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("the directory was read"))

    assert refusal(write_file(path, bytes(content))) == TOO_MUCH


@pytest.mark.parametrize("name", ["xl/workbook.xml", "XL/Workbook.xml"])
def test_two_parts_of_one_name_are_refused(name: str, tmp_path: Path) -> None:
    path = pack_workbook(tmp_path / "rows", SHEET)

    assert refusal(pack_again(path, lambda archive: archive.writestr(name, "x"))) == DAMAGED


@pytest.mark.parametrize("name", ["xl/embeddings/a.xlsx", "xl/b.zip", "C.GZ", "d.docx"])
def test_files_within_the_file_are_refused(name: str, tmp_path: Path) -> None:
    assert refusal(pack_workbook(tmp_path / "rows", SHEET, others={name: "x"})) == OTHER_FILES


def test_parts_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = pack_workbook(tmp_path / "rows", SHEET)
    content = bytearray(path.read_bytes())
    first = content.find(b"PK\x01\x02")
    second = content.find(b"PK\x01\x02", first + 4)
    content[second + 42 : second + 46] = content[first + 42 : first + 46]

    assert refusal(write_file(path, bytes(content))) == DAMAGED


def test_a_part_that_is_encrypted_or_packed_in_another_way_is_refused(tmp_path: Path) -> None:
    path = pack_workbook(tmp_path / "rows", SHEET)
    encrypted = bytearray(path.read_bytes())
    encrypted[encrypted.find(b"PK\x01\x02") + 8] |= 1
    with zipfile.ZipFile(tmp_path / "lzma", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("[Content_Types].xml", "x")

    assert refusal(write_file(tmp_path / "encrypted", bytes(encrypted))) == DAMAGED
    assert refusal(tmp_path / "lzma") == DAMAGED


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "x")

    assert refusal(write_file(tmp_path / "rows.xlsx", file.getvalue())) == DAMAGED


@pytest.mark.parametrize("end", [4, 100, -1, -30])
def test_half_a_workbook_is_refused(end: int, tmp_path: Path) -> None:
    path = pack_workbook(tmp_path / "rows", SHEET)

    assert refusal(write_file(path, path.read_bytes()[:end])) == CUT_OFF


def test_damaged_bytes_are_refused(tmp_path: Path) -> None:
    path = pack_workbook(
        tmp_path / "rows", make_sheet([make_cells("title"), *(make_cells(f"{n}") for n in range(5_000))])
    )
    content = bytearray(path.read_bytes())
    start = content.find(b"xl/worksheets/sheet1.xml") + 5_000
    content[start : start + 50] = b"\xff" * 50

    assert refusal(write_file(path, bytes(content))) in (CUT_OFF, DAMAGED)


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize("doctype", [ENTITIES, OUTSIDE], ids=["entities", "outside"])
@pytest.mark.parametrize("part", ["sheet", "texts", "styles", "contents"])
def test_a_part_with_a_document_type_is_refused(doctype: str, part: str, tmp_path: Path) -> None:
    bad = f'<?xml version="1.0"?>{doctype}<x xmlns="{MAIN}"/>'

    match part:
        case "sheet":
            path = pack_workbook(tmp_path / "rows", bad)
        case "texts":
            path = pack_workbook(tmp_path / "rows", SHEET, texts=bad)
        case "styles":
            path = pack_workbook(tmp_path / "rows", SHEET, styles=bad)
        case _:
            with zipfile.ZipFile(tmp_path / "rows", "w") as archive:
                archive.writestr("[Content_Types].xml", "x")
                archive.writestr("_rels/.rels", bad)
            path = tmp_path / "rows"

    assert refusal(path) == DAMAGED


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><sheetData><row><c",
        "<worksheet></sheetData>",
        "no xml",
        "",
        make_sheet([make_cells("title"), '<c s="x"><v>1</v></c>']),
        make_sheet([make_cells("title"), '<c t="s"><v>99</v></c>']),
        make_sheet([make_cells("title"), '<c t="s"><v>-1</v></c>']),
        make_sheet([make_cells("title"), "<c><v>1e</v></c>"]),
        make_sheet([make_cells("title")]).replace('r="1"', 'r="one"'),
        "<worksheet><sheetData>&undefined;</sheetData></worksheet>",
    ],
    ids=["cut", "crossed", "text", "empty", "style", "shared", "negative", "number", "row", "entity"],
)
def test_a_sheet_that_is_not_well_made_is_refused(sheet: str, tmp_path: Path) -> None:
    assert refusal(pack_workbook(tmp_path / "rows", sheet)) == DAMAGED


def test_one_huge_value_is_refused_before_it_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_LONGEST_TOKEN", 200_000)
    sheet = make_sheet([make_cells("title"), f'<c r="{"A" * 1_000_000}"/>'])

    assert refusal(pack_workbook(tmp_path / "rows", sheet)) == TOO_MUCH


@pytest.mark.parametrize(
    ("within", "message"),
    [
        ("<a>" * 101 + "</a>" * 101, DAMAGED),
        ("".join(f"<a{number}/>" for number in range(50_000)), TOO_MUCH),
        ("".join(f'<a b{number}=""/>' for number in range(50_000)), TOO_MUCH),
        ("<row>" + "<c/>" * 16_385 + "</row>", DAMAGED),
        ('<row><c r="XFE1"><v>1</v></c></row>', DAMAGED),
    ],
    ids=["depth", "elements", "attributes", "cells", "column"],
)
def test_what_would_fill_the_memory_is_refused(within: str, message: str, tmp_path: Path) -> None:
    sheet = f"<worksheet><sheetData><row>{make_cells('title')}</row>{within}</sheetData></worksheet>"

    assert refusal(pack_workbook(tmp_path / "rows", sheet)) == message


def test_more_texts_than_cells_could_use_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_MOST_STRINGS", 10)

    assert (
        refusal(pack_workbook(tmp_path / "rows", SHEET, texts=f'<sst xmlns="{MAIN}">{"<si/>" * 10}</sst>')) == TOO_MUCH
    )


def test_a_packed_text_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(streams, "MAX_UNPACKED", 1_000_000)
    path = write_file(tmp_path / "rows.csv.gz", gzip.compress(b"title\n" + b"A\n" * 1_000_000))

    assert refusal(path) == TOO_MUCH


def test_a_target_outside_the_archive_leads_nowhere(tmp_path: Path) -> None:
    path = pack_workbook(tmp_path / "rows", SHEET)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        b"worksheets/", b"../../../../etc/"
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)

    with pytest.raises(UnreadableFile):
        open_rows(path)
