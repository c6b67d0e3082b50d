"""What happened is told to its handlers after the commit: what waits, and what nobody could do."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from market import wiring
from market.cli.output import AsJson, Refused, print_json
from market.cli.parts import open_database, read_settings
from market.cli.schema import require_current
from market.deliveries import queries, service
from market.deliveries.queries import SetAside
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import measure_backlog

AT_ONCE = 500


def read_handler(text: str) -> str:
    names = sorted(handler.name for handler in wiring.HANDLERS)
    if text not in names:
        raise typer.BadParameter(f"{text!r} is none of {' '.join(names)}")
    return text


app = typer.Typer(no_args_is_help=True, help="Facts on their way to their handlers: mails, index, vectors, imports.")
References = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[REFERENCE...]", help="References of listings, or ids, as `market outbox list` shows them."
    ),
]
OfHandler = Annotated[
    str | None,
    typer.Option("--handler", parser=read_handler, metavar="NAME", help="Only what this handler could not do."),
]


@app.command("status")
def show_status(as_json: AsJson = False) -> None:
    """What waits and what is set aside, by handler."""
    with _open() as database, database.reading() as session:
        backlog, by_handler = measure_backlog(session), queries.map_backlogs(session)
    if as_json:
        rows = {name: (part.waiting, part.set_aside, part.oldest) for name, part in by_handler.items()}
        whole = _show_counts(backlog.waiting, backlog.set_aside, backlog.oldest)
        print_json({**whole, "by_handler": {name: _show_counts(*row) for name, row in rows.items()}})
        return
    print(f"{'waiting':28} {backlog.waiting}")
    print(f"{'set aside':28} {backlog.set_aside}")
    print(f"{'oldest that waits':28} {_show_moment(backlog.oldest) or '-'}")
    for name, part in by_handler.items():
        oldest = f", oldest {_show_moment(part.oldest)}" if part.oldest else ""
        print(f"{name:28} {part.waiting} waiting, {part.set_aside} set aside{oldest}")


@app.command("list")
def list_set_aside(handler: OfHandler = None, as_json: AsJson = False) -> None:
    """What is set aside, the newest first: it failed twelve times, or can never be done as it is."""
    with _open() as database, database.reading() as session:
        rows = list(_iterate(session, handler))
    if as_json:
        print_json([_show(row) for row in rows])
        return
    for row in rows:
        print("\t".join(" ".join(str(value).split()) or "-" for value in _show(row).values()))


@app.command("retry")
def retry(
    references: References = None,
    handler: OfHandler = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is set aside.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put what was set aside back to what waits, as if it had never been tried. Name what, or say --all."""
    if everything == bool(references):
        raise typer.BadParameter("name what is to be tried again, or say --all")
    with _open() as database, database.transaction() as session:
        if references:
            rows = _get_named(session, references, handler)
            number = service.try_again(session, [(row.fact_id, row.handler) for row in rows], now=utc_now())
        else:
            number = service.try_all_again(session, handler=handler, now=utc_now())
    if as_json:
        print_json({"waiting": number})
    else:
        print(f"{number} to be tried again")


@contextmanager
def _open() -> Iterator[Database]:
    with open_database(read_settings()) as database:
        require_current(database)
        yield database


def _iterate(session: Session, handler: str | None) -> Iterator[SetAside]:
    rows = queries.list_set_aside(session, handler=handler, limit=AT_ONCE)
    while rows:
        yield from rows
        last = rows[-1]
        after = (last.since, last.fact_id, last.handler)
        rows = queries.list_set_aside(session, handler=handler, after=after, limit=AT_ONCE)


def _get_named(session: Session, references: Iterable[str], handler: str | None) -> list[SetAside]:
    """All of them, or none is tried: a slip of the finger must not pass for done."""
    wanted = set(references)
    rows = [row for row in _iterate(session, handler) if row.subject in wanted]
    if unknown := sorted(wanted - {row.subject for row in rows}):
        raise Refused(*(f"nothing about {name!r} is set aside" for name in unknown))
    return rows


def _show_counts(waiting: int, set_aside: int, oldest: datetime | None) -> dict[str, int | str | None]:
    return {"waiting": waiting, "set_aside": set_aside, "oldest": _show_moment(oldest)}


def _show_moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _show(row: SetAside) -> dict[str, str | int | None]:
    return {
        "subject": row.subject,
        "fact": row.fact,
        "handler": row.handler,
        "since": _show_moment(row.since),
        "attempts": row.attempts,
        "reason": row.error,
    }
