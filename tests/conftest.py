"""Real database, real templates, real engine; a new one of each for every test."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from market import wiring
from market.app import create_app
from market.cli.schema import migrate_database
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.outbox import FactRow
from market.kernel.work import Lane, Work
from market.listings import browsing
from market.web.mails import TemplateLetters
from market.web.rendering import Renderer
from market.worker import Worker
from search.embedded import open_engine
from search.port import Engine
from tests.make.visitor import Visitor
from tests.postgresql import PostgresqlServer

pytest_plugins = ["tests.browser.fixtures", "tests.elasticsearch.fixtures"]

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=("sqlite", "postgresql"), default="sqlite", help="which database the suite runs on"
    )
    parser.addoption(
        "--deployment",
        choices=("one", "cluster"),
        default="one",
        help="what browsers visit: one process, or a server and workers with PostgreSQL and three search nodes",
    )


@pytest.fixture(autouse=True)
def unhurried_search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine may take longer than the deadline; only the tests of the deadline itself keep it."""
    if "engine_faults" not in request.node.nodeid:
        monkeypatch.setattr(browsing, "SEARCH_DEADLINE_SECONDS", 30.0)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database: copied for every test."""
    folder = tmp_path_factory.mktemp("template")
    migrate_database(Settings(data_dir=folder))
    return folder / "market.sqlite3"


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlServer]:
    with PostgresqlServer.start(tmp_path_factory.mktemp("postgresql")) as server:
        server.make_template()
        yield server


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.config.getoption("--database") == "postgresql":
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        with server.make_database() as url:
            yield Settings(data_dir=tmp_path, database_url=url)
        return
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "market.sqlite3")
    yield Settings(data_dir=tmp_path)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_address, pool_size=5)
    yield database
    database.close()


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """A session that commits when the test asks for it. Builders of `tests/make` commit what they make."""
    with database.writing() as session:
        yield session


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """The embedded engine without an embedder: by words alone, which is quick."""
    engine = open_engine(tmp_path / "index", embedder=None)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer(wiring.map_addresses())


@pytest.fixture
def work(settings: Settings, database: Database, engine: Engine, renderer: Renderer) -> Work:
    return Work(settings, database, engine, None, TemplateLetters(renderer, base_url=settings.base_url))


@pytest.fixture
def deliver(work: Work) -> Callable[[], None]:
    """Everything that waits is delivered, as the worker would."""
    return lambda: Worker(work).drain(lanes=tuple(Lane))


@pytest.fixture
def visitor(settings: Settings, database: Database, engine: Engine, renderer: Renderer) -> Iterator[Visitor]:
    """A browser without an account."""
    app = create_app(settings, database=database, search=engine, renderer=renderer)
    with Visitor(app, settings) as visitor:
        yield visitor


@pytest.fixture
def sign_in(visitor: Visitor, database: Database) -> Callable[..., Visitor]:
    """Another browser of the same site, signed in as somebody."""
    return lambda user: visitor.sign_in(user, database)


@pytest.fixture
def facts(database: Database) -> Callable[[], list[str]]:
    """Names of the facts recorded so far, oldest first."""

    def names() -> list[str]:
        with database.reading() as session:
            return list(session.scalars(select(FactRow.name).order_by(FactRow.recorded_at)))

    return names


@pytest.fixture
def count_queries(database: Database) -> Iterator[Callable[[], int]]:
    """How many statements ran since the last call."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)

    def count() -> int:
        number = len(statements)
        statements.clear()
        return number

    yield count
    event.remove(database.engine, "before_cursor_execute", note)
