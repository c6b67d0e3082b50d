"""Backups while people write, and kill -9 of a backup or a restore: what bears the name of a backup is whole, and a
market is the old one or the new one.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.cli.backups.manifest import NAME, check_files, read_manifest
from market.kernel.db import Base
from market.kernel.outbox import Delivery, FactRow
from market.listings import rules
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.listings.queries import with_parts
from tests.faults.accounting import Ledger, find_index_differences
from tests.faults.authors import Author
from tests.faults.people import author_at
from tests.faults.running import BOTH, Installation, Process, Server, count_rounds
from tests.make.imports import make_row, write_lines
from tests.make.stored import Stock, take_stock
from tests.make.waiting import wait_until

pytestmark = pytest.mark.faults

MakeNew = Callable[[], AbstractContextManager[Installation]]

BACKUPS = 40
KILLS = 60
PEOPLE = 3
ROWS = 400
GIVEN_BACK_SECONDS = 60
"""Less than what a worker had claimed stays its own."""

CHANGED_BY_RESTORING = ("sign_in_session", "mail_token", "fact", "delivery", "periodic_job")
"""Or by the server that runs afterwards."""


@contextmanager
def people_writing(installation: Installation, server: Server, ledger: Ledger) -> Iterator[None]:
    with ExitStack() as stack, ThreadPoolExecutor(PEOPLE) as threads:
        database = stack.enter_context(installation.database())
        authors = [Author(stack.enter_context(author_at(server.address, database)), ledger) for _ in range(PEOPLE)]
        busy = [threads.submit(author.write_until_cut_off, random.Random(random.random())) for author in authors]  # noqa: S311 - no secret
        try:
            yield
        finally:
            for author in authors:
                author.stop()
        for one in busy:
            one.result()


def list_acknowledged(ledger: Ledger) -> set[str]:
    return {form_id for form_id, asked in list(ledger.listings.items()) if asked.is_there}


def check_whole(session: Session) -> set[str]:
    """Rows, words, facts and deliveries are of one moment. Returns the listings."""
    if session.get_bind().dialect.name == "sqlite":  # PostgreSQL has checked its keys when it made them
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    facts = Counter((subject, name) for subject, name in session.execute(select(FactRow.subject_id, FactRow.name)))
    listings = session.scalars(with_parts(select(Listing))).all()
    for listing in listings:
        assert listing.published_at is not None
        assert list(listing.texts) == [listing.language]
        assert rules.missing_for_publication(listing, today=listing.published_at.date()) == {}
        assert [facts[listing.id, name] for name in ("ListingDrafted", "ListingPublished")] == [1, 1]
        assert facts[listing.id, "ListingWithdrawn"] == (listing.state is ListingState.WITHDRAWN)
    told = {subject for (subject, name) in facts if name == "ListingPublished"}
    assert told == {listing.id for listing in listings}
    handed = select(func.count()).select_from(Delivery).join(FactRow).where(FactRow.dispatched_at.is_(None))
    assert session.scalar(handed) == 0
    return {str(listing.id) for listing in listings}


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_every_backup_taken_while_people_write_is_a_market_of_one_moment(
    installation: Installation, make_new_installation: MakeNew
) -> None:
    ledger = Ledger()
    taken: list[tuple[Path, set[str], set[str]]] = []
    with installation.serving() as server, people_writing(installation, server, ledger):
        wait_until(lambda: len(list_acknowledged(ledger)) > PEOPLE)
        for number in range(count_rounds(BACKUPS)):
            folder, before = installation.folder / f"backup-{number}", list_acknowledged(ledger)
            outcome = installation.run("backup", folder)
            assert outcome.returncode == 0, outcome.stderr
            taken.append((folder, before, set(ledger.listings)))

    for folder, acknowledged, asked in taken:
        with make_new_installation() as new:
            outcome = new.run("restore", folder)
            assert outcome.returncode == 0, outcome.stderr
            with new.database() as database, database.reading() as session:
                stored = check_whole(session)
            assert acknowledged <= stored <= asked
            assert find_index_differences(new) == []
            verified = new.run("index", "verify")
            assert verified.returncode == 0, verified.stdout
    assert len({len(acknowledged) for _, acknowledged, _ in taken}) > 1  # they went on meanwhile
    with make_new_installation() as new:
        assert new.run("restore", taken[-1][0]).returncode == 0
        with new.serving() as server:
            server.wait_delivered(seconds=GIVEN_BACK_SECONDS)
            assert find_index_differences(new) == []
            kept = read_stock(new)
            refused = new.run("restore", taken[0][0], "--replace")
            assert (refused.returncode, refused.stderr.rpartition("refused: ")[2].split(":")[0]) == (
                1, "a server or worker is running"
            )  # fmt: skip
            assert without_changed(read_stock(new)) == without_changed(kept)


def fill(installation: Installation, name: str) -> None:
    rows = [make_row(number, id=f"{name}-{number}") for number in range(ROWS)]
    path = write_lines(installation.folder, rows, f"{name}.jsonl")
    imported = installation.run("import", "listings", path, "--publish")
    assert imported.returncode == 0, imported.stderr


def read_stock(installation: Installation) -> Stock:
    with installation.database() as database:
        return take_stock(database)


def without_changed(stock: Stock) -> Stock:
    return {name: rows for name, rows in stock.items() if name not in CHANGED_BY_RESTORING}


def kill_some_time(
    installation: Installation, start: Callable[[], Process], *, longest: float, early: bool = False
) -> Process:
    """By the clock, or at a change that it sends to the database; `early`: when it has hardly begun."""
    chance = random.Random(random.random())  # noqa: S311 - no secret
    by_clock = early or chance.random() < 0.7
    if not by_clock:
        installation.die_at_change(chance.randint(1, 40))
    process = start()
    if by_clock:
        sleep(0.2 * longest if early else chance.uniform(0.3, 1) * longest)
    else:
        process.wait_ended(seconds=longest + 30)
    process.kill()
    installation.die_at_change(None)
    return process


def wait_alone(installation: Installation) -> None:
    """The server of PostgreSQL notices a moment later that somebody is gone, and takes back what they had begun."""
    if not installation.database_url:
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    def is_alone() -> bool:
        with installation.database() as database, database.reading() as session:
            return not session.scalar(others)

    wait_until(is_alone)


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_a_killed_backup_is_there_wholly_or_not_at_all(installation: Installation) -> None:
    fill(installation, "rows")
    began = time.monotonic()
    assert installation.run("backup", installation.folder / "first").returncode == 0
    longest = time.monotonic() - began
    stock, left = read_stock(installation), set[bool]()
    for number in range(count_rounds(KILLS)):
        folder = installation.folder / f"backup-{number}"

        kill_some_time(
            installation,
            lambda folder=folder: installation.start("backup", folder),  # type: ignore[misc] # mypy cannot infer it
            longest=longest,
            early=number == 0,
        )

        left.add(folder.exists())
        if folder.exists():
            check_files(folder, read_manifest(folder), lambda _done, _whole: None)
        else:
            wait_alone(installation)
            assert installation.run("backup", folder).returncode == 0
        assert read_stock(installation) == stock
    assert False in left
    assert {path.name for path in (installation.folder / "first").iterdir()} >= {NAME}


@pytest.mark.parametrize("installation", BOTH, indirect=True)
def test_a_killed_restore_leaves_the_old_market_or_the_new_one(installation: Installation) -> None:
    markets: list[Stock] = []
    for number in range(2):
        fill(installation, f"rows{number}")
        markets.append(without_changed(read_stock(installation)))
        assert installation.run("backup", installation.folder / f"backup-{number}").returncode == 0
    began = time.monotonic()
    assert installation.run("restore", installation.folder / "backup-0", "--replace").returncode == 0
    longest = time.monotonic() - began
    present, seen = 0, Counter[str]()
    for number in range(count_rounds(KILLS)):
        other = installation.folder / f"backup-{1 - present}"

        kill_some_time(
            installation,
            lambda other=other: installation.start("restore", other, "--replace"),  # type: ignore[misc] # as above
            longest=longest,
            early=number == 0,
        )

        wait_alone(installation)
        found = without_changed(read_stock(installation))
        assert found in markets
        seen["new" if found == markets[1 - present] else "old"] += 1
        present = markets.index(found)
    with installation.serving():  # and whatever became of the index is mended; the matches may take their time
        wait_until(lambda: find_index_differences(installation) == [], seconds=GIVEN_BACK_SECONDS)
    assert installation.run("restore", installation.folder / "backup-1", "--replace").returncode == 0
    assert without_changed(read_stock(installation)) == markets[1]
    assert seen["old"]
    assert set(markets[0]) == set(Base.metadata.tables) - set(CHANGED_BY_RESTORING)
