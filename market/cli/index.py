from typing import Annotated, Any

import typer
from sqlalchemy import func, select

from market.cli.output import AsJson, Refused, print_json, show_progress
from market.cli.parts import Parts, open_parts, read_settings
from market.kernel.outbox import measure_backlog
from market.listings.comparing import compare_index
from market.listings.enums import ListingState
from market.listings.indexing import iterate_documents
from market.listings.models import Listing

app = typer.Typer(no_args_is_help=True, help="The search index, a copy of the database.")
Limit = Annotated[int, typer.Option(min=1, help="How many differences to print.")]


@app.command("status")
def show_status(as_json: AsJson = False) -> None:
    """Engine, size and lag."""
    with open_parts(read_settings(), write_index=False) as parts:
        status = parts.search.status()
        with parts.database.reading() as session:
            backlog = measure_backlog(session)
            published = _count_published(parts)
    report: dict[str, Any] = {
        "engine": status.engine,
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
    """Build the index anew from the database while people search, then swap."""
    with open_parts(read_settings(), write_index=True) as parts:
        if not parts.search.status().writable:
            raise Refused("another process holds the index's lock (a running server rebuilds with SIGHUP)")
        written = rebuild_index(parts)
    print_json({"documents": written}) if as_json else print(f"{written} documents")


def rebuild_index(parts: Parts) -> int:
    whole = _count_published(parts)
    with show_progress("documents") as show, parts.database.reading() as session:
        documents = iterate_documents(session, model=parts.embedder.name if parts.embedder else None)

        def counted() -> Any:
            for done, document in enumerate(documents, start=1):
                show(done, whole)
                yield document

        return parts.search.rebuild(counted())


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
