"""`market restore` refused, or failed at its last step: a reason in a sentence, and nothing has changed."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.cli.backups.manifest import NAME, Manifest, describe_files
from market.exchange.files import place_of
from market.kernel import outbox
from market.kernel.config import Settings
from market.kernel.db import Database
from search.embedded import open_engine
from tests.make.backups import make_run, refused, rewrite_manifest
from tests.make.commands import Market
from tests.make.listings import make_listing
from tests.make.stored import Stock

Leave = Callable[[], None]


def _cut(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[:-1])


def _spoil(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)


def _miscount(folder: Path) -> None:
    counts = json.loads((folder / NAME).read_text())["counts"]
    rewrite_manifest(folder, counts={**counts, "listing": 7})


def _lead_astray(folder: Path) -> None:
    files = json.loads((folder / NAME).read_text())["files"]
    rewrite_manifest(folder, files=[*files, {"path": "files/imports/../../secret", "size": 1, "sha256": "0"}])


def _link(folder: Path, name: str) -> None:
    (folder / name).rename(folder / "elsewhere")
    (folder / name).symlink_to(folder / "elsewhere")


UNFIT: dict[str, tuple[Callable[[Path, str], object], str]] = {
    "no manifest": (lambda folder, _file: (folder / NAME).unlink(), "there is no backup at"),
    "a manifest cut off": (lambda folder, _file: (folder / NAME).write_text('{"format": 1'), "is damaged or cut off"),
    "no manifest but a list": (lambda folder, _file: (folder / NAME).write_text("[]"), "is of format None"),
    "a later format": (lambda folder, _file: rewrite_manifest(folder, format=2), "is of format 2, this program reads"),
    "a manifest that lacks something": (lambda folder, _file: rewrite_manifest(folder, counts=0), "not whole: counts"),
    "a path that leads elsewhere": (lambda folder, _file: _lead_astray(folder), "names what no backup holds"),
    "no database in it": (lambda folder, _file: rewrite_manifest(folder, files=[]), "names no database"),
    "a file missing": (lambda folder, file: (folder / file).unlink(), "is missing"),
    "a link for a file": (_link, "is missing"),
    "a file cut off": (_cut, "bytes, the manifest says"),
    "a file changed": (_spoil, "is damaged: its checksum is not the manifest's"),
    "a later schema": (lambda folder, _file: rewrite_manifest(folder, revision="9999"), "9999 is newer than this"),
    "other counts": (lambda folder, _file: _miscount(folder), "does not fit its manifest: listing has 1 rows, not 7"),
}  # fmt: skip


def trust(folder: Path) -> None:
    """The manifest is made to fit what lies there."""
    files = describe_files(folder, lambda _done, _whole: None)
    rewrite_manifest(folder, files=[file.model_dump() for file in files])


@pytest.mark.parametrize("fault", UNFIT)
def test_a_backup_that_does_not_fit_is_refused_and_changes_nothing(
    market: Market, db: Session, settings: Settings, saved: Callable[[], Path], stock: Callable[[], Stock], fault: str
) -> None:
    spoil, reason = UNFIT[fault]
    make_listing(db)
    run = make_run(db, settings)
    folder = saved()
    make_listing(db)
    place_of(settings, run.id).unlink()
    before = stock()
    file = "database.dump" if settings.database_url else "database.sqlite3"
    spoil(folder, file)

    outcome = market("restore", folder, "--replace")

    assert reason in refused(outcome)
    assert stock() == before
    assert list((settings.data_dir / "imports").iterdir()) == []


@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
def test_a_backup_of_another_kind_of_database_is_refused(
    market: Market, settings: Settings, saved: Callable[[], Path], other: str
) -> None:
    ours = "postgresql" if settings.database_url else "sqlite"
    folder = saved()
    names = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
    manifest = Manifest.model_validate_json((folder / NAME).read_text())
    renamed = [{**file.model_dump(), "path": names[other]} for file in manifest.files]
    (folder / names[ours]).rename(folder / names[other])
    rewrite_manifest(folder, database=other, files=renamed)

    outcome = market("restore", folder)

    if other == ours:
        assert outcome.code == 0
    else:
        assert refused(outcome) == f"the backup is of {other}, MARKET_DATABASE_URL names {ours}"


def test_while_somebody_holds_the_index_it_is_refused(
    market: Market, db: Session, settings: Settings, saved: Callable[[], Path], stock: Callable[[], Stock]
) -> None:
    """As a server or worker does, even before it has asked the database anything."""
    folder = saved()
    make_listing(db)
    before = stock()
    engine = open_engine(settings.data_dir / "index", embedder=None)
    try:
        outcome = market("restore", folder, "--replace")
    finally:
        engine.close()

    assert refused(outcome) == "a server or worker is running: it holds the index's lock; stop it first"
    assert stock() == before


def test_while_somebody_is_on_the_database_it_is_refused(
    market: Market, db: Session, database: Database, saved: Callable[[], Path], stock: Callable[[], Stock], leave: Leave
) -> None:
    """As a server does that waits for the index's lock, or a command."""
    folder = saved()
    make_listing(db)
    before = stock()
    with database.reading() as session:
        session.execute(text("SELECT 1"))
        outcome = market("restore", folder, "--replace")

    assert refused(outcome).startswith("the database is in use")
    assert stock() == before


@pytest.mark.parametrize("step", ["release_all_claims", "record"])
def test_a_restore_that_fails_at_the_last_step_changes_nothing(
    market: Market, db: Session, settings: Settings, saved: Callable[[], Path], stock: Callable[[], Stock],
    monkeypatch: pytest.MonkeyPatch, step: str,
) -> None:  # fmt: skip
    def fail(*_arguments: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    run = make_run(db, settings)
    folder = saved()
    place_of(settings, run.id).unlink()
    make_listing(db)
    before = stock()
    monkeypatch.setattr(outbox, step, fail)

    outcome = market("restore", folder, "--replace")

    assert refused(outcome) == "[Errno 28] No space left on device"
    assert stock() == before
    assert list((settings.data_dir / "imports").iterdir()) == []
    assert list(settings.data_dir.glob("*.restored*")) == []


def test_a_row_that_points_to_nothing_is_refused(
    market: Market, db: Session, settings: Settings, saved: Callable[[], Path], stock: Callable[[], Stock]
) -> None:
    """Whatever wrote it: PostgreSQL refuses by itself when it makes the key."""
    if settings.database_url:
        return
    make_listing(db)
    folder = saved()
    file = folder / "database.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE listing SET organization_id = ?", (uuid4().hex,))
        connection.commit()
    trust(folder)
    before = stock()

    outcome = market("restore", folder, "--replace")

    assert refused(outcome) == "the backup's database is damaged: a row of listing points to nothing"
    assert stock() == before
