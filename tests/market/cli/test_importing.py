"""`market import` and `market export`, as a person at a terminal has them."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.exchange.models import ImportRun
from market.kernel.db import Database
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.organizations.models import Organization
from tests.make.commands import Market
from tests.make.imports import make_row, write_lines
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
