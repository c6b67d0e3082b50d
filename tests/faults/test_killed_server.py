"""kill -9 at any moment, while people write: what they were told is true, and what they were not told is whole."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from time import sleep

import pytest

from tests.faults.accounting import Ledger, count_mails, find_index_differences
from tests.faults.authors import Author
from tests.faults.people import Browser, author_at
from tests.faults.running import BOTH, Installation, Server, count_rounds, pass_time
from tests.make.mail_server import MailServer, make_mail_server
from tests.make.reading import read_titles

pytestmark = pytest.mark.faults

ROUNDS = 120
PEOPLE = 3
LONGEST_ROUND_SECONDS = 5
LEASE_MINUTES = 2.5
"""A little longer than what a killed process had claimed stays its own."""


def kill_at_any_moment(installation: Installation, server: Server, chance: random.Random) -> None:
    """At a time, or at a change that it sends to its database: between two statements, before or after a commit."""
    if chance.random() < 0.5:
        sleep(chance.uniform(0.05, 1.0))
    else:
        installation.die_at_change(chance.randint(1, 60))
        server.wait_ended(seconds=LONGEST_ROUND_SECONDS)
    server.kill()
    installation.die_at_change(None)


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_what_was_acknowledged_survives_kill_9_once_and_nothing_is_half_done(installation: Installation) -> None:
    chance = random.Random(random.random())  # noqa: S311 - no secret
    ledger, mails = Ledger(), make_mail_server()
    installation.settings["MARKET_MAIL_URL"] = mails.url
    rounds = count_rounds(ROUNDS)
    with mails.running(), ExitStack() as stack, ThreadPoolExecutor(PEOPLE) as threads:
        database = stack.enter_context(installation.database())
        authors = [Author(stack.enter_context(author_at("http://127.0.0.1", database)), ledger) for _ in range(PEOPLE)]
        for _round in range(rounds):
            with installation.serving() as server:
                check_public(installation, server, ledger, mails)
                for author in authors:
                    author.browser.go_to(server.address)
                seeds = [random.Random(chance.random()) for _ in authors]  # noqa: S311 - no secret
                busy = [
                    threads.submit(author.write_until_cut_off, seed)
                    for author, seed in zip(authors, seeds, strict=True)
                ]
                kill_at_any_moment(installation, server, chance)
            for one in busy:
                one.result()
            pass_time(installation, LEASE_MINUTES)
            with database.reading() as session:
                ledger.settle(session)
        with installation.serving() as server:
            check_public(installation, server, ledger, mails)

    assert installation.run("index", "verify").returncode == 0
    sent = Counter(message["Message-ID"] for message in mails.received)
    assert sum(sent.values()) - len(sent) <= rounds  # one may be under way when the server is killed
    assert any(ledger.registered.values())
    assert any(asked.is_there for asked in ledger.listings.values())


def check_public(installation: Installation, server: Server, ledger: Ledger, mails: MailServer) -> None:
    """A moment after the start, everybody sees what was acknowledged, and everybody who registered was written to."""
    server.wait_delivered()
    assert find_index_differences(installation) == []
    registered = [email for email, is_done in ledger.registered.items() if is_done]
    with installation.database() as database, database.reading() as session:
        written = count_mails(session)
    assert written == Counter(registered)
    assert {message["To"] for message in mails.received} == set(registered)
    with Browser(server.address) as reader:
        for asked in list(ledger.listings.values())[-5:]:
            if asked.is_there:
                status = reader.get(f"/listings/{asked.reference}").status_code
                assert status == (404 if asked.is_withdrawn else 200)
        found = set(read_titles(reader.get("/listings?q=rice+mill")))
    assert {title for title in found if title.startswith("Rice")} <= ledger.list_published()
