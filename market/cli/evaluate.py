from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from market.cli.output import AsJson, Refused, print_json, show_progress
from market.cli.parts import Parts, open_embedder, open_parts, open_throwaway_search, read_settings
from market.listings.enums import ListingState
from market.listings.models import Listing
from search.evaluate import (
    DEFAULT_DEPTH,
    JudgedQuery,
    Report,
    UnreadableFile,
    evaluate_documents,
    evaluate_engine,
    format_report,
    read_documents,
    read_queries,
)

File = Path


def evaluate_search(
    queries: Annotated[File, typer.Option(help="JSON Lines: id, language, text[, kind] (.gz too).")],
    qrels: Annotated[File, typer.Option(help="TSV: query id, document id[, gain].")],
    documents: Annotated[
        File | None, typer.Option(help="JSON Lines to index for this; else the published listings.")
    ] = None,
    k: Annotated[int, typer.Option("--k", min=1, max=50, help="Depth of the figures.")] = DEFAULT_DEPTH,
    as_json: AsJson = False,
) -> None:
    """Measure how well searches find what was judged relevant: recall, MRR, nDCG, and bias to the own language."""
    try:
        judged = read_queries(queries, qrels)
        report = _measure_documents(documents, judged, k) if documents else _measure_listings(judged, k)
    except (OSError, UnreadableFile) as problem:
        raise Refused(str(problem)) from problem
    if as_json:
        print_json(report)
    else:
        print(format_report(report))


def _measure_documents(documents: File, judged: list[JudgedQuery], depth: int) -> Report:
    settings = read_settings()
    embedder = open_embedder(settings)
    with show_progress("evaluating") as show:
        return evaluate_documents(
            read_documents(documents),
            judged,
            embedder,
            open_index=partial(open_throwaway_search, settings),
            depth=depth,
            progress=lambda _what, done, whole: show(done, whole),
        )


def _measure_listings(judged: list[JudgedQuery], depth: int) -> Report:
    with show_progress("evaluating"), open_parts(read_settings(), write_index=False) as parts:
        return evaluate_engine(parts.search, judged, _languages_of_listings(parts), depth=depth)


def _languages_of_listings(parts: Parts) -> dict[str, str]:
    with parts.database.reading() as session:
        rows = session.execute(
            select(Listing.reference, Listing.language).where(Listing.state == ListingState.PUBLISHED)
        )
        return dict(rows.all())
