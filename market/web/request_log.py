"""A line in the log for each request: its number, method, path, status and milliseconds.

Without the query, which holds what somebody searches for, without address, account and browser, and without what
follows in a path that carries a secret: the link of a mail.
"""

import logging
import re
from collections.abc import Iterable
from urllib.parse import quote

from starlette.types import Scope

log = logging.getLogger("market.requests")

LONGEST_PATH = 200
_SECRET = "/{token}"  # noqa: S105 - the name of a part of addresses


class RequestLog:
    """One of those who watch (`Watch`). A request's number is that of `SecurityHeaders`."""

    def __init__(self, addresses: Iterable[str]) -> None:
        """`addresses`: paths of routes with their parts in braces, to know those that carry a secret."""
        before = {path.partition(_SECRET)[0].rpartition("/")[2] for path in addresses if _SECRET in path}
        self._secret = re.compile(f"/({'|'.join(map(re.escape, sorted(before)))})/.*", re.DOTALL) if before else None

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        if log.isEnabledFor(logging.INFO):
            number = scope.get("state", {}).get("request_id", "-")
            path = self._make_fit_to_log(scope["path"])
            log.info("%s %s %s %s %.0f ms", number, scope["method"], path, status or "no answer", seconds * 1_000)

    def _make_fit_to_log(self, path: str) -> str:
        """Quoted, so that a line end in it starts no line of its own."""
        shown = self._secret.sub(r"/\1/*", path) if self._secret else path
        return quote(shown[:LONGEST_PATH], safe="/*")
