"""No space left: what cannot be kept is refused in the reader's language and leaves no trace, and reading goes on."""

import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import sleep

import pytest

from market.web.errors import Busy
from market.web.rendering import Renderer
from tests.faults.accounting import find_index_differences
from tests.faults.disks import Disk, mounted_disk
from tests.faults.people import Browser, author_at, read_reference, read_sentence
from tests.faults.running import Installation, Server, pass_time
from tests.make.reading import read_titles
from tests.make.stored import take_stock
from tests.postgresql import PostgresqlServer

pytestmark = pytest.mark.faults

Cramped = Callable[[Disk, Server], AbstractContextManager[None]]


@contextmanager
def full_disk(disk: Disk, _server: Server) -> Iterator[None]:
    disk.fill()
    yield
    disk.free()


@contextmanager
def files_at_their_limit(_disk: Disk, server: Server) -> Iterator[None]:
    """No file of the process may grow: needs no rights, and the system answers otherwise than on a full disk."""
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture
def disk(tmp_path: Path, sqlite_template: Path) -> Iterator[Disk]:
    """Where `MARKET_DATA_DIR` is."""
    with mounted_disk(tmp_path / "var") as disk:
        shutil.copy(sqlite_template, disk.path / "market.sqlite3")
        yield disk


@pytest.mark.parametrize("cramped", [full_disk, files_at_their_limit], ids=lambda cramped: cramped.__name__)
def test_a_full_disk_refuses_what_is_sent_and_keeps_what_is_there(
    tmp_path: Path, disk: Disk, renderer: Renderer, cramped: Cramped
) -> None:
    installation = Installation(tmp_path)
    with (
        installation.serving() as server,
        installation.database() as database,
        author_at(server.address, database, language="vi") as author,
    ):
        reference = read_reference(author.publish("Rice mill 1"))
        server.wait_delivered()
        with cramped(disk, server):
            before = take_stock(database)
            statuses = [author.get(page).status_code for page in ("/", "/listings?q=rice", f"/listings/{reference}")]
            refused = [author.publish("Rice mill 2"), author.retitle(reference, "Silk loom")]
            with Browser(server.address, language="vi") as newcomer:
                refused.append(newcomer.register("new@example.org"))
            sleep(1)  # what the worker does meanwhile must not harm
            assert statuses == [200, 200, 200]
            said = ("vi", renderer.reader("vi").gettext(Busy.message))
            assert [(answer.status_code, read_sentence(answer)) for answer in refused] == [(503, said)] * 3
            assert {answer.headers["retry-after"] for answer in refused} == {"3"}
            assert take_stock(database) == before

        assert author.publish("Rice mill 3").status_code == 303
        server.wait_delivered()
        assert sorted(read_titles(author.get("/listings?q=rice"))) == ["Rice mill 1", "Rice mill 3"]
        assert "Traceback" not in server.log
    assert find_index_differences(installation) == []


@pytest.mark.parametrize("cramped", [full_disk, files_at_their_limit], ids=lambda cramped: cramped.__name__)
def test_a_disk_that_fills_up_under_the_index_alone_stops_nobody_and_the_index_catches_up(
    tmp_path: Path, disk: Disk, cramped: Cramped, postgresql: PostgresqlServer
) -> None:
    """The database is elsewhere."""
    with postgresql.make_database() as url:
        installation = Installation(tmp_path, database_url=url, settings={"MARKET_EMBEDDINGS_URL": ""})
        with (
            installation.serving() as server,
            installation.database() as database,
            author_at(server.address, database) as author,
        ):
            references = [read_reference(author.publish(f"Rice mill {number}")) for number in range(5)]
            server.wait_delivered()
            with cramped(disk, server):
                written = [author.retitle(reference, f"Silk loom {reference}") for reference in references]
                written += [author.publish(f"Cotton gin {number}") for number in range(5)]
                sleep(3)
                assert {answer.status_code for answer in written} == {303}
                assert author.get("/listings?q=silk").status_code == 200
                assert server.report()["outbox"]["waiting"] > 0

            pass_time(installation, 31)  # what failed is tried again at its time
            server.wait_delivered()
            shown = sorted(read_titles(author.get("/listings?q=silk+loom")))
            assert shown == sorted(f"Silk loom {reference}" for reference in references)
        assert find_index_differences(installation) == []
