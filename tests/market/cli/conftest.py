from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.work import Work
from market.web.mails import TemplateLetters
from market.web.rendering import Renderer
from market.worker import Worker
from search.embedded import open_engine
from tests.make.commands import Market, make_market
from tests.make.stored import Stock, take_stock

NO_EMBEDDER = "http://127.0.0.1:9/v1"
"""Nobody answers there: searches go by words alone, and no command has to load the model."""


@pytest.fixture
def market(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Market:
    """The command, with the settings of this test in its environment."""
    monkeypatch.setenv("MARKET_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MARKET_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MARKET_EMBEDDINGS_URL", NO_EMBEDDER)
    return make_market(monkeypatch, capsys)


@pytest.fixture
def leave(db: Session, database: Database) -> Callable[[], None]:
    """Nobody but a command is on the database from now on; what was made in the session stays to be read."""

    def close() -> None:
        db.expunge_all()
        db.close()
        database.close()

    return close


@pytest.fixture
def stock(database: Database, leave: Callable[[], None]) -> Callable[[], Stock]:
    """What is stored, looked at by somebody who leaves again."""

    def look() -> Stock:
        found = take_stock(database)
        leave()
        return found

    return look


@pytest.fixture
def saved(market: Market, leave: Callable[[], None], tmp_path: Path) -> Callable[[], Path]:
    """The market as it is now, in a backup."""

    def save() -> Path:
        leave()
        assert market("backup", tmp_path / "saved").code == 0
        return tmp_path / "saved"

    return save


@pytest.fixture
def index(settings: Settings, database: Database, renderer: Renderer) -> Callable[[], None]:
    """Whatever waits is delivered by a process that holds the index's lock meanwhile and ends."""

    def deliver() -> None:
        engine = open_engine(settings.data_dir / "index", embedder=None)
        letters = TemplateLetters(renderer, base_url=settings.base_url)
        Worker(Work(settings, database, engine, None, letters)).drain()
        engine.close()

    return deliver
