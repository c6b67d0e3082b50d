"""A market as its operator runs it: processes of their own on one folder and one database, ended as a test likes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import market
from market.kernel.config import EMBEDDED, Settings
from market.kernel.db import Database
from tests.browser.server import free_port
from tests.make.waiting import wait_until

ROOT = Path(market.__file__).parents[1]
NO_EMBEDDER = "http://127.0.0.1:9/v1"
"""Nobody answers there: search goes by words alone, and no process loads the model."""

BOTH = ("sqlite", "postgresql")
"""For `@pytest.mark.parametrize("installation", BOTH, indirect=True)`."""

_numbers = count(1)


def count_rounds(full: int) -> int:
    """How often a test repeats itself: its full count by `MARKET_TEST_ROUNDS`, at least once."""
    return max(1, round(full * float(os.environ.get("MARKET_TEST_ROUNDS") or 0.05)))


@dataclass
class Process:
    """`market serve` or `market worker`, running; `log` is all that it said."""

    popen: "subprocess.Popen[bytes]"
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        return self.popen.pid

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def kill(self) -> None:
        """As the kernel does when memory is short: no last word."""
        with suppress(ProcessLookupError):
            self.popen.kill()
        self.popen.wait(timeout=30)

    def terminate(self) -> None:
        self.popen.send_signal(signal.SIGTERM)

    def wait_ended(self, *, seconds: float) -> None:
        """Until it has ended of itself, or this long."""
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(timeout=seconds)

    def wait(self, *, seconds: float = 30) -> int:
        return self.popen.wait(timeout=seconds)


@dataclass
class Server(Process):
    address: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def wait_ready(self) -> None:
        wait_until(lambda: not self.is_running() or self.answers(), seconds=60)
        assert self.is_running(), self.log

    def answers(self) -> bool:
        with suppress(URLError, ConnectionError, TimeoutError), urlopen(f"{self.address}/healthz", timeout=5):  # noqa: S310 - our own
            return True
        return False

    def report(self) -> dict[str, Any]:
        """What `/readyz` says, whatever its status."""
        try:
            with urlopen(f"{self.address}/readyz", timeout=10) as answer:  # noqa: S310 - our own
                report: dict[str, Any] = json.load(answer)
        except HTTPError as problem:
            report = json.load(problem)
        return report

    def wait_delivered(self, *, seconds: float = 30) -> None:
        """Until no fact waits. What a killed process had claimed waits for the end of its lease first."""
        wait_until(lambda: self.report().get("outbox", {}).get("waiting") == 0, seconds=seconds)


@dataclass
class Installation:
    """`settings` are environment variables beside those of every test; the clock stands in `clock_file`."""

    folder: Path
    database_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def directory(self) -> Path:
        return self.folder / "var"

    @property
    def index(self) -> Path:
        return self.directory / "index"

    @property
    def clock_file(self) -> Path:
        return self.folder / "clock"

    @property
    def death_file(self) -> Path:
        return self.folder / "death"

    @property
    def configuration(self) -> Settings:
        """As its processes read it, for those parts of it that a test opens itself."""
        return Settings(
            data_dir=self.directory,
            database_url=self.database_url,
            search_url=self.settings.get("MARKET_SEARCH_URL", EMBEDDED),
            search_index=self.settings.get("MARKET_SEARCH_INDEX", "market"),
        )

    def set_clock(self, seconds: float) -> None:
        draft = self.clock_file.with_suffix(".draft")
        draft.write_text(str(seconds))
        draft.replace(self.clock_file)

    def die_at_change(
        self, number: int | None, *, threads: tuple[str, ...] = ("",), by: signal.Signals = signal.SIGKILL
    ) -> None:
        """From now on, processes of this installation count their changes and die at this one; `None`: at none.

        `threads`: only what those do counts whose names begin so. `by` SIGSTOP they only come to a standstill.
        """
        self.death_file.unlink(missing_ok=True)
        if number is not None:
            draft = self.death_file.with_suffix(".draft")
            draft.write_text(json.dumps([number, by, threads]))
            draft.replace(self.death_file)

    def environment(self, **changes: str) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MARKET_", "FAULTS_"))}
        if not self.clock_file.exists():
            self.set_clock(0)
        return clean | {
            "MARKET_DATA_DIR": str(self.directory),
            "MARKET_DATABASE_URL": self.database_url,
            "MARKET_EMBEDDINGS_URL": NO_EMBEDDER,
            "MARKET_TRUSTED_PROXIES": "127.0.0.1",
            "FAULTS_CLOCK": str(self.clock_file),
            "FAULTS_DEATH": str(self.death_file),
            **self.settings,
            **changes,
        }

    @contextmanager
    def database(self) -> Iterator[Database]:
        """For builders and to look at what is stored."""
        database = Database(self.configuration.database_address, pool_size=3)
        try:
            yield database
        finally:
            database.close()

    def run(self, *arguments: object, **changes: str) -> "subprocess.CompletedProcess[str]":
        """A command of `market`, to its end."""
        return subprocess.run(  # noqa: S603 - our own
            _market(*arguments),
            env=self.environment(**changes),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @contextmanager
    def serving(
        self, *, port: int | None = None, wait: bool = True, workers: int = 1, **changes: str
    ) -> Iterator[Server]:
        """A server; it is dead when this ends, whatever happened. Of several `workers` only one ended in order is."""
        place = port or free_port()
        address = f"http://127.0.0.1:{place}"
        settings = {"MARKET_BASE_URL": address, **changes}
        popen, log = self._start("serve", "--port", place, "--workers", workers, **settings)
        server = Server(popen, log, address)
        try:
            if wait:
                server.wait_ready()
            yield server
        finally:
            server.kill()

    @contextmanager
    def working(self, **changes: str) -> Iterator[Process]:
        """`market worker`; dead when this ends."""
        process = Process(*self._start("worker", **changes))
        try:
            yield process
        finally:
            process.kill()

    def start(self, *arguments: object) -> Process:
        """A command of `market` under way, to be killed or waited for."""
        return Process(*self._start(*arguments))

    def _start(self, *arguments: object, **changes: str) -> "tuple[subprocess.Popen[bytes], Path]":
        log = self.folder / f"{arguments[0]}-{next(_numbers)}.log"
        environment = self.environment(**changes)
        with log.open("wb") as file:
            popen = subprocess.Popen(_market(*arguments), env=environment, cwd=ROOT, stdout=file, stderr=file)  # noqa: S603 - our own
        return popen, log


def pass_time(installation: Installation, minutes: float) -> None:
    """For processes of this installation it is so much later."""
    installation.set_clock(float(installation.clock_file.read_text()) + 60 * minutes)


def _market(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "tests.faults.launch", *map(str, arguments)]
