"""What nobody came back for is let go."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, exists, select, tuple_

from market.exchange.enums import OPEN_STATES, RunState
from market.exchange.files import forget_file
from market.exchange.models import ImportProblem, ImportRun, StagedListing
from market.exchange.running import set_back
from market.exchange.service import stop_run
from market.kernel.work import Work

KEEP_UNCONFIRMED: Final = timedelta(days=14)
KEEP_PROBLEMS: Final = timedelta(days=90)
_AT_ONCE: Final = 2_000
_GIVEN_UP: Final = tuple(state for state in OPEN_STATES if state is not RunState.TAKING_OVER)


def clear_old_imports(work: Work, now: datetime) -> None:
    _stop_unconfirmed(work, now)
    _forget_files_of_failed(work, now)
    _clear_left_over(work)
    while _clear_problems(work, now):
        pass


def _stop_unconfirmed(work: Work, now: datetime) -> None:
    """The file and the staged rows go with the fact that this records."""
    with work.database.transaction() as session:
        waiting = select(ImportRun).where(ImportRun.state.in_(_GIVEN_UP), ImportRun.moved_at < now - KEEP_UNCONFIRMED)
        for run in session.scalars(waiting.limit(_AT_ONCE)):
            stop_run(session, run, by=None, now=now)


def _forget_files_of_failed(work: Work, now: datetime) -> None:
    with work.database.reading() as session:
        failed = select(ImportRun.id).where(
            ImportRun.state == RunState.FAILED,
            ImportRun.finished_at.between(now - 2 * KEEP_UNCONFIRMED, now - KEEP_UNCONFIRMED),
        )
        ids = session.scalars(failed).all()
    for run_id in ids:
        forget_file(work.settings, run_id)


def _clear_left_over(work: Work) -> None:
    """Staged rows of runs that came to nothing in a process that was killed while it took them out."""
    closed = (RunState.REFUSED, RunState.STOPPED, RunState.FAILED)
    with work.database.reading() as session:
        left = select(ImportRun.id, ImportRun.state).where(
            ImportRun.state.in_(closed), exists().where(StagedListing.run_id == ImportRun.id)
        )
        runs = session.execute(left.limit(_AT_ONCE)).all()
    for run_id, state in runs:
        set_back(work.database, run_id, state)


def _clear_problems(work: Work, now: datetime) -> bool:
    """Some of them; whether there may be more."""
    with work.database.transaction() as session:
        old = select(ImportRun.id).where(
            ImportRun.created_at < now - KEEP_PROBLEMS, ImportRun.state.not_in(OPEN_STATES)
        )
        key = (ImportProblem.run_id, ImportProblem.line, ImportProblem.number)
        chosen = session.execute(select(*key).where(ImportProblem.run_id.in_(old)).limit(_AT_ONCE)).all()
        keys = [tuple(row) for row in chosen]
        if keys:
            session.execute(delete(ImportProblem).where(tuple_(*key).in_(keys)))
    return len(keys) == _AT_ONCE
