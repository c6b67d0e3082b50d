"""What an export writes, an import takes; and nobody gets more than he may see."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from market.exchange.enums import FileFormat
from market.exchange.exporting import iterate_rows
from market.exchange.formats.reading import open_rows
from market.exchange.formats.writing import write_rows
from market.exchange.running import check_file, take_over
from market.kernel.db import Database
from market.listings.enums import ListingState
from market.listings.queries import ListingFilters
from tests.make.accounts import make_user
from tests.make.imports import PUBLISHES, begin_import, import_rows, make_row, read_run, write_lines
from tests.make.listings import make_in_state, make_listing
from tests.make.organizations import make_organization, make_viewer

WHOLE = make_row(
    1,
    language="zh-Hans",
    title="=木薯；烘干 \\ +机",
    summary="'一句话。\n第二行; 有分号",
    stage="lab_tested",
    trl=4,
    ipr_status="patent_applied",
    partnership_types=["licence"],
    fields=["29", "1"],
    industries=["machinery"],
    keywords=["木薯", "a;b"],
    sdgs=["9"],
    target_countries=["VN", "TH"],
    price={"amount": "1200.50", "currency": "USD", "basis": "total"},
    contact_email="lan@works.example",
    translations={
        "vi": {"title": "-Máy sấy", "summary": "@Sấy đều", "keywords": ["sắn", "sấy"], "provenance": "human"}
    },
)


@pytest.mark.parametrize("file_format", FileFormat)
def test_what_goes_out_comes_in_the_same(
    db: Session, database: Database, tmp_path: Path, file_format: FileFormat
) -> None:
    first, second = make_organization(db), make_organization(db, name="Other works")
    rows = [WHOLE, make_row(2, kind="demand", trl=9), make_row(3, country="US")]
    import_rows(db, database, first, write_lines(tmp_path, rows))
    before = export_all(db)
    path = tmp_path / f"out.{file_format}"
    write_rows(path, before, file_format=file_format)

    assert open_rows(path).format is file_format
    run_id = begin_import(db, second, path, PUBLISHES, file_format)
    check_file(database, run_id, path)
    take_over(database, run_id)

    assert read_run(database, run_id).counts["refused"] == 0
    after = export_all(db)
    assert len(after) == 2 * len(before)
    assert sorted(map(repr, after)) == sorted(map(repr, before + before))


def export_all(db: Session) -> list[dict[str, Any]]:
    db.rollback()
    return list(iterate_rows(db, None, ListingFilters(), everything=True))


def test_a_row_says_all_that_the_file_said(db: Session, database: Database, tmp_path: Path) -> None:
    import_rows(db, database, make_organization(db), write_lines(tmp_path, [WHOLE]))

    [row] = export_all(db)

    row.pop("expires_at")
    assert row == WHOLE | {"keywords": ["木薯", "a", "b"]}


def test_who_may_see_what_gets_just_that(db: Session, database: Database, tmp_path: Path) -> None:
    lan = make_user(db)
    works = make_organization(db, by=lan)
    import_rows(db, database, works, write_lines(tmp_path, [WHOLE]))
    for state in (ListingState.DRAFT, ListingState.WITHDRAWN, ListingState.ARRIVING):
        make_in_state(db, state, by=lan, organization=works, texts={"en": f"Hidden {state}"})
    make_listing(db, texts={"en": "Of somebody else"})
    own, stranger = make_viewer(db, lan), make_viewer(db, make_user(db))

    shown = {
        name: sorted((row["title"], row["id"][:3], "contact_email" in row) for row in rows)
        for name, rows in {
            "visitor": iterate_rows(db, None, ListingFilters()),
            "stranger": iterate_rows(db, stranger, ListingFilters()),
            "owner": iterate_rows(db, own, ListingFilters(), own_only=True),
        }.items()
    }

    public = [(WHOLE["title"], "TO-", False), ("Of somebody else", "TO-", False)]
    assert shown == {
        "visitor": public,
        "stranger": public,
        "owner": [(WHOLE["title"], "row", True), ("Hidden draft", "TO-", False), ("Hidden withdrawn", "TO-", False)],
    }


def test_filters_of_the_page_hold_for_the_export(db: Session, database: Database, tmp_path: Path) -> None:
    rows = [make_row(1), make_row(2, kind="demand"), make_row(3, language="vi")]
    import_rows(db, database, make_organization(db), write_lines(tmp_path, rows))

    chosen = iterate_rows(db, None, ListingFilters(kinds=("offer",), written_in=("en",)))

    assert [row["title"] for row in chosen] == ["Cassava dryer 1"]
