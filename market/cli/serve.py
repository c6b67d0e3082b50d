import os
import signal
import sys
import threading
from contextlib import suppress
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
    if workers > 1:
        raise Refused("--workers above 1 needs a database and a search engine of their own")
    with open_parts(settings, write_index=True) as parts:
        say_who_writes(parts)
        mend_index(parts.work, utc_now())
        warm_up(parts)
        run_server(make_app(parts), settings, host=host, port=port)


def say_who_writes(parts: Parts) -> None:
    if not parts.search.status().writable:
        errors.print("another process writes the index; this one takes over when that ends")


def warm_up(parts: Parts) -> None:
    """One search before the first visitor's: what is loaded and learned at first use takes longer than a page may."""
    with suppress(SearchUnavailable):
        parts.search.search(Query(words="technology", language="en", limit=1))


def make_app(parts: Parts) -> FastAPI:
    return create_app(
        parts.settings,
        database=parts.database,
        search=parts.search,
        renderer=parts.renderer,
        background=Worker(parts.work),
    )


def run_server(app: FastAPI, settings: Settings, *, host: str, port: int) -> None:
    # The server finishes what it has, then sends itself the signal again: with this the index and the database are
    # closed before the end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        uvicorn.run(
            app,
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
        say_who_writes(parts)
        mend_index(parts.work, utc_now())
        worker = Worker(parts.work)
        worker.start()
        errors.print(f"worker {os.getpid()} runs")
        stopping.wait()
        worker.stop()
