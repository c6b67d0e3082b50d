"""The database: base class of the tables, engine and sessions. SQLite and PostgreSQL alike; what differs stands
here.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    and_,
    case,
    create_engine,
    event,
    false,
    make_url,
    true,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

POOL_SIZE = 10
BUSY_TIMEOUT_MS = 5_000
POSTGRESQL_STATEMENT_TIMEOUT_MS = 10_000
CONNECT_SECONDS = 5
"""How long a server that takes the call and says nothing may hold a thread."""

_WRITES = "market_writes"

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An instant in UTC. SQLite keeps no zone, so one without a zone is refused on the way in and given UTC on the
    way out.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the interface
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class WallTime(TypeDecorator[datetime]):
    """What a clock on the wall will show somewhere; the zone stands beside it. One with its own is refused."""

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the interface
        if value is not None and value.tzinfo is not None:
            raise ValueError("a wall time has no zone of its own")
        return value


Wall = Annotated[datetime, mapped_column(WallTime)]
"""Of columns that hold a wall time."""


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's interface
        datetime: Instant,
        dict[str, Any]: JSON,
        dict[str, str]: JSON,
        dict[str, int]: JSON,
        list[dict[str, str]]: JSON,
        list[str]: JSON,
        # Values, not names, and a plain column: a new state needs no change of a database type.
        enum.StrEnum: Enum(enum.StrEnum, native_enum=False, length=40, values_callable=lambda e: [m.value for m in e]),
    }


class Database:
    """One engine with two ways in. On SQLite a session that may write takes the write lock when it begins,
    because an upgrade from reading to writing fails at once, whatever the busy timeout."""

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE) -> None:
        self.url = make_url(url)
        self.pool_size = pool_size
        self.engine = _create_engine(url, pool_size)
        self.reading = sessionmaker(self.engine, expire_on_commit=False)
        self.writing = sessionmaker(self.engine.execution_options(**{_WRITES: True}), expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A writing session outside a request (worker, commands): commits at the end, rolls back on an error."""
        with self.writing() as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


def checked_after(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition in a form that no index answers: for what few rows, found by another, are checked by.

    SQLite, which keeps no statistics of ours, guesses ten rows behind any index, and would rather walk through all
    published listings than look up twenty references.
    """
    return case((condition, true()), else_=false())


def insert_or_update(
    session: Session, entity: type[Base], rows: Sequence[Mapping[str, Any]], *, not_older: Sequence[str] = (),
    kept: Sequence[str] = (),
) -> None:  # fmt: skip
    """Rows by their primary key, all with the same columns: new ones are added, known ones changed. A known one whose
    value in any of the columns `not_older` is greater stays as it is: what was computed of older state comes too late.
    What is `kept` is only written with a new row.
    """
    if not rows:
        return
    table = entity.__table__
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    keys = [column.name for column in table.primary_key]
    statement = insert(entity)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in (*keys, *kept)}
    newer = and_(true(), *(statement.excluded[name] >= table.c[name] for name in not_older))
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed, where=newer), list(rows))


def _create_engine(url: str, pool_size: int) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            url, pool_size=pool_size, max_overflow=0, pool_timeout=5, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}
        )
        event.listen(engine, "connect", _prepare_sqlite_connection)
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    options = f"-c statement_timeout={POSTGRESQL_STATEMENT_TIMEOUT_MS} -c timezone=UTC"
    return create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={"options": options, "connect_timeout": CONNECT_SECONDS},
    )


def _prepare_sqlite_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN is off: we say ourselves when a transaction begins and of which kind.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-16000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _begin_on_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
