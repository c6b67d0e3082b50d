"""One real node: a process, a folder, two ports. It is ended as a test likes, and started again with its data."""

import json
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self
from urllib.request import ProxyHandler, Request, build_opener

from tests.elasticsearch.program import HERE, Program

START_SECONDS = 90
STOP_SECONDS = 30
QUICK_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Half the processor time of a start (4 seconds instead of 8) and a fifth less memory; what runs for minutes, or is
measured, is better off without: `jvm=()`."""

_opener = build_opener(ProxyHandler({}))  # a proxy of the environment does not know this machine


class Running(ABC):
    """As a context manager it runs within the block and is dead after it."""

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def kill(self) -> None: ...

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_problem: object) -> None:
        self.kill()


class Node(Running):
    """With `seeds`, the transport addresses of all its members, it is one of a cluster; without, it is alone."""

    def __init__(
        self,
        program: Program,
        folder: Path,
        *,
        ports: tuple[int, int] | None = None,
        seeds: Sequence[str] = (),
        heap: str = "512m",
        jvm: Sequence[str] = QUICK_START,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.program = program
        self.folder = folder
        self.jvm = (f"-Xms{heap}", f"-Xmx{heap}", *jvm)
        self.http_port, self.transport_port = ports or list_free_ports(2)
        self.url = f"http://127.0.0.1:{self.http_port}"
        self.name = f"node-{self.transport_port}"
        self.log_file = folder / "log"
        self.settings = self._own_settings() | _membership(seeds) | dict(settings or {})
        self._popen: subprocess.Popen[bytes] | None = None
        self._waker: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.exists() else ""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Returns when it answers."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Returns at once: a member of a cluster is ready only when others are there too."""
        assert not self.is_running(), f"{self.name} runs already"
        self.kill()  # one that ended by itself has left its input open
        self._make_home()
        with self.log_file.open("ab") as log:
            # Nobody writes to its input, which ends when this process does, however that ends: then it ends too.
            # In a group of its own, a terminal's Ctrl-C is not for it.
            self._popen = subprocess.Popen(  # noqa: S603 - our own
                self._command(), stdin=subprocess.PIPE, stdout=log, stderr=log, process_group=0
            )

    def wait_ready(self, *, members: int = 1) -> None:
        """Until it answers as one of at least so many."""
        deadline = time.monotonic() + START_SECONDS
        while not self.answers(f"/_cluster/health?timeout=1s&wait_for_nodes=>={members}"):
            assert self.is_running(), f"{self.name} ended while it started:\n{self._read_log_tail()}"
            assert time.monotonic() < deadline, f"{self.name} did not answer:\n{self._read_log_tail()}"
            time.sleep(0.05)

    def answers(self, path: str = "/_cluster/health", *, seconds: float = 5) -> bool:
        with suppress(OSError):
            self.ask("GET", path, seconds=seconds)
            return True
        return False

    def ask(self, method: str, path: str, body: Any = None, *, seconds: float = 30) -> Any:
        """What the node says. A text as body is sent as it is, for `_bulk`. An `OSError`: no answer, or a refusal."""
        text = body if isinstance(body, str) else json.dumps(body)
        request = Request(  # noqa: S310 - our own
            self.url + path,
            method=method,
            data=None if body is None else text.encode(),
            headers={"Content-Type": "application/json"},
        )
        with _opener.open(request, timeout=seconds) as answer:
            return json.load(answer)

    def stop(self) -> None:
        """In order, as an operator does."""
        self._signal(signal.SIGTERM)
        self.resume()
        try:
            self._process.wait(STOP_SECONDS)
        finally:
            self.kill()

    def kill(self) -> None:
        """As the kernel does when memory is short: no last word. Does no harm to one that is dead."""
        if self._popen is not None:
            with self._popen:  # waits, and closes its input
                self._popen.kill()
            self.resume()

    def pause(self) -> None:
        """It is there and says nothing; its connections stay open."""
        if self._waker is None:
            # A stopped process does not notice that this one has died. The waker does, as its own input ends then.
            self._waker = subprocess.Popen(  # noqa: S603 - our own
                ["/bin/sh", "-c", 'read _; kill -CONT "$0" 2>/dev/null', str(self.pid)],
                stdin=subprocess.PIPE,
                process_group=0,
            )
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Does no harm to one that is not paused."""
        self._signal(signal.SIGCONT)
        if self._waker is not None:
            with self._waker:
                self._waker.kill()
            self._waker = None

    @property
    def _process(self) -> "subprocess.Popen[bytes]":
        assert self._popen is not None, f"{self.name} was never started"
        return self._popen

    def _signal(self, number: int) -> None:
        self._process.send_signal(number)

    def _own_settings(self) -> dict[str, object]:
        return {
            "path.data": self.folder / "data",
            "node.name": self.name,
            "cluster.name": "market-test",
            "network.host": "127.0.0.1",
            "http.port": self.http_port,
            "transport.port": self.transport_port,
            "action.auto_create_index": "false",
            "cluster.routing.allocation.disk.threshold_enabled": "false",  # a full disk of the developer's is no fault
        }

    def _make_home(self) -> None:
        for name in ("config", "plugins", "logs", "data", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        modules = self.folder / "modules"
        if not modules.exists():
            modules.symlink_to(self.program.folder / "modules")

    def _command(self) -> list[str]:
        command: list[object] = [
            *(self.program.java, *self.jvm, "-XX:-UsePerfData", f"-Djava.io.tmpdir={self.folder / 'tmp'}"),
            *("--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector"),
            *("-cp", f"{self.program.folder / 'jars'}/*", HERE / "RunNode.java", self.folder),
            *(f"{key}={value}" for key, value in self.settings.items()),
        ]
        return [str(part) for part in command]

    def _read_log_tail(self) -> str:
        return "\n".join(self.log.splitlines()[-30:])


def list_free_ports(number: int) -> list[int]:
    """All held until the last is found, so that no two are the same."""
    with ExitStack() as probes:
        ports = []
        for _ in range(number):
            probe = probes.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
        return ports


def _membership(seeds: Sequence[str]) -> dict[str, object]:
    if not seeds:
        return {"discovery.type": "single-node"}
    names = [f"node-{seed.rpartition(':')[2]}" for seed in seeds]
    return {"discovery.seed_hosts": ",".join(seeds), "cluster.initial_master_nodes": ",".join(names)}
