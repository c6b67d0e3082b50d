"""Reading and writing sessions. What SQLite does in its own way is tested on a file of its own, whatever the suite
runs on.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.jobs import JobRow

ADD_ONE = text("UPDATE counter SET value = :value")
READ = text("SELECT value FROM counter")


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Database]:
    """A SQLite file with one number in it."""
    database = Database(f"sqlite:///{tmp_path}/counter.sqlite3", pool_size=8)
    with database.transaction() as session:
        session.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    yield database
    database.close()


def add_one(session: Session) -> None:
    """Read, then write what was read plus one: lost where somebody else does the same meanwhile."""
    value = session.execute(READ).scalar_one()
    session.execute(ADD_ONE, {"value": value + 1})


def begin_statements(database: Database) -> list[str]:
    """The list to which every statement that begins a transaction is added from now on."""
    begins: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("BEGIN"):
            begins.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    return begins


def test_a_writer_takes_the_lock_when_it_begins_and_a_reader_never(counter: Database) -> None:
    begins = begin_statements(counter)

    with counter.reading() as session:
        session.execute(READ)
    with counter.writing() as session:
        session.execute(READ)
    with counter.transaction() as session:
        session.execute(READ)

    assert begins == ["BEGIN", "BEGIN IMMEDIATE", "BEGIN IMMEDIATE"]


def test_writers_at_the_same_time_wait_for_each_other_and_lose_nothing(counter: Database) -> None:
    start = threading.Barrier(6)

    def write_often(_number: int) -> None:
        start.wait()
        for _ in range(10):
            with counter.transaction() as session:
                add_one(session)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write_often, range(6)))

    with counter.reading() as session:
        assert session.execute(READ).scalar_one() == 60


def test_a_reader_that_turns_to_writing_after_somebody_wrote_fails_at_once(counter: Database) -> None:
    """Why writers begin with the lock: no busy timeout helps here."""
    with counter.reading() as late:
        late.execute(READ)
        with counter.transaction() as session:
            add_one(session)

        with pytest.raises(OperationalError, match="database is locked"):
            add_one(late)


def test_readers_see_the_last_commit_while_somebody_writes(counter: Database) -> None:
    with counter.writing() as writer, counter.reading() as reader:
        add_one(writer)

        assert reader.execute(READ).scalar_one() == 0


def test_a_new_sqlite_connection_keeps_foreign_keys_and_waits(counter: Database) -> None:
    with counter.reading() as session:
        found = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("foreign_keys", "journal_mode", "busy_timeout", "synchronous")
        }

    assert found == {"foreign_keys": 1, "journal_mode": "wal", "busy_timeout": 5_000, "synchronous": 1}


def test_the_folder_of_a_new_sqlite_database_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/a/b/market.sqlite3")
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    database.close()

    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["market.sqlite3"]


def test_a_transaction_commits_at_its_end(database: Database) -> None:
    with database.transaction() as session:
        session.add(JobRow(name="sweep", due_at=utc_now()))

    with database.reading() as session:
        assert session.get(JobRow, "sweep") is not None


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def fail_late() -> None:
        with database.transaction() as session:
            session.add(JobRow(name="sweep", due_at=utc_now()))
            session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        fail_late()

    with database.reading() as session:
        assert session.get(JobRow, "sweep") is None


def test_a_transaction_can_go_on_after_a_part_that_failed(database: Database) -> None:
    with database.transaction() as session:
        session.add(JobRow(name="sweep", due_at=utc_now()))
        session.flush()
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(insert(JobRow).values(name="sweep", due_at=utc_now()))
        session.add(JobRow(name="dust", due_at=utc_now()))

    with database.reading() as session:
        assert set(session.scalars(select(JobRow.name))) == {"sweep", "dust"}


def test_what_was_read_can_be_used_after_the_session(database: Database) -> None:
    with database.transaction() as session:
        row = JobRow(name="sweep", due_at=utc_now())
        session.add(row)

    assert row.name == "sweep"


@pytest.mark.parametrize(
    ("address", "dialect", "driver"),
    [
        pytest.param("sqlite:///var/none.sqlite3", "sqlite", "pysqlite", id="sqlite"),
        pytest.param("postgresql://market@127.0.0.1:1/market", "postgresql", "psycopg", id="postgresql"),
        pytest.param("postgresql+psycopg://market@127.0.0.1:1/market", "postgresql", "psycopg", id="psycopg named"),
    ],
)
def test_addresses_of_both_databases_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, dialect: str, driver: str
) -> None:
    monkeypatch.chdir(tmp_path)
    database = Database(address)

    assert (database.engine.dialect.name, database.engine.dialect.driver) == (dialect, driver)
    assert database.is_sqlite == (dialect == "sqlite")
    database.close()


@pytest.mark.postgres
def test_a_statement_on_postgresql_has_a_time_limit_and_utc(request: pytest.FixtureRequest) -> None:
    with request.getfixturevalue("postgresql").make_database() as address:
        database = Database(address)
        with database.reading() as session:
            limits = [session.execute(text(f"SHOW {name}")).scalar_one() for name in ("statement_timeout", "timezone")]
        database.close()

    assert limits == ["10s", "UTC"]
