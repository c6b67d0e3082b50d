import logging
import sys
from typing import Never

import typer
from rich.markup import escape
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from market.cli import (
    backup,
    doctor,
    evaluate,
    events,
    exports,
    imports,
    index,
    match,
    outbox,
    restore,
    search,
    seed,
    serve,
    tokens,
    users,
)
from market.cli.output import Refused, errors
from market.cli.schema import migrate
from search.port import SearchUnavailable

log = logging.getLogger("market.cli")
app = typer.Typer(
    name="market",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The open marketplace for technology transfer between China and ASEAN.",
)
app.command("serve")(serve.serve)
app.command("worker")(serve.work)
app.command("migrate")(migrate)
app.command("seed")(seed.seed_market)
app.add_typer(users.app, name="users")
app.add_typer(tokens.app, name="tokens")
app.command("search")(search.search_listings)
app.command("match")(match.match_listing)
app.command("evaluate")(evaluate.evaluate_search)
app.add_typer(imports.app, name="import")
app.add_typer(exports.app, name="export")
app.add_typer(events.app, name="events")
app.add_typer(index.app, name="index")
app.add_typer(outbox.app, name="outbox")
app.command("backup")(backup.back_up)
app.command("restore")(restore.restore_market)
app.command("doctor")(doctor.examine)


def run() -> None:
    """Exit codes: 0 done, 1 refused (the reason is said), 2 usage."""
    try:
        app(prog_name="market")
    except Refused as problem:
        _say_refused(*problem.reasons)
    except SearchUnavailable as problem:
        _say_refused(str(problem))
    except (OperationalError, ProgrammingError, ArgumentError) as problem:
        reason = str(getattr(problem, "orig", problem)).partition("\n")[0]
        _say_refused(f"the database says: {reason} (a missing table or column: run `market migrate`)")
    except OSError as problem:  # a folder that is not there, a disk that is full
        log.debug("a file could not be used", exc_info=problem)
        _say_refused(f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem))


def _say_refused(*reasons: str) -> Never:
    """A line each, however wide the console is."""
    for reason in reasons:
        errors.print(f"[red]refused:[/red] {escape(reason)}", highlight=False, soft_wrap=True)
    sys.exit(1)


if __name__ == "__main__":
    run()
