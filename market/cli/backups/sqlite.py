"""SQLite: the file as one reader sees it, and a file that takes the other's place."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copyfile
from typing import Any, Final

from sqlalchemy import URL, Connection
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from market.cli.backups.manifest import Manifest, Show, sync
from market.cli.backups.tables import holds_something, require_counts
from market.cli.output import Refused
from market.cli.schema import migrate_database
from market.kernel.config import Settings
from market.kernel.db import Database

NOT_EMPTY: Final = "the database holds a market already: --replace puts the backup in its place"
DAMAGED: Final = "the database is damaged, so that no backup can be made of it"
IN_USE: Final = "the database is in use: stop the server, workers and other commands first"

_PAGES: Final = 2_000
_ALONE_SECONDS: Final = 1


@contextmanager
def reading_at_one_moment(database: Database) -> Iterator[Connection]:
    """Whatever others write meanwhile, this connection reads the market as it was at its first look."""
    try:
        with database.engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("SELECT 1 FROM sqlite_schema").all()
            yield connection
    except DatabaseError as problem:
        if isinstance(problem, OperationalError):
            raise
        raise Refused(f"{DAMAGED}: {problem.orig}") from problem


def copy_database(connection: Connection, target: Path, show: Show) -> None:
    """What this connection reads, into a file that stands alone, without a log beside it."""
    driver: Any = connection.connection.driver_connection

    def tell(_status: int, remaining: int, whole: int) -> None:
        show(whole - remaining, whole)

    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        driver.backup(copy, pages=_PAGES, progress=tell)
        _leave_log(copy)
        _require_whole(copy, DAMAGED)


def restore_database(
    source: Path,
    settings: Settings,
    live: Path,
    *,
    manifest: Manifest,
    replace: bool,
    settle: Callable[[Session], None],
) -> None:
    """Everything is done to a draft beside the live file, which then takes its name in one step."""
    live = live.resolve()
    live.parent.mkdir(parents=True, exist_ok=True)
    draft = live.with_name(f"{live.name}.restored")
    _remove(draft)  # with its log, which would be played into the new one
    try:
        with _having_alone(live, replace=replace):
            copyfile(source, draft)
            _check_draft(draft, manifest)
            _bring_up_to_date(draft, settings, settle)
            sync(draft)
            _put_in_place(draft, live)
    finally:
        _remove(draft)


@contextmanager
def _having_alone(live: Path, *, replace: bool) -> Iterator[None]:
    """No other process has the file open, and none can read or write it meanwhile.

    To leave the write-ahead log SQLite asks for both: nobody else there, and all of the log in the file.
    """
    if not live.exists():
        yield
        return
    if not replace and _holds_something(live):
        raise Refused(NOT_EMPTY)
    with closing(sqlite3.connect(live, timeout=_ALONE_SECONDS, isolation_level=None)) as connection:
        try:
            _leave_log(connection)
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as problem:
            raise Refused(IN_USE if "locked" in str(problem) else f"{live}: {problem}") from problem
        except sqlite3.DatabaseError:  # damaged, which may be the reason for restoring
            pass
        yield


def _holds_something(live: Path) -> bool:
    database = Database(_address(live))
    try:
        with database.engine.connect() as connection:
            return holds_something(connection)
    except (DBAPIError, sqlite3.DatabaseError):  # nobody knows what is in a damaged one
        return True
    finally:
        database.close()


def _check_draft(draft: Path, manifest: Manifest) -> None:
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        _require_whole(connection, "the backup's database is damaged")
        if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
            raise Refused(f"the backup's database is damaged: a row of {broken[0]} points to nothing")
    database = Database(_address(draft))
    try:
        with database.engine.connect() as counted:
            require_counts(counted, manifest.counts)
    finally:
        database.close()


def _bring_up_to_date(draft: Path, settings: Settings, settle: Callable[[Session], None]) -> None:
    url = _address(draft)
    migrate_database(settings.model_copy(update={"database_url": url}))
    database = Database(url)
    try:
        with database.transaction() as session:
            settle(session)
    finally:
        database.close()
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        _leave_log(connection)


def _put_in_place(draft: Path, live: Path) -> None:
    # A log left by the old file, which only a damaged one still has, would be played into the new one.
    for log in _list_logs(live):
        log.unlink(missing_ok=True)
    draft.replace(live)
    sync(live.parent)


def _remove(draft: Path) -> None:
    """What a killed command left, or this one has no use for."""
    for path in (draft, *_list_logs(draft)):
        path.unlink(missing_ok=True)


def _list_logs(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-shm", "-journal")]


def _address(path: Path) -> str:
    return URL.create("sqlite", database=str(path)).render_as_string()


def _leave_log(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=DELETE")


def _require_whole(connection: sqlite3.Connection, what: str) -> None:
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as problem:
        found = str(problem)
    if found != "ok":
        raise Refused(f"{what}: {found}")
