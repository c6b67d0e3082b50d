"""Pure ASGI middleware. Starlette's BaseHTTPMiddleware costs fifteen times the CPU (research of November 2026)."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from market.web.tokens import SESSION_COOKIE, VISITOR_COOKIE

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
MAX_BODY = 1_000_000
"""Bytes of one request. The longest listing in twelve languages stays far below."""

LONGEST_LENGTH = 12
"""Digits of a Content-Length that are worth reading as a number."""

FILES = "/static/"
"""The same for everybody. Where they varied by cookie, a browser would fetch them anew after each sign-in."""

API = "/api/"
"""No cookie means anything here: there is nothing that another site could make a browser send along."""

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
Answer = Callable[[Request, Exception], Awaitable[Response]]
"""An error page for what went wrong, as `errors.py` makes them."""


class SecurityHeaders:
    """On every answer, also on errors and on files."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.headers = {
            "content-security-policy": CONTENT_SECURITY_POLICY,
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "same-origin",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        }
        if https:
            self.headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers["x-request-id"] = request_id
                if not scope["path"].startswith(FILES):
                    headers.add_vary_header("Cookie")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class LastResort:
    """Answers what nobody else caught. It stands inside `SecurityHeaders`, where Starlette's own answer to a crash does
    not; the crash then goes on to the server, whose log it belongs into."""

    def __init__(self, app: ASGIApp, *, answer: Answer) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as problem:
            if not started:
                response = await self.answer(Request(scope), problem)
                await response(scope, receive, send)
            raise


class HeadAsGet:
    """HEAD is GET without the body (RFC 9110 §9.3.2). The server sends no body for it, so only the routes need it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        asked = {**scope, "method": "GET"}
        await self.app(asked, receive, send_head)
        scope["endpoint"] = asked.get("endpoint")  # for who counts by route


class OriginCheck:
    """Refuses what another site makes a browser send (CSRF). Browsers say where a request comes from; a form token
    is checked besides, for those that do not. A bearer token is not sent by browsers on their own."""

    def __init__(self, app: ASGIApp, *, base_url: str, answer: Answer) -> None:
        self.app = app
        self.own_host = urlsplit(base_url).netloc
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_forgeable = scope["type"] == "http" and scope["method"] in UNSAFE and not scope["path"].startswith(API)
        if is_forgeable and not self._is_ours(Headers(scope=scope)):
            response = await self.answer(Request(scope), ForeignOrigin())
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        if headers.get("authorization", "").startswith("Bearer "):
            return True
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:
            return True
        try:
            return urlsplit(origin).netloc in (self.own_host, headers.get("host"))
        except ValueError:  # no browser wrote this
            return False


class ForeignOrigin(Exception):
    """Another site made the browser send this; answered with 403 by the error page."""


class BodyLimit:
    """Refuses a body over the limit before anything reads it, and stops one that lies about its length."""

    def __init__(
        self, app: ASGIApp, *, answer: Answer, limit: int = MAX_BODY, uploads: Mapping[str, int] | None = None
    ) -> None:
        """`uploads`: path behind the language → the limit of what is posted there."""
        self.app = app
        self.answer = answer
        self.limit = limit
        self.uploads = uploads or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._find_limit(scope)
        declared = Headers(scope=scope).get("content-length", "0")
        if not _is_number(declared) or int(declared) > limit:
            response = await self.answer(Request(scope), BodyTooLarge())
            await response(scope, receive, send)
            return
        taken = 0

        async def receive_some() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken <= limit:
                return message
            if scope["method"] in UNSAFE:
                raise BodyTooLarge
            # Nobody reads what comes along with a GET: a file that is being sent only waits for the browser to leave.
            return {**message, "body": b""}

        await self.app(scope, receive_some, send)

    def _find_limit(self, scope: Scope) -> int:
        if scope["method"] != "POST":
            return self.limit
        _language, _slash, page = scope["path"].lstrip("/").partition("/")
        return self.uploads.get(f"/{page}", self.limit)


class BodyTooLarge(Exception):
    """Answered with 413 by the error page, also where it is raised from `receive`."""


class _Kept(NamedTuple):
    """An answer as it is sent again, and what had made it."""

    until: float
    start: Message
    body: bytes
    endpoint: object


class AnonymousCache:
    """Keeps pages of visitors who are not signed in for a moment, in this process.

    Only answers that say `Cache-Control: public`, set no cookie and are no files; the key is the whole address, so
    languages, filters and pages do not mix. Bounded in number and size.
    """

    def __init__(self, app: ASGIApp, *, seconds: float = 2.0, entries: int = 500, largest: int = 200_000) -> None:
        self.app = app
        self.seconds = seconds
        self.entries = entries
        self.largest = largest
        self._kept: OrderedDict[tuple[str, bytes], _Kept] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or _has_cookie(scope):
            await self.app(scope, receive, send)
            return
        key = (scope["path"], scope["query_string"])
        kept = self._kept.get(key)
        if kept is not None and kept.until > time.monotonic():
            scope["endpoint"] = kept.endpoint  # for who counts by route
            await send({**kept.start, "headers": list(kept.start["headers"])})
            await send({"type": "http.response.body", "body": kept.body})
            return
        await self.app(scope, receive, self._keeping(key, scope, send))

    def _keeping(self, key: tuple[str, bytes], scope: Scope, send: Send) -> Send:
        start: Message | None = None

        async def send_and_keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = Headers(raw=message["headers"])
                may_keep = message["status"] == 200 and "public" in headers.get("cache-control", "")  # noqa: PLR2004 - OK
                # A tag means that the asker may have it already, which is answered without the body.
                if may_keep and "set-cookie" not in headers and "etag" not in headers:
                    start = {**message, "headers": list(message["headers"])}
            elif message.get("more_body"):
                start = None  # the first part is not the whole
            elif start is not None and len(message.get("body", b"")) <= self.largest:
                self._keep(
                    key, _Kept(time.monotonic() + self.seconds, start, message.get("body", b""), scope.get("endpoint"))
                )
            await send(message)

        return send_and_keep

    def _keep(self, key: tuple[str, bytes], answer: _Kept) -> None:
        self._kept[key] = answer
        self._kept.move_to_end(key)
        while len(self._kept) > self.entries:
            self._kept.popitem(last=False)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_LENGTH


def _has_cookie(scope: Scope) -> bool:
    cookies = Headers(scope=scope).get("cookie", "")
    return SESSION_COOKIE in cookies or VISITOR_COOKIE in cookies
