"""Two servers on one database: both are written to, both deliver, and nothing is done twice."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from time import sleep

import pytest
from sqlalchemy import func, select

from market.kernel.outbox import Delivery, DeliveryState, FactRow
from tests.faults.accounting import Ledger, count_mails, find_index_differences
from tests.faults.authors import Author
from tests.faults.people import Browser, author_at
from tests.faults.running import BOTH, Installation, Server, count_rounds
from tests.make.mail_server import make_mail_server
from tests.make.reading import read_titles
from tests.make.waiting import wait_until

pytestmark = pytest.mark.faults

SECONDS = 60
PEOPLE = 4


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_two_servers_that_deliver_the_same_facts_do_nothing_twice(installation: Installation) -> None:
    ledger, mails = Ledger(), make_mail_server()
    installation.settings["MARKET_MAIL_URL"] = mails.url
    with mails.running(), ExitStack() as stack, ThreadPoolExecutor(PEOPLE) as threads:
        database = stack.enter_context(installation.database())
        servers = [stack.enter_context(installation.serving()) for _ in range(2)]
        authors = [
            Author(stack.enter_context(author_at(servers[number % 2].address, database)), ledger)
            for number in range(PEOPLE)
        ]
        writing = [threads.submit(author.write_until_cut_off, random.Random(random.random())) for author in authors]  # noqa: S311 - no secret
        sleep(max(2, count_rounds(SECONDS)))
        for author in authors:
            author.stop()
        for one in writing:
            one.result()
        for server in servers:
            server.wait_delivered()

        with database.reading() as session:
            ledger.settle(session)
            done = [email for email, is_done in ledger.registered.items() if is_done]
            assert count_mails(session) == Counter(done)
            states = select(Delivery.state, func.count()).group_by(Delivery.state)
            assert set(dict(session.execute(states).all())) == {DeliveryState.DONE}
            mailed = select(func.count()).select_from(FactRow).where(FactRow.name == "MailWritten")
            assert session.scalar(mailed) == len(done)
        sent = Counter(message["Message-ID"] for message in mails.received)
        assert (len(sent), set(sent.values())) == (len(done), {1})
        for server in servers:
            check_found(server, ledger)
    assert find_index_differences(installation) == []


def check_found(server: Server, ledger: Ledger) -> None:
    """By the one that writes the index and by the one that follows it."""
    with Browser(server.address) as reader:
        for title in sorted(ledger.list_published())[:3]:
            wait_until(partial(is_found, reader, title))


def is_found(reader: Browser, title: str) -> bool:
    return title in read_titles(reader.get(f"/listings?q={title}"))
