"""`market import` and `market export`, as a person at a terminal has them."""

import json
from datetime import timedelta
from pathlib import Path
from threading import Event
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.exchange import running
from market.exchange.enums import RunState
from market.exchange.files import hold_run
from market.exchange.forms import ImportOptions
from market.exchange.models import ImportRun
from market.exchange.running import AnotherRuns, check_file
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.work import Turn
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.organizations.models import Organization
from tests.make.accounts import make_user
from tests.make.commands import Market
from tests.make.imports import begin_import, make_row, write_lines
from tests.make.organizations import make_organization
from tests.make.stored import count_stored, read_stored


def test_rows_without_an_organization_belong_to_imported_and_are_found(
    market: Market, database: Database, tmp_path: Path
) -> None:
    outcome = market(
        "import", "listings", str(write_lines(tmp_path, [make_row(1), make_row(2)])), "--publish", "--json"
    )

    assert outcome.code == 0
    counts = json.loads(outcome.printed)
    assert {name: counts[name] for name in ("state", "rows", "new", "refused")} == {
        "state": "done", "rows": 2, "new": 2, "refused": 0,
    }  # fmt: skip
    assert read_stored(database, select(Organization.slug)) == ["imported"]
    assert [item["title"] for item in json.loads(market("search", "cassava", "--json").printed)["items"]] != []


def test_rows_go_to_the_organization_that_is_named(
    market: Market, db: Session, database: Database, tmp_path: Path
) -> None:
    works = make_organization(db)

    assert (
        market("import", "listings", str(write_lines(tmp_path, [make_row()])), "--organization", works.slug).code == 0
    )

    assert read_stored(database, select(Listing.organization_id)) == [works.id]


@pytest.mark.parametrize(
    ("options", "code", "imported"), [((), 1, 0), (("--skip-errors",), 0, 1), (("--dry-run",), 0, 0)]
)
def test_a_refused_row_keeps_all_out_unless_refused_ones_are_to_be_left_out(
    market: Market, database: Database, tmp_path: Path, options: tuple[str, ...], code: int, imported: int
) -> None:
    path = write_lines(tmp_path, [make_row(1), make_row(2, title="")])

    outcome = market("import", "listings", str(path), *options)

    assert outcome.code == code
    assert "line 2: row-2 title: The title is missing." in outcome.printed
    assert count_stored(database, Listing) == [imported]


def test_the_same_command_again_after_a_refusal_reads_the_mended_file(
    market: Market, database: Database, tmp_path: Path
) -> None:
    market("import", "listings", str(write_lines(tmp_path, [make_row(1, title="")])))

    assert market("import", "listings", str(write_lines(tmp_path, [make_row(1)]))).code == 0
    assert count_stored(database, Listing, ImportRun) == [1, 2]


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        (b"\x1f\x8b\x08damaged", (), "damaged or cut off"),
        (b"a,b\n1,2\n", (), "No column of this file is called 'title'."),
        (b"", (), ""),
        (b'{"title": "x"}', ("--organization", "nobody"), "no organization 'nobody'"),
    ],
    ids=["damaged", "no columns of ours", "empty", "no organization"],
)
def test_a_file_that_cannot_be_taken_is_refused_with_a_line(
    market: Market, database: Database, tmp_path: Path, content: bytes, options: tuple[str, ...], reason: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)

    outcome = market("import", "listings", str(path), *options)

    assert outcome.code == 1
    assert reason in outcome.said
    assert "Traceback" not in outcome.said
    assert count_stored(database, Listing) == [0]


def test_an_export_to_where_nothing_can_be_written_is_refused(market: Market, tmp_path: Path) -> None:
    place = tmp_path / "nowhere" / "x.csv"

    outcome = market("export", "listings", place)

    assert (outcome.code, outcome.printed) == (1, "")
    assert outcome.said == f"refused: {place}: No such file or directory"


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "csv", "csv.gz", "xlsx"])
def test_an_export_goes_in_again_and_changes_nothing(
    market: Market, database: Database, tmp_path: Path, ending: str
) -> None:
    market("import", "listings", str(write_lines(tmp_path, [make_row(1), make_row(2, kind="demand")])), "--publish")
    path = tmp_path / f"out.{ending}"

    assert market("export", "listings", str(path)).code == 0
    outcome = market("import", "listings", str(path), "--organization", "imported", "--json")

    assert json.loads(outcome.printed)["unchanged"] == 2
    assert count_stored(database, Listing) == [2]


def test_an_export_of_a_kind_holds_that_kind_alone(market: Market, tmp_path: Path) -> None:
    market("import", "listings", str(write_lines(tmp_path, [make_row(1), make_row(2, kind="demand")])), "--publish")

    outcome = market("export", "listings", str(tmp_path / "out.jsonl"), "--kind", "demand")

    assert outcome.said.endswith("1 listings written")


def test_an_export_says_which_endings_it_writes(market: Market, tmp_path: Path) -> None:
    outcome = market("export", "listings", str(tmp_path / "out.ods"))

    assert outcome.code == 1
    assert ".jsonl, .csv or .xlsx" in outcome.said


def test_staff_publish_the_drafts_of_a_file_at_the_second_try_and_nothing_that_was_withdrawn(
    market: Market, db: Session, database: Database, tmp_path: Path
) -> None:
    path = write_lines(tmp_path, [make_row(1), make_row(2)])
    market("import", "listings", path)
    db.execute(update(Listing).where(Listing.external_id == "row-2").values(state=ListingState.WITHDRAWN))
    db.commit()

    outcome = market("import", "listings", path, "--publish", "--json")

    assert (outcome.json["changed"], outcome.json["unchanged"]) == (1, 1)
    states = read_stored(database, select(Listing.state).order_by(Listing.external_id))
    assert states == [ListingState.PUBLISHED, ListingState.WITHDRAWN]


def begin_check(db: Session, database: Database, organization: Organization, path: Path) -> UUID:
    """With the options of the command, cut off behind the first rows."""
    run_id = begin_import(db, organization, path, ImportOptions())
    check_file(database, run_id, path, turn=Turn(0.0, Event()))
    return run_id


@pytest.fixture
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHECKED_AT_ONCE", 2)
    monkeypatch.setattr(Turn, "begin_again", lambda _turn: None)


@pytest.mark.usefixtures("_small_batches")
def test_of_two_commands_with_one_file_the_second_only_says_that_one_is_under_way(
    market: Market, db: Session, database: Database, settings: Settings, tmp_path: Path
) -> None:
    works, path = make_organization(db), write_lines(tmp_path, map(make_row, range(5)))
    run_id = begin_check(db, database, works, path)

    with hold_run(settings, run_id):
        second = market("import", "listings", path, "--organization", works.slug)
    before = count_stored(database, Listing, ImportRun)
    third = market("import", "listings", path, "--organization", works.slug)

    assert (second.code, second.said) == (1, f"refused: {AnotherRuns.message}")
    assert before == [0, 1]
    assert (third.code, third.lines[0]) == (0, "goes on behind row 2")
    assert count_stored(database, Listing, ImportRun) == [5, 1]
    assert list((settings.data_dir / "imports").iterdir()) == []


@pytest.mark.usefixtures("_small_batches")
def test_a_file_that_a_worker_reads_is_not_read_by_a_command_too(
    market: Market, db: Session, database: Database, tmp_path: Path
) -> None:
    lan = make_user(db)
    works, path = make_organization(db, by=lan), write_lines(tmp_path, map(make_row, range(5)))
    run_id = begin_check(db, database, works, path)
    db.execute(update(ImportRun).values(started_by_id=lan.id))
    db.commit()

    outcome = market("import", "listings", path, "--organization", works.slug)
    db.execute(update(ImportRun).values(moved_at=utc_now() - timedelta(minutes=3)))
    db.commit()
    later = market("import", "listings", path, "--organization", works.slug)

    assert (outcome.code, outcome.said) == (1, f"refused: {AnotherRuns.message}")
    assert later.code == 0
    assert read_stored(database, select(ImportRun.id).where(ImportRun.state == RunState.DONE)) == [run_id]
