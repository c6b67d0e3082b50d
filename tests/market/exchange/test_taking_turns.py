"""Imports share a lane: nobody waits for the end of somebody else's big file, and a worker that is to stop lets go."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market import wiring
from market.accounts.models import User
from market.exchange import reactions, running, staging, takeover
from market.exchange.enums import RunState
from market.exchange.files import keep_file
from market.exchange.models import StagedListing
from market.exchange.reactions import check_imports
from market.exchange.running import set_back
from market.exchange.service import confirm_run, send_to_worker, stop_run
from market.exchange.takeover import ChangedSinceChecked
from market.exchange.upkeep import clear_old_imports
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import Delivery, DeliveryState
from market.kernel.work import ENDLESS, Lane, Turn, Work
from market.listings.models import Listing
from market.organizations.models import Organization
from market.worker import Worker
from tests.make.accounts import make_user
from tests.make.imports import begin_import, check, make_row, read_run, write_lines
from tests.make.organizations import make_organization
from tests.make.stored import count_stored, read_stored

BIG = 12


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


@pytest.fixture
def others(db: Session) -> Organization:
    return make_organization(db, name="Other works")


@pytest.fixture(autouse=True)
def _short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows each."""
    monkeypatch.setattr(reactions, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(Turn, "begin_again", lambda _turn: None)
    monkeypatch.setattr(running, "CHECKED_AT_ONCE", 2)
    monkeypatch.setattr(takeover, "ARRIVE_AT_ONCE", 2)
    monkeypatch.setattr(staging, "CLEARED_AT_ONCE", 2)


@pytest.fixture
def send(db: Session, work: Work, tmp_path: Path) -> Callable[[Organization, int], UUID]:
    """A file of so many rows, as a page hands it to the worker."""

    def send_rows(organization: Organization, number: int) -> UUID:
        path = write_lines(tmp_path, map(make_row, range(number)), f"{organization.slug}-{number}.jsonl")
        run_id = begin_import(db, organization, path)
        keep_file(work.settings, run_id, iter([path.read_bytes()]))
        with work.database.transaction() as session:
            send_to_worker(session, running.get_run(session, run_id))
        return run_id

    return send_rows


def take_turn(worker: Worker) -> None:
    worker.dispatch()
    worker.deliver_lane(Lane.IMPORT)


def confirm(database: Database, run_id: UUID, by: User) -> None:
    with database.transaction() as session:
        confirm_run(session, running.get_run(session, run_id), skips_faults=False, by=by.id)


def test_a_small_file_is_checked_and_imported_between_the_turns_of_a_big_one(
    database: Database, work: Work, owner: User, works: Organization, others: Organization,
    send: Callable[[Organization, int], UUID],
) -> None:  # fmt: skip
    worker = Worker(work)
    big = send(others, BIG)
    take_turn(worker)
    small = send(works, 1)

    take_turn(worker)
    take_turn(worker)
    checked = read_run(database, small).state, read_run(database, big).checked_rows
    confirm(database, small, owner)
    take_turn(worker)
    take_turn(worker)

    assert checked == (RunState.CHECKED, 4)
    assert read_run(database, small).state is RunState.DONE
    assert read_run(database, big).state is RunState.CHECKING
    worker.drain()
    assert (read_run(database, big).state, read_run(database, big).counts["new"]) == (RunState.CHECKED, BIG)


def test_what_is_confirmed_goes_before_what_is_to_be_checked_and_neither_waits_for_vectors() -> None:
    lanes = {lane: [handler.name for handler in wiring.HANDLERS if handler.lane is lane] for lane in Lane}

    assert lanes[Lane.IMPORT][:3] == ["take_over_imports", "check_imports", "clear_imports"]
    assert lanes[Lane.BULK][:2] == ["index_imports", "embed_missing"]


def test_a_big_file_is_taken_over_in_turns_and_shows_all_at_once(
    database: Database, work: Work, owner: User, works: Organization, send: Callable[[Organization, int], UUID]
) -> None:
    worker = Worker(work)
    run_id = send(works, 5)
    worker.drain()
    confirm(database, run_id, owner)
    seen = []

    while read_run(database, run_id).state is RunState.TAKING_OVER:
        take_turn(worker)
        seen.append(sorted({state.value for state in read_stored(database, select(Listing.state))}))

    assert seen == [["arriving"], ["arriving"], ["arriving"], ["published"]]
    assert count_stored(database, Listing) == [5]


def test_a_big_file_that_was_stopped_is_cleared_in_turns(
    database: Database, work: Work, works: Organization, send: Callable[[Organization, int], UUID]
) -> None:
    worker = Worker(work)
    run_id = send(works, 5)
    worker.drain()
    with database.transaction() as session:
        stop_run(session, running.get_run(session, run_id), by=None, now=utc_now())

    take_turn(worker)
    left = count_stored(database, StagedListing)
    worker.drain()

    assert left == [3]
    assert count_stored(database, StagedListing) == [0]
    assert read_run(database, run_id).state is RunState.STOPPED


class Cut(Exception):
    """The process is killed here."""


def cut_off_while_clearing(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first rows."""
    calls: list[bool] = []

    def clear_some(session: Session, run_id: UUID) -> bool:
        if calls:
            raise Cut
        calls.append(staging.clear_staged(session, run_id))
        return calls[0]

    monkeypatch.setattr(running, "clear_staged", clear_some)


def test_a_run_cut_off_while_it_is_set_back_is_never_imported_in_part(
    db: Session, database: Database, works: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path, map(make_row, range(5)))
    run_id = begin_import(db, works, path)
    check(database, run_id, path)
    with monkeypatch.context() as patch:
        cut_off_while_clearing(patch)
        patch.setattr(running, "open_to_all", raise_changed)
        with pytest.raises(Cut):
            running.take_over(database, run_id)

    run = check(database, run_id, path)

    assert (run.state, run.checked_rows, run.counts["new"]) == (RunState.CHECKED, 5, 5)
    assert count_stored(database, StagedListing, Listing) == [5, 0]


def raise_changed(*_arguments: object, **_named: object) -> None:
    raise ChangedSinceChecked


def test_what_a_killed_process_left_of_a_refused_run_is_cleared_in_time(
    db: Session, database: Database, work: Work, works: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path, map(make_row, range(5)))
    run_id = begin_import(db, works, path)
    check(database, run_id, path)
    with monkeypatch.context() as patch:
        cut_off_while_clearing(patch)
        with pytest.raises(Cut):
            set_back(database, run_id, RunState.REFUSED)
    assert begin_import(db, works, path) != run_id

    clear_old_imports(work, utc_now() + timedelta(hours=1))

    assert read_run(database, run_id).state is RunState.REFUSED
    assert count_stored(database, StagedListing) == [0]


@pytest.mark.parametrize(("turns_before", "checked"), [(0, 2), (1, 2)], ids=["at its beginning", "behind some rows"])
def test_a_worker_that_is_to_stop_leaves_a_check_at_a_batch(
    database: Database, work: Work, works: Organization, send: Callable[[Organization, int], UUID],
    monkeypatch: pytest.MonkeyPatch, turns_before: int, checked: int,
) -> None:  # fmt: skip
    worker = Worker(work)
    run_id = send(works, BIG)
    for _turn in range(turns_before):
        take_turn(worker)
    monkeypatch.setattr(reactions, "TURN_SECONDS", 3600.0)
    worker.dispatch()
    worker.work.stopping.set()

    worker.deliver(next(handler for handler in wiring.HANDLERS if handler.run is check_imports))

    assert read_run(database, run_id).checked_rows == checked
    assert set(read_stored(database, select(Delivery.state))) == {DeliveryState.DONE}
    Worker(work).drain()
    assert read_run(database, run_id).checked_rows == BIG


def test_a_command_takes_no_turns() -> None:
    ENDLESS.begin_again()

    assert not ENDLESS.is_over()
