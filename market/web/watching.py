"""Who wants to know of every request how it was answered: its log and its figures."""

import time
from collections.abc import Callable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Observe = Callable[[Scope, int, float], None]
"""Told of a request when it is over: its status, 0 where none was sent, and the seconds it took."""


class Watch:
    """Stands outermost, so that it sees what everybody else answers."""

    def __init__(self, app: ASGIApp, *, observers: Sequence[Observe]) -> None:
        self.app = app
        self.observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            seconds = time.perf_counter() - began
            for observe in self.observers:
                observe(scope, status, seconds)
