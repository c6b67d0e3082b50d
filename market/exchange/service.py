"""Every change of an import that a person, or a command, makes."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.exchange.enums import OPEN_STATES, FileFormat, RunState
from market.exchange.facts import ImportConfirmed, ImportReceived, ImportStopped
from market.exchange.forms import ImportOptions, ReadingForm
from market.exchange.models import ImportRun
from market.exchange.running import AnotherRuns
from market.kernel import outbox
from market.kernel.errors import N_, Refusal
from market.organizations.models import Organization
from market.taxonomy.values import OrganizationKind

IMPORTED_SLUG: Final = "imported"
LONGEST_NAME: Final = 200
WORKERS_LEASE: Final = timedelta(minutes=2)
_READ_AT_ONCE: Final = 1 << 20


class WrongRunState(Refusal):
    status = 409
    message = N_("This cannot be done in the import's present state.")


def start_run(
    session: Session, organization_id: UUID, *, name: str, file_format: FileFormat, file_hash: str,
    options: ImportOptions, by: UUID | None, now: datetime, represented_by: UUID | None = None,
) -> ImportRun:  # fmt: skip
    """A run for a file; the same file with the same options goes on where an open run of it stands.

    `represented_by` is the centre as whose member the sender acts for a client.
    """
    wanted = options.model_dump(mode="json")
    open_runs = select(ImportRun).where(
        ImportRun.organization_id == organization_id,
        ImportRun.file_hash == file_hash,
        ImportRun.state.in_(OPEN_STATES),
    )
    for run in session.scalars(open_runs.order_by(ImportRun.created_at)):
        if run.options == wanted:
            return run
    run = ImportRun(
        organization_id=organization_id, started_by_id=by, represented_by_id=represented_by,
        file_name=name[-LONGEST_NAME:], file_format=file_format,
        file_hash=file_hash, options=wanted, created_at=now, moved_at=now, counts={}, columns={}, failure_values={},
    )  # fmt: skip
    session.add(run)
    session.flush()  # its id names the facts, and the folder of its file
    return run


def is_worker_at(run: ImportRun, *, now: datetime) -> bool:
    """Whether a worker reads or takes over a file that a page sent: it has moved within a worker's lease."""
    is_moving = run.state in (RunState.RECEIVED, RunState.CHECKING, RunState.TAKING_OVER)
    return is_moving and run.started_by_id is not None and run.moved_at > now - WORKERS_LEASE


def send_to_worker(session: Session, run: ImportRun) -> None:
    """Let a worker read and check it."""
    outbox.record(session, ImportReceived(run.id), by=run.started_by_id)


def name_columns(
    session: Session, run: ImportRun, columns: dict[str, str], form: ReadingForm, *, by: UUID, now: datetime
) -> None:
    """How the file is to be read: which of its columns is which of ours, and what it does not say. It is checked anew
    then.
    """
    if run.state not in (RunState.UNMAPPED, RunState.CHECKED):
        raise WrongRunState
    run.columns = columns
    run.options = run.options | form.model_dump(mode="json")
    run.failure, run.failure_values = None, {}
    run.state, run.moved_at = RunState.RECEIVED, now
    outbox.record(session, ImportReceived(run.id), by=by)


def confirm_run(session: Session, run: ImportRun, *, skips_faults: bool, by: UUID) -> None:
    """Take it over. With refused rows only where these are to be left out. A second click changes nothing."""
    if run.state in (RunState.TAKING_OVER, RunState.DONE):
        return
    if run.state is not RunState.CHECKED or (run.counts.get("refused") and not skips_faults):
        raise WrongRunState
    run.options = run.options | {"skips_faults": skips_faults}
    run.failure, run.failure_values = None, {}
    run.state = RunState.TAKING_OVER
    try:
        session.flush()  # the database allows one for each organization
    except IntegrityError as problem:
        raise AnotherRuns from problem
    outbox.record(session, ImportConfirmed(run.id), by=by)


def stop_run(session: Session, run: ImportRun, *, by: UUID | None, now: datetime) -> None:
    """Nothing of it will be seen. What is being taken over cannot be stopped any more."""
    if run.state in (RunState.STOPPED, RunState.REFUSED):
        return
    if run.state not in OPEN_STATES or run.state is RunState.TAKING_OVER:
        raise WrongRunState
    run.state, run.finished_at, run.moved_at = RunState.STOPPED, now, now
    outbox.record(session, ImportStopped(run.id), by=by)


def found_imported(session: Session, *, now: datetime) -> Organization:
    """The unverified organization of rows that came without one."""
    organization = session.scalar(select(Organization).where(Organization.slug == IMPORTED_SLUG))
    if organization is None:
        organization = Organization(
            slug=IMPORTED_SLUG,
            kind=OrganizationKind.ASSOCIATION,
            country="CN",
            language="en",
            name="Imported",
            created_at=now,
        )
        session.add(organization)
        session.flush()  # its id is asked for
    return organization


def hash_file(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=32)
    with path.open("rb") as file:
        while block := file.read(_READ_AT_ONCE):
            digest.update(block)
    return digest.hexdigest()
