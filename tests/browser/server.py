"""A running marketplace of its own: a process, a folder, demo data."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

START_SECONDS = 60
EMBED_SECONDS = 900


@contextmanager
def running_market(
    folder: Path, *, stage: str = "expo", settings: Mapping[str, str] | None = None, workers: int = 0
) -> Iterator[str]:
    """The address of a server with demo data whose words and meanings are indexed. `workers` run beside it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "MARKET_DATA_DIR": str(folder),
        "MARKET_BASE_URL": address,
        "MARKET_LOG_LEVEL": "warning",
        **(settings or {}),
    }
    market = [sys.executable, "-m", "market.cli.main"]
    for command in (["migrate"], ["seed", "--stage", stage]):
        subprocess.run([*market, *command], check=True, env=environment, capture_output=True)  # noqa: S603 - our own
    log = (folder / "server.log").open("w")
    commands = [[*market, "serve", "--port", str(port)], *([[*market, "worker"]] * workers)]
    processes = [subprocess.Popen(one, env=environment, stdout=log, stderr=log) for one in commands]  # noqa: S603 - our own
    try:
        _wait_for(f"{address}/healthz", lambda _report: True, seconds=START_SECONDS)
        _wait_for(f"{address}/readyz", _has_settled, seconds=EMBED_SECONDS)
        yield address
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=30)
        log.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _has_settled(report: dict[str, Any]) -> bool:
    waiting: int = report["outbox"]["waiting"]
    return waiting == 0


def _wait_for(address: str, is_done: Any, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
                if is_done(json.load(answer)):
                    return
        except (URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.3)
    raise TimeoutError(address)
