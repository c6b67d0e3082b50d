"""Workers on a cluster that are killed or held up at any point of a delivery: the index is the database in the end."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import Delivery, DeliveryState, FactRow
from market.kernel.work import Lane, Work
from market.listings import queries
from market.listings.facts import IndexRebuildAsked
from market.listings.service import publish_listing, withdraw_listing
from market.web.mails import TemplateLetters
from market.web.rendering import Renderer
from market.worker import Worker
from search.elastic import writing
from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine
from search.elastic.writing import Change
from search.port import Document
from tests.faults.accounting import find_index_differences
from tests.faults.running import Installation, Process, pass_time
from tests.faults.test_killed_worker import LEASE_MINUTES, count_waiting, deliver_the_rest
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_listing
from tests.make.organizations import make_viewer
from tests.make.stored import read_stored
from tests.make.waiting import wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("elasticsearch")]

on_postgresql = pytest.mark.parametrize("installation", ["postgresql"], indirect=True)

SENDING = "ThreadPoolExecutor"
"""How the threads are called in which changes go to the cluster."""

BEFORE_THE_REQUEST, AFTER_THE_REPLY = 4, 5
"""Of the changes of a delivery: after the claim's three, which are two statements and a commit."""

FEWEST_POINTS = 13
"""At which a worker can be killed, from the first of the claim to the commit of the mark."""

dispatch_facts = outbox.dispatch_facts


@contextmanager
def opening(installation: Installation) -> Iterator[ElasticEngine]:
    settings = installation.configuration
    engine = ElasticEngine(Connection(settings.cluster_urls), alias=settings.search_index, embedder=None, centring=None)
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture
def indexed(clustered: Installation) -> Installation:
    """With an index from the start: one that is made when listings are published already needs a rebuild first."""
    with opening(clustered) as engine:
        engine.indices.make_first(engine._wanted, is_lacking=False)
    return clustered


class Author:
    """Has a draft to publish and a listing to withdraw, at one moment."""

    def __init__(self, session: Session) -> None:
        self._session = session
        user = make_user(session)
        self.draft, self.old = make_draft(session, by=user), make_listing(session, by=user)
        self.viewer = make_viewer(session, user)
        session.commit()

    def publish(self) -> None:
        publish_listing(self._session, self.draft, by=self.viewer, now=utc_now())

    def publish_one_and_withdraw_one(self) -> None:
        self.publish()
        withdraw_listing(self._session, self.old, by=self.viewer, now=utc_now())
        self._session.commit()

    def withdraw_what_was_published(self) -> None:
        withdraw_listing(self._session, self.draft, by=self.viewer, now=utc_now())
        self._session.commit()


def prepare_changes(session: Session) -> Callable[[], None]:
    return Author(session).publish_one_and_withdraw_one


def prepare_rebuild(session: Session) -> Callable[[], None]:
    def ask() -> None:
        outbox.record(session, IndexRebuildAsked(uuid4()), by=None)
        session.commit()

    make_listing(session)
    return ask


def check_index(installation: Installation, engine: ElasticEngine) -> None:
    assert find_index_differences(installation) == []
    assert len(engine.indices.list_names()) == 1


def wait_idle(worker: Process, database: Database) -> None:
    """All is delivered and nothing changes any more until something happens."""
    wait_until(lambda: "runs" in worker.log and count_waiting(database) == 0, seconds=180)


@on_postgresql
@pytest.mark.parametrize(
    ("lane", "prepare"), [(Lane.INDEX, prepare_changes), (Lane.REBUILD, prepare_rebuild)], ids=["index", "rebuild"]
)
def test_a_worker_killed_at_each_point_from_claim_to_mark_leaves_the_index_as_the_database(
    indexed: Installation, lane: Lane, prepare: Callable[[Session], Callable[[], None]]
) -> None:
    """Again and again, one change later each time, until one comes to its end; its follower does what it left."""
    is_dead, number = True, 0
    with indexed.database() as database, opening(indexed) as engine:
        while is_dead:
            number += 1
            with indexed.working() as worker, database.writing() as session:
                change = prepare(session)
                wait_idle(worker, database)
                check_index(indexed, engine)
                indexed.die_at_change(number, threads=(f"market-{lane}", SENDING))
                change()
                wait_until(lambda worker=worker: not worker.is_running() or count_waiting(database) == 0, seconds=60)  # type: ignore[misc] # bound
                is_dead = count_waiting(database) > 0
            indexed.die_at_change(None)
            pass_time(indexed, LEASE_MINUTES)
        check_index(indexed, engine)
    assert number > FEWEST_POINTS


@on_postgresql
def test_control_a_worker_that_marked_what_it_claims_would_lose_changes_with_its_death(indexed: Installation) -> None:
    with indexed.database() as database, database.writing() as session:
        author = Author(session)
        with indexed.working() as worker:
            wait_idle(worker, database)
            indexed.die_at_change(BEFORE_THE_REQUEST, threads=(f"market-{Lane.INDEX}", SENDING))
            author.publish_one_and_withdraw_one()
            worker.wait()
        indexed.die_at_change(None)
        session.execute(update(Delivery).values(state=DeliveryState.DONE))
        session.commit()
        deliver_the_rest(indexed, database)

    assert find_index_differences(indexed) == [
        f"{author.draft.reference}: missing in the index",
        f"{author.old.reference}: in the index but not public in the database",
    ]


@on_postgresql
@pytest.mark.parametrize("rebuilds", [False, True], ids=["", "and the index is rebuilt"])
@pytest.mark.parametrize("point", [BEFORE_THE_REQUEST, AFTER_THE_REPLY], ids=["before the request", "after the reply"])
def test_a_worker_that_stands_still_past_its_lease_undoes_nothing_when_it_goes_on(
    indexed: Installation, point: int, *, rebuilds: bool
) -> None:
    with indexed.database() as database, database.writing() as session, indexed.working() as worker:
        author = Author(session)
        wait_idle(worker, database)
        indexed.die_at_change(point, threads=(f"market-{Lane.INDEX}", SENDING), by=signal.SIGSTOP)
        author.publish_one_and_withdraw_one()
        wait_until(lambda: os.waitid(os.P_PID, worker.pid, os.WSTOPPED | os.WNOHANG), seconds=60)
        indexed.die_at_change(None)
        author.withdraw_what_was_published()
        pass_time(indexed, LEASE_MINUTES)
        deliver_the_rest(indexed, database)
        if rebuilds:
            assert indexed.run("index", "rebuild").returncode == 0
        assert find_index_differences(indexed) == []

        worker.popen.send_signal(signal.SIGCONT)
        make_listing(session)  # the one worker there is does this after what it was at
        wait_idle(worker, database)

        assert set(read_stored(database, select(Delivery.state))) == {DeliveryState.DONE}
    assert find_index_differences(indexed) == []


def make_worker(installation: Installation, database: Database, engine: ElasticEngine, renderer: Renderer) -> Worker:
    settings = installation.configuration
    letters = TemplateLetters(renderer, base_url=settings.base_url)
    return Worker(Work(settings, database, engine, None, letters))


@pytest.mark.parametrize(
    ("rebuilds", "off", "is_clean"),
    [
        (False, (), True),
        (True, (), True),
        (False, ("reading again",), True),
        (True, ("reading again",), False),
        (False, ("reading again", "versions"), False),
    ],
    ids=[
        "in the same index",
        "in one rebuilt since",
        "versions alone are enough in the same index",
        "control: in one rebuilt since without reading again",
        "control: without versions",
    ],
)
def test_what_is_sent_late_undoes_no_withdrawal(
    indexed: Installation, renderer: Renderer, monkeypatch: pytest.MonkeyPatch, *,
    rebuilds: bool, off: tuple[str, ...], is_clean: bool,
) -> None:  # fmt: skip
    """One worker has read the listing; it is withdrawn and another worker does the rest; then the first one sends."""
    switch_off(off, monkeypatch)
    with (
        indexed.database() as database,
        database.writing() as session,
        opening(indexed) as late,
        opening(indexed) as engine,
    ):
        author = Author(session)
        other = make_worker(indexed, database, engine, renderer)
        other.drain()
        author.publish_one_and_withdraw_one()
        send, once = late.write, iter([True])

        def send_late(documents: list[Document]) -> int:
            if next(once, False):
                author.withdraw_what_was_published()
                other.drain()
                if rebuilds:
                    prepare_rebuild(session)()
                    other.drain()
            return send(documents)

        monkeypatch.setattr(late, "write", send_late)
        make_worker(indexed, database, late, renderer).drain()

        wrong = [] if is_clean else [f"{author.draft.reference}: in the index but not public in the database"]
        assert find_index_differences(indexed) == wrong


def switch_off(guards: tuple[str, ...], patch: pytest.MonkeyPatch) -> None:
    if "reading again" in guards:
        patch.setattr(queries, "map_index_versions", lambda *_arguments: {})
    if "versions" in guards:
        bulk, growing = writing._bulk, count(1_000_001, 2)

        def take_the_last(client: Any, index: str, batch: list[Change]) -> Any:
            return bulk(client, index, [replace(change, version=next(growing)) for change in batch])

        patch.setattr(writing, "_bulk", take_the_last)


def dispatch_newer(session: Session, *arguments: Any, now: Any) -> int:
    """As one would who reads on from the last fact that was seen: what is older never comes."""
    last = session.scalar(select(func.max(FactRow.recorded_at)).where(FactRow.dispatched_at.is_not(None)))
    if last is not None:
        session.execute(
            update(FactRow)
            .where(FactRow.dispatched_at.is_(None), FactRow.recorded_at <= last)
            .values(dispatched_at=now)
            .execution_options(synchronize_session=False)
        )
    return dispatch_facts(session, *arguments, now=now)


@on_postgresql
@pytest.mark.parametrize("by_state", [True, False], ids=["by state", "control: newer than the last"])
def test_what_is_recorded_first_and_committed_last_comes_into_the_index(
    indexed: Installation, renderer: Renderer, monkeypatch: pytest.MonkeyPatch, *, by_state: bool
) -> None:
    if not by_state:
        monkeypatch.setattr(outbox, "dispatch_facts", dispatch_newer)
    with (
        indexed.database() as database,
        opening(indexed) as engine,
        database.writing() as slow,
        database.writing() as quick,
    ):
        worker = make_worker(indexed, database, engine, renderer)
        authors = [Author(slow), Author(quick)]
        worker.drain()
        authors[0].publish()
        slow.flush()
        authors[1].publish()
        quick.commit()
        worker.drain()
        found = [state.id for state in engine.iterate()]
        slow.commit()
        worker.drain()

    late, early = (author.draft.reference for author in authors)
    assert (late in found, early in found) == (False, True)
    assert find_index_differences(indexed) == ([] if by_state else [f"{late}: missing in the index"])
