"""No search cluster at the address that the settings name, or one that takes the call and says nothing."""

import socket
from collections.abc import Iterator

import pytest

from tests.faults.people import author_at
from tests.faults.running import Installation
from tests.make.reading import read_html, read_titles

pytestmark = pytest.mark.faults

AWAY = "The search engine does not answer right now."
SECRET = "s3cr3t-w0rd"


@pytest.fixture(params=["nobody listens", "silent"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "nobody listens":
        yield "127.0.0.1:9"
        return
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        yield f"127.0.0.1:{silent.getsockname()[1]}"


def test_server_and_worker_start_and_pages_list_from_the_database_and_say_so(
    installation: Installation, address: str
) -> None:
    installation.settings["MARKET_SEARCH_URL"] = f"http://market:{SECRET}@{address}"
    with installation.working() as worker, installation.serving() as server, installation.database() as database:
        with author_at(server.address, database) as author:
            assert author.publish("Rice mill").status_code == 303
            pages = [author.get(path) for path in ("/listings", "/listings?q=rice", "/")]
            report = server.report()
        assert worker.is_running()

    assert [page.status_code for page in pages] == [200] * 3
    for page in pages[:2]:
        assert read_titles(page) == ["Rice mill"]
    assert [text.startswith(AWAY) for text in read_html(pages[1]).texts("p", css="notice")] == [True]
    assert (report["status"], report["search"]) == ("ok", "unavailable")
    assert not installation.index.exists()
    assert (SECRET in server.log + worker.log, "Traceback" in server.log + worker.log) == (False, False)


def test_commands_say_in_a_line_that_the_cluster_is_away(installation: Installation) -> None:
    installation.settings["MARKET_SEARCH_URL"] = f"http://market:{SECRET}@127.0.0.1:9"

    ended = [installation.run(*words) for words in (("index", "status"), ("index", "rebuild"), ("search", "rice"))]

    assert [one.returncode for one in ended] == [1, 1, 1]
    for one in ended:
        assert one.stderr.splitlines()[-1] == "refused: the search cluster failed: ConnectionError"
        assert (SECRET in one.stderr, "Traceback" in one.stderr) == (False, False)
