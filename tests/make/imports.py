"""Files of listings, and imports of them as the command does it."""

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.exchange.checking import NO_TITLE
from market.exchange.enums import FileFormat, RunState, Verdict
from market.exchange.forms import ImportOptions
from market.exchange.models import ImportProblem, ImportRun
from market.exchange.running import check_file, take_over
from market.exchange.service import hash_file, start_run
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.ids import new_token
from market.organizations.models import Organization

PUBLISHES = ImportOptions(publishes=True, publishes_incomplete=True)


def make_row(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"row-{number}",
        "kind": "offer",
        "language": "en",
        "country": "CN",
        "title": f"Cassava dryer {number}",
        "summary": f"Dries cassava of kind {number} evenly.",
        "description": f"A longer text on dryer {number}.",
        **changes,
    }


def write_lines(folder: Path, rows: Iterable[Mapping[str, Any]], name: str = "rows.jsonl") -> Path:
    path = folder / name
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "backslashreplace")
    path.write_bytes(gzip.compress(lines) if name.endswith(".gz") else lines)
    return path


def make_run(db: Session, organization: Organization, *, by: User, state: RunState = RunState.CHECKED) -> ImportRun:
    """As a worker leaves it when it has checked a file of two rows; nothing of the file is there."""
    run = start_run(
        db, organization.id, name="rows.csv", file_format=FileFormat.CSV, file_hash=new_token(),
        options=ImportOptions(), by=by.id, now=utc_now(),
    )  # fmt: skip
    run.state, run.counts = state, {"rows": 2, "refused": 1, "new": 1}
    db.commit()
    return run


def add_problem(db: Session, run_id: UUID) -> None:
    """One more row that was left out."""
    line = 2 + len(db.scalars(select(ImportProblem).where(ImportProblem.run_id == run_id)).all())
    db.add(ImportProblem(run_id=run_id, line=line, number=1, column="title", verdict=Verdict.REFUSED, message=NO_TITLE))
    db.commit()


def begin_import(
    db: Session, organization: Organization, path: Path, options: ImportOptions = PUBLISHES,
    file_format: FileFormat = FileFormat.JSONL,
) -> UUID:  # fmt: skip
    run = start_run(
        db, organization.id, name=path.name, file_format=file_format, file_hash=hash_file(path), options=options,
        by=None, now=utc_now(),
    )  # fmt: skip
    db.commit()
    return run.id


def check(database: Database, run_id: UUID, path: Path) -> ImportRun:
    check_file(database, run_id, path)
    return read_run(database, run_id)


def import_rows(
    db: Session, database: Database, organization: Organization, path: Path, options: ImportOptions = PUBLISHES
) -> ImportRun:
    """Checked and taken over."""
    run_id = begin_import(db, organization, path, options)
    check_file(database, run_id, path)
    take_over(database, run_id)
    return read_run(database, run_id)


def read_run(database: Database, run_id: UUID) -> ImportRun:
    with database.reading() as session:
        return session.get_one(ImportRun, run_id)
