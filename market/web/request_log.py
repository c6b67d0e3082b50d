"""A line in the log for each request: its number, method, path, status and milliseconds.

Without the query, which holds what somebody searches for, without address, account and browser, and without what
follows in a path that carries a secret: the link of a mail.
"""

import logging
import re
import time
from collections.abc import Iterable
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("market.requests")

LONGEST_PATH = 200
_SECRET = "/{token}"  # noqa: S105 - the name of a part of addresses


class RequestLog:
    """Stands outermost, so that it sees what everybody else answers. The number is that of `SecurityHeaders`."""

    def __init__(self, app: ASGIApp, *, addresses: Iterable[str]) -> None:
        """`addresses`: paths of routes with their parts in braces, to know those that carry a secret."""
        self.app = app
        before = {path.partition(_SECRET)[0].rpartition("/")[2] for path in addresses if _SECRET in path}
        self._secret = re.compile(f"/({'|'.join(map(re.escape, sorted(before)))})/.*", re.DOTALL) if before else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not log.isEnabledFor(logging.INFO):
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
            number = scope.get("state", {}).get("request_id", "-")
            took = (time.perf_counter() - began) * 1_000
            path = self._make_fit_to_log(scope["path"])
            log.info("%s %s %s %s %.0f ms", number, scope["method"], path, status or "no answer", took)

    def _make_fit_to_log(self, path: str) -> str:
        """Quoted, so that a line end in it starts no line of its own."""
        shown = self._secret.sub(r"/\1/*", path) if self._secret else path
        return quote(shown[:LONGEST_PATH], safe="/*")
