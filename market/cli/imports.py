from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from sqlalchemy import select

from market.cli.index import rebuild_index
from market.cli.output import AsJson, Refused, errors, print_json, read_language, show_progress
from market.cli.parts import Parts, open_database, open_parts, read_settings
from market.cli.schema import require_current
from market.exchange.enums import RunState, Verdict
from market.exchange.files import hold_run
from market.exchange.formats.reading import open_rows
from market.exchange.formats.rows import UnreadableFile
from market.exchange.forms import ImportOptions
from market.exchange.models import ImportProblem, ImportRun
from market.exchange.reactions import index_next
from market.exchange.running import AnotherRuns, check_file, set_back, take_over
from market.exchange.service import found_imported, hash_file, is_worker_at, start_run
from market.exchange.takeover import ChangedSinceChecked
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.errors import NotFound, Refusal
from market.listings.enums import ListingKind
from market.organizations.queries import get_organization, lock_organization
from search.port import SearchUnavailable

app = typer.Typer(no_args_is_help=True, help="Take listings in from files.")

SHOWN_PROBLEMS = 50
TRIES = 3


@app.callback()
def imports() -> None:
    """Take listings in from files."""


@app.command("listings")
def import_listings(
    file: Annotated[Path, typer.Argument(help="JSON Lines, CSV or XLSX; .gz too.", exists=True, dir_okay=False)],
    organization: Annotated[str, typer.Option(help="Address (slug) of the organization; 'Imported' if none.")] = "",
    encoding: Annotated[str, typer.Option(help="Of a CSV that is not recognised, such as gb18030.")] = "",
    language: Annotated[str, typer.Option(help="Of rows that name none.")] = "",
    kind: Annotated[ListingKind | None, typer.Option(help="Of rows that name none of ours.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publish them, as staff may.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report only.")] = False,
    skip_errors: Annotated[bool, typer.Option("--skip-errors", help="Leave refused rows out.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import all rows of a file, or none. A known id updates its listing. Cut off, it goes on when run again."""
    if language:
        read_language(language)
    options = ImportOptions(
        language=language, kind=kind, encoding=encoding, publishes=publish, publishes_incomplete=publish,
        skips_faults=skip_errors,
    )  # fmt: skip
    settings = read_settings()
    with open_database(settings) as database, _saying_refusals():
        require_current(database)
        run_id = _begin(database, file, organization, options)
        with hold_run(settings, run_id):
            done = _carry_out(database, run_id, file, skip=skip_errors, dry=dry_run)
    if done:
        _index(settings, run_id)
    with open_database(settings) as database:
        _report(database, run_id, as_json=as_json)
    if not done and not dry_run:
        raise Refused("nothing was imported: rows were refused (--skip-errors leaves them out)")


def _begin(database: Database, file: Path, slug: str, options: ImportOptions) -> UUID:
    file_format = open_rows(file, encoding=options.encoding or None, file_format=None).format
    digest = hash_file(file)
    with database.transaction() as session:
        try:
            organization = get_organization(session, slug) if slug else found_imported(session, now=utc_now())
        except NotFound as problem:
            raise Refused(f"there is no organization {slug!r}") from problem
        lock_organization(session, organization.id)  # of two commands at once, one begins and one finds
        run = start_run(
            session, organization.id, name=file.name, file_format=file_format, file_hash=digest, options=options,
            by=None, now=utc_now(),
        )  # fmt: skip
        if is_worker_at(run, now=utc_now()):
            raise AnotherRuns
        return run.id


def _carry_out(database: Database, run_id: UUID, file: Path, *, skip: bool, dry: bool) -> bool:
    """Whether the rows are in the market now."""
    with database.reading() as session:
        if checked := session.get_one(ImportRun, run_id).checked_rows:
            errors.print(f"goes on behind row {checked}")
    for _try in range(TRIES):
        with show_progress("checking") as show:
            check_file(database, run_id, file, progress=lambda done, _whole: show(done, 0))
        with database.reading() as session:
            run = session.get_one(ImportRun, run_id)
        if run.state is RunState.FAILED:
            raise Refused((run.failure or "") % run.failure_values)
        if run.state is RunState.UNMAPPED:
            set_back(database, run_id, RunState.REFUSED)
            raise Refused(f"{(run.failure or '') % run.failure_values} (see docs/import-format.md)")
        if dry or (run.counts.get("refused") and not skip):
            set_back(database, run_id, RunState.STOPPED if dry else RunState.REFUSED)
            return False
        try:
            with show_progress("importing") as show:
                take_over(database, run_id, progress=show)
        except ChangedSinceChecked:
            errors.print("listings were changed meanwhile: checking again")
        else:
            return True
    set_back(database, run_id, RunState.REFUSED)
    raise Refused("the listings of this file are being changed again and again; nothing was imported")


def _index(settings: Settings, run_id: UUID) -> None:
    """Where no server holds the index's lock; a server is told by the fact and does it itself."""
    try:
        with open_parts(settings, write_index=True) as parts:
            if parts.search.may_write():
                _index_here(parts, run_id)
    except SearchUnavailable as problem:
        errors.print(f"the index is brought up to date later: {escape(str(problem))}")


def _index_here(parts: Parts, run_id: UUID) -> None:
    if parts.search.status().problem:
        rebuild_index(parts)
    with show_progress("indexing") as show:
        done = 0
        while index_next(parts.work, run_id):
            done += 1
            show(done, 0)


def _report(database: Database, run_id: UUID, *, as_json: bool) -> None:
    with database.reading() as session:
        run = session.get_one(ImportRun, run_id)
        chosen = select(ImportProblem).where(ImportProblem.run_id == run_id)
        order = (ImportProblem.verdict, ImportProblem.line, ImportProblem.number)
        problems = session.scalars(chosen.order_by(*order)).all()
    counts = {"state": run.state.value, **{name: run.counts.get(name, 0) for name in COUNTED}}
    extras = run.counts.get("extras", {})
    if as_json:
        print_json({**counts, "extras": extras, "problems": [_write_problem(problem) for problem in problems]})
        return
    for name, number in counts.items():
        print(f"{name:10} {number}")
    for name, number in sorted(extras.items()):
        print(f"left out   column {name!r} ({number} rows)")
    for problem in [one for one in problems if one.verdict is Verdict.REFUSED][:SHOWN_PROBLEMS]:
        what = f"{problem.column}: {problem.message % problem.values} {problem.excerpt}"
        print(f"line {problem.line}: {problem.row_id} {what}")
    _summarize(problems)


COUNTED = ("rows", "new", "changed", "unchanged", "repaired", "refused")


def _summarize(problems: Any) -> None:
    totals: dict[tuple[str, str, str], int] = {}
    for problem in problems:
        key = (problem.verdict.value, problem.column, problem.message % problem.values)
        totals[key] = totals.get(key, 0) + 1
    for (verdict, column, message), number in sorted(totals.items()):
        print(f"{verdict:9} {number:6} × {column}: {message}")


def _write_problem(problem: ImportProblem) -> dict[str, Any]:
    return {
        "line": problem.line,
        "id": problem.row_id,
        "column": problem.column,
        "verdict": problem.verdict.value,
        "message": problem.message % problem.values,
        "excerpt": problem.excerpt,
    }


@contextmanager
def _saying_refusals() -> Iterator[None]:
    try:
        yield
    except UnreadableFile as problem:
        raise Refused(problem.message % problem.values) from problem
    except AnotherRuns as problem:
        raise Refused(problem.message) from problem
    except Refusal as problem:
        raise Refused(problem.message % problem.values) from problem
