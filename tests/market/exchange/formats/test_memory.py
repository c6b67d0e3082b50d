"""The largest files that are taken are read in little memory, in a process of its own so that nothing else counts."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from market.exchange.formats.rows import MAX_ROWS
from tests.faults.running import ROOT
from tests.market.exchange.formats.making import MAIN, make_cells, pack_workbook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a process's own peak of memory stands in /proc")

MOST_MEGABYTES = 200

PROGRAM = """
import re, sys
from pathlib import Path
from market.exchange.formats.columns import guess_columns
from market.exchange.formats.reading import open_rows

reading = open_rows(Path(sys.argv[1]))
rows = sum(1 for _ in reading.rows(guess_columns(reading.header or [])))
# Not ru_maxrss: over fork and exec it keeps what the process that started this one had.
print(rows, int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def read_apart(path: Path) -> tuple[int, int]:
    """Rows, and the megabytes that reading them took at most."""
    run = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", PROGRAM, str(path)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    rows, megabytes = run.stdout.split()
    return int(rows), int(megabytes)


def make_words(number: int) -> str:
    """Different in every row, so that no part is smaller than its text."""
    return f"{number * 7919:x} 果蔬热泵烘干设备 {number:o} " * 40


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_a_large_text_is_read_in_little_memory(name: str, tmp_path: Path) -> None:
    with (tmp_path / name).open("w", encoding="utf-8") as file:
        file.write("title,summary\n" if name.endswith("csv") else "")
        line = '{},"{}"\n' if name.endswith("csv") else '{{"id": {}, "title": "{}"}}\n'
        file.writelines(line.format(number, make_words(number)) for number in range(MAX_ROWS))

    rows, megabytes = read_apart(tmp_path / name)

    assert (rows, megabytes <= MOST_MEGABYTES) == (MAX_ROWS, True), megabytes


@pytest.mark.slow
def test_a_large_workbook_with_all_of_its_texts_in_one_part_is_read_in_little_memory(tmp_path: Path) -> None:
    path = pack_workbook(tmp_path / "rows.xlsx", "<unused/>", texts="<unused/>")
    with zipfile.ZipFile(path) as small, zipfile.ZipFile(tmp_path / "large", "w", zipfile.ZIP_DEFLATED) as large:
        for name in small.namelist():
            if "sheet1" not in name and "shared" not in name:
                large.writestr(name, small.read(name))
        with large.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f'<worksheet xmlns="{MAIN}"><sheetData><row>{make_cells("id", "title")}</row>'.encode())
            part.writelines(b'<row><c><v>%d</v></c><c t="s"><v>%d</v></c></row>' % (n, n) for n in range(MAX_ROWS))
            part.write(b"</sheetData></worksheet>")
        with large.open("xl/sharedStrings.xml", "w") as part:
            part.write(f'<sst xmlns="{MAIN}">'.encode())
            part.writelines(f"<si><t>{make_words(number)}</t></si>".encode() for number in range(MAX_ROWS))
            part.write(b"</sst>")

    rows, megabytes = read_apart(tmp_path / "large")

    assert (rows, megabytes <= MOST_MEGABYTES) == (MAX_ROWS, True), megabytes
