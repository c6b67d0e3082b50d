"""An installation of its own for every test: on SQLite, and where the fault concerns it on a real PostgreSQL too."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine
from tests.faults.running import Installation


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """With `@pytest.mark.parametrize("installation", BOTH, indirect=True)` on both databases, else on SQLite."""
    folder = tmp_path / "var"
    folder.mkdir()
    if getattr(request, "param", "sqlite") == "postgresql":
        with request.getfixturevalue("postgresql").make_database() as url:
            yield Installation(tmp_path, database_url=url)
        return
    shutil.copy(request.getfixturevalue("sqlite_template"), folder / "market.sqlite3")
    yield Installation(tmp_path)


@pytest.fixture
def clustered(installation: Installation, elasticsearch_url: str) -> Iterator[Installation]:
    """An installation with an index of its own on the node that all share."""
    alias = f"test-{uuid4().hex[:12]}"
    installation.settings.update(MARKET_SEARCH_URL=elasticsearch_url, MARKET_SEARCH_INDEX=alias)
    yield installation
    engine = ElasticEngine(Connection([elasticsearch_url]), alias=alias, embedder=None, centring=None)
    engine.indices.delete_all()
    engine.close()
    assert not installation.index.exists()


@pytest.fixture
def make_new_installation(
    request: pytest.FixtureRequest, installation: Installation, tmp_path: Path
) -> Callable[[], AbstractContextManager[Installation]]:
    """Another machine of the same kind, with nothing on it: on PostgreSQL with the empty database that its
    administrator has made.
    """

    @contextmanager
    def make() -> Iterator[Installation]:
        folder = tmp_path / f"new-{uuid4()}"
        folder.mkdir()
        if not installation.database_url:
            yield Installation(folder)
            return
        with request.getfixturevalue("postgresql").make_database() as url:
            yield Installation(folder, database_url=url)

    return make
