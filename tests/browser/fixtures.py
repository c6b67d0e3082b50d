"""Chromium as Debian ships it, and one market with demo data for all browser tests."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.server import running_market
from tests.elasticsearch.clusters import Cluster
from tests.elasticsearch.program import Program
from tests.postgresql import PostgresqlServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def market_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("market")
    if request.config.getoption("--deployment") == "one":
        with running_market(folder) as address:
            yield address
        return
    program: Program = request.getfixturevalue("elasticsearch_program")
    databases: PostgresqlServer = request.getfixturevalue("postgresql")
    with Cluster(program, tmp_path_factory.mktemp("cluster")) as cluster, databases.make_database() as database:
        settings = {"MARKET_SEARCH_URL": ",".join(cluster.urls), "MARKET_DATABASE_URL": database}
        with running_market(folder, settings=settings, workers=2) as address:
            yield address


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - heavy, and only browser tests need it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: "Browser", market_address: str) -> "Iterator[Page]":
    """A fresh browser window. Whatever it complains about fails the test: a refused style, a script's error."""
    context = chromium.new_context(base_url=market_address, viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert [text for text in complaints if "status of 4" not in text] == []
