"""What `docker-compose.yml` starts in its large size, as processes of this machine.

Commands, environment and numbers are read out of the file. Only what a container's network, volumes and secrets give
is put in here: addresses, folders, the cluster's certificates and passwords. The model is left out, as in all tests of
faults: search goes by words.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import URL, Client, HTTPTransport, Request, Response
from sqlalchemy import create_engine, make_url, text

from market.kernel.db import Database
from market.web.tokens import SESSION_COOKIE
from tests.browser.server import free_port
from tests.elasticsearch.clusters import Cluster
from tests.elasticsearch.program import Program
from tests.faults.people import PATIENCE_SECONDS, Browser, author_at
from tests.faults.running import Installation, Process, Server
from tests.faults.test_on_cluster import AWAY
from tests.make.composition import LARGE, Service, read_services
from tests.make.reading import read_html, read_titles
from tests.make.waiting import wait_until
from tests.postgresql import PostgresqlServer

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]

LISTEN_ANYWHERE = "0.0.0.0"  # noqa: S104 - what the file says, and what is put out of it here
OF_THE_PLACE = ("discovery.", "cluster.initial_master_nodes", "node.", "bootstrap.", "xpack.")
"""Settings of a node that are addresses, certificates or rights of its container."""


class Proxy(HTTPTransport):
    """Takes a visitor of https://market.example.org to the server chosen, and says what a proxy says."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server

    def handle_request(self, request: Request) -> Response:
        request.headers["x-forwarded-proto"] = "https"
        request.url = URL(f"{self.server.address}{request.url.raw_path.decode()}")
        return super().handle_request(request)


@dataclass
class Composition:
    services: dict[str, Service]
    folder: Path
    replaced: dict[str, str]

    def stand_in(self, service: Service) -> Installation:
        """With the environment that the file gives the service."""
        return Installation(
            self.folder, database_url=self.replaced["MARKET_DATABASE_URL"], settings=service.environment | self.replaced
        )

    def migrate(self) -> None:
        service = self.services["migrate"]
        answer = self.stand_in(service).run(*read_arguments(service))
        assert answer.returncode == 0, answer.stderr

    @contextmanager
    def starting(self, service: Service) -> Iterator[Process]:
        process = self.stand_in(service).start(*read_arguments(service))
        try:
            yield process
        finally:
            process.kill()

    @contextmanager
    def serving(self, service: Service) -> Iterator[Server]:
        arguments = read_arguments(service)
        assert arguments.count(LISTEN_ANYWHERE) == arguments.count("8000") == 1
        port = str(free_port())
        here = [{LISTEN_ANYWHERE: "127.0.0.1", "8000": port}.get(part, part) for part in arguments]
        process = self.stand_in(service).start(*here)
        server = Server(process.popen, process.log_file, f"http://127.0.0.1:{port}")
        try:
            yield server
        finally:
            server.kill()


def read_arguments(service: Service) -> list[str]:
    program, *arguments = service.command
    assert program == "market"
    return arguments


@pytest.fixture
def cluster(elasticsearch_program: Program, tmp_path: Path) -> Iterator[Cluster]:
    """As many nodes as the file has, with those of its settings that hold on any machine."""
    nodes = [service for service in read_services(LARGE).values() if "node.name" in service.environment]
    settings = {
        name: value for name, value in nodes[0].environment.items() if "." in name and not name.startswith(OF_THE_PLACE)
    }
    with Cluster(elasticsearch_program, tmp_path / "cluster", settings=settings) as cluster:
        assert len(cluster.nodes) == len(nodes)
        yield cluster


@pytest.fixture
def empty_database(postgresql: PostgresqlServer) -> Iterator[str]:
    """As the database's container makes it: without tables."""
    with postgresql.make_database() as address:
        engine = create_engine(make_url(address).set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        yield address


@pytest.fixture
def composition(cluster: Cluster, empty_database: str, tmp_path: Path) -> Composition:
    replaced = {
        "MARKET_DATABASE_URL": empty_database,
        "MARKET_SEARCH_URL": ",".join(cluster.urls),
        "MARKET_SEARCH_CA_FILE": "",
        "MARKET_DATA_DIR": str(tmp_path / "var"),
        "MARKET_TRUSTED_PROXIES": "127.0.0.1",
    }
    services = read_services(LARGE)
    assert all(set(replaced) <= set(service.environment) for service in services.values() if service.is_ours)
    return Composition(services, tmp_path, replaced)


@contextmanager
def author_behind(proxy: Proxy, database: Database, site: str) -> Iterator[Browser]:
    """Somebody signed in whose cookies are for https alone."""
    with author_at(site, database) as author:
        cookie = author.client.cookies[SESSION_COOKIE]
        headers = {"x-forwarded-for": author.client.headers["x-forwarded-for"]}
        author.client.close()
        author.client = Client(
            base_url=site, headers=headers, cookies={SESSION_COOKIE: cookie}, transport=proxy, timeout=PATIENCE_SECONDS
        )
        yield author


def list_found(reader: Browser, word: str) -> list[str] | None:
    """By the search engine; None where pages list from the database. Asks at leisure: searches are limited."""
    time.sleep(0.5)
    page = reader.get(f"/listings?q={word}")
    assert page.status_code == 200, page.status_code
    is_away = any(text.startswith(AWAY) for text in read_html(page).texts("p", css="notice"))
    return None if is_away else read_titles(page)


def test_the_composed_market_goes_on_without_one_worker_one_node_and_one_app(
    composition: Composition, cluster: Cluster
) -> None:
    services = composition.services
    apps = [service for service in services.values() if service.is_ours and "serve" in service.command]
    workers = [services["worker"]] * services["worker"].number
    composition.migrate()
    with ExitStack() as running:
        first, second = (running.enter_context(composition.serving(service)) for service in apps)
        one, other = (running.enter_context(composition.starting(service)) for service in workers)
        for server in (first, second):
            server.wait_ready()
            wait_until(lambda server=server: server.report()["status"] == "ok")  # type: ignore[misc] # bound
        site = services["app"].environment["MARKET_BASE_URL"]
        database = running.enter_context(composition.stand_in(services["app"]).database())
        proxy = Proxy(first)
        author = running.enter_context(author_behind(proxy, database, site))

        def publish_and_find(*, at: Server, found_at: Server) -> None:
            """By a word that no other listing has."""
            word = f"mill{uuid.uuid4().hex[:8]}"
            proxy.server = at
            assert author.publish(f"Rice {word}").status_code == 303
            proxy.server = found_at
            found_at.wait_delivered(seconds=60)
            wait_until(lambda: list_found(author, word) == [f"Rice {word}"], seconds=60)

        publish_and_find(at=first, found_at=second)

        one.kill()
        publish_and_find(at=second, found_at=first)

        cluster.node(1).ask("GET", "/_cluster/health?wait_for_status=green&timeout=30s")
        cluster.node(0).kill()
        publish_and_find(at=first, found_at=second)
        assert second.report()["search"] == {"engine": "elasticsearch", "documents": 3, "embedder": None}

        first.kill()
        publish_and_find(at=second, found_at=second)

        logs = [process.log for process in (first, second, one, other)]
    assert ["Traceback" in log for log in logs] == [False] * 4, "\n".join(logs)
