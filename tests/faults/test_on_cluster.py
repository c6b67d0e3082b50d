"""Servers and workers on one Elasticsearch cluster: any number of each, which start also while it is away."""

from pathlib import Path

import pytest
from sqlalchemy import select

from market.kernel.outbox import Delivery, DeliveryState
from tests.elasticsearch.nodes import Node
from tests.elasticsearch.program import Program
from tests.faults.people import Browser, author_at
from tests.faults.running import Installation, Server, pass_time
from tests.make.reading import read_html, read_titles
from tests.make.stored import read_stored
from tests.make.waiting import wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]

AWAY = "The search engine does not answer right now."


def list_found(reader: Browser, words: str) -> list[str]:
    return sorted(read_titles(reader.get(f"/listings?q={words}")))


def says_away(reader: Browser, path: str = "/listings") -> bool:
    return any(text.startswith(AWAY) for text in read_html(reader.get(path)).texts("p", css="notice"))


def test_a_worker_beside_the_server_delivers_and_the_server_finds(clustered: Installation) -> None:
    with (
        clustered.serving() as server,
        clustered.database() as database,
        author_at(server.address, database) as author,
    ):
        assert "this server delivers nothing" in server.log
        assert author.publish("Rice mill").status_code == 303
        undelivered = read_stored(database, select(Delivery))
        with clustered.working():
            server.wait_delivered(seconds=90)
            wait_until(lambda: list_found(author, "rice") == ["Rice mill"])
            report = server.report()

    assert undelivered == []
    assert report["search"] == {"engine": "elasticsearch", "documents": 1, "embedder": None}


def test_two_workers_and_two_server_processes_do_nothing_twice(clustered: Installation) -> None:
    titles = [f"Rice mill {number}" for number in range(12)]
    with (
        clustered.working(),
        clustered.working(),
        clustered.serving(workers=2) as server,
        clustered.database() as database,
    ):
        try:
            with author_at(server.address, database) as author:
                for title in titles:
                    assert author.publish(title).status_code == 303
                server.wait_delivered()
                wait_until(lambda: list_found(author, "rice") == sorted(titles))
        finally:
            server.terminate()
            code = server.wait()
        deliveries = read_stored(database, select(Delivery))

    assert {(row.state, row.attempts) for row in deliveries} == {(DeliveryState.DONE, 1)}
    assert (code, "Traceback" in server.log) == (0, False)
    assert clustered.run("index", "verify").returncode == 0


def test_what_starts_while_the_cluster_is_away_lists_from_the_database_and_finds_when_it_is_there(
    installation: Installation, elasticsearch_program: Program, tmp_path: Path
) -> None:
    node = Node(elasticsearch_program, tmp_path / "node")
    installation.settings["MARKET_SEARCH_URL"] = node.url
    with (
        installation.serving() as server,
        installation.working() as worker,
        installation.database() as database,
        author_at(server.address, database) as author,
    ):
        assert author.publish("Rice mill").status_code == 303
        assert list_found(author, "rice") == ["Rice mill"]
        assert says_away(author, "/listings?q=rice")
        assert (server.report()["search"], worker.is_running()) == ("unavailable", True)

        with node:
            pass_time(installation, 2)  # the worker looks once a minute whether an index was lost
            wait_until(lambda: count_indexed(server) == 1, seconds=120)

            assert installation.run("index", "verify").returncode == 0
            assert list_found(author, "rice") == ["Rice mill"]
            assert not says_away(author, "/listings?q=rice")
    assert "Traceback" not in server.log + worker.log


def count_indexed(server: Server) -> int:
    report = server.report()["search"]
    return 0 if report == "unavailable" else int(report["documents"])
