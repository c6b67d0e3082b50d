"""A node that is there and says nothing: pages open in time and say so, and who writes notices nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

import pytest
from httpx2 import Response

from locales import LANGUAGES
from market.kernel.db import Database
from market.web.rendering import Renderer
from tests.elasticsearch.nodes import Node
from tests.elasticsearch.program import Program
from tests.faults.people import Browser, OpenForm, author_at, read_reference
from tests.faults.running import Installation, Server
from tests.make.listings import make_fields
from tests.make.reading import read_html, read_titles
from tests.make.waiting import wait_until
from tests.market.listings.test_engine_faults import SAID

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]

LONGEST_PAGE_SECONDS = 3.0
ACTS = 40
"""Of one person in a row: they may make 120 changes a minute."""

BLOCKS = 5
MEASUREMENTS = 3
"""On a machine that does other things too one may go wrong."""

ALIKE = 1.5

Fields = dict[str, str | list[str]]
Act = Callable[[Browser], Iterator[float]]
"""Does things on pages, without end; yields the seconds each took."""


@pytest.fixture
def node(installation: Installation, elasticsearch_program: Program, tmp_path: Path) -> Iterator[Node]:
    with Node(elasticsearch_program, tmp_path / "node") as node:
        installation.settings["MARKET_SEARCH_URL"] = node.url
        yield node


def test_while_the_node_hangs_pages_open_in_time_and_say_so_in_the_readers_language(
    installation: Installation, node: Node, renderer: Renderer
) -> None:
    with ExitStack() as running:
        server = running.enter_context(installation.serving())
        database = running.enter_context(installation.database())
        author = running.enter_context(author_at(server.address, database))
        reference = read_reference(author.publish("Rice mill"))
        with installation.working():
            server.wait_delivered(seconds=90)
        assert find(author) == (["Rice mill"], False)

        node.pause()
        for code in LANGUAGES:
            with Browser(server.address, language=code) as reader:
                for path in ("/listings?q=rice", "/listings"):
                    page = get_in_time(reader, path)
                    assert read_html(page).texts("p", css="warn") == [renderer.reader(code).gettext(SAID)]
                    assert read_titles(page) == ["Rice mill"]
                for path in ("/", f"/listings/{reference}", "/organizations"):
                    get_in_time(reader, path)
        node.resume()

        wait_until(lambda: find(author) == (["Rice mill"], False))


def get_in_time(reader: Browser, path: str) -> Response:
    start = time.monotonic()
    page = reader.get(path)
    assert (page.status_code, time.monotonic() - start < LONGEST_PAGE_SECONDS) == (200, True)
    return page


def find(reader: Browser) -> tuple[list[str], bool]:
    """What a search shows, and whether it says that the engine does not answer."""
    page = reader.get("/listings?q=rice")
    return read_titles(page), SAID in read_html(page).texts("p", css="warn")


def test_who_writes_does_not_notice_that_the_node_hangs(installation: Installation, node: Node) -> None:
    ratios: list[float] = []
    with installation.serving() as server, installation.database() as database:
        while len(ratios) < MEASUREMENTS and (not ratios or ratios[-1] > ALIKE):
            ratios.append(compare(node, server, database, write, blocks=BLOCKS))

    assert ratios[-1] <= ALIKE, ratios


def test_control_who_searches_notices_that_the_node_hangs(installation: Installation, node: Node) -> None:
    assert installation.run("index", "rebuild").returncode == 0  # there is something to search
    with installation.serving() as server, installation.database() as database:
        assert compare(node, server, database, search, blocks=1) > ALIKE


def compare(node: Node, server: Server, database: Database, act: Act, *, blocks: int) -> float:
    """How much longer it takes while the node hangs: the medians of the blocks' 95th percentiles, run by turns."""
    running, hanging = list[float](), list[float]()
    for _ in range(blocks):
        for slowest in (running, hanging):
            with author_at(server.address, database) as author:
                if slowest is hanging:
                    node.pause()
                slowest.append(quantiles(islice(act(author), ACTS), n=20)[-1])
                node.resume()
    return median(hanging) / median(running)


def write(author: Browser) -> Iterator[float]:
    while True:
        form = author.open_form("/listings/new", "/listings/new")
        seconds, published = send(form, {**make_fields(), "form_id": str(uuid4())}, button="publish")
        yield seconds
        form = author.open_form(f"/listings/{read_reference(published)}/edit", "/edit")
        seconds, _saved = send(form, {"title": "Silk loom"})
        yield seconds


def send(form: OpenForm, changes: Fields, *, button: str = "") -> tuple[float, Response]:
    start = time.monotonic()
    answer = form.send(changes, button=button)
    seconds = time.monotonic() - start
    assert answer.status_code == 303
    return seconds, answer


def search(reader: Browser) -> Iterator[float]:
    while True:
        start = time.monotonic()
        reader.get("/listings")
        yield time.monotonic() - start
