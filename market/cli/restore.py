from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import typer
from rich.markup import escape
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from market.accounts.service import end_what_may_have_ended
from market.cli.backup import describe_backup
from market.cli.backups import postgresql, sqlite
from market.cli.backups.folders import INDEX, placing_imports, put_means
from market.cli.backups.manifest import DATABASE_FILES, Manifest, check_files, read_manifest
from market.cli.index import rebuild_index
from market.cli.output import AsJson, Refused, errors, print_json, show_progress
from market.cli.parts import Parts, open_database, open_parts, read_settings
from market.cli.schema import knows_revision
from market.cli.settings import find_database_problem, find_folder_problem
from market.exchange.files import FOLDER as IMPORTS
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.listings.facts import IndexRebuildAsked
from search.embedded.folder import IndexFolder
from search.port import SearchUnavailable


def restore_market(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `market backup` has made.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the market that is there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring back a market from its backup, wholly or not at all, and build its search index anew.

    Server and workers must be stopped. Everybody has to sign in anew.
    """
    settings = read_settings()
    manifest = read_manifest(folder)
    refuse_unfit(settings, manifest)
    with show_progress("checksums") as show:
        check_files(folder, manifest, show)
    settling = Settling()
    with holding_index(settings.data_dir / INDEX):
        put_back(folder, settings, manifest, replace=replace, settling=settling)
        put_means(folder, settings, manifest.list_files(INDEX))
    errors.print(f"the market of {manifest.made_at:%Y-%m-%d %H:%M} UTC is back; everybody has to sign in anew")
    if settling.tokens:
        errors.print(
            f"{settling.tokens} API tokens count; those that were ended after the backup have to be ended again"
        )
    documents = bring_index_up(settings, settling.request_id)
    if as_json:
        print_json({**describe_backup(folder, manifest), "documents": documents})
    else:
        print(f"{manifest.counts.get('listing', 0)} listings, {'-' if documents is None else documents} in the index")


@dataclass(slots=True)
class Settling:
    """What must hold in a market that goes on from an earlier moment, done with the restoring or not at all."""

    request_id: UUID = field(default_factory=uuid4)
    tokens: int = 0

    def settle(self, session: Session) -> None:
        """The index is of another time, and its versions may be later ones: only a new one can take its place."""
        now = utc_now()
        outbox.release_all_claims(session, now=now)
        outbox.record(session, IndexRebuildAsked(self.request_id), by=None)
        self.tokens = end_what_may_have_ended(session, now=now)


def refuse_unfit(settings: Settings, manifest: Manifest) -> None:
    if problem := find_database_problem(settings) or find_folder_problem(settings):
        raise Refused(problem)
    backend = make_url(settings.database_address).get_backend_name()
    if backend != manifest.database:
        raise Refused(f"the backup is of {manifest.database}, MARKET_DATABASE_URL names {backend}")
    if not knows_revision(manifest.revision):
        raise Refused(
            f"the backup's schema {manifest.revision} is newer than this program: it was made by {manifest.program}"
        )


@contextmanager
def holding_index(directory: Path) -> Iterator[None]:
    """Whoever serves or works on the embedded index holds its lock, and would go on with a database that is gone."""
    index = IndexFolder(directory)
    if directory.is_dir() and not index.take_lock():
        raise Refused("a server or worker is running: it holds the index's lock; stop it first")
    try:
        yield
    finally:
        index.release_lock()


def put_back(folder: Path, settings: Settings, manifest: Manifest, *, replace: bool, settling: Settling) -> None:
    source = folder / DATABASE_FILES[manifest.database]
    with placing_imports(folder, settings, manifest.list_files(IMPORTS)):
        if manifest.database == "sqlite":
            live = Path(make_url(settings.database_address).database or "")
            sqlite.restore_database(source, settings, live, manifest=manifest, replace=replace, settle=settling.settle)
        else:
            with open_database(settings) as database, show_progress("rows") as show:
                postgresql.restore_database(
                    source, database, manifest=manifest, replace=replace, settle=settling.settle, show=show
                )


def bring_index_up(settings: Settings, request_id: UUID) -> int | None:
    """How many documents it holds then; None where the server has to do it, by the fact that asks for it."""
    try:
        with open_parts(settings, write_index=True) as parts:
            return _bring_up(parts, request_id)
    except (SearchUnavailable, Refused) as problem:
        errors.print(
            escape(f"the index is built anew when the server starts: {problem}"), highlight=False, soft_wrap=True
        )
        return None


def _bring_up(parts: Parts, request_id: UUID) -> int:
    if not parts.search.status().writable:
        raise Refused("another process holds the index")
    rebuild_index(parts)
    with parts.database.transaction() as session:
        outbox.keep_from_handlers(session, request_id, now=utc_now())
    return parts.search.status().documents
