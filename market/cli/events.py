import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from locales import DEFAULT_LANGUAGE
from market import wiring
from market.accounts.queries import find_user
from market.cli.output import AsJson, Refused, errors, print_json, read_language
from market.cli.parts import open_database, read_settings
from market.cli.schema import require_current
from market.events import queries
from market.events.models import Event
from market.events.service import bring_into_the_open
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.errors import Refusal
from market.kernel.viewer import OPERATOR, Viewer
from market.organizations.queries import snapshot_viewer
from market.programme import queries as programmes
from market.programme.enums import FileForm
from market.programme.exporting import Addresses, write_programme
from market.programme.formats.columns import COLUMNS
from market.programme.formats.detecting import is_table, read_programme
from market.programme.formats.limits import MOST_BYTES
from market.programme.formats.neutral import FileProgramme, Problem, ReadProgramme
from market.programme.formats.tables import list_columns
from market.programme.forms import ReleaseForm
from market.programme.releasing import NothingChanged, release_programme
from market.programme.tabular import read_event_table
from market.programme.takeover import Taken, take_over_programme
from market.web.rendering import Renderer

app = typer.Typer(no_args_is_help=True, help="Events and their programmes.")

MOST_LISTED = 1_000
GZIP_BEGIN = b"\x1f\x8b"


@app.callback()
def events() -> None:
    """Events and their programmes."""


@app.command("list")
def list_events(
    language: Annotated[str, typer.Option(help="The reader's language.")] = DEFAULT_LANGUAGE, as_json: AsJson = False
) -> None:
    """List all events, in every state; the last day that is furthest ahead first."""
    reader = read_language(language)
    with open_database(read_settings()) as database, database.reading() as session:
        rows = queries.list_organized(session, OPERATOR, language=reader, limit=MOST_LISTED)
        items = [
            {
                "slug": row.slug, "kind": row.kind.value, "state": row.state.value, "title": row.title,
                "language": row.language, "country": row.country, "city": row.city, "zone": row.zone,
                "starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat(),
                "sessions": programmes.count_sessions(session, row.id),
            }
            for row in rows
        ]  # fmt: skip
    if as_json:
        print_json({"items": items})
        return
    for item in items:
        print(f"{item['starts_on']}  {item['state']:10} {item['slug']}  {item['title']} ({item['sessions']})")


@app.command("import")
def import_programme(
    file: Annotated[Path, typer.Argument(help="frab XML or JSON, or CSV; .gz too.", exists=True, dir_okay=False)],
    slug: Annotated[str, typer.Option("--event", help="Address (slug) of the event. CSV needs one.")] = "",
    columns: Annotated[
        list[str] | None, typer.Option("--column", help="Of CSV: our column = the file's header. May be repeated.")
    ] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Announce the event and release the programme.")] = False,
    organizer: Annotated[str, typer.Option(help="Mail address of the account that leads a new event.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take a programme in, whole or not at all. The same programme again brings its event up to date."""
    content, mapping = _read(file), _read_columns(columns or [])
    if is_table(content) and not slug and not as_json:
        errors.print("A table (CSV) needs the event that it belongs to: --event SLUG")
    with open_database(read_settings()) as database:
        require_current(database)
        read = _read_file(database, content, slug, mapping)
        if read.programme is None or read.problems:
            _report_problems(read.problems, as_json=as_json)
            raise Refused("nothing was imported")
        taken = _take_over(database, read.programme, slug=slug, organizer=organizer, publish=publish)
    if as_json:
        print_json({"slug": taken.event.slug, "sessions": taken.sessions, "problems": []})
    else:
        print(f"{taken.event.slug}: {taken.sessions} sessions")


@app.command("export")
def export_programme(
    slug: Annotated[str, typer.Argument(help="Address (slug) of the event.")],
    file: Annotated[Path, typer.Argument(help="Where to write it.", dir_okay=False)],
    form: Annotated[FileForm, typer.Option("--format", help="What to write.")] = FileForm.FRAB_XML,
    language: Annotated[str, typer.Option(help="The reader's language.")] = DEFAULT_LANGUAGE,
) -> None:
    """Write the released programme of an event to a file."""
    reader = read_language(language)
    settings = read_settings()
    with open_database(settings) as database, database.reading() as session:
        event = queries.find_event(session, slug)
        programme = programmes.find_programme(session, event.id) if event else None
        if event is None or programme is None or programme.current_release_id is None:
            raise Refused(f"there is no event {slug} with a released programme")
        addresses = _address(settings, event.slug, reader)
        content = write_programme(session, event, programme, form, language=reader, addresses=addresses)
    file.write_bytes(content)
    errors.print(f"{file}: {len(content):,} bytes")


def _read(file: Path) -> bytes:
    content = file.read_bytes()
    if not content.startswith(GZIP_BEGIN):
        return content
    try:
        with gzip.open(file) as packed:
            return packed.read(MOST_BYTES + 1)  # what is larger is refused by the reader
    except (OSError, EOFError) as problem:
        raise Refused(f"{file} cannot be unpacked") from problem


def _read_columns(columns: Sequence[str]) -> dict[str, str] | None:
    mapping = {}
    for one in columns:
        column, _sign, header = (part.strip() for part in one.partition("="))
        if column not in COLUMNS or not header:
            raise Refused(f"--column takes one of {', '.join(COLUMNS)}, an equals sign and a header of the file")
        mapping[column] = header
    return mapping or None


def _read_file(database: Database, content: bytes, slug: str, mapping: dict[str, str] | None) -> ReadProgramme:
    with database.reading() as session:
        event = _find_event(session, slug)
        if event is not None and is_table(content):
            named = {column.guess: column.name for column in list_columns(content) if column.guess}
            return read_event_table(session, event, content, mapping=named | mapping if mapping else None)
    return read_programme(content)


def _find_event(session: Session, slug: str) -> Event | None:
    event = queries.find_event(session, slug) if slug else None
    if slug and event is None:
        raise Refused(f"there is no event {slug}")
    return event


def _take_over(database: Database, programme: FileProgramme, *, slug: str, organizer: str, publish: bool) -> Taken:
    now = utc_now()
    with database.transaction() as session, _saying_refusals():
        by = _find_organizer(session, organizer)
        taken = take_over_programme(session, programme, into=_find_event(session, slug), by=by, now=now)
        if publish:
            bring_into_the_open(session, taken.event, by=by, now=now)
            with suppress(NothingChanged):
                # Another system decided so: what it holds for possible is shown.
                release_programme(session, taken.event, ReleaseForm(), by=by, now=now, despite_conflicts=True)
    return taken


def _find_organizer(session: Session, address: str) -> Viewer:
    if not address:
        return OPERATOR
    user = find_user(session, address)
    if user is None:
        raise Refused(f"there is no account {address}")
    return snapshot_viewer(session, user, session_id=user.id)


@contextmanager
def _saying_refusals() -> Iterator[None]:
    try:
        yield
    except Refusal as problem:
        raise Refused(problem.message % problem.values) from problem


def _report_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    told = [
        {"line": problem.line, "place": problem.place, "message": problem.fault.message % problem.fault.values}
        for problem in problems
    ]
    if as_json:
        print_json({"slug": None, "sessions": 0, "problems": told})
        return
    for one in told:
        place = f"line {one['line']}: " if one["line"] else ""
        errors.print(f"{place}{one['place']} {one['message']}", highlight=False, soft_wrap=True, markup=False)


def _address(settings: Settings, slug: str, language: str) -> Addresses:
    renderer = Renderer(wiring.map_addresses())
    site = settings.base_url.rstrip("/")

    def session(code: str) -> str:
        return site + renderer.address("programme.session", language=language, slug=slug, session=code)

    programme = site + renderer.address("programme.show", language=language, slug=slug)
    return Addresses(site=site, programme=programme, session=session)
