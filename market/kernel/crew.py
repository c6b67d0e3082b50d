"""Threads that share a piece of work, and that keep no process alive."""

import os
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread, get_native_id
from types import TracebackType
from typing import Any, Final, Self

_LOW_PRIORITY: Final = 10

_Task = tuple["Future[Any]", Callable[[], Any]]


class Crew:
    """As many threads as there are cores, at low priority. Python's own pools are waited for when a process ends, even
    where a model or a server that they ask never answers; these are not.
    """

    def __init__(self) -> None:
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._carry_out, name=f"crew-{number}", daemon=True) for number in range(os.cpu_count() or 1)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.drop_waiting()
        for _thread in self._threads:
            self._tasks.put(None)

    def submit(self, call: Callable[[], Any]) -> "Future[Any]":
        future: Future[Any] = Future()
        self._tasks.put((future, call))
        return future

    def drop_waiting(self) -> None:
        """What nobody has begun is cancelled."""
        with suppress(Empty):
            while task := self._tasks.get_nowait():
                future, _call = task
                future.cancel()
                future.set_running_or_notify_cancel()  # whoever waits for it is told

    def _carry_out(self) -> None:
        _give_way()
        while task := self._tasks.get():
            future, call = task
            future.set_running_or_notify_cancel()
            try:
                future.set_result(call())
            except BaseException as problem:  # noqa: BLE001 - it is raised where the result is asked for
                future.set_exception(problem)


def _give_way() -> None:
    # On Linux a thread has a priority of its own; elsewhere it stays as it is.
    with suppress(AttributeError, OSError):
        os.setpriority(os.PRIO_PROCESS, get_native_id(), _LOW_PRIORITY)
