"""`market serve` and `market worker`: what refuses to start, and that what starts does its work."""

import json
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market import worker
from market.accounts.facts import ConfirmationAsked
from market.accounts.models import User
from market.cli import serve
from market.kernel import outbox
from market.kernel.config import Settings
from market.kernel.db import Database
from market.notifications.models import Mail, MailState
from search.elastic.connection import Connection
from search.port import Engine
from tests.make.accounts import make_user
from tests.make.commands import Market
from tests.make.mail_server import make_mail_server
from tests.make.stored import read_stored
from tests.make.waiting import wait_until

READY = {
    "MARKET_ENVIRONMENT": "production",
    "MARKET_BASE_URL": "https://market.example",
    "MARKET_SECRET_KEY": "0123456789abcdef" * 4,
    "MARKET_MAIL_URL": "smtp://127.0.0.1:9",
}


@pytest.fixture
def production(market: Market, monkeypatch: pytest.MonkeyPatch) -> Market:
    """The command where nothing stands against production."""
    for name, value in READY.items():
        monkeypatch.setenv(name, value)
    return market


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was started instead of a server and a worker that run until stopped."""
    names: list[str] = []
    monkeypatch.setattr(serve, "run_server", lambda *_arguments, **_named: names.append("serve"))
    monkeypatch.setattr(serve, "Worker", lambda _work: names.append("worker"))
    return names


def test_production_starts_when_nothing_stands_against_it(production: Market, started: list[str]) -> None:
    assert production("serve").code == 0
    assert started == ["worker", "serve"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SECRET_KEY", "", "MARKET_SECRET_KEY is the development default"),
        ("SECRET_KEY", "development-only", "MARKET_SECRET_KEY is the development default"),
        ("SECRET_KEY", "short", "MARKET_SECRET_KEY is shorter than 32 characters"),
        ("BASE_URL", "http://market.example", "MARKET_BASE_URL is not https"),
        ("MAIL_URL", "", "MARKET_MAIL_URL is missing: nobody could confirm an address"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "worker"])
def test_production_does_not_start_with_settings_of_development(
    production: Market,
    started: list[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    name: str,
    value: str,
    reason: str,
) -> None:
    monkeypatch.setenv(f"MARKET_{name}", value)

    outcome = production(command)

    assert (outcome.code, outcome.said) == (1, f"refused: production is refused: {reason}")
    assert started == []


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_production_does_not_start_while_a_demo_account_is_left(
    production: Market, db: Session, started: list[str], command: str
) -> None:
    user = make_user(db)
    db.execute(update(User).where(User.id == user.id).values(is_demo=True))
    db.commit()

    outcome = production(command)

    assert outcome.code == 1
    assert outcome.said == (
        "refused: production is refused: a demo account is left; `market seed --remove` takes them out"
    )
    assert started == []


def test_a_demo_account_is_welcome_in_development(market: Market, started: list[str]) -> None:
    market("seed", "--stage", "bare")

    assert market("serve").code == 0
    assert started == ["worker", "serve"]


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_production_does_not_start_with_a_missing_migration(
    production: Market, started: list[str], monkeypatch: pytest.MonkeyPatch, settings: Settings, command: str
) -> None:
    (settings.data_dir / "empty.sqlite3").touch()
    monkeypatch.setenv("MARKET_DATABASE_URL", f"sqlite:///{settings.data_dir}/empty.sqlite3")

    outcome = production(command)

    assert outcome.code == 1
    assert outcome.said.endswith("refused: the database's schema is not that of this version: run `market migrate`")
    assert started == []


def test_more_than_one_server_process_is_refused_on_the_embedded_engine(market: Market, started: list[str]) -> None:
    outcome = market("serve", "--workers", "2")

    assert (outcome.code, started) == (1, [])
    assert outcome.said == (
        "refused: --workers above 1 needs a search engine that processes share: MARKET_SEARCH_URL names one"
    )


@pytest.fixture
def _cluster_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_SEARCH_URL", "http://127.0.0.1:9")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a cluster was asked."""
    calls: list[str] = []
    monkeypatch.setattr(Connection, "run", lambda *_arguments, **_named: calls.append("asked"))
    return calls


@pytest.mark.usefixtures("_cluster_away")
def test_beside_a_cluster_the_server_runs_no_worker_and_asks_nothing_at_its_start(
    market: Market, started: list[str], asked: list[str], settings: Settings
) -> None:
    outcome = market("serve")

    assert (outcome.code, started, asked) == (0, ["serve"], [])
    assert outcome.said.endswith("this server delivers nothing: `market worker` does, in a process of its own")
    assert not (settings.data_dir / "index").exists()


@pytest.mark.usefixtures("_cluster_away")
def test_beside_a_cluster_there_may_be_several_server_processes(
    market: Market, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    runs: list[tuple[object, int]] = []
    monkeypatch.setattr(serve, "run_server", lambda app, _settings, *, workers, **_named: runs.append((app, workers)))

    assert market("serve", "--workers", "2").code == 0
    assert (runs, asked) == ([("market.cli.serve:make_app_of_process", 2)], [])


@contextmanager
def interrupting(number: signal.Signals, is_time: Callable[[], object]) -> Iterator[None]:
    """Send this process a signal, as Ctrl-C or a service manager does, as soon as it is time."""

    def interrupt() -> None:
        wait_until(is_time)
        os.kill(os.getpid(), number)

    watcher = threading.Thread(target=interrupt)
    watcher.start()
    yield
    watcher.join()


def ask_for_mail(db: Session) -> None:
    user = make_user(db, confirmed=False)
    outbox.record(db, ConfirmationAsked(user.id), by=user.id)
    db.commit()


def has_kept_a_mail(database: Database) -> bool:
    return read_stored(database, select(Mail.state)) == [MailState.KEPT]


@pytest.fixture
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDLE_SECONDS", "JOBS_SECONDS"):
        monkeypatch.setattr(worker, name, 0.02)


@pytest.mark.usefixtures("_hurry")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_the_worker_delivers_until_it_is_stopped(
    market: Market, db: Session, database: Database, number: signal.Signals
) -> None:
    ask_for_mail(db)

    with interrupting(number, lambda: has_kept_a_mail(database)):
        outcome = market("worker")

    assert outcome.code == 0
    assert outcome.said.endswith(f"worker {os.getpid()} runs")


@pytest.mark.usefixtures("_hurry")
def test_a_worker_says_that_another_process_writes_the_index(
    market: Market, db: Session, database: Database, engine: Engine
) -> None:
    ask_for_mail(db)

    with interrupting(signal.SIGTERM, lambda: has_kept_a_mail(database)):
        outcome = market("worker")

    assert outcome.code == 0
    assert "another process writes the index; this one takes over when that ends" in outcome.said


@pytest.mark.usefixtures("_hurry")
def test_the_server_answers_and_delivers_until_it_is_stopped(market: Market, db: Session, database: Database) -> None:
    port = make_mail_server().port
    answers: list[bytes] = []
    ask_for_mail(db)

    def has_answered() -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/en/", timeout=5) as answer:
                answers.append(answer.read(15))
        except URLError:
            return False
        return has_kept_a_mail(database)

    with interrupting(signal.SIGINT, has_answered):
        outcome = market("serve", "--port", port)

    assert outcome.code == 0
    assert {answer.lower() for answer in answers} == {b"<!doctype html>"}


def test_a_port_that_is_taken_is_refused(market: Market) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        outcome = market("serve", "--port", taken.getsockname()[1])

    assert (outcome.code, outcome.printed) == (1, "")
    assert "address already in use" in outcome.said
    assert outcome.said.endswith("refused: the server did not start: its log says why")


@pytest.mark.usefixtures("_hurry")
def test_the_log_of_a_running_server_has_a_line_for_each_request_without_what_was_searched_for(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    port = make_mail_server().port
    caplog.set_level(logging.INFO)

    def has_answered() -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/en/listings?q=s3cretword", timeout=5) as answer:
                return bool(answer.status == 200)
        except URLError:
            return False

    with interrupting(signal.SIGINT, has_answered):
        outcome = market("serve", "--port", port)

    assert [line.split()[1:4] for line in read_request_lines(caplog)] == [["GET", "/en/listings", "200"]]
    assert "s3cretword" not in outcome.printed + outcome.said + caplog.text


def read_request_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "market.requests"]


class _Embeddings(BaseHTTPRequestHandler):
    """A service of vectors that answers as OpenAI's does."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["input"]
        rows = [{"index": number, "embedding": [1.0, 0.0]} for number in range(len(asked))]
        answer = json.dumps({"data": rows}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_arguments: object) -> None:
        pass


def test_the_password_of_an_embeddings_address_does_not_get_into_the_log(
    market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Embeddings) as server:
        threading.Thread(target=server.serve_forever).start()
        monkeypatch.setenv("MARKET_EMBEDDINGS_URL", f"http://m:s3cretword@127.0.0.1:{server.server_port}/v1")

        market("index", "rebuild")
        outcome = market("search", "cassava", "--json")
        server.shutdown()

    assert outcome.code == 0
    assert "s3cretword" not in outcome.printed + outcome.said + caplog.text
