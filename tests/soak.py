"""`make soak`: the groups that kill, fill, fuzz and embed, at their full counts; `docs/soak.md` has the outcome."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "soak.md"
GROUPS = {
    "faults": "processes killed, disks filled, databases, mail servers and index files that fail",
    "fuzz": "long random input",
    "slow": "quality figures that embed much text",
}
NO_TESTS = 5
"""What pytest answers where a group has none."""


@dataclass
class Outcome:
    """Of one group. `problems` names the tests that failed, `skipped` says why some were not run."""

    passed: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, case: ET.Element) -> None:
        skipped = case.find("skipped")
        if skipped is not None:
            self.skipped[skipped.get("message", "")] += 1
        elif case.find("failure") is not None or case.find("error") is not None:
            self.problems.append(f"{case.get('classname')}::{case.get('name')}")
        else:
            self.passed += 1


def run_group(group: str, rounds: str) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-m", group, "-n", "auto", "--dist", "loadgroup", "tests"]
        started = datetime.now(UTC)
        code = subprocess.run(  # noqa: S603 - our own
            [*command, f"--junit-xml={results}"], cwd=ROOT, env=os.environ | {"MARKET_TEST_ROUNDS": rounds}, check=False
        ).returncode
        outcome = Outcome(seconds=(datetime.now(UTC) - started).total_seconds())
        if code != NO_TESTS:
            for case in ET.parse(results).iter("testcase"):  # noqa: S314 - written by our own pytest
                outcome.add(case)
        return outcome


def describe_machine() -> str:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {gigabytes:.0f} GB of memory"


def write_report(outcomes: dict[str, Outcome], rounds: str) -> str:
    day = datetime.now(UTC)
    lines = [
        "# The last long run",
        "Made by `make soak`, which runs the groups beyond the everyday ones at their full counts. Nobody waits:",
        "it shows what a few rounds on every push may not meet.",
        "",
        f"{day.day} {day:%B %Y} · {describe_machine()} · `MARKET_TEST_ROUNDS={rounds}`",
        "",
        "| group | what it does | passed | failed | skipped | minutes |",
        "|---|---|---|---|---|---|",
    ]
    for group, outcome in outcomes.items():
        lines.append(
            f"| `{group}` | {GROUPS[group]} | {outcome.passed} | {len(outcome.problems)} | "
            f"{outcome.skipped.total()} | {outcome.seconds / 60:.1f} |"
        )
    failed = [problem for outcome in outcomes.values() for problem in outcome.problems]
    reasons = Counter[str]()
    for outcome in outcomes.values():
        reasons += outcome.skipped
    if failed:
        lines += ["", "Failed:", "", *(f"- `{name}`" for name in failed)]
    if reasons:
        lines += ["", "Skipped:", "", *(f"- {number} × {reason}" for reason, number in sorted(reasons.items()))]
    return "\n".join([*lines, ""])


def main() -> int:
    rounds = os.environ.get("MARKET_TEST_ROUNDS") or "1"
    outcomes = {group: run_group(group, rounds) for group in GROUPS}
    REPORT.write_text(write_report(outcomes, rounds), encoding="utf-8")
    return 1 if any(outcome.problems for outcome in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
