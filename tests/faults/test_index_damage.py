"""The index deleted, cut off or overwritten: the market opens, says what is missing, and one command mends it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from search.centring import SHIPPED, keep_centring, read_centring
from tests.faults.accounting import find_index_differences
from tests.faults.people import Browser, author_at
from tests.faults.running import Installation, Server, pass_time
from tests.make.listings import make_listing
from tests.make.reading import read_html, read_titles
from tests.make.waiting import wait_until

pytestmark = pytest.mark.faults

SAID = "The search engine does not answer right now."
STOCK = {f"Rice mill {number}" for number in range(8)}


def find_live(index: Path) -> Path:
    return index / (index / "current").read_text().strip()


def overwrite(file: Path) -> None:
    """With as many bytes that mean nothing. A file cut off under a process that has it mapped would end the process."""
    with file.open("r+b") as opened:
        opened.write(os.urandom(file.stat().st_size))


def overwrite_all(folder: Path, pattern: str = "*") -> None:
    for file in folder.rglob(pattern):
        if file.is_file():
            overwrite(file)


def cut_vectors_off(index: Path) -> None:
    for file in (find_live(index) / "vectors").iterdir():
        os.truncate(file, file.stat().st_size // 2)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "folder deleted": shutil.rmtree,
    "generation deleted": lambda index: shutil.rmtree(find_live(index)),
    "words deleted": lambda index: shutil.rmtree(find_live(index) / "words"),
    "vectors deleted": lambda index: shutil.rmtree(find_live(index) / "vectors"),
    "pointer overwritten": lambda index: overwrite(index / "current"),
    "state overwritten": lambda index: overwrite_all(find_live(index), "state.sqlite*"),
    "description overwritten": lambda index: overwrite(find_live(index) / "meta.json"),
    "words overwritten": lambda index: overwrite_all(find_live(index) / "words"),
    "vectors cut off": cut_vectors_off,
    "everything overwritten": overwrite_all,
}
WHILE_RUNNING = ("folder deleted", "generation deleted", "words overwritten", "everything overwritten")


@pytest.fixture(scope="module")
def stock(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a market that was in use; its model computed vectors, so that there are some to damage."""
    installation = Installation(tmp_path_factory.mktemp("stock"), settings={"MARKET_EMBEDDINGS_URL": ""})
    installation.directory.mkdir()
    shutil.copy(sqlite_template, installation.directory / "market.sqlite3")
    with installation.database() as database, database.writing() as session:
        for title in sorted(STOCK):
            make_listing(session, texts={"en": title})
    with installation.serving() as server:
        server.wait_delivered()
    return installation.directory


@pytest.fixture
def stocked(stock: Path, tmp_path: Path) -> Installation:
    shutil.copytree(stock, tmp_path / "var")
    return Installation(tmp_path, settings={"MARKET_EMBEDDINGS_URL": ""})


def search(server: Server, words: str) -> tuple[list[str], set[str]]:
    """What the page warns of, and the titles that it shows; it opens in any case."""
    with Browser(server.address) as reader:
        answer = reader.client.get("/en/listings", params={"q": words})
    assert answer.status_code == 200
    return read_html(answer).texts("p", css="warn"), set(read_titles(answer))


def says_all_or_why_not(server: Server) -> bool:
    """Never a page that says 'nothing found' of what is there."""
    warned, shown = search(server, "rice mill")
    return shown == STOCK or (shown == STOCK and warned[0].startswith(SAID))


def finds_all(server: Server, *more: str) -> bool:
    warned, shown = search(server, "rice mill")
    return warned == [] and shown == STOCK | set(more)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_start_on_a_damaged_index_opens_and_mends_it(stocked: Installation, damage: Callable[[Path], None]) -> None:
    damage(stocked.index)

    with stocked.serving() as server:
        assert says_all_or_why_not(server)
        assert "the search index is built anew" in server.log
        wait_until(lambda: finds_all(server))
        server.wait_delivered()
        differences = find_index_differences(stocked)

    assert "Traceback" not in server.log
    assert differences == []


@pytest.mark.parametrize("name", WHILE_RUNNING)
def test_an_index_damaged_while_it_is_in_use_is_mended_by_one_command(stocked: Installation, name: str) -> None:
    with stocked.serving() as server, stocked.database() as database, author_at(server.address, database) as author:
        assert finds_all(server)
        DAMAGES[name](stocked.index)

        assert says_all_or_why_not(server)
        assert author.publish("Rice mill 9").status_code == 303
        outcome = stocked.run("index", "rebuild")

        assert (outcome.returncode, outcome.stdout) == (0, "9 documents\n"), outcome.stderr
        pass_time(stocked, 31)  # what failed meanwhile is tried again at its time
        server.wait_delivered()
        wait_until(lambda: finds_all(server, "Rice mill 9"))
        assert find_index_differences(stocked) == []
        assert author.publish("Rice mill 10").status_code == 303
        wait_until(lambda: finds_all(server, "Rice mill 9", "Rice mill 10"))


def test_an_index_deleted_while_it_is_in_use_comes_back_by_itself(stocked: Installation) -> None:
    with stocked.serving() as server:
        shutil.rmtree(stocked.index)
        warned, shown = search(server, "rice mill")
        assert (warned[0].startswith(SAID), shown) == (True, STOCK)

        pass_time(stocked, 2)  # until the worker looks

        wait_until(lambda: finds_all(server))
        assert find_index_differences(stocked) == []


@pytest.mark.parametrize("kept", [0, 1_000, 50_000])
def test_means_cut_off_are_left_out_and_the_others_taken(stocked: Installation, kept: int) -> None:
    keep_centring(read_centring(SHIPPED), stocked.index)
    (means,) = stocked.index.glob("means-*.npz")
    os.truncate(means, kept)

    with stocked.serving() as server:
        assert f"{means} is damaged and left out" in server.log
        assert finds_all(server)
        assert find_index_differences(stocked) == []
