"""kill -9 of `market worker` while it delivers: everything arrives in the end, and what may arrive twice is known."""

import random
from collections import Counter
from time import sleep

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.facts import ConfirmationAsked
from market.kernel import outbox
from market.kernel.db import Database
from market.kernel.outbox import Delivery, DeliveryState
from market.listings.models import Listing, ListingVector
from market.notifications.models import Mail, MailState
from tests.faults.accounting import count_mails, find_index_differences
from tests.faults.running import BOTH, Installation, Process, count_rounds, pass_time
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.mail_server import make_mail_server
from tests.make.organizations import make_organization
from tests.make.waiting import wait_until

pytestmark = pytest.mark.faults

ROUNDS = 120
LISTINGS = 4
PEOPLE = 3
LONGEST_ROUND_SECONDS = 3
LEASE_MINUTES = 2.5
ROUNDS_IN_A_ROW = 8
"""After twelve attempts that came to no end a delivery is set aside; nobody's worker is killed so often in a row."""


def add_work(session: Session, number: int) -> None:
    """Listings to index and embed, people to write to."""
    author = make_user(session)
    organization = make_organization(session, by=author, name=f"Works {number}")
    for place in range(LISTINGS):
        title = f"Rice mill {number}-{place}"
        texts = {"en": title, "vi": f"Máy xay lúa {number}-{place}"}
        make_listing(session, by=author, organization=organization, texts=texts)
    for place in range(PEOPLE):
        user = make_user(session, email=f"new{number}-{place}@example.org", confirmed=False)
        outbox.record(session, ConfirmationAsked(user.id), by=user.id)
    session.commit()


def count_waiting(database: Database) -> int:
    with database.reading() as session:
        return outbox.measure_backlog(session).waiting


def kill_while_delivering(installation: Installation, worker: Process, chance: random.Random) -> None:
    wait_until(lambda: "runs" in worker.log, seconds=60)
    if chance.random() < 0.5:
        sleep(chance.uniform(0.0, 0.8))
    else:
        installation.die_at_change(chance.randint(1, 40))
        worker.wait_ended(seconds=LONGEST_ROUND_SECONDS)
    worker.kill()
    installation.die_at_change(None)


def deliver_the_rest(installation: Installation, database: Database) -> None:
    with installation.working():
        wait_until(lambda: count_waiting(database) == 0, seconds=180)


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_a_backlog_is_delivered_whole_however_often_its_worker_is_killed(installation: Installation) -> None:
    chance = random.Random(random.random())  # noqa: S311 - no secret
    mails, rounds = make_mail_server(), count_rounds(ROUNDS)
    installation.settings |= {"MARKET_MAIL_URL": mails.url, "MARKET_EMBEDDINGS_URL": ""}
    with mails.running(), installation.database() as database:
        for number in range(1, rounds + 1):
            with database.writing() as session:
                add_work(session, number)
            with installation.working() as worker:
                kill_while_delivering(installation, worker, chance)
            pass_time(installation, LEASE_MINUTES)
            if number % ROUNDS_IN_A_ROW == 0 or number == rounds:
                deliver_the_rest(installation, database)
        with database.reading() as session:
            check_delivered(session, people=rounds * PEOPLE, listings=rounds * LISTINGS)

    assert find_index_differences(installation) == []
    arrived = Counter(message["Message-ID"] for message in mails.received)
    assert len(arrived) == rounds * PEOPLE
    # One mail is under way at a time: a kill between the server's yes and the note of it sends that one again.
    assert sum(arrived.values()) - len(arrived) <= rounds
    assert installation.run("index", "verify").returncode == 0


def check_delivered(session: Session, *, people: int, listings: int) -> None:
    assert dict(session.execute(select(Delivery.state, func.count()).group_by(Delivery.state)).all()).keys() == {
        DeliveryState.DONE
    }
    written = count_mails(session)
    assert (len(written), set(written.values())) == (people, {1})
    assert set(session.scalars(select(Mail.state))) == {MailState.SENT}
    assert session.scalar(select(func.count()).select_from(Listing)) == listings
    vectors = Counter(session.scalars(select(ListingVector.listing_id)))
    assert (len(vectors), set(vectors.values())) == (listings, {2})
