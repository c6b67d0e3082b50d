import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from market.kernel.db import Database
from market.kernel.jobs import JobRow, claim_job, ensure_jobs, list_due_jobs
from market.kernel.work import PeriodicJob


def sweep() -> PeriodicJob:
    return PeriodicJob("sweep", timedelta(minutes=10), lambda _work, _now: None)


@pytest.fixture
def claim(database: Database, now: datetime) -> Callable[[timedelta], bool]:
    """Whether the job is ours to run so long after the start; its row is there."""
    with database.transaction() as session:
        ensure_jobs(session, (sweep(),), now=now)

    def claim_after(wait: timedelta) -> bool:
        with database.transaction() as session:
            return claim_job(session, sweep(), now=now + wait)

    return claim_after


def test_a_new_job_is_due_at_once_and_then_in_its_rhythm(claim: Callable[[timedelta], bool]) -> None:
    minutes = [0, 0, 5, 9.99, 10, 10, 19.99, 20]

    assert [claim(timedelta(minutes=minute)) for minute in minutes] == [
        *(True, False, False, False),
        *(True, False, False, True),
    ]


def test_a_look_at_what_is_due_claims_nothing(
    database: Database, now: datetime, claim: Callable[[timedelta], bool]
) -> None:
    def look(wait: timedelta) -> set[str]:
        with database.reading() as session:
            return list_due_jobs(session, (sweep(),), now=now + wait)

    before = [look(timedelta(seconds=-1)), look(timedelta()), look(timedelta())]
    claim(timedelta())

    assert (before, look(timedelta())) == ([set(), {"sweep"}, {"sweep"}], set())


def test_after_a_long_rest_a_job_runs_once_and_not_for_every_turn_missed(claim: Callable[[timedelta], bool]) -> None:
    assert [claim(timedelta(days=3)), claim(timedelta(days=3))] == [True, False]


@pytest.mark.parametrize("back", [timedelta(minutes=1), timedelta(hours=1), timedelta(days=365)], ids=str)
def test_a_clock_set_back_delays_no_job(claim: Callable[[timedelta], bool], back: timedelta) -> None:
    """Its next time was set by a clock that was ahead: it runs now, and then in its rhythm again."""
    assert claim(timedelta())

    assert [claim(timedelta(minutes=minute) - back) for minute in (0, 9, 10)] == [True, False, True]


def test_of_many_workers_one_runs_the_job(claim: Callable[[timedelta], bool]) -> None:
    start = threading.Barrier(4)

    def race(_number: int) -> bool:
        start.wait()
        return claim(timedelta(minutes=1))

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(race, range(4))) == [False, False, False, True]


def test_starting_again_leaves_the_next_time_as_it_is(database: Database, now: datetime) -> None:
    for wait in (timedelta(), timedelta(hours=1)):
        with database.transaction() as session:
            ensure_jobs(session, (sweep(),), now=now + wait)

    with database.reading() as session:
        assert session.scalars(select(JobRow.due_at)).all() == [now]


def test_two_workers_may_start_at_the_same_time(database: Database, now: datetime) -> None:
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as first:
            ensure_jobs(first, (sweep(),), now=now)

            def start_second() -> None:
                with database.transaction() as second:
                    ensure_jobs(second, (sweep(),), now=now + timedelta(hours=1))

            started = threads.submit(start_second)
            time.sleep(0.1)  # it waits for the first one's row or lock now
        started.result()

    with database.reading() as session:
        assert session.scalars(select(JobRow.due_at)).all() == [now]


def test_a_job_that_was_never_announced_is_nobodys(database: Database, now: datetime) -> None:
    with database.transaction() as session:
        assert not claim_job(session, sweep(), now=now)
