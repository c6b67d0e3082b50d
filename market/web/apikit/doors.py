"""Doors of the API: a handler in one thread, one transaction, behind limits, token, scopes and Idempotency-Key."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from anyio import CancelScope
from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from market.kernel.errors import Refusal
from market.kernel.viewer import Bearer, Scope
from market.web.apikit.answers import Answer, make_response
from market.web.apikit.calls import Call
from market.web.apikit.keys import run_keyed
from market.web.apikit.problems import TokenNeeded, TokenUnknown
from market.web.deps import SAFE_METHODS, get_now, require_storable_address
from market.web.limits import API_PER_ADDRESS, API_PER_TOKEN, WRITE_PER_ACCOUNT
from market.web.resources import Resources, resources_of

log = logging.getLogger("market.web")

Handler = Callable[[Call], Answer]
Preparation = Callable[[Call], Awaitable[None]]

USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Door:
    """`sees`: the scope with which a token's person sees what others do not. `needs`: without it nobody comes in.

    The rest is for the description: what a parameter or field means, an example of what is sent and answered.
    """

    verb: str
    path: str
    name: str
    handler: Handler
    summary: str
    description: str
    sees: Scope | None = None
    needs: Scope | None = None
    needs_person: bool = False
    prepare: Preparation | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    takes: str | None = None
    gives: str = ""
    example: Any = None
    sent: Any = None
    status: int = 200
    refusals: Sequence[int] = ()

    @property
    def is_safe(self) -> bool:
        return self.verb in SAFE_METHODS

    @property
    def allowed(self) -> frozenset[str]:
        return frozenset((*self.parameters, "language"))


class ApiRouter:
    """The doors of a room. Paths stand under `/api/v1`."""

    PREFIX = "/api/v1"

    def __init__(self, *problems: type[Refusal]) -> None:
        """`problems`: what this room refuses in its own words, for the description."""
        self.doors: list[Door] = []
        self.problems = problems

    def get(self, path: str, name: str, **about: Any) -> Callable[[Handler], Handler]:
        return self._add("GET", path, name, about)

    def post(self, path: str, name: str, **about: Any) -> Callable[[Handler], Handler]:
        return self._add("POST", path, name, about)

    def patch(self, path: str, name: str, **about: Any) -> Callable[[Handler], Handler]:
        return self._add("PATCH", path, name, about)

    def put(self, path: str, name: str, **about: Any) -> Callable[[Handler], Handler]:
        return self._add("PUT", path, name, about)

    def delete(self, path: str, name: str, **about: Any) -> Callable[[Handler], Handler]:
        return self._add("DELETE", path, name, about)

    def _add(self, verb: str, path: str, name: str, about: Mapping[str, Any]) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            description = " ".join((handler.__doc__ or "").split())
            self.doors.append(
                Door(verb=verb, path=self.PREFIX + path, name=name, handler=handler, description=description, **about)
            )
            return handler

        return add


def make_route(door: Door) -> Route:
    """A plain route: FastAPI's own reading of arguments would cost as much as the answer."""

    async def answer(request: Request) -> Response:
        return await _answer(door, request)

    route = Route(door.path, answer, methods=[door.verb], name=door.name)
    (route.methods or set()).discard("HEAD")  # `HeadAsGet` makes it of GET
    return route


async def _answer(door: Door, request: Request) -> Response:
    await require_storable_address(request)
    resources = resources_of(request)
    call = Call(request, get_now(), request.path_params)
    token = _read_token(request)
    if token is None:
        resources.limits.check(API_PER_ADDRESS, "api", _address(request))
        if door.needs_person or door.needs:
            raise TokenNeeded
    call.refuse_others(door.allowed)
    if not door.is_safe:
        call.raw = await request.body()
    if door.prepare:
        await door.prepare(call)
    async with resources.database_slots:
        with CancelScope(shield=True):  # a thread goes on when its asker has left: its place is free only afterwards
            response = await run_in_threadpool(_work, door, call, token)
    if call.bearer is not None and _is_use_due(call.bearer, call):
        response.background = BackgroundTask(_note_use, resources, call.bearer)
    return response


def _work(door: Door, call: Call, token: str | None) -> Response:
    """In one thread from the first statement to the last."""
    if door.is_safe:
        with call.resources.database.engine.connect() as connection:
            call._connection = connection  # noqa: SLF001 - a call is made here
            _admit(door, call, token)
            return respond(door, call, door.handler(call))
    return run_keyed(
        call,
        admit=lambda: _admit(door, call, token),
        handle=lambda: respond(door, call, door.handler(call)),
    )


def respond(door: Door, call: Call, answer: Answer) -> Response:
    return make_response(
        answer, language=call.language, headers=call.request.headers, is_private=call.bearer is not None,
        is_safe=door.is_safe,
    )  # fmt: skip


def _admit(door: Door, call: Call, token: str | None) -> None:
    """Read afresh in every transaction: who has lost a right has lost it."""
    resources = call.resources
    if token is not None:
        bearer = resources.load_bearer(call.connection, token)
        if bearer is None:
            resources.limits.check(API_PER_ADDRESS, "api", _address(call.request))
            raise TokenUnknown
        if call.bearer is None:
            resources.limits.check(API_PER_TOKEN, "api", str(bearer.token_id))
            if not door.is_safe:
                resources.limits.check(WRITE_PER_ACCOUNT, "api", str(bearer.user_id))
        call.bearer = bearer
        if door.sees or door.needs or door.needs_person:
            call.person = resources.load_person(call.db, bearer)
        if door.sees is not None and door.sees in bearer.scopes:
            call.viewer = call.person
    if door.needs is not None or door.needs_person:
        call.viewer = call.require_person(door.needs)


def _read_token(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer":
        raise TokenUnknown
    return token.strip()


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _is_use_due(bearer: Bearer, call: Call) -> bool:
    return bearer.last_used_at is None or call.now - bearer.last_used_at >= USE_NOTED_EVERY


def _note_use(resources: Resources, bearer: Bearer) -> None:
    """After the answer, and only if the database has time: nobody waits for it."""
    try:
        with resources.database.transaction() as session:
            resources.note_bearer(session, bearer)
    except SQLAlchemyError as problem:
        log.warning("use of a token not noted: %s", type(problem).__name__)
