"""One furnished market for all tests of the house; each test has a copy of its own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from market.app import create_app
from market.kernel.config import Settings
from market.kernel.db import Database
from market.web.rendering import Renderer
from search.embedded import open_engine
from search.port import Engine
from tests.house.furnishing import furnish_market
from tests.house.opening import House, list_doors
from tests.house.walking import Door, Market, Role

OpenHouse = Callable[..., House]


@pytest.fixture(scope="session")
def house_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(tmp_path_factory.mktemp("index"), embedder=None)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def market(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, house_engine: Engine, renderer: Renderer
) -> Market:
    return furnish_market(sqlite_template, tmp_path_factory.mktemp("market"), house_engine, renderer)


@pytest.fixture(scope="session")
def doors(tmp_path_factory: pytest.TempPathFactory, house_engine: Engine, renderer: Renderer) -> list[Door]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("doors"))
    database = Database(settings.database_address)
    found = list_doors(create_app(settings, database=database, search=house_engine, renderer=renderer))
    database.close()
    return found


@pytest.fixture
def open_house(
    market: Market,
    doors: list[Door],
    tmp_path_factory: pytest.TempPathFactory,
    house_engine: Engine,
    renderer: Renderer,
) -> Iterator[OpenHouse]:
    """Opens further applications, each with its own copy of the market; settings by name."""
    with ExitStack() as open_ones:

        def open_one(*, raise_errors: bool = True, **settings: Any) -> House:
            folder = tmp_path_factory.mktemp("house")
            house = House(
                market, doors, Settings(data_dir=folder, **settings), house_engine, renderer, raise_errors=raise_errors
            )
            return open_ones.enter_context(house)

        yield open_one


@pytest.fixture
def house(open_house: OpenHouse) -> House:
    return open_house()


@pytest.fixture(scope="session")
def walked(
    market: Market,
    doors: list[Door],
    tmp_path_factory: pytest.TempPathFactory,
    house_engine: Engine,
    renderer: Renderer,
) -> Mapping[tuple[Door, Role], Response]:
    """Every safe route as everybody, walked once for all tests that look at the answers."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("walked"))
    with House(market, doors, settings, house_engine, renderer) as house:
        return {(door, role): house.use(door, role) for door in doors if door.is_safe for role in Role}
