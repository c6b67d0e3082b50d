"""No search cluster at the address that the settings name, or one that takes the call and says nothing."""

import time
from collections.abc import Iterator

import pytest

from market.app import create_app
from market.kernel.config import Settings
from market.kernel.db import Database
from market.web.rendering import Renderer
from search.elastic import connection, open_engine
from tests.faults.people import author_at, read_reference
from tests.faults.running import Installation
from tests.faults.silence import Silence, keeping_silent
from tests.make.reading import read_html, read_titles
from tests.make.visitor import Visitor

pytestmark = pytest.mark.faults

AWAY = "The search engine does not answer right now."
SECRET = "s3cr3t-w0rd"
PAGES = 6
ENDLESS = 1_000


@pytest.fixture(params=["nobody listens", "silent"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "nobody listens":
        yield "127.0.0.1:9"
        return
    yield request.getfixturevalue("silence").address


@pytest.fixture
def silence() -> Iterator[Silence]:
    with keeping_silent() as silence:
        yield silence


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


def test_who_writes_asks_nothing_of_the_cluster(installation: Installation, silence: Silence) -> None:
    installation.settings["MARKET_SEARCH_URL"] = f"http://{silence.address}"
    with (
        installation.serving() as server,
        installation.database() as database,
        author_at(server.address, database) as author,
    ):
        published = author.publish("Rice mill")
        reference = read_reference(published)
        answers = [published, author.retitle(reference, "Silk loom"), author.withdraw(reference)]
        asked = silence.asked
        author.get("/listings?q=rice")

    assert [answer.status_code for answer in answers] == [303] * 3
    assert (asked, silence.asked) == (0, 1)  # who searches does


@pytest.mark.parametrize(
    ("failures", "waiting"),
    [(connection.FAILURES, connection.FAILURES), (ENDLESS, PAGES)],
    ids=["with the breaker", "control: without it"],
)
def test_pages_wait_for_a_cluster_that_hangs_only_until_the_breaker_opens(
    settings: Settings, database: Database, renderer: Renderer, silence: Silence, monkeypatch: pytest.MonkeyPatch, *,
    failures: int, waiting: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(connection, "FAILURES", failures)
    engine = open_engine([f"http://{silence.address}"], alias="market", embedder=None)
    spent = []
    with Visitor(create_app(settings, database=database, search=engine, renderer=renderer), settings) as visitor:
        for number in range(PAGES):  # a page that was shown a moment ago is kept
            start = time.monotonic()
            assert visitor.get(f"/en/listings?q=mill+{number}").status_code == 200
            spent.append(time.monotonic() - start)
    engine.close()

    assert [one >= connection.SEARCH_SECONDS for one in spent] == [True] * waiting + [False] * (PAGES - waiting)
    assert silence.asked == waiting
