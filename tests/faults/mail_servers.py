"""Mail servers (SMTP) that fail at a chosen word of the conversation, as proper ones cannot be made to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO

GREETING = "220 fair.example"
LONGEST_SILENCE_SECONDS = 30


class Failing(StrEnum):
    SILENT = "says nothing"
    TURNS_AWAY = "turns everybody away"
    REFUSES = "refuses the recipient for now"
    BREAKS_OFF = "breaks off in the middle of the mail"
    FORGETS_TO_ANSWER = "takes the mail and says nothing"
    HANGS_UP = "takes the mail and hangs up"
    PARTS_RUDELY = "takes the mail and refuses the farewell"


TAKES_THE_MAIL = (Failing.HANGS_UP, Failing.PARTS_RUDELY)
"""After its yes the mail is the server's, whatever follows."""


@dataclass
class FailingMailServer:
    """`attempts` counts conversations, `accepted` the mails to which it said yes."""

    port: int
    failing: Failing
    attempts: int = 0
    accepted: list[str] = field(default_factory=list)
    _closing: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", self.port)) as listener:
            listener.settimeout(0.1)
            thread = threading.Thread(target=self._serve, args=(listener,))
            thread.start()
            try:
                yield
            finally:
                self._closing.set()
                thread.join()

    def _serve(self, listener: socket.socket) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                connection, _address = listener.accept()
                self.attempts += 1
                with connection, suppress(OSError):
                    connection.settimeout(LONGEST_SILENCE_SECONDS)
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        if self.failing is Failing.SILENT:
            self._closing.wait(LONGEST_SILENCE_SECONDS)
            return
        if self.failing is Failing.TURNS_AWAY:
            connection.sendall(b"554 no mail here\r\n")
            return
        words = connection.makefile("rb")
        _say(connection, GREETING)
        for line in words:
            verb = line[:4].upper()
            if verb == b"DATA":
                if not self._take_mail(connection, words):
                    return
            elif verb == b"RCPT" and self.failing is Failing.REFUSES:
                _say(connection, "451 try again later")
            elif verb == b"QUIT":
                _say(connection, "421 not like this" if self.failing is Failing.PARTS_RUDELY else "221 goodbye")
                return
            else:
                _say(connection, "250 well")

    def _take_mail(self, connection: socket.socket, words: BinaryIO) -> bool:
        """Whether the conversation goes on."""
        _say(connection, "354 go on")
        text: list[bytes] = []
        for line in words:
            if line == b".\r\n":
                break
            text.append(line)
            if self.failing is Failing.BREAKS_OFF and len(text) > 3:
                return False
        if self.failing is Failing.FORGETS_TO_ANSWER:
            self._closing.wait(LONGEST_SILENCE_SECONDS)
            return False
        (number,) = [line for line in text if line.lower().startswith(b"message-id:")]
        self.accepted.append(number.decode().split(":", 1)[1].strip())
        _say(connection, "250 taken")
        return self.failing is not Failing.HANGS_UP


def _say(connection: socket.socket, words: str) -> None:
    connection.sendall(f"{words}\r\n".encode())
