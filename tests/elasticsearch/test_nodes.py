"""The nodes that other tests stand on: they keep what they were given, and fail in the way they are told to."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.elasticsearch.clusters import Cluster
from tests.elasticsearch.nodes import Node
from tests.elasticsearch.program import Program
from tests.make.waiting import wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]

STRICT = {
    "dynamic": "strict",
    "properties": {
        "title": {"type": "text"},
        "meaning": {
            "type": "dense_vector",
            "dims": 4,
            "similarity": "cosine",
            "index_options": {"type": "int8_hnsw"},
        },
    },
}
OFFERS = """\
{"index": {"_id": "dryer"}}
{"title": "Solar dryer", "meaning": [1, 0, 0, 0]}
{"index": {"_id": "pump"}}
{"title": "Solar pump", "meaning": [0, 1, 0, 0]}
"""

ABANDONED = """
import os, signal, sys
from pathlib import Path
from tests.elasticsearch.nodes import Node
from tests.elasticsearch.program import Program
node = Node(Program.find_or_assemble(), Path(sys.argv[1]))
node.launch()
node.pause()
print(node.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def running(elasticsearch_program: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(elasticsearch_program, tmp_path_factory.mktemp("node")) as node:
        yield node


@pytest.fixture
def node(running: Node) -> Node:
    """One that runs, whatever the test before did to it, with two offers in a fresh index."""
    if not running.is_running():
        running.start()
    running.ask("DELETE", "/offers?ignore_unavailable=true")
    index_offers(running, replicas=0)
    return running


def index_offers(node: Node, *, replicas: int) -> None:
    settings = {"number_of_shards": 1, "number_of_replicas": replicas}
    node.ask("PUT", "/offers?wait_for_active_shards=all", {"settings": settings, "mappings": STRICT})
    assert not node.ask("POST", "/offers/_bulk?refresh=true", OFFERS)["errors"]


def find(node: Node, search: dict[str, object]) -> list[str]:
    return [hit["_id"] for hit in node.ask("POST", "/offers/_search", search)["hits"]["hits"]]


def test_offers_are_found_by_word_and_by_meaning(node: Node) -> None:
    assert find(node, {"query": {"match": {"title": "dryer"}}}) == ["dryer"]
    assert find(node, {"knn": {"field": "meaning", "query_vector": [0.1, 0.9, 0, 0], "k": 1}}) == ["pump"]


def test_a_strict_index_refuses_what_it_does_not_know(node: Node) -> None:
    with pytest.raises(OSError, match="HTTP Error 400"):
        node.ask("POST", "/offers/_doc", {"colour": "red"})


def test_no_index_is_made_by_writing_to_it(node: Node) -> None:
    with pytest.raises(OSError, match="HTTP Error 404"):
        node.ask("POST", "/unheard/_doc", {"title": "Solar dryer"})


def test_a_killed_node_comes_back_with_its_data(node: Node) -> None:
    node.kill()

    assert not node.is_running()
    assert not node.answers()
    node.start()
    node.ask("GET", "/_cluster/health/offers?wait_for_status=green")
    assert find(node, {"query": {"match": {"title": "solar"}}}) == ["dryer", "pump"]


def test_a_stopped_node_ends_by_itself(node: Node) -> None:
    node.pause()
    node.stop()

    assert not node.is_running()
    assert node.returncode == 128 + signal.SIGTERM


def test_a_paused_node_is_silent_until_it_goes_on(node: Node) -> None:
    node.pause()
    try:
        assert not node.answers(seconds=1)
        assert node.is_running()
    finally:
        node.resume()

    assert node.answers()


def test_a_node_that_cannot_start_says_why(elasticsearch_program: Program, tmp_path: Path) -> None:
    node = Node(elasticsearch_program, tmp_path, settings={"http.port": "nonsense"})

    with pytest.raises(AssertionError, match=r"(?s)ended while it started:.*nonsense"), node:
        pass

    assert not node.is_running()


def test_no_node_outlives_its_test_process_not_even_a_paused_one(
    elasticsearch_program: Program, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", ABANDONED, str(tmp_path)]
    gone = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - our own

    assert gone.returncode == -signal.SIGKILL, gone.stderr
    wait_until(lambda: not is_alive(int(gone.stdout)), seconds=30)


def is_alive(pid: int) -> bool:
    """A dead process that nobody has waited for is dead."""
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - our own
    return answer.stdout.strip()[:1] not in ("", "Z")


def test_a_cluster_goes_on_without_one_of_its_three(elasticsearch_program: Program, tmp_path: Path) -> None:
    with Cluster(elasticsearch_program, tmp_path) as cluster:
        index_offers(cluster.node(0), replicas=2)

        cluster.node(0).kill()

        search: dict[str, object] = {"query": {"match": {"title": "dryer"}}}
        assert [find(node, search) for node in cluster.nodes[1:]] == [["dryer"], ["dryer"]]
        cluster.start()
        assert find(cluster.node(0), search) == ["dryer"]
