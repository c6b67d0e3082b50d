"""Questions to a database of any schema revision, of which the models of this program may know nothing."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Uuid, column, func, inspect, select, table

from market.cli.output import Refused
from market.exchange.models import ImportRun
from market.kernel.jobs import JobRow

REVISIONS: Final = "alembic_version"
_WITHOUT_CONTENT: Final = {REVISIONS, JobRow.__tablename__}
"""What `market migrate` and a first start of the server write."""


def read_revision(connection: Connection) -> str:
    revisions = MigrationContext.configure(connection).get_current_heads()
    if len(revisions) != 1:
        raise Refused("the database holds no market: `market migrate` makes one")
    return revisions[0]


def count_rows(connection: Connection) -> dict[str, int]:
    """Of every table, by its name."""
    names = sorted(set(inspect(connection).get_table_names()) - {REVISIONS})
    return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def require_counts(connection: Connection, counts: Mapping[str, int]) -> None:
    """What has been read back must be what was written down when it was saved."""
    found = count_rows(connection)
    for name in sorted(found.keys() | counts.keys()):
        if found.get(name) != counts.get(name):
            raise Refused(
                f"the backup does not fit its manifest: {name} has {found.get(name)} rows, not {counts.get(name)}"
            )


def holds_something(connection: Connection) -> bool:
    names = set(inspect(connection).get_table_names()) - _WITHOUT_CONTENT
    return any(connection.execute(select(1).select_from(table(name)).limit(1)).first() for name in names)


def list_import_runs(connection: Connection) -> set[str]:
    """As their files are named."""
    runs: Any = table(ImportRun.__tablename__, column("id", Uuid()))
    if not inspect(connection).has_table(runs.name):  # of a schema that had none yet
        return set()
    ids: list[UUID] = list(connection.scalars(select(runs.c.id)))
    return {str(run_id) for run_id in ids}
