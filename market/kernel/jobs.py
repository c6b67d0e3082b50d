"""When periodic jobs are due: a row each, claimed by whoever comes first."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.kernel.db import Base
from market.kernel.work import PeriodicJob


class JobRow(Base):
    __tablename__ = "periodic_job"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime]


def ensure_jobs(session: Session, jobs: tuple[PeriodicJob, ...], *, now: datetime) -> None:
    """A row for each job that has none. Another worker may start at the same time: whoever comes first writes it."""
    for job in jobs:
        if session.get(JobRow, job.name) is not None:
            continue
        with suppress(IntegrityError), session.begin_nested():
            session.add(JobRow(name=job.name, due_at=now))


def list_due_jobs(session: Session, jobs: tuple[PeriodicJob, ...], *, now: datetime) -> set[str]:
    return {job.name for job in jobs if session.scalar(select(JobRow.name).where(_is_due(job, now))) is not None}


def _is_due(job: PeriodicJob, now: datetime) -> ColumnElement[bool]:
    """One that is due after more than its turn got its time from a clock that was ahead and has been set right."""
    return and_(JobRow.name == job.name, or_(JobRow.due_at <= now, JobRow.due_at > now + job.every))


def claim_job(session: Session, job: PeriodicJob, *, now: datetime) -> bool:
    """Whether it is ours to run now. Its next time is set at once: a worker that dies misses one turn, none runs
    twice.
    """
    claimed = session.execute(
        update(JobRow)
        .where(_is_due(job, now))
        .values(due_at=now + job.every)
        .returning(JobRow.name)
        .execution_options(synchronize_session=False)
    )
    return claimed.first() is not None
