"""The database locked or gone: pages say so in the reader's language, and go on by themselves when it is back."""

import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest
from httpx2 import Response

from market.web.errors import Broken, Busy
from market.web.rendering import Renderer
from tests.faults.accounting import find_index_differences
from tests.faults.people import Browser, author_at, read_reference, read_sentence
from tests.faults.running import Installation
from tests.make.reading import read_titles
from tests.make.stored import take_stock
from tests.make.waiting import wait_until
from tests.postgresql import DebianServer, PostgresqlServer, run_stoppable_server

pytestmark = pytest.mark.faults

BUSY_SECONDS = 5


@pytest.fixture
def postgresql_of_ones_own() -> Iterator[DebianServer]:
    with run_stoppable_server() as server:
        yield server


def is_busy(answer: Response, renderer: Renderer, language: str) -> bool:
    said = renderer.reader(language).gettext(Busy.message)
    return (answer.status_code, read_sentence(answer), answer.headers["retry-after"]) == (503, (language, said), "3")


@contextmanager
def locked(installation: Installation) -> Iterator[None]:
    """As a backup or a hand at the database would."""
    other = sqlite3.connect(installation.directory / "market.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_a_database_locked_for_long_refuses_changes_in_time_and_delays_no_reader(
    installation: Installation, renderer: Renderer
) -> None:
    with (
        installation.serving() as server,
        installation.database() as database,
        author_at(server.address, database, language="th") as author,
    ):
        reference = read_reference(author.publish("Rice mill 1"))
        form = author.open_form("/listings/new", "/listings/new")
        before = take_stock(database)
        with locked(installation):
            start = time.monotonic()
            refused = author.retitle(reference, "Silk loom")
            waited = time.monotonic() - start
            statuses = [author.get(page).status_code for page in ("/", "/listings", f"/listings/{reference}")]
        assert is_busy(refused, renderer, "th")
        assert BUSY_SECONDS <= waited < BUSY_SECONDS + 5
        assert statuses == [200, 200, 200]
        stock = take_stock(database)
        assert {name: stock[name] for name in ("listing", "listing_text")} == {
            name: before[name] for name in ("listing", "listing_text")
        }

        assert author.retitle(reference, "Silk loom").status_code == 303
        assert form.send({}).status_code == 422  # the form of before is still good: only its fields are empty
        server.wait_delivered()
        assert "Traceback" not in server.log
    assert find_index_differences(installation) == []


def test_a_short_lock_is_waited_for(installation: Installation) -> None:
    with (
        installation.serving() as server,
        installation.database() as database,
        author_at(server.address, database) as author,
        ThreadPoolExecutor(1) as threads,
    ):
        form = author.open_form("/listings/new", "/listings/new")
        with locked(installation):
            answer = threads.submit(form.send, {"title": "Rice mill"})
            sleep(1)
            assert not answer.done()
        assert answer.result().status_code == 303


def test_a_database_file_that_is_no_database_is_said_without_a_word_about_our_insides(
    installation: Installation, renderer: Renderer
) -> None:
    with installation.serving() as server, Browser(server.address, language="my") as reader:
        for file in installation.directory.glob("market.sqlite3*"):
            file.write_bytes(os.urandom(max(4_096, file.stat().st_size)))

        answers = [reader.get(page) for page in ("/listings?sort=expiring", "/organizations", "/listings?kind=offer")]

        said = ("my", renderer.reader("my").gettext(Broken.message))
        assert [(answer.status_code, read_sentence(answer)) for answer in answers] == [(500, said)] * 3
        assert [word for answer in answers for word in ("sqlite", "Traceback") if word in answer.text] == []
        assert {answer.headers["connection"] for answer in answers} == {"close"}
        assert (server.answers(), server.report()["status"]) == (True, "unavailable")


def test_postgresql_stopped_and_started_again_is_missed_and_found_by_itself(
    postgresql_of_ones_own: DebianServer, tmp_path: Path, renderer: Renderer
) -> None:
    databases = PostgresqlServer(postgresql_of_ones_own.url)
    databases.make_template()
    with databases.make_database() as url:
        installation = Installation(tmp_path, database_url=url)
        with (
            installation.serving() as server,
            installation.database() as database,
            author_at(server.address, database, language="km") as author,
        ):
            reference = read_reference(author.publish("Rice mill 1"))
            author.publish("Rice mill 2")
            form = author.open_form(f"/listings/{reference}/edit", "/edit")
            postgresql_of_ones_own.stop()
            with Browser(server.address, language="vi") as reader:
                away = [reader.get(page) for page in ("/", "/listings?q=rice", f"/listings/{reference}")]
            assert [is_busy(answer, renderer, "vi") for answer in away] == [True] * 3
            assert is_busy(form.send({"title": "Silk loom"}), renderer, "km")
            assert (server.answers(), server.report()["status"]) == (True, "unavailable")
            sleep(2.5)  # the worker tries meanwhile

            postgresql_of_ones_own.start()

            wait_until(lambda: server.report()["status"] == "ok")
            assert form.send({"title": "Silk loom"}).status_code == 303
            assert author.publish("Rice mill 3").status_code == 303
            server.wait_delivered()
            assert sorted(read_titles(author.get("/listings?q=rice"))) == ["Rice mill 2", "Rice mill 3"]
            assert "Traceback" not in server.log
        assert find_index_differences(installation) == []
