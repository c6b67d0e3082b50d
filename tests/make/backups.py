"""Backups, spoilt or not, and what a refused command says."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from market.cli.backups.manifest import NAME
from market.exchange.enums import FileFormat
from market.exchange.files import keep_file
from market.exchange.forms import ImportOptions
from market.exchange.models import ImportRun
from market.exchange.service import start_run
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from tests.make.commands import Outcome
from tests.make.organizations import make_organization


def refused(outcome: Outcome) -> str:
    """The reason; no traceback, nothing printed."""
    assert (outcome.code, outcome.printed) == (1, ""), outcome.said
    assert "Traceback" not in outcome.said
    return outcome.said.partition("refused: ")[2]


def rewrite_manifest(folder: Path, **changes: Any) -> None:
    path = folder / NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def make_run(db: Session, settings: Settings, content: bytes = b"rows") -> ImportRun:
    """A file that was sent and waits."""
    run = start_run(
        db, make_organization(db).id, name="rows.csv", file_format=FileFormat.CSV, file_hash="0" * 64,
        options=ImportOptions(), by=None, now=utc_now(), represented_by=None,
    )  # fmt: skip
    db.commit()
    keep_file(settings, run.id, iter([content]))
    return run
