"""Requests as no browser sends them: the application gets each byte as it is, without a client that tidies it up."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self, TypeVar
from urllib.parse import unquote

from anyio.from_thread import start_blocking_portal
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from market.web.tokens import FORM_TOKEN
from tests.make.visitor import Fields

ANSWER_SECONDS = 30
"""Whoever waits that long has gone; a loaded machine answers in a tenth of it."""

FoundT = TypeVar("FoundT")

FORM_TYPE = {b"content-type": b"application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class RawRequest:
    """`path` as it stands in the request's first line. A `body` that is not `whole` breaks off: the sender leaves."""

    verb: str
    path: bytes
    query: bytes = b""
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = True

    @property
    def scope(self) -> Scope:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": self.verb,
            "scheme": "http",
            "path": unquote(self.path.decode("latin-1")),
            "raw_path": self.path,
            "query_string": self.query,
            "root_path": "",
            "headers": list(self.headers.items()),
            "client": ("127.0.0.1", 40_000),
            "server": ("127.0.0.1", 8_000),
            "state": {},
        }


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """`problem` is what went through to the server; status 0 means that there was no answer."""

    status: int
    headers: Headers
    text: str
    problem: str

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")


class RawBrowser:
    """Uses the application without its lifespan, in a loop that lasts: a new one would start its threads anew."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._portal = self._stack.enter_context(start_blocking_portal())
        return self

    def __exit__(self, *problem: object) -> None:
        self._stack.close()

    def send(self, request: RawRequest) -> RawAnswer:
        return self._portal.call(self._send, request)

    def look_while_waiting(self, request: RawRequest, look: Callable[[], FoundT]) -> FoundT:
        """What `look` finds while the application waits for the rest of a body that never comes."""
        return self._portal.call(self._look_while_waiting, request, look)

    async def _look_while_waiting(self, request: RawRequest, look: Callable[[], FoundT]) -> FoundT:
        arriving, waits = [_begin(request)], asyncio.Event()

        async def receive() -> Message:
            if not arriving:
                waits.set()
                await asyncio.Event().wait()
            return arriving.pop(0)

        async def send(message: Message) -> None:
            raise AssertionError(f"answered before everything was there: {message}")

        asking = asyncio.create_task(self._ask(request, receive, send))
        try:
            await asyncio.wait_for(waits.wait(), ANSWER_SECONDS)
            return look()
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _ask(self, request: RawRequest, receive: Receive, send: Send) -> None:
        await self.app(request.scope, receive, send)

    async def _send(self, request: RawRequest) -> RawAnswer:
        sent: list[Message] = []
        arriving = [_begin(request)]
        if not request.whole:
            arriving.append({"type": "http.disconnect"})

        async def receive() -> Message:
            if not arriving:
                await asyncio.Event().wait()  # a browser that has asked waits for its answer
            return arriving.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        problem = ""
        try:
            await asyncio.wait_for(self._ask(request, receive, send), ANSWER_SECONDS)
        except Exception as raised:  # noqa: BLE001 - whatever it is, a server would have to write it down
            problem = repr(raised)
        return _read_answer(sent, problem)


def _begin(request: RawRequest) -> Message:
    return {"type": "http.request", "body": request.body, "more_body": not request.whole}


def _read_answer(sent: Sequence[Message], problem: str) -> RawAnswer:
    if not sent:
        return RawAnswer(0, Headers(), "", problem)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return RawAnswer(sent[0]["status"], Headers(raw=sent[0]["headers"]), body.decode("utf-8", "replace"), problem)


def quote_bytes(value: bytes) -> bytes:
    """Every byte percent-encoded, so that none means anything in an address."""
    return b"".join(b"%%%02x" % byte for byte in value)


def write_form(token: str, fields: Fields, more: Mapping[bytes, bytes] | None = None) -> bytes:
    """A form as a browser sends it; `more` are fields of any bytes, which replace those of the same name."""
    replaced = more or {}
    pairs = [(name.encode(), text.encode()) for name, text in _list_pairs({FORM_TOKEN: token, **fields})]
    pairs = [pair for pair in pairs if pair[0] not in replaced] + list(replaced.items())
    return b"&".join(quote_bytes(name) + b"=" + quote_bytes(value) for name, value in pairs)


def _list_pairs(fields: Fields) -> Iterable[tuple[str, str]]:
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            yield name, value
