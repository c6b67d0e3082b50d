"""The API's list of 20 beside a bare route on the same server that runs the same query and answers with orjson.

`python -m benchmarks.api_list [LISTINGS]`: a server in a process of its own, asked by this one over some connections
that stay open. Both routes are asked in turn, in blocks; the best block of each counts.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import orjson
import uvicorn
from fastapi import Response
from limits import RateLimitItem
from sqlalchemy import select

from benchmarks.market import make_asgi_app, market_of
from market.accounts import service
from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.viewer import Scope
from market.listings.api.rows import choose_published
from market.listings.queries import ListingFilters
from market.web.limits import Limits
from search.embedded import open_engine
from search.port import Sort

CONNECTIONS = 6
SECONDS = 2.0
BLOCKS = 6
PATHS = {"bare": "/bare", "list": "/api/v1/listings", "list with a token": "/api/v1/listings"}
WANTED = 0.7


def serve(folder: Path, port: int) -> None:
    """The server's process: the market, and a bare route beside it."""
    settings = Settings(data_dir=folder)
    database = Database(settings.database_address)
    app = make_asgi_app(settings, database, open_engine(folder / "index", embedder=None))
    statement = choose_published(ListingFilters(), Sort.NEWEST, False)

    refuse_nobody()

    def answer_barely() -> Response:
        with database.engine.connect() as connection:
            rows = connection.execute(statement, {"reader": "en", "places": 21}).all()
        items = [row._asdict() for row in rows]
        return Response(orjson.dumps(items), media_type="application/json")

    app.get("/bare")(answer_barely)
    app.router.routes.insert(0, app.router.routes.pop())
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def refuse_nobody() -> None:
    """The limits are counted as ever, but nobody is refused."""

    def check(self: Limits, limit: RateLimitItem, *keys: str) -> None:
        self._limiter.hit(limit, *keys)

    Limits.check = check  # type: ignore[method-assign] # for this process


@contextmanager
def running(folder: Path) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.api_list", "--serve", str(folder), str(port)])  # noqa: S603 - ourselves
    try:
        for _time in range(300):
            try:
                ask(port, "/healthz", "")
                break
            except OSError:
                time.sleep(0.2)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(timeout=30)


def ask(port: int, path: str, token: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
    response = connection.getresponse()
    body = response.read()
    assert response.status == 200, (path, response.status, body[:200])
    connection.close()
    return body


def measure(port: int, path: str, token: str, *, server: int) -> tuple[float, float]:
    """Requests a second over some connections, by a client that does next to nothing, and a second of the server's
    processor: on a machine that does other things too, the second is the steadier one."""
    said = f"Authorization: Bearer {token}\r\n" if token else ""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{said}\r\n".encode()
    counts = [0] * CONNECTIONS
    ends = time.perf_counter() + SECONDS

    def keep_asking(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            while time.perf_counter() < ends:
                connection.sendall(request)
                read_answer(connection)
                counts[number] += 1

    threads = [threading.Thread(target=keep_asking, args=(number,)) for number in range(CONNECTIONS)]
    used = read_cpu(server)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS, sum(counts) / max(read_cpu(server) - used, 0.01)


def read_cpu(process: int) -> float:
    """Seconds of processor that a process has used (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_answer(connection: socket.socket) -> None:
    answer = connection.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
    while (head := answer.find(b"\r\n\r\n")) < 0:
        answer += connection.recv(65_536)
    begins = answer.lower().index(b"content-length:") + 15
    whole = head + 4 + int(answer[begins : answer.index(b"\r", begins)])
    length = len(answer)
    while length < whole:
        length += len(connection.recv(65_536))


def main(size: int) -> None:

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with market_of(size, folder) as (_settings, database, _engine):
            token = make_token(database)
        with running(folder) as (port, server):
            tokens = {"list with a token": token}
            length = {name: len(json.loads(ask(port, path, "")))
                      for name, path in PATHS.items()}  # fmt: skip
            assert length["bare"] == 21
            best = dict.fromkeys(PATHS, (0.0, 0.0))
            for _block in range(BLOCKS):
                for name, path in PATHS.items():
                    measured = measure(port, path, tokens.get(name, ""), server=server)
                    best[name] = (max(best[name][0], measured[0]), max(best[name][1], measured[1]))
    rate, per_cpu = best["bare"]
    for name, (own, own_cpu) in best.items():
        print(f"{name}: {own:.0f} a second ({own / rate:.0%} of the bare route), "
              f"{own_cpu:.0f} a second of processor ({own_cpu / per_cpu:.0%})")  # fmt: skip
    print(f"wanted: {WANTED:.0%}")


def make_token(database: Database) -> str:

    with database.transaction() as session:
        user = session.scalars(select(User).where(User.confirmed_at.is_not(None)).limit(1)).one()
        token = service.make_token(
            session, user, token_id=uuid4(), name="benchmark", scopes=(Scope.LISTINGS_READ,), now=utc_now(),
            lifetime=None,
        )  # fmt: skip
    assert token is not None
    return token


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[1])
    if sys.argv[1:2] == ["--serve"]:
        serve(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 11_133)
