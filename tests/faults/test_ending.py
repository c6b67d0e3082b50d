"""SIGTERM in the middle of work: every request is answered whole or not at all, and what was answered is kept."""

import random
import socket
import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from time import sleep
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select, update

from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.outbox import Delivery, FactRow
from market.listings.facts import EmbeddingsMissed
from market.listings.models import ListingVector
from tests.faults.accounting import Ledger, find_index_differences
from tests.faults.authors import Author
from tests.faults.people import Browser, author_at
from tests.faults.running import BOTH, Installation, Server, count_rounds, pass_time
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.stored import read_stored
from tests.make.waiting import wait_until

pytestmark = pytest.mark.faults

ROUNDS = 60
PEOPLE = 4
LISTINGS = 150
GRACE_SECONDS = 10
PAGES = ("/", "/listings", "/listings?q=mill", "/about")


NO_ANSWER = ("[Errno 104] Connection reset by peer", "Server disconnected without sending a response.")


def read_until_refused(server: Server) -> Counter[str]:
    """What became of each visit. A part of an answer would be found out by the length that the answer promised."""
    came = Counter[str]()
    with Browser(server.address) as reader:
        while True:
            for page in PAGES:
                try:
                    came[str(reader.get(page).status_code)] += 1
                except httpx2.ConnectError:
                    return came
                except httpx2.TransportError as problem:
                    came[str(problem)] += 1


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_a_server_told_to_end_answers_whole_or_not_at_all(installation: Installation) -> None:
    chance = random.Random(random.random())  # noqa: S311 - no secret
    ledger, came = Ledger(), Counter[str]()
    with ExitStack() as stack, ThreadPoolExecutor(2 * PEOPLE) as threads:
        database = stack.enter_context(installation.database())
        authors = [Author(stack.enter_context(author_at("http://127.0.0.1", database)), ledger) for _ in range(PEOPLE)]
        for _round in range(count_rounds(ROUNDS)):
            with installation.serving() as server:
                for author in authors:
                    author.browser.go_to(server.address)
                reading = [threads.submit(read_until_refused, server) for _ in range(2)]
                writing = [
                    threads.submit(author.write_until_cut_off, random.Random(chance.random()))  # noqa: S311 - as above
                    for author in authors
                ]
                sleep(chance.uniform(0.2, 1.0))
                server.terminate()
                assert server.wait() == 0
            came = sum((one.result() for one in reading), came)
            for one in writing:
                one.result()
            assert "Traceback" not in server.log
            with database.reading() as session:
                ledger.settle(session)
        pass_time(installation, 31)
        with installation.serving() as server:
            server.wait_delivered()
    assert {outcome for outcome in came if outcome not in NO_ANSWER} == {"200"}
    assert find_index_differences(installation) == []


def test_who_was_being_served_when_the_end_was_asked_for_gets_the_answer(installation: Installation) -> None:
    """The request waits for the database, which somebody else holds, while the server is told to end."""
    with (
        installation.serving() as server,
        installation.database() as database,
        author_at(server.address, database) as author,
        Browser(server.address) as latecomer,
        ThreadPoolExecutor(1) as threads,
    ):
        form = author.open_form("/listings/new", "/listings/new")
        other = sqlite3.connect(installation.directory / "market.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = threads.submit(form.send, {"title": "Rice mill"})
        sleep(0.5)
        server.terminate()
        wait_until(lambda: "Shutting down" in server.log)
        with pytest.raises(httpx2.ConnectError):
            latecomer.get("/")
        other.execute("ROLLBACK")
        other.close()

        assert answer.result().status_code == 303
        assert server.wait() == 0


def test_an_end_that_takes_too_long_is_an_end_all_the_same(installation: Installation) -> None:
    """A visitor who never finishes sending holds up nobody for longer than the grace."""
    with installation.serving() as server, socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"POST /en/register HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000\r\n\r\nname=")
        sleep(0.5)
        server.terminate()
        assert server.wait(seconds=GRACE_SECONDS + 15) == 0


def test_a_worker_told_to_end_while_vectors_are_computed_ends_soon_and_goes_on_at_its_next_start(
    installation: Installation,
) -> None:
    installation.settings["MARKET_EMBEDDINGS_URL"] = ""
    with installation.database() as database:
        with database.writing() as session:
            author = make_user(session)
            for number in range(LISTINGS):
                make_listing(session, by=author, texts={"en": f"Rice mill {number}", "vi": f"Máy xay lúa {number}"})
            session.execute(update(FactRow).values(dispatched_at=utc_now()))  # as after an import
            outbox.record(session, EmbeddingsMissed(uuid4()), by=None)
            session.commit()
        with installation.working() as worker:
            wait_until(lambda: bool(read_stored(database, select(ListingVector.language))), seconds=90)
            worker.terminate()
            assert worker.wait(seconds=GRACE_SECONDS + 5) == 0
        assert "failed" not in worker.log
        assert "Traceback" not in worker.log
        left = select(Delivery.attempts).where(Delivery.handler == "embed_missing", Delivery.state == "waiting")
        assert read_stored(database, left) == [0]
        assert 0 < len(read_stored(database, select(ListingVector.language))) < 2 * LISTINGS
