"""An import at work: a file is checked batch by batch, then taken over. Each step commits and can be cut off anywhere.

Commands run it in their own process, pages let a worker do it; both ways are the same functions.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from market.exchange.checking import Checker
from market.exchange.comparing import find_stored
from market.exchange.enums import RunState
from market.exchange.formats.columns import guess_columns
from market.exchange.formats.encodings import WRONG_ENCODING
from market.exchange.formats.reading import Reading, open_rows
from market.exchange.formats.rows import Row, RowFault, UnreadableFile
from market.exchange.forms import ImportOptions
from market.exchange.layout import read_layout
from market.exchange.models import ImportProblem, ImportRun
from market.exchange.sifting import read_id
from market.exchange.staging import clear_staged, keep_checked, read_seen_ids, redraw_references
from market.exchange.takeover import ChangedSinceChecked, arrive, open_to_all, take_back
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.errors import N_, NotFound, Refusal
from market.kernel.work import ENDLESS, Turn

CHECKED_AT_ONCE: Final = 500
REQUIRED_COLUMNS: Final = ("title",)

UNKNOWN_ENCODING: Final = N_("The encoding of this file was not recognised. Please choose it.")
NO_TITLE_COLUMN: Final = N_("No column of this file is called 'title'. Please say which column is which.")

Progress = Callable[[int, int], None]


class AnotherRuns(Refusal):
    """Another import of the same organization is being taken over, or another process checks this very file."""

    status = 409
    message = N_("Another import of this organization is under way. Please try again when it is done.")


def ignore_progress(_done: int, _whole: int) -> None:
    """For those who do not watch."""


def check_file(
    database: Database, run_id: UUID, path: Path, *, progress: Progress = ignore_progress, turn: Turn = ENDLESS
) -> bool:
    """Check rows until the end of the file, or of the turn; whether it is over.

    It is over too where the run was stopped, or the file turned out unreadable, or its columns are not known.
    """
    if not _forget_older_check(database, run_id, turn):
        return False
    with database.transaction() as session:
        run = get_run(session, run_id)
        if run.state is RunState.RECEIVED:
            run.state = RunState.CHECKING
        if run.state is not RunState.CHECKING:
            return True
        seen, done = read_seen_ids(session, run_id), run.checked_rows
        options, given = ImportOptions.model_validate(run.options), run.columns
        checker = Checker(options, country=run.organization.country, today=utc_now().date(), seen=seen)
    try:
        reading = open_rows(path, encoding=options.encoding or None, file_format=run.file_format)
        if done == 0:
            _keep_layout(database, run_id, read_layout(reading))
        columns = _choose_columns(reading, given)
        if columns is None or not reading.encoding_sure:
            _wait_for_person(database, run_id, NO_TITLE_COLUMN if reading.encoding_sure else UNKNOWN_ENCODING)
            return True
        rows = reading.rows(columns)
        if not (_skip(rows, done, turn) and _check_rows(database, run_id, checker, rows, done, progress, turn)):
            return False
    except UnreadableFile as problem:
        fail_run(database, run_id, problem)
        return True
    _finish_check(database, run_id, left_out=_list_left_out(reading, columns))
    return True


def take_over(database: Database, run_id: UUID, *, progress: Progress = ignore_progress, turn: Turn = ENDLESS) -> bool:
    """Move everything in and show it; whether that is done, or the turn was over before.

    Raises `ChangedSinceChecked` with the run set back to be checked again.
    """
    _begin_takeover(database, run_id)
    try:
        with database.transaction() as session:
            redraw_references(session, run_id)
        last: int | None = 0
        while last is not None:
            with database.transaction() as session:
                run = get_run(session, run_id)
                last = arrive(session, run, after=last, now=utc_now())
            progress(last or run.total_rows or 0, run.total_rows or 0)
            if last is not None and turn.is_over():
                return False
        with database.transaction() as session:
            open_to_all(session, get_run(session, run_id), now=utc_now())
    except (ChangedSinceChecked, IntegrityError) as problem:
        set_back(database, run_id, RunState.RECEIVED, turn=turn)
        raise ChangedSinceChecked from problem
    return True


def set_back(database: Database, run_id: UUID, state: RunState, *, turn: Turn = ENDLESS) -> bool:
    """Put the run into this state and take out everything that came of the file so far, some at a time; whether all of
    it is out. The state comes before the staged rows go: what is left of them is never taken for all there were.
    """
    more = True
    while more:
        with database.transaction() as session:
            more = take_back(session, get_run(session, run_id))
    with database.transaction() as session:
        run = get_run(session, run_id)
        run.state, run.moved_at = state, utc_now()
        run.finished_at = None if state is RunState.RECEIVED else run.moved_at
    more = True
    while more:
        with database.transaction() as session:
            more = clear_staged(session, run_id)
        if more and turn.is_over():
            return False
    if state is RunState.RECEIVED:
        with database.transaction() as session:
            run = get_run(session, run_id)
            session.execute(delete(ImportProblem).where(ImportProblem.run_id == run_id))
            run.checked_rows, run.total_rows, run.counts = 0, None, {}
    return True


def _forget_older_check(database: Database, run_id: UUID, turn: Turn) -> bool:
    """A run that waits to be read and has rows was set back, or somebody has said how the file is to be read: what was
    checked before is not worth anything. Whether nothing is left of it.
    """
    with database.reading() as session:
        run = get_run(session, run_id)
    if run.state is RunState.RECEIVED and run.checked_rows:
        return set_back(database, run_id, RunState.RECEIVED, turn=turn)
    return True


def get_run(session: Session, run_id: UUID) -> ImportRun:
    run = session.get(ImportRun, run_id, options=[joinedload(ImportRun.organization)])
    if run is None:
        raise NotFound
    return run


def _begin_takeover(database: Database, run_id: UUID) -> None:
    try:
        with database.transaction() as session:
            run = session.get(ImportRun, run_id, with_for_update=True)
            if run is None or run.state not in (RunState.CHECKED, RunState.TAKING_OVER):
                raise NotFound
            run.state, run.moved_at = RunState.TAKING_OVER, utc_now()
    except IntegrityError as problem:
        raise AnotherRuns from problem


def _check_rows(
    database: Database, run_id: UUID, checker: Checker, rows: Iterator[Row | RowFault], done: int, progress: Progress,
    turn: Turn,
) -> bool:  # fmt: skip
    """Whether they came to their end, or the run was stopped; else the turn is over."""
    turn.begin_again()
    while batch := list(islice(rows, CHECKED_AT_ONCE)):
        if not _check_batch(database, run_id, checker, batch, done):
            return True
        done += len(batch)
        progress(done, 0)
        if len(batch) == CHECKED_AT_ONCE and turn.is_over():
            return False
    return True


def _check_batch(database: Database, run_id: UUID, checker: Checker, batch: list[Row | RowFault], done: int) -> bool:
    """Whether the run still goes on. Reading and checking come before the transaction that writes."""
    ids = [row_id for row in batch if isinstance(row, Row) and (row_id := read_id(row.values))]
    with database.reading() as session:
        stored = find_stored(session, get_run(session, run_id).organization_id, ids)
    checked = checker.check(batch, stored)
    with database.transaction() as session:
        run = session.get(ImportRun, run_id, with_for_update=True)
        if run is None or run.state is not RunState.CHECKING:
            return False
        if run.checked_rows != done:
            raise AnotherRuns
        keep_checked(session, run, checked, stored)
        run.checked_rows, run.moved_at = done + len(batch), utc_now()
    return True


def _choose_columns(reading: Reading, given: Mapping[str, str]) -> Mapping[str, str] | None:
    """Which column of the file is which of ours; None where a person has to say."""
    if reading.header is None:
        return {}
    columns = dict(given) or guess_columns(reading.header)
    return columns if set(REQUIRED_COLUMNS) <= set(columns.values()) else None


def _keep_layout(database: Database, run_id: UUID, layout: dict[str, Any]) -> None:
    with database.transaction() as session:
        get_run(session, run_id).layout = layout


def _wait_for_person(database: Database, run_id: UUID, why: str, **values: object) -> None:
    """Somebody has to say how the file is to be read. One that was stopped meanwhile stays so."""
    with database.transaction() as session:
        run = session.get(ImportRun, run_id, with_for_update=True)
        if run is not None and run.state is RunState.CHECKING:
            run.state, run.moved_at = RunState.UNMAPPED, utc_now()
            run.failure, run.failure_values = why, values


def fail_run(database: Database, run_id: UUID, problem: UnreadableFile) -> None:
    """Nothing comes of it, save where another encoding may help."""
    if problem.message == WRONG_ENCODING:
        _wait_for_person(database, run_id, WRONG_ENCODING, **problem.values)
        return
    with database.transaction() as session:
        run = get_run(session, run_id)
        run.failure, run.failure_values = problem.message, dict(problem.values)
    set_back(database, run_id, RunState.FAILED)


def _list_left_out(reading: Reading, columns: Mapping[str, str]) -> list[str]:
    """Columns of a table that are none of ours. Keys of JSON Lines are counted row by row."""
    return [name for name in reading.header or () if name not in columns]


def _finish_check(database: Database, run_id: UUID, *, left_out: list[str]) -> None:
    with database.transaction() as session:
        run = get_run(session, run_id)
        if run.state is RunState.CHECKING:
            run.state, run.total_rows, run.moved_at = RunState.CHECKED, run.checked_rows, utc_now()
            extras = run.counts.get("extras", {}) | dict.fromkeys(left_out, run.checked_rows)
            run.counts = run.counts | {"extras": extras}


def _skip(rows: Iterator[Row | RowFault], number: int, turn: Turn) -> bool:
    """Go behind so many rows, which takes some time in a big table; whether the worker is not to stop meanwhile."""
    for start in range(0, number, CHECKED_AT_ONCE):
        if turn.is_cut_short():
            return False
        step = min(CHECKED_AT_ONCE, number - start)
        next(islice(rows, step, step), None)
    return True
