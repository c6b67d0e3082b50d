"""The application: middleware, routers, error pages; nothing else."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Protocol

import anyio.to_thread
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from market import wiring
from market.kernel.config import Settings
from market.kernel.db import Database
from market.web.addresses import AddressBook
from market.web.apikit.docs import make_docs_routes
from market.web.apikit.doors import make_route
from market.web.assets import Assets
from market.web.deps import finishing, require_known_language, require_storable_address
from market.web.errors import add_error_pages, show_broken, show_foreign, show_too_large
from market.web.limits import Limits
from market.web.middleware import (
    FILES,
    AnonymousCache,
    BodyLimit,
    HeadAsGet,
    LastResort,
    OriginCheck,
    SecurityHeaders,
)
from market.web.rendering import HTMX_FOLDER, STATIC, Renderer
from market.web.request_log import RequestLog
from market.web.resources import Resources
from market.web.switchboard import Switchboard
from market.web.watching import Watch
from search.port import Engine

THREADS = 6
"""AnyIO's forty fight for the interpreter's lock; four to eight answer more requests (research of November 2026)."""


class Background(Protocol):
    """Work that goes on beside the requests of this process: the worker, on the embedded default."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


def create_app(
    settings: Settings, *, database: Database, search: Engine, renderer: Renderer, background: Background | None = None
) -> FastAPI:
    methods = wiring.map_methods()
    resources = Resources(
        settings=settings,
        database=database,
        search=search,
        renderer=renderer,
        addresses=AddressBook({**methods, f"{FILES}{{file:path}}": {"GET"}}),
        limits=Limits(),
        load_viewer=wiring.recognize_viewer,
        load_bearer=wiring.recognize_bearer,
        load_person=wiring.recognize_person,
        note_bearer=wiring.note_bearer,
        panels=wiring.PANELS,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        if background:
            await anyio.to_thread.run_sync(background.start)
        yield
        if background:
            await anyio.to_thread.run_sync(background.stop)

    app = FastAPI(
        title="China–ASEAN Technology Market",
        lifespan=lifespan,
        openapi_url=None,  # the API comes with its own description
        redirect_slashes=False,  # `web/errors.py` leads to the proper address, and only where there is a page
        dependencies=[Depends(require_storable_address)],
        middleware=[
            Middleware(Watch, observers=(RequestLog(methods).observe, resources.metrics.observe)),
            Middleware(SecurityHeaders, https=settings.uses_https),
            Middleware(LastResort, answer=show_broken),
            Middleware(OriginCheck, base_url=settings.base_url, answer=show_foreign),
            Middleware(HeadAsGet),
            Middleware(BodyLimit, answer=show_too_large, uploads=wiring.UPLOADS),
            Middleware(AnonymousCache),
        ],
    )
    app.state.resources = resources
    app.mount("/static/htmx", Assets(directory=HTMX_FOLDER), name="htmx")
    app.mount("/static", Assets(directory=STATIC), name="static")
    pages = _list_pages()
    app.router.routes.insert(0, Switchboard(pages))
    app.router.routes.extend(
        map(make_route, wiring.list_doors())
    )  # before the pages: `/{language}/…` would match them too
    app.router.routes.extend(make_docs_routes(wiring.API, base_url=settings.base_url))
    app.router.routes.extend(pages)
    resources.metrics.know_routes(app.router.routes)
    add_error_pages(app)
    return app


@cache
def _list_pages() -> Sequence[BaseRoute]:
    """All pages side by side: an included router looks for the route twice, a fifth of what a page costs. Made once,
    however many applications a process has: reading the signatures of all routes takes longer than a page.
    """
    pages = APIRouter(dependencies=[Depends(require_storable_address)])
    rooms = ((wiring.ROOT, "", ()), (wiring.PAGES, wiring.PAGES_PREFIX, (Depends(require_known_language),)))
    for routers, prefix, dependencies in rooms:
        for route in (route for router in routers for route in router.routes):
            if not isinstance(route, APIRoute):
                raise TypeError(route)
            pages.add_api_route(
                prefix + route.path,
                finishing(route.endpoint),
                methods=sorted(route.methods or ()),
                name=route.name,
                dependencies=[*dependencies, *route.dependencies],
            )
    return tuple(pages.routes)
