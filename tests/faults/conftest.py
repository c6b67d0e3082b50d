"""An installation of its own for every test: on SQLite, and where the fault concerns it on a real PostgreSQL too."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

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
