"""How fast a file is taken in, in how much memory, and how long others wait meanwhile.

`python -m benchmarks.imports FILE [ROWS] [DATABASE_URL]`: the rows of a file that `market import listings` takes,
repeated under other ids up to ROWS, are imported by that command in a process of its own. On SQLite somebody else
writes all the time: the longest wait is printed. Index and vectors are left out (`benchmarks.search_engine` and
`benchmarks.embedding` measure them).
"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from sqlalchemy import text

from market.cli.schema import migrate_database
from market.kernel.config import Settings
from market.kernel.db import Database

MEBI = 2**20
WITHOUT_INDEX = """
import resource, sys
from market.cli import imports
from market.cli.main import run
imports._index = lambda *_: None
try:
    run()
finally:
    used = resource.getrusage(resource.RUSAGE_SELF)
    lines = open("/proc/self/status", encoding="utf-8").read().splitlines()
    peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    print(used.ru_utime + used.ru_stime, peak, file=sys.stderr)
"""


def main(file: Path, rows: int | None, url: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        settings = Settings(data_dir=folder, database_url=url)
        migrate_database(settings)
        repeated = folder / "rows.jsonl"
        number = write_rows(file, repeated, rows)
        waits: list[float] = []
        done = threading.Event()
        other = threading.Thread(target=keep_writing, args=(settings, waits, done))
        other.start()
        try:
            seconds, megabytes = run_import(repeated, folder, url)
        finally:
            done.set()
            other.join()
    print(f"{number:,} rows: {number / seconds:,.0f} a CPU second, {megabytes:.0f} MB of memory at most")
    if waits:
        print(f"another writer waited {max(waits):.2f} s at the longest, in {len(waits):,} tries")


def write_rows(file: Path, target: Path, rows: int | None) -> int:
    """The rows that the command would take, again and again with ids of their own."""
    packed = file.read_bytes()
    lines = (gzip.decompress(packed) if file.suffix == ".gz" else packed).decode().splitlines()
    given = [json.loads(line) for line in lines]
    wanted = rows or len(given)
    with target.open("w", encoding="utf-8") as out:
        for place, row in zip(range(wanted), repeat(given), strict=False):
            out.write(json.dumps(row | {"id": f"{row['id']}-{place}"}, ensure_ascii=False) + "\n")
    return wanted


def repeat(given: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    for place in count():
        yield given[place % len(given)]


def run_import(file: Path, folder: Path, url: str) -> tuple[float, float]:
    """CPU seconds and megabytes of the process."""
    command = [sys.executable, "-c", WITHOUT_INDEX, "import", "listings", str(file), "--publish", "--skip-errors"]
    environment = {**os.environ, "MARKET_DATA_DIR": str(folder), "MARKET_DATABASE_URL": url}
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 - our own
    seconds, peak = run.stderr.strip().splitlines()[-1].split()
    return float(seconds), int(peak) * 1024 / MEBI


def keep_writing(settings: Settings, waits: list[float], done: threading.Event) -> None:
    database = Database(settings.database_address)
    if not database.is_sqlite:
        return
    while not done.wait(0.02):
        started = time.perf_counter()
        with database.transaction() as session:
            session.execute(text("UPDATE organization SET version = version WHERE slug = 'imported'"))
        waits.append(time.perf_counter() - started)
    database.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None, sys.argv[3] if len(sys.argv) > 3 else "")
