import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from rich.markup import escape
from sqlalchemy import func, select

from market.cli.output import AsJson, Refused, errors, print_json, show_progress
from market.cli.parts import Parts, open_database, open_parts, read_settings
from market.kernel import outbox
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.outbox import DeliveryState, find_delivery, measure_backlog
from market.kernel.work import Lane
from market.listings.comparing import compare_index
from market.listings.enums import ListingState
from market.listings.facts import IndexRebuildAsked
from market.listings.indexing import iterate_documents
from market.listings.models import Listing
from market.worker import Worker
from search.port import Document, SearchUnavailable

app = typer.Typer(no_args_is_help=True, help="The search index, a copy of the database.")
WAIT_SECONDS = 0.5
PATIENCE_SECONDS = 30
Limit = Annotated[int, typer.Option(min=1, help="How many differences to print.")]


@app.command("status")
def show_status(as_json: AsJson = False) -> None:
    """Engine, size and lag."""
    settings = read_settings()
    with open_parts(settings, write_index=False) as parts:
        status = parts.search.status()
        with parts.database.reading() as session:
            backlog = measure_backlog(session)
            published = _count_published(parts)
    report: dict[str, Any] = {
        "engine": status.engine,
        "alias": settings.search_index if settings.cluster_urls else None,
        "index": status.name,
        "documents": status.documents,
        "published": published,
        "vectors": status.vectors,
        "embedder": status.embedder,
        "means": status.means,
        "problem": status.problem,
        "waiting": backlog.waiting,
        "set_aside": backlog.set_aside,
    }
    if as_json:
        print_json(report)
        return
    for name, value in report.items():
        print(f"{name:10} {value if value is not None else '-'}")


@app.command("rebuild")
def rebuild(as_json: AsJson = False) -> None:
    """Build the index anew from the database while people search, then swap.

    Where a running server holds the index's lock, it is asked to do it, and this command waits for it. On a cluster
    whoever comes first does it, this command or a worker.
    """
    settings = read_settings()
    with ExitStack() as stack:
        parts = _open_to_rebuild(stack, settings)
        if parts and parts.search.status().writable:
            rebuild_index(parts)
        else:
            ask_for_rebuild(stack.enter_context(open_database(settings)))
    with open_parts(settings, write_index=False) as parts:
        documents = parts.search.status().documents
    if as_json:
        print_json({"documents": documents})
    else:
        print(f"{documents} documents")


def _open_to_rebuild(stack: ExitStack, settings: Settings) -> Parts | None:
    """None where the index is too damaged to be read beside its writer, who can build it anew all the same."""
    try:
        return stack.enter_context(open_parts(settings, write_index=True))
    except SearchUnavailable as problem:
        errors.print(escape(str(problem)), highlight=False, soft_wrap=True)
        return None


def rebuild_index(parts: Parts) -> None:
    """In the process that may write the index."""
    if parts.search.writes_alone:
        _rebuild_here(parts)
    else:
        _rebuild_beside_workers(parts)


def _rebuild_here(parts: Parts) -> None:
    whole = _count_published(parts)
    model = parts.embedder.name if parts.embedder else None
    with show_progress("documents") as show, parts.database.reading() as session:

        def counted() -> Iterator[Document]:
            for done, document in enumerate(iterate_documents(session, model=model), start=1):
                show(done, whole)
                yield document

        parts.search.rebuild(counted())


def _rebuild_beside_workers(parts: Parts) -> None:
    """Two rebuilds at once would undo each other, so the wish is recorded and delivered as any other: here, unless a
    worker is quicker.
    """
    request_id = _record_wish(parts.database)
    worker = Worker(parts.work)
    attempts = 0
    with show_progress("rebuilding"):
        while attempts <= 1:
            worker.dispatch()
            worker.deliver_lane(Lane.REBUILD)
            with parts.database.reading() as session:
                state, attempts = find_delivery(session, request_id)
            if state is DeliveryState.DONE:
                return
            time.sleep(WAIT_SECONDS)
    raise Refused("the rebuild was not done: the log of this command, or of a worker, says why")


def _record_wish(database: Database) -> UUID:
    request_id = uuid4()
    with database.transaction() as session:
        outbox.record(session, IndexRebuildAsked(request_id), by=None)
    return request_id


def ask_for_rebuild(database: Database) -> None:
    """Record the wish and wait until whoever holds the lock has answered it."""
    request_id = _record_wish(database)
    errors.print("a running server holds the index; it rebuilds now")
    started = time.monotonic()
    while True:
        time.sleep(WAIT_SECONDS)
        with database.reading() as session:
            state, attempts = find_delivery(session, request_id)
        if state is DeliveryState.DONE:
            return
        if attempts > 1 or (attempts == 0 and time.monotonic() - started > PATIENCE_SECONDS):
            raise Refused("the rebuild was not done: look into the server's log")


@app.command("verify")
def verify(limit: Limit = 20, as_json: AsJson = False) -> None:
    """Compare index and database by id, version and content; exit 1 where they differ."""
    with open_parts(read_settings(), write_index=False) as parts, parts.database.reading() as session:
        model = parts.embedder.name if parts.embedder else None
        comparison = compare_index(session, parts.search, model=model, limit=limit)
    if as_json:
        print_json({"compared": comparison.compared, "differences": [str(d) for d in comparison.differences]})
    else:
        print(f"{comparison.compared} compared")
        for difference in comparison.differences:
            print(difference)
    if comparison.differences:
        raise Refused(f"{comparison.count} differences between index and database")


def _count_published(parts: Parts) -> int:
    with parts.database.reading() as session:
        published = select(func.count()).select_from(Listing).where(Listing.state == ListingState.PUBLISHED)
        return session.scalar(published) or 0
