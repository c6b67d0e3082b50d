from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.jobs import JobRow

NOON_IN_NANNING = datetime(2026, 11, 23, 12, 0, 0, 123_456, timezone(timedelta(hours=8)))


def keep(database: Database, instant: datetime, *, name: str = "sweep") -> None:
    with database.transaction() as session:
        session.add(JobRow(name=name, due_at=instant))


def test_an_instant_comes_back_in_utc_to_the_microsecond(database: Database) -> None:
    keep(database, NOON_IN_NANNING)

    with database.reading() as session:
        kept = session.scalars(select(JobRow.due_at)).one()

    assert kept == NOON_IN_NANNING
    assert (kept.tzinfo, kept.hour, kept.microsecond) == (UTC, 4, 123_456)


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="an instant needs a time zone"):
        keep(database, NOON_IN_NANNING.replace(tzinfo=None))


def test_an_instant_without_a_zone_is_refused_in_a_comparison_too(database: Database) -> None:
    with database.reading() as session, pytest.raises(StatementError, match="an instant needs a time zone"):
        session.scalars(select(JobRow).where(JobRow.due_at < NOON_IN_NANNING.replace(tzinfo=None)))


def test_instants_of_other_zones_are_compared_as_instants(database: Database) -> None:
    keep(database, NOON_IN_NANNING)
    keep(database, NOON_IN_NANNING + timedelta(seconds=1), name="dust")
    same_in_hanoi = NOON_IN_NANNING.astimezone(timezone(timedelta(hours=7)))

    with database.reading() as session:
        names = session.scalars(select(JobRow.name).where(JobRow.due_at <= same_in_hanoi)).all()

    assert names == ["sweep"]


def test_the_clock_tells_utc() -> None:
    assert utc_now().tzinfo is UTC
