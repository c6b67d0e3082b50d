"""`market` as `python -m tests.faults.launch …`, with faults that only the process itself can have.

A file named by `FAULTS_CLOCK` holds the seconds by which its clock is off, and may change while it runs. As soon as
the file named by `FAULTS_DEATH` is there, the process sends itself a signal at the n-th change from then on: one that
it sends to the database or to a search cluster, or the cluster's answer to one. The file says n, the signal, and
whose changes count, by how the names of their threads begin. `FAULTS_MAIL_TIMEOUT` shortens the patience with a mail
server.
"""

import json
import os
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

from elastic_transport import Transport
from sqlalchemy import event
from sqlalchemy.engine import Engine

from market.kernel import clock
from tests.elasticsearch.watching import READ, watching


def set_clock_off(file: Path) -> None:
    """Before anything else imports the clock."""
    right_time, right_now = time.time, clock.utc_now

    def read_seconds() -> float:
        return float(file.read_text() or 0)

    def wrong_time() -> float:
        return right_time() + read_seconds()

    def wrong_now() -> datetime:
        return right_now() + timedelta(seconds=read_seconds())

    time.time = wrong_time
    clock.utc_now = wrong_now


def die_at_a_change(file: Path) -> None:
    seen = 0

    def count_change() -> None:
        nonlocal seen
        try:
            number, signal, threads = json.loads(file.read_text())
        except FileNotFoundError:
            return
        if threading.current_thread().name.startswith(tuple(threads)):
            seen += 1
            if seen >= number:
                os.kill(os.getpid(), signal)

    @event.listens_for(Engine, "before_cursor_execute")
    def before_statement(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("SELECT", "PRAGMA", "BEGIN")):
            count_change()

    @event.listens_for(Engine, "commit")
    def before_commit(_connection: object) -> None:
        count_change()

    def around_request(step: str) -> None:
        if not step.startswith(READ):
            count_change()

    setattr(Transport, "perform_request", watching(Transport.perform_request, around_request))  # noqa: B010 - types


def main() -> None:
    if file := os.environ.get("FAULTS_CLOCK"):
        set_clock_off(Path(file))
    if file := os.environ.get("FAULTS_DEATH"):
        die_at_a_change(Path(file))

    from market.cli.main import run  # noqa: PLC0415 - the clock is put off first
    from market.notifications import postman  # noqa: PLC0415 - as above

    if seconds := os.environ.get("FAULTS_MAIL_TIMEOUT"):
        postman.TIMEOUT_SECONDS = int(seconds)
    run()


if __name__ == "__main__":
    main()
