"""The application: middleware, routers, error pages; nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import anyio.to_thread
from fastapi import Depends, FastAPI
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from market import wiring
from market.kernel.config import Settings
from market.kernel.db import Database
from market.web.deps import require_known_language, require_storable_address
from market.web.errors import add_error_pages, show_broken, show_foreign
from market.web.limits import Limits
from market.web.middleware import AnonymousCache, BodyLimit, HeadAsGet, LastResort, OriginCheck, SecurityHeaders
from market.web.rendering import HTMX_FOLDER, STATIC, Renderer
from market.web.resources import Resources
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
    resources = Resources(
        settings=settings,
        database=database,
        search=search,
        renderer=renderer,
        limits=Limits(),
        load_viewer=wiring.recognize_viewer,
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
        dependencies=[Depends(require_storable_address)],
        middleware=[
            Middleware(SecurityHeaders, https=settings.uses_https),
            Middleware(LastResort, answer=show_broken),
            Middleware(OriginCheck, base_url=settings.base_url, answer=show_foreign),
            Middleware(HeadAsGet),
            Middleware(BodyLimit),
            Middleware(AnonymousCache),
        ],
    )
    app.state.resources = resources
    app.mount("/static/htmx", StaticFiles(directory=HTMX_FOLDER), name="htmx")
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for router in wiring.ROOT:
        app.include_router(router)
    for router in wiring.PAGES:
        app.include_router(router, prefix=wiring.PAGES_PREFIX, dependencies=[Depends(require_known_language)])
    add_error_pages(app)
    return app
