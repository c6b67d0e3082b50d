"""Run by Alembic: `market migrate` and `make migration`."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from market import wiring  # noqa: F401 - all tables are known once it is imported
from market.kernel.config import Settings
from market.kernel.db import Base, Database, Instant, WallTime


def run_migrations() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:
        connection = Database(Settings().database_address).engine.connect()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, WallTime):
        return "sa.DateTime()"
    return False


run_migrations()
