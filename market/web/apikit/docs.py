"""The description for programs and for people: `/api/openapi.json` and `/api/docs`, without a script."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from locales import LANGUAGES
from market.kernel.errors import BadInput, Faulty, NotAllowed, NotFound, Refusal, TooLarge, TooMany
from market.kernel.idempotency import KeyUsedOtherwise, StillUnderWay
from market.web.apikit.doors import ApiRouter
from market.web.apikit.openapi import describe_api
from market.web.apikit.problems import (
    DOCS,
    CameInBetween,
    ChangedSinceRead,
    KeyUnreadable,
    MatchNeeded,
    NotJson,
    ScopeMissing,
    TokenNeeded,
    TokenUnknown,
    UnreadableJson,
    api_language,
    name_problem,
    share,
)
from market.web.errors import Broken, Busy, WrongMethod
from market.web.page import Page

OPENAPI = "/api/openapi.json"
ADDRESSES = {"api.openapi": OPENAPI, "api.docs": DOCS}


COMMON: tuple[type[Refusal], ...] = (
    BadInput, Faulty, NotAllowed, NotFound, TooLarge, TooMany, StillUnderWay, KeyUsedOtherwise, CameInBetween,
    ChangedSinceRead, KeyUnreadable, MatchNeeded, NotJson, ScopeMissing, TokenNeeded, TokenUnknown, UnreadableJson,
    WrongMethod, Broken, Busy,
)  # fmt: skip


class DocsPage(Page):
    """Has no language in its address: it stands behind it. No cookie is read under `/api`, so it knows nobody."""

    def __init__(self, request: Request) -> None:
        super().__init__(request, None)
        self.language = api_language(request)
        self.reader = self.resources.renderer.reader(self.language)

    @cached_property
    def addresses(self) -> dict[str, str]:
        return {code: f"{DOCS}?language={code}" for code in LANGUAGES}


def make_docs_routes(routers: Sequence[ApiRouter], *, base_url: str) -> list[Route]:
    description = describe_api([door for router in routers for door in router.doors], base_url=base_url)
    problems = list_problems(routers)
    body = orjson.dumps(description, option=orjson.OPT_INDENT_2)
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'

    async def show_openapi(request: Request) -> Response:
        headers = share("en") | {"ETag": etag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    async def show_docs(request: Request) -> Response:
        return await run_in_threadpool(_render, request, description, problems)

    routes = [
        Route(OPENAPI, show_openapi, methods=["GET"], name="api.openapi"),
        Route(DOCS, show_docs, methods=["GET"], name="api.docs"),
    ]
    for route in routes:
        (route.methods or set()).discard("HEAD")  # `HeadAsGet` makes it of GET
    return routes


def _render(request: Request, description: dict[str, Any], problems: list[tuple[str, int, str]]) -> Response:
    page = DocsPage(request)
    operations = [
        {"verb": verb.upper(), "path": path, **operation}
        for path, verbs in description["paths"].items()
        for verb, operation in verbs.items()
    ]
    response = page.render(
        "api_docs.html", operations=operations, introduction=description["info"]["description"].split("\n\n"),
        problems=problems, openapi=OPENAPI, pretty=pretty,
    )  # fmt: skip
    response.headers["Vary"] = "Accept-Language"
    response.headers["Content-Language"] = page.language
    response.headers["Cache-Control"] = "no-cache"
    return response


def pretty(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def list_problems(routers: Sequence[ApiRouter]) -> list[tuple[str, int, str]]:
    """(name, status, English sentence) of what can be refused."""
    kinds = {*COMMON, *(kind for router in routers for kind in router.problems)}
    ordered = sorted(kinds, key=lambda kind: (kind.status, kind.__name__))
    return [(name_problem(kind), kind.status, kind.message) for kind in ordered]
