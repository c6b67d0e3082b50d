"""What the database holds now, read in a transaction of its own: the test's session may be older, or hold a lock."""

from typing import Any, TypeVar

from sqlalchemy import Select, func, select

from market.kernel.db import Base, Database

RowT = TypeVar("RowT")

Stock = dict[str, list[tuple[Any, ...]]]
"""Rows by table."""


def read_stored(database: Database, query: Select[RowT]) -> list[RowT]:
    with database.reading() as session:
        return list(session.scalars(query))


def count_stored(database: Database, *tables: type[Base]) -> list[int]:
    with database.reading() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def take_stock(database: Database) -> Stock:
    """Every row of every table, to prove that nothing has changed."""
    with database.reading() as session:
        return {
            name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for name, table in Base.metadata.tables.items()
        }
