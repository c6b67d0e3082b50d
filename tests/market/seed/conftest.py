import shutil
from collections.abc import Iterator

import pytest

from market.kernel.db import Database
from market.seed.stages import Stage, seed_market


@pytest.fixture(scope="session")
def seeded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with all demo data, made once: the tests that ask for it only read, and share the group `seeded`."""
    if request.config.getoption("--database") == "postgresql":
        with request.getfixturevalue("postgresql").make_database() as address:
            yield from seed(address)
    else:
        file = tmp_path_factory.mktemp("seeded") / "market.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield from seed(f"sqlite:///{file}")


def seed(address: str) -> Iterator[Database]:
    database = Database(address, pool_size=5)
    seed_market(database, list(Stage)[-1], show=lambda _done, _whole: None)
    yield database
    database.close()
