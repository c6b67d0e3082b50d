"""`market backup`: what is there is whole, of one moment, and for its owner's eyes only."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.cli import backup
from market.cli.backups import postgresql, tables
from market.cli.backups.manifest import NAME, read_manifest
from market.cli.schema import make_configuration
from market.exchange.files import place_of
from market.kernel.config import Settings
from market.kernel.db import Database
from market.listings.models import Listing, ListingText
from tests.make.backups import make_run
from tests.make.commands import Market, make_market
from tests.make.listings import make_draft, make_listing
from tests.make.stored import count_stored
from tests.postgresql import PostgresqlServer

NEWEST = ScriptDirectory.from_config(make_configuration()).get_current_head()


def list_paths(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_backup_says_what_it_holds(market: Market, db: Session, database: Database, tmp_path: Path) -> None:
    make_listing(db, texts={"th": "เครื่องอบแห้ง", "en": "Dryer"})
    make_draft(db)

    outcome = market("backup", tmp_path / "saved", "--json")

    manifest = read_manifest(tmp_path / "saved")
    kind = "sqlite" if database.is_sqlite else "postgresql"
    (stored,) = manifest.files
    content = (tmp_path / "saved" / stored.path).read_bytes()
    assert (outcome.code, outcome.said) == (0, "")
    assert (manifest.format, manifest.database, manifest.revision) == (1, kind, NEWEST)
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert [manifest.counts[table.__tablename__] for table in (Listing, ListingText)] == [2, 3]
    assert [manifest.counts["listing"], manifest.counts["listing_text"]] == count_stored(database, Listing, ListingText)
    assert {name: outcome.json[name] for name in ("revision", "files", "bytes")} == {
        "revision": NEWEST, "files": 1, "bytes": len(content),
    }  # fmt: skip
    assert list_paths(tmp_path / "saved") == sorted([stored.path, NAME])
    assert (tmp_path / "saved").stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / ".saved.market-backup").exists()


def test_what_was_made_is_told_in_a_line(market: Market, db: Session, tmp_path: Path) -> None:
    make_listing(db)

    outcome = market("backup", tmp_path / "saved")

    assert outcome.code == 0, outcome.said
    size = read_manifest(tmp_path / "saved").size
    assert (outcome.code, outcome.printed) == (0, f"{tmp_path}/saved: 1 listings, {size:,} bytes\n")


def test_a_place_that_is_taken_is_refused_and_stays(market: Market, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "letter").write_text("dear")
    (tmp_path / "file").write_text("dear")

    outcomes = [market("backup", tmp_path / name) for name in ("saved", "file")]

    assert [(outcome.code, outcome.said) for outcome in outcomes] == [
        (1, f"refused: {tmp_path / name} is there already and is not empty") for name in ("saved", "file")
    ]
    assert list_paths(tmp_path / "saved") == ["letter"]
    assert [(tmp_path / name).read_text() for name in ("saved/letter", "file")] == ["dear", "dear"]


def test_an_empty_folder_is_filled_and_folders_above_are_made(market: Market, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    codes = [market("backup", tmp_path / name).code for name in ("empty", "new/and/deep")]

    assert codes == [0, 0]
    assert all((tmp_path / name / NAME).is_file() for name in ("empty", "new/and/deep"))


def test_one_that_fails_leaves_nothing(market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "describe_files", fail)
    there = set(tmp_path.iterdir())

    outcome = market("backup", tmp_path / "saved")

    assert (outcome.code, outcome.said) == (1, "refused: [Errno 28] No space left on device")
    assert set(tmp_path.iterdir()) == there


def test_two_at_once_into_one_place_do_not_mix(market: Market, tmp_path: Path) -> None:
    draft = tmp_path / ".saved.market-backup"
    draft.mkdir()
    (draft / "database.dump").write_text("half")
    with FileLock(draft / "lock"):
        outcome = market("backup", tmp_path / "saved")

    assert (outcome.code, outcome.said) == (1, f"refused: another backup into {tmp_path}/saved is under way")
    assert (draft / "database.dump").read_text() == "half"


def test_what_a_killed_one_left_is_cleared(market: Market, tmp_path: Path) -> None:
    draft = tmp_path / ".saved.market-backup"
    (draft / "files" / "imports").mkdir(parents=True)
    (draft / "files" / "imports" / str(uuid4())).write_text("of then")
    (draft / "left").write_text("of then")

    outcome = market("backup", tmp_path / "saved")

    assert outcome.code == 0
    assert len(list_paths(tmp_path / "saved")) == 2
    assert not draft.exists()


def test_files_that_wait_go_along_and_others_stay(
    market: Market, db: Session, settings: Settings, tmp_path: Path
) -> None:
    """A draft is not whole, a lock is of a process, and a file of no run is nobody's."""
    run = make_run(db, settings)
    for name in (f"{uuid4()}", f"{run.id}.draft", f"{run.id}.lock", "notes.txt"):
        (settings.data_dir / "imports" / name).write_text("stays")

    market("backup", tmp_path / "saved")

    kept = [file.path for file in read_manifest(tmp_path / "saved").files if file.path.startswith("files/")]
    assert kept == [f"files/imports/{run.id}"]
    assert (tmp_path / "saved" / kept[0]).read_bytes() == b"rows"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_file_that_comes_or_goes_about_the_moment_is_kept(
    market: Market, db: Session, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Sent while the first files were copied; or imported, and forgotten, when the database was just read."""
    run = make_run(db, settings)
    place = place_of(settings, run.id)
    aside = tmp_path / "aside"
    if moment == "before":
        place.rename(aside)
    list_runs = tables.list_import_runs

    def list_and_change(connection: Any) -> set[str]:
        runs = list_runs(connection)
        if moment == "before":
            aside.rename(place)
        else:
            place.unlink()
        return runs

    monkeypatch.setattr(backup, "list_import_runs", list_and_change)

    market("backup", tmp_path / "saved")

    assert f"files/imports/{run.id}" in list_paths(tmp_path / "saved")


def test_means_of_the_markets_own_go_along_and_the_index_stays(
    market: Market, db: Session, settings: Settings, index: Callable[[], None], tmp_path: Path
) -> None:
    make_listing(db)
    index()
    for name in ("means-0123456789ab.npz", "means-0123456789ab.draft.npz"):
        (settings.data_dir / "index" / name).write_bytes(b"means")

    market("backup", tmp_path / "saved")

    kept = [path for path in list_paths(tmp_path / "saved") if path.startswith("files/")]
    assert kept == ["files/index/means-0123456789ab.npz"]


def test_a_database_without_a_market_is_refused(market: Market, database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        session.execute(text("DELETE FROM alembic_version"))

    outcome = market("backup", tmp_path / "saved")

    assert (outcome.code, outcome.said) == (1, "refused: the database holds no market: `market migrate` makes one")
    assert not (tmp_path / "saved").exists()


def test_what_is_written_meanwhile_is_not_in_it(
    market: Market, db: Session, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows, their number and the list of runs are of one moment."""
    make_listing(db)
    list_runs = tables.list_import_runs

    def list_and_write(connection: Any) -> set[str]:
        make_listing(db)
        return list_runs(connection)

    monkeypatch.setattr(backup, "list_import_runs", list_and_write)

    market("backup", tmp_path / "saved")

    assert read_manifest(tmp_path / "saved").counts["listing"] == 1
    assert count_stored(database, Listing) == [2]


def test_a_damaged_file_is_no_backup(
    market: Market, db: Session, settings: Settings, leave: Callable[[], None]
) -> None:
    if settings.database_url:
        return  # PostgreSQL looks after its own pages
    for _ in range(20):
        make_listing(db)
    leave()
    file = settings.data_dir / "market.sqlite3"
    with file.open("r+b") as pages:
        pages.seek(file.stat().st_size // 2)
        pages.write(b"\xff" * 60_000)

    outcome = market("backup", settings.data_dir / "saved")

    assert (outcome.code, "Traceback" in outcome.said) == (1, False)
    assert not (settings.data_dir / "saved").exists()


@pytest.fixture
def market_on_postgresql(
    postgresql: PostgresqlServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """With a password, which this server does not ask for."""
    with postgresql.make_database() as url:
        monkeypatch.setenv("MARKET_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("MARKET_DATABASE_URL", url.replace("://market@", "://market:s3cret@"))
        yield make_market(monkeypatch, capsys)


@pytest.mark.postgres
def test_a_password_stands_in_no_command_line(
    market_on_postgresql: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody on the machine may read it there."""
    commands: list[list[str]] = []
    passwords: list[str | None] = []
    begin = subprocess.Popen

    def note(command: Any, **named: Any) -> Any:
        commands.append(list(map(str, command)))
        passwords.append((named.get("env") or {}).get("PGPASSWORD"))
        return begin(command, **named)

    monkeypatch.setattr(subprocess, "Popen", note)

    assert market_on_postgresql("backup", tmp_path / "saved").code == 0

    dumps = [command for command in commands if any(part.startswith("--dbname=") for part in command)]
    assert len(dumps) == 1
    assert [part for command in commands for part in command if "s3cret" in part] == []
    assert "s3cret" in passwords


@pytest.mark.postgres
@pytest.mark.parametrize("program", [None, "echo 'pg_dump (PostgreSQL) 9.6'"], ids=["none", "of another version"])
def test_without_a_fitting_pg_dump_its_package_is_named(
    market_on_postgresql: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None
) -> None:
    (tmp_path / "bin").mkdir()
    if program:
        (tmp_path / "bin" / "pg_dump").write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / "bin" / "pg_dump").chmod(0o755)
    monkeypatch.setattr(postgresql, "PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    outcome = market_on_postgresql("backup", tmp_path / "saved")

    assert outcome.code == 1
    assert outcome.said.startswith("refused: pg_dump of PostgreSQL ")
    assert "the package postgresql-client-" in outcome.said
    assert not (tmp_path / "saved").exists()


@pytest.mark.postgres
def test_what_pg_dump_says_against_it_is_told(
    market_on_postgresql: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_tell_place", lambda _connection: "host=127.0.0.1 port=9 dbname=market")

    outcome = market_on_postgresql("backup", tmp_path / "saved")

    assert outcome.code == 1
    assert outcome.said.startswith("refused: pg_dump: ")
    assert not (tmp_path / "saved").exists()
