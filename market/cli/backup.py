from pathlib import Path
from typing import Annotated, Any

import typer

from market.cli.backups import postgresql, sqlite
from market.cli.backups.folders import drafting, drop_imports, keep_imports, keep_means, list_imports
from market.cli.backups.manifest import DATABASE_FILES, Manifest, describe_files, name_program, write_manifest
from market.cli.backups.tables import count_rows, list_import_runs, read_revision
from market.cli.output import AsJson, print_json, show_progress
from market.cli.parts import open_database, read_settings
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database


def back_up(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet, or is empty.")],
    as_json: AsJson = False,
) -> None:
    """Save the market as it is at one moment, while people use it: database and files, with a manifest."""
    settings = read_settings()
    with open_database(settings) as database, drafting(folder) as draft:
        manifest = save_market(settings, database, draft)
    if as_json:
        print_json(describe_backup(folder, manifest))
    else:
        print(f"{folder}: {manifest.counts.get('listing', 0)} listings, {manifest.size:,} bytes")


def save_market(settings: Settings, database: Database, draft: Path) -> Manifest:
    """Files of imports are copied before and after the database's moment: one that it tells of may go soon after, when
    its import ends, and one that came just before was not there at the beginning.
    """
    kind, engine = ("sqlite", sqlite) if database.is_sqlite else ("postgresql", postgresql)
    keep_means(settings, draft)
    keep_imports(settings, draft, list_imports(settings))
    made_at = utc_now()
    with engine.reading_at_one_moment(database) as connection:
        revision, runs = read_revision(connection), list_import_runs(connection)
        keep_imports(settings, draft, list_imports(settings) & runs)
        drop_imports(draft, runs)
        with show_progress("database") as show:
            engine.copy_database(connection, draft / DATABASE_FILES[kind], show)
        counts = count_rows(connection)
    with show_progress("checksums") as show:
        files = describe_files(draft, show)
    manifest = Manifest(
        program=name_program(), revision=revision, database=kind, made_at=made_at, counts=counts, files=files
    )
    write_manifest(draft, manifest)
    return manifest


def describe_backup(folder: Path, manifest: Manifest) -> dict[str, Any]:
    described = manifest.model_dump(mode="json", exclude={"files"})
    return {"folder": str(folder), **described, "files": len(manifest.files), "bytes": manifest.size}
