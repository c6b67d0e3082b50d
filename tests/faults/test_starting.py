"""Starts that cannot go well say why in a line; those on changed ground go well."""

import shutil
import socket
import time
from pathlib import Path

import pytest

from market.kernel.db import CONNECT_SECONDS
from market.web.forms import FormTokenWrong
from market.web.rendering import Renderer
from tests.faults.accounting import find_index_differences
from tests.faults.disks import mounted_disk
from tests.faults.people import Browser, author_at, read_sentence
from tests.faults.running import Installation
from tests.make.reading import read_titles
from tests.make.waiting import wait_until

pytestmark = pytest.mark.faults

TAKES_OVER = "another process writes the index; this one takes over when that ends"


def last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2]


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_folder_that_cannot_be_written_is_refused_at_the_start(
    tmp_path: Path, sqlite_template: Path, command: str
) -> None:
    with mounted_disk(tmp_path / "var") as disk:
        shutil.copy(sqlite_template, disk.path / "market.sqlite3")
        disk.forbid_writing()

        outcome = Installation(tmp_path).run(command)

    assert outcome.returncode == 1
    assert last_line(outcome.stderr) == f"refused: MARKET_DATA_DIR: nothing can be written at {tmp_path / 'var'}"
    assert "Traceback" not in outcome.stderr


def test_a_database_that_says_nothing_is_refused_in_time(tmp_path: Path) -> None:
    """It takes the call, as one does that hangs or a firewall that swallows everything."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://market@127.0.0.1:{silent.getsockname()[1]}/market"
        start = time.monotonic()

        outcome = Installation(tmp_path, database_url=url).run("serve")

    assert outcome.returncode == 1
    assert last_line(outcome.stderr).startswith("refused: the database says: ")
    assert CONNECT_SECONDS <= time.monotonic() - start < CONNECT_SECONDS + 15
    assert "Traceback" not in outcome.stderr


def test_a_second_server_at_the_same_place_is_refused_and_disturbs_nothing(installation: Installation) -> None:
    with (
        installation.serving() as first,
        installation.database() as database,
        author_at(first.address, database) as author,
    ):
        with installation.serving(port=first.port, wait=False) as second:
            assert second.wait() == 1
        assert author.publish("Rice mill").status_code == 303
        wait_until(lambda: read_titles(author.get("/listings?q=rice")) == ["Rice mill"])

    assert "address already in use" in second.log
    assert last_line(second.log) == "refused: the server did not start: its log says why"
    assert "Traceback" not in second.log


def test_a_second_server_at_another_place_says_that_it_waits_for_the_index_and_takes_over(
    installation: Installation,
) -> None:
    with (
        installation.serving() as first,
        installation.serving() as second,
        installation.database() as database,
        author_at(second.address, database) as author,
    ):
        assert TAKES_OVER in second.log
        assert TAKES_OVER not in first.log
        assert author.publish("Rice mill 1").status_code == 303
        wait_until(lambda: read_titles(author.get("/listings?q=rice")) == ["Rice mill 1"])

        first.kill()

        assert author.publish("Rice mill 2").status_code == 303
        wait_until(lambda: sorted(read_titles(author.get("/listings?q=rice"))) == ["Rice mill 1", "Rice mill 2"])
        second.wait_delivered()
        assert find_index_differences(installation) == []


def test_a_new_secret_key_makes_open_forms_stale_and_signs_nobody_out(
    installation: Installation, renderer: Renderer
) -> None:
    with (
        installation.serving(MARKET_SECRET_KEY="first key " * 4) as server,
        installation.database() as database,
        author_at(server.address, database, language="lo") as author,
        Browser(server.address, language="lo") as newcomer,
    ):
        forms = [
            author.open_form("/listings/new", "/listings/new"),
            newcomer.open_form("/register", "/register"),
        ]
        server.kill()
        with installation.serving(MARKET_SECRET_KEY="second key" * 4) as again:
            for browser in (author, newcomer):
                browser.go_to(again.address)
            answers = [form.send({"title": "Rice mill"}) for form in forms]
            said = renderer.reader("lo").gettext(FormTokenWrong.message)
            assert [(answer.status_code, read_sentence(answer)) for answer in answers] == [(403, ("lo", said))] * 2
            assert author.publish("Rice mill").status_code == 303
            assert newcomer.register("new@example.org").status_code == 303
