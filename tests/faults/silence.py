"""A server that takes every call and never says a word."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Silence:
    """`asked` counts the calls."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._taken: list[socket.socket] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listening.getsockname()[1]}"

    @property
    def asked(self) -> int:
        return len(self._taken)

    def take_calls(self) -> None:
        """Until nobody listens any more."""
        with suppress(OSError):
            while True:
                self._taken.append(self._listening.accept()[0])

    def hang_up(self) -> None:
        for call in self._taken:
            call.close()


@contextmanager
def keeping_silent() -> Iterator[Silence]:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        silence = Silence(listening)
        thread = threading.Thread(target=silence.take_calls)
        thread.start()
        try:
            yield silence
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            silence.hang_up()
