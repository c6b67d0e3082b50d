import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from market.accounts.models import SignInSession
from market.accounts.service import start_sign_in
from market.cli import schema
from market.cli.output import Refused
from market.cli.schema import is_current, make_configuration, migrate_database
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Base, Database
from tests.make.accounts import make_user
from tests.make.organizations import make_organization
from tests.make.stored import count_stored, take_stock

Tables = dict[str, dict[str, Any]]

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade():
    {content}
"""


def describe(database: Database) -> Tables:
    """Every table with its columns, keys, indexes and checks, as the database itself tells."""
    with database.engine.connect() as connection:
        look = inspect(connection)
        return {
            table: {
                "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(table)],
                "primary key": look.get_pk_constraint(table),
                "foreign keys": sorted(look.get_foreign_keys(table), key=repr),
                "indexes": sorted(
                    ({**index, "dialect_options": _write_out(index)} for index in look.get_indexes(table)), key=repr
                ),
                "unique": sorted(look.get_unique_constraints(table), key=repr),
                "checks": sorted(look.get_check_constraints(table), key=repr),
            }
            for table in look.get_table_names()
        }


def _write_out(index: Any) -> dict[str, str]:
    """The condition of a partial index is an object that equals itself alone."""
    return {name: str(option) for name, option in index.get("dialect_options", {}).items()}


def run_alembic(database: Database, run: Callable[..., None], revision: str) -> None:
    configuration = make_configuration()
    with database.engine.connect() as connection:
        configuration.attributes["connection"] = connection
        run(configuration, revision)
        connection.commit()


def find_differences(database: Database) -> list[Any]:
    """What a new migration made from the models would contain."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_up_down_and_up_again_leads_to_the_same_schema(database: Database) -> None:
    first = describe(database)

    run_alembic(database, command.downgrade, "base")
    emptied = describe(database)
    run_alembic(database, command.upgrade, "head")

    assert list(emptied) == ["alembic_version"]
    assert describe(database) == first
    assert set(first) == {*Base.metadata.tables, "alembic_version"}


def test_models_and_schema_agree(database: Database) -> None:
    assert find_differences(database) == []


def test_a_difference_between_models_and_schema_would_be_found(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("ALTER TABLE mail ADD COLUMN colour VARCHAR(20)"))
        session.execute(text("DROP INDEX ix_mail_created_at_id"))

    assert [difference[0] for difference in find_differences(database)] == ["add_index", "remove_column"]


def test_checks_of_models_and_schema_agree(database: Database) -> None:
    """Alembic does not compare them."""
    in_schema = {(table, check["name"]) for table, parts in describe(database).items() for check in parts["checks"]}
    in_models = {
        (table.name, str(check.name))
        for table in Base.metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }

    assert in_schema == in_models
    assert len(in_models) >= 4


def test_migrating_again_changes_nothing(settings: Settings, database: Database) -> None:
    before = describe(database)

    migrate_database(settings)

    assert describe(database) == before
    assert is_current(database)


def test_an_older_or_empty_database_is_not_current(database: Database) -> None:
    run_alembic(database, command.downgrade, "base")

    assert not is_current(database)


def test_there_is_one_newest_migration_and_each_follows_another() -> None:
    scripts = ScriptDirectory.from_config(make_configuration())
    revisions = [script.revision for script in scripts.walk_revisions()]

    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    assert revisions == sorted(revisions, reverse=True)


def add_migration(folder: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    """One more migration after the newest, in a copy of all."""
    (head,) = ScriptDirectory.from_config(make_configuration()).get_heads()
    shutil.copytree(schema.MIGRATIONS, folder)
    (folder / "versions" / "9999_next.py").write_text(MIGRATION.format(head=head, content=content))
    monkeypatch.setattr(schema, "MIGRATIONS", folder)


def test_a_migration_that_rebuilds_a_table_keeps_the_rows_that_point_to_it(
    db: Session, settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite changes a table by filling a new one and dropping the old one, which would delete with it what hangs on
    its rows.
    """
    start_sign_in(db, make_user(db), browser="tests", now=utc_now())
    db.commit()
    add_migration(
        tmp_path / "migrations",
        monkeypatch,
        """rebuild = "always" if op.get_context().dialect.name == "sqlite" else "auto"
    with op.batch_alter_table("user_account", recreate=rebuild) as table:
        table.add_column(sa.Column("colour", sa.String(20), nullable=True))""",
    )
    database.engine.dispose()

    migrate_database(settings)

    assert ("colour", "VARCHAR(20)", True) in describe(database)["user_account"]["columns"]
    assert count_stored(database, SignInSession) == [1]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            "op.execute('UPDATE membership SET user_id = organization_id')", id="leaves rows that point to nothing"
        ),
        pytest.param("op.execute('DELETE FROM nowhere')", id="fails"),
    ],
)
def test_a_migration_that_goes_wrong_changes_nothing(
    db: Session, settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    make_organization(db)
    before, stored = describe(database), take_stock(database)
    content = f"op.drop_table('periodic_job'); {content}"
    add_migration(tmp_path / "migrations", monkeypatch, content)

    with pytest.raises((Refused, SQLAlchemyError)):
        migrate_database(settings)

    assert (describe(database), take_stock(database)) == (before, stored)
    assert not is_current(database)
