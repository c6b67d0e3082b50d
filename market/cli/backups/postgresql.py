"""PostgreSQL: its own pg_dump and pg_restore, in one transaction of ours."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.orm import Session

from market.cli.backups.manifest import Manifest, Show
from market.cli.backups.sqlite import NOT_EMPTY
from market.cli.backups.tables import holds_something, require_counts
from market.cli.output import Refused
from market.cli.schema import upgrade_schema
from market.kernel.db import Database

PROGRAMS: Final = Path("/usr/lib/postgresql")
"""Where Debian keeps those of every version; its own on PATH choose one by rules of theirs."""

LOCK_TIMEOUT: Final = "5s"
_BLOCK: Final = 1 << 20
_END_OF_ROWS: Final = b"\\.\n"
_NOT_TOLD: Final = ("password", "sslpassword", "options")
_META: Final = re.compile(rb"^\\(?:un)?restrict .*$", re.MULTILINE)
"""Commands to psql, which newer ones frame a script with."""


@contextmanager
def reading_at_one_moment(database: Database) -> Iterator[Connection]:
    """Whatever others write meanwhile, this connection reads the market as it was at its first look."""
    with (
        database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        connection.begin(),
    ):
        _wait_for_long(connection)
        yield connection


def copy_database(connection: Connection, target: Path, show: Show) -> None:
    """What this connection reads, by a pg_dump that joins its transaction."""
    snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
    schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
    command = [
        *(find_program("pg_dump", connection), "--format=custom", "--no-owner", "--no-privileges", "--no-password"),
        *(f"--snapshot={snapshot}", f"--table={schema}.*", f"--dbname={_tell_place(connection)}"),
    ]
    done = 0
    with target.open("wb") as file, _running(command, connection) as output:
        while block := output.read(_BLOCK):
            file.write(block)
            done += len(block)
            show(done, 0)


def restore_database(
    source: Path,
    database: Database,
    *,
    manifest: Manifest,
    replace: bool,
    settle: Callable[[Session], None],
    show: Show,
) -> None:
    """All in one transaction, migration included: killed or refused at any moment, nothing has changed."""
    with database.engine.connect() as connection, connection.begin():
        refuse_company(connection)
        if not replace and holds_something(connection):
            raise Refused(NOT_EMPTY)
        _wait_for_long(connection)
        _drop_tables(connection)
        command = [find_program("pg_restore", connection), "--no-owner", "--no-privileges", "--file=-", str(source)]
        _run_script(connection, [*command, "--section=pre-data"])
        _load_rows(connection, [*command, "--section=data"], lambda done: show(done, sum(manifest.counts.values()) + 1))
        _run_script(connection, [*command, "--section=post-data"])
        connection.execute(text("RESET search_path"))  # the scripts name a schema everywhere, and set none
        require_counts(connection, manifest.counts)
        upgrade_schema(connection)
        with Session(connection) as session, session.begin():
            settle(session)


def refuse_company(connection: Connection) -> None:
    others = connection.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    )
    if others:
        raise Refused(f"the database is in use by {others} other sessions: stop the server, workers and commands first")


def find_program(name: str, connection: Connection) -> str:
    """Of the server's own version: a newer one writes what the server does not understand, an older one refuses."""
    major = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    for place in (str(PROGRAMS / str(major) / "bin" / name), shutil.which(name)):
        if place and os.access(place, os.X_OK) and _read_major(place) == major:
            return place
    raise Refused(
        f"{name} of PostgreSQL {major} is neither on PATH nor in {PROGRAMS}: the package postgresql-client-{major} of"
        " Debian or apt.postgresql.org brings it"
    )


def _read_major(program: str) -> int | None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - a program of PostgreSQL
    found = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return int(found[1]) if found else None


def _wait_for_long(connection: Connection) -> None:
    """A page may not take long; this may. For what others hold it does not wait."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    connection.execute(text("SELECT set_config('lock_timeout', :patience, true)"), {"patience": LOCK_TIMEOUT})


def _drop_tables(connection: Connection) -> None:
    """All that are there: those of a newer schema than the backup's would stand in the way of later migrations."""
    present = MetaData()
    present.reflect(connection)
    present.drop_all(connection)


def _run_script(connection: Connection, command: Sequence[str]) -> None:
    with _running(command, connection) as output:
        script = output.read()
    _driver_of(connection).execute(_META.sub(b"", script))


def _load_rows(connection: Connection, command: Sequence[str], tell: Callable[[int], None]) -> None:
    done = 0
    with _running(command, connection) as lines:
        for rows in _load_lines(_driver_of(connection), lines):
            done += rows
            tell(done)


def _load_lines(driver: Any, lines: IO[bytes]) -> Iterator[int]:
    for line in lines:
        if line.startswith(b"COPY "):
            yield from _copy_table(driver, line, lines)
        elif line.startswith(b"SELECT pg_catalog.setval("):
            driver.execute(line)


def _copy_table(driver: Any, line: bytes, lines: IO[bytes]) -> Iterator[int]:
    """How many rows went in, block by block."""
    with driver.cursor().copy(line) as copy:
        for block, rows in _iterate_blocks(lines):
            copy.write(block)
            yield rows


def _iterate_blocks(lines: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """The rows of one table, many at once, with their number. In this format a row is a line, whatever is in it."""
    rows: list[bytes] = []
    size = 0
    for line in lines:
        if line == _END_OF_ROWS:
            break
        rows.append(line)
        size += len(line)
        if size >= _BLOCK:
            yield b"".join(rows), len(rows)
            rows, size = [], 0
    yield b"".join(rows), len(rows)


@contextmanager
def _running(command: Sequence[str], connection: Connection) -> Iterator[IO[bytes]]:
    """What a program of PostgreSQL writes; `Refused` in its own words where it fails. It ends with us."""
    environment = dict(os.environ)
    if password := connection.engine.url.password:
        environment["PGPASSWORD"] = password
    with TemporaryFile() as said:
        with subprocess.Popen(  # noqa: S603 - a program of PostgreSQL
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, env=environment
        ) as process:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            try:
                yield process.stdout
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            said.seek(0)
            reason = " ".join(said.read().decode(errors="replace").split())
            raise Refused(f"{Path(command[0]).name}: {reason}")


def _tell_place(connection: Connection) -> str:
    """Where the database is, without the password: what stands in a command line, everybody on the machine may read."""
    _, place = connection.dialect.create_connect_args(connection.engine.url)
    told = {name: value for name, value in place.items() if isinstance(value, str | int) and name not in _NOT_TOLD}
    return make_conninfo("", **told)


def _driver_of(connection: Connection) -> Any:
    return connection.connection.driver_connection
