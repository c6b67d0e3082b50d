"""The schema of the database: migrations of Alembic, run from inside the program."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import market
from market.cli.output import Refused, errors
from market.cli.parts import open_database, read_settings
from market.kernel.config import Settings
from market.kernel.db import Database

MIGRATIONS = Path(market.__file__).parent / "migrations"


def migrate() -> None:
    """Bring the database's schema to this version. Safe to repeat."""
    settings = read_settings()
    migrate_database(settings)
    errors.print("schema is current")


def migrate_database(settings: Settings) -> None:
    """All in one transaction. On SQLite foreign keys rest meanwhile: a table is changed there by filling a new one and
    dropping the old one, and dropping would delete with its rows what hangs on them. They are checked before the end.
    """
    with open_database(settings, made=True) as database, database.engine.connect() as connection:
        if database.is_sqlite:
            driver: Any = connection.connection.driver_connection
            driver.execute("PRAGMA foreign_keys=OFF")  # not through SQLAlchemy: inside a transaction it does nothing
        with connection.begin():
            upgrade_schema(connection)
            if database.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                raise Refused(f"a row of {broken[0]} would point to nothing after the migration; nothing was changed")


def upgrade_schema(connection: Connection) -> None:
    """In the transaction that this connection is in."""
    configuration = make_configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


def knows_revision(revision: str) -> bool:
    """Whether a schema of this revision can be brought to that of this version."""
    scripts = ScriptDirectory.from_config(make_configuration())
    return revision in {script.revision for script in scripts.walk_revisions()}


def is_current(database: Database) -> bool:
    with database.engine.connect() as connection:
        present = set(MigrationContext.configure(connection).get_current_heads())
    return present == set(ScriptDirectory.from_config(make_configuration()).get_heads())


def require_current(database: Database) -> None:
    if not is_current(database):
        raise Refused("the database's schema is not that of this version: run `market migrate`")


def make_configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.set_main_option("path_separator", "os")
    return configuration
