"""Whatever bytes come, readers answer with rows, faults of rows, or a refusal of the file."""

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from market.exchange.enums import FileFormat
from market.exchange.formats.reading import open_rows
from market.exchange.formats.rows import Row, RowFault, UnreadableFile
from market.exchange.formats.template import write_template
from market.exchange.formats.writing import write_rows
from tests.faults.running import count_rounds
from tests.market.exchange.formats.making import guess, make_cells, make_sheet, pack_workbook, write_file

ROWS = [
    {"id": f"r{number}", "title": title, "keywords": ["a;b", "=c"], "translations": {"vi": {"title": 'máy\n"sấy"'}}}
    for number, title in enumerate(["热泵烘干机", "เครื่องอบ", "plain", "'=1", "a\\b"])
] * 8
PIECES = [
    b'"',
    b"\n",
    b"\r",
    b",",
    b";",
    b"\t",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"{",
    b"}",
    b"[",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"<",
    b"&#0;",
    b"_xD800_",
]


def make_originals(folder: Path) -> list[bytes]:
    made = []
    for file_format in FileFormat:
        write_rows(folder / "made", ROWS, file_format=file_format)
        made.append((folder / "made").read_bytes())
    with (folder / "made").open("wb") as file:
        write_template(file, "th")
    pack_workbook(
        folder / "raw",
        make_sheet([make_cells("title"), make_cells("A"), '<c t="s"><v>0</v></c>']),
        texts="<sst><si><t>B</t></si></sst>",
    )
    table = "标题,摘要\n果蔬热泵烘干设备,寻求东盟国家的生产企业\n"
    return [
        *made,
        (folder / "made").read_bytes(),
        (folder / "raw").read_bytes(),
        gzip.compress(made[1]),
        table.encode("gb18030"),
        table.encode("utf-16"),
    ]


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def flip(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randrange(1, 20)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def insert(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content))
    return content[:place] + chance.choice(PIECES) * chance.randrange(1, 5) + content[place:]


def repeat(chance: random.Random, content: bytes) -> bytes:
    start, end = sorted(chance.sample(range(len(content)), 2))
    return content[:end] + content[start:end] * chance.randrange(1, 4) + content[end:]


def replace(chance: random.Random, content: bytes) -> bytes:
    return chance.randbytes(chance.randrange(1, 3_000)) or content


CHANGES: list[Callable[[random.Random, bytes], bytes]] = [cut, flip, insert, repeat, replace]


def read_whatever(path: Path, chance: random.Random) -> None:
    encoding = chance.choice([None, None, "utf-8", "gb18030", "tis-620", "windows-1258", "utf-16"])
    try:
        reading = open_rows(path, encoding=encoding, file_format=chance.choice([None, *FileFormat]))
        for row in reading.rows(guess(reading)):
            assert isinstance(row, Row | RowFault)
            assert row.line > 0
    except UnreadableFile as problem:
        assert problem.message % problem.values  # noqa: PT017 - being read is right as well


@pytest.mark.fuzz
@pytest.mark.parametrize("change", CHANGES, ids=[change.__name__ for change in CHANGES])
def test_readers_survive_any_bytes(change: Callable[[random.Random, bytes], bytes], tmp_path: Path) -> None:
    chance = random.Random(change.__name__)  # noqa: S311 - the same at every run
    originals = make_originals(tmp_path)

    for _ in range(count_rounds(4_000)):
        read_whatever(write_file(tmp_path / "changed", change(chance, chance.choice(originals))), chance)


def damage_part(chance: random.Random, content: bytes) -> bytes:
    changed = chance.choice([flip, insert, cut, repeat])(chance, content)
    return changed or b" "


@pytest.mark.fuzz
def test_readers_survive_any_xml_in_a_sound_archive(tmp_path: Path) -> None:
    chance = random.Random("xml")  # noqa: S311 - the same at every run
    sheet = make_sheet(
        [make_cells("title", "summary"), '<c r="A2" t="s"><v>0</v></c><c r="B2" s="1"><v>45000.5</v></c>']
    )
    texts = "<sst><si><t>B</t></si><si><r><t>C</t></r></si></sst>"
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="200" formatCode="d/m/yy"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></styleSheet>'
    )

    for _ in range(count_rounds(4_000)):
        parts = [sheet, texts, styles]
        place = chance.randrange(3)
        parts[place] = damage_part(chance, parts[place].encode()).decode("latin-1")
        path = pack_workbook(tmp_path / "changed", parts[0], texts=parts[1], styles=parts[2])
        read_whatever(path, chance)
