import os
import signal
import sys
import threading
from contextlib import ExitStack, suppress
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from market.accounts.queries import has_demo_accounts
from market.app import create_app
from market.cli.output import Refused, errors
from market.cli.parts import Parts, open_database, open_parts, read_settings, refuse_faulty_settings
from market.cli.schema import require_current
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.listings.reactions import mend_index
from market.worker import Worker
from search.port import Query, SearchUnavailable


def serve(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen at.")] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Server processes; one only on the embedded default.")
    ] = 1,
) -> None:
    """Check the migrations, then serve; on the embedded default deliver facts in the same process."""
    settings = read_settings()
    refuse_unready(settings)
    if settings.cluster_urls:
        errors.print("this server delivers nothing: `market worker` does, in a process of its own")
    elif workers > 1:
        raise Refused("--workers above 1 needs a search engine that processes share: MARKET_SEARCH_URL names one")
    if workers > 1:
        run_server(f"{__name__}:{make_app_of_process.__name__}", settings, host=host, port=port, workers=workers)
        return
    with open_parts(settings, write_index=True) as parts:
        greet_index(parts)
        warm_up(parts)
        run_server(make_app(parts), settings, host=host, port=port)


def greet_index(parts: Parts) -> None:
    """What the one process that writes does first. A shared engine is asked nothing at a start: it may be away, and the
    worker's jobs look after it.
    """
    if not parts.search.writes_alone:
        return
    if not parts.search.status().writable:
        errors.print("another process writes the index; this one takes over when that ends")
    mend_index(parts.work, utc_now())


def warm_up(parts: Parts) -> None:
    """One search before the first visitor's: what is loaded and learned at first use takes longer than a page may. Of
    a shared engine, only what is loaded here.
    """
    with suppress(SearchUnavailable):
        if parts.search.writes_alone:
            parts.search.search(Query(words="technology", language="en", limit=1))
        elif parts.embedder:
            parts.embedder.embed_query("technology")


def make_app(parts: Parts) -> FastAPI:
    """The index's one writer delivers too; beside a shared engine that is for workers."""
    return create_app(
        parts.settings,
        database=parts.database,
        search=parts.search,
        renderer=parts.renderer,
        background=Worker(parts.work) if parts.search.writes_alone else None,
    )


def make_app_of_process() -> FastAPI:
    """For each server process of several: it opens its own parts, which are closed when its application ends."""
    stack = ExitStack()
    parts = stack.enter_context(open_parts(read_settings(), write_index=False))
    warm_up(parts)
    return create_app(
        parts.settings,
        database=parts.database,
        search=parts.search,
        renderer=parts.renderer,
        background=_Closing(stack),
    )


class _Closing:
    """Goes on beside the requests of a process, and does nothing until they end."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def start(self) -> None:
        pass

    def stop(self) -> None:
        self._stack.close()


def run_server(app: FastAPI | str, settings: Settings, *, host: str, port: int, workers: int = 1) -> None:
    """`app` by its name is made anew in each of several processes."""
    # The server finishes what it has, then sends itself the signal again: with this the index and the database are
    # closed before the end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        uvicorn.run(
            app,
            factory=isinstance(app, str),
            workers=workers,
            host=host,
            port=port,
            log_level=settings.log_level.lower(),
            access_log=False,  # it would show what people search for; `market.web.request_log` has a line instead
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
            timeout_graceful_shutdown=10,
            h11_max_incomplete_event_size=64_000,
        )
    except SystemExit as problem:
        if problem.code:  # such as for a port that is taken
            raise Refused("the server did not start: its log says why") from problem


def refuse_unready(settings: Settings) -> None:
    """Refuse a start that could not go well: settings, schema, demo accounts in production."""
    refuse_faulty_settings(settings)
    with open_database(settings) as database:
        require_current(database)
        with database.reading() as session:
            if not settings.in_development and has_demo_accounts(session):
                raise Refused("production is refused: a demo account is left; `market seed --remove` takes them out")


def work() -> None:
    """Deliver facts and run due jobs until stopped (Ctrl-C or SIGTERM)."""
    settings = read_settings()
    refuse_unready(settings)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with open_parts(settings, write_index=True) as parts:
        greet_index(parts)
        worker = Worker(parts.work)
        worker.start()
        errors.print(f"worker {os.getpid()} runs")
        stopping.wait()
        worker.stop()
