"""Rows of a file become listings: all of them or none, once, whatever is cut off where."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.exchange import running, staging, takeover
from market.exchange.enums import RunState
from market.exchange.models import ImportProblem, StagedCode, StagedListing, StagedText
from market.exchange.running import AnotherRuns, check_file, set_back, take_over
from market.exchange.takeover import ChangedSinceChecked, arrive
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.errors import NotFound
from market.listings.models import Listing, ListingCode, ListingText, ListingVector
from market.organizations.models import Organization
from tests.make.accounts import make_user
from tests.make.imports import PUBLISHES, begin_import, check, import_rows, make_row, read_run, write_lines
from tests.make.organizations import make_organization
from tests.make.stored import count_stored, read_stored
from tests.make.visitor import Visitor

MARKET_TABLES = (Listing, ListingText, ListingCode)


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "CHECKED_AT_ONCE", 2)
    monkeypatch.setattr(takeover, "ARRIVE_AT_ONCE", 2)
    monkeypatch.setattr(staging, "CLEARED_AT_ONCE", 2)


def list_titles(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.execute(
            select(ListingText.title, Listing.state)
            .join(Listing, Listing.id == ListingText.listing_id)
            .order_by(ListingText.title)
        )
        return [(title, state.value) for title, state in rows]


class Cut(Exception):
    """The process is killed here."""


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_all_rows_are_public_after_the_import(
    db: Session, database: Database, works: Organization, tmp_path: Path, facts: Callable[[], list[str]], name: str
) -> None:
    path = write_lines(tmp_path, [make_row(1), make_row(2, kind="demand", country="US", trl=4, fields=[29])], name)

    run = import_rows(db, database, works, path)

    assert list_titles(database) == [("Cassava dryer 1", "published"), ("Cassava dryer 2", "published")]
    stored = {row.external_id: row for row in read_stored(database, select(Listing))}
    assert stored["row-2"].reference.startswith("TD-US-")
    assert (stored["row-2"].trl, stored["row-2"].organization_id) == (4, works.id)
    assert all(row.expires_on and row.published_at for row in stored.values())
    assert read_stored(database, select(ListingCode.code)) == ["29"]
    assert (run.state, run.counts["new"], run.counts["rows"]) == (RunState.DONE, 2, 2)
    assert facts()[-1] == "ListingsImported"


def test_without_publishing_they_are_drafts(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    import_rows(
        db, database, works, write_lines(tmp_path, [make_row()]), PUBLISHES.model_copy(update={"publishes": False})
    )

    assert list_titles(database) == [("Cassava dryer 1", "draft")]
    assert read_stored(database, select(Listing.published_at)) == [None]


@pytest.mark.usefixtures("small_batches")
def test_nothing_shows_before_all_of_it_does(
    db: Session, database: Database, owner: User, works: Organization, tmp_path: Path, visitor: Visitor,
    sign_in: Callable[..., Visitor],
) -> None:  # fmt: skip
    path = write_lines(tmp_path, [make_row(number) for number in range(1, 6)])
    run_id = begin_import(db, works, path)
    check(database, run_id, path)
    assert count_stored(database, *MARKET_TABLES) == [0, 0, 0]

    with database.transaction() as session:
        arrive(session, running.get_run(session, run_id), after=0, now=utc_now())

    assert count_stored(database, Listing) == [2]
    for browser in (visitor, sign_in(owner)):
        for page in ("/en/listings", f"/en/organizations/{works.slug}", "/en/account/listings", "/en/"):
            assert "Cassava dryer" not in browser.get(page).text


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("cut_after", [2, 4, 6])
def test_a_check_that_was_cut_off_goes_on_where_it_was(
    db: Session, database: Database, works: Organization, tmp_path: Path, cut_after: int
) -> None:
    path = write_lines(tmp_path, [*(make_row(number) for number in range(1, 7)), make_row(1)])
    run_id = begin_import(db, works, path)

    def cut(done: int, _whole: int) -> None:
        if done == cut_after:
            raise Cut

    with pytest.raises(Cut):
        check_file(database, run_id, path, progress=cut)
    assert begin_import(db, works, path) == run_id
    run = check(database, run_id, path)

    assert (run.state, run.checked_rows) == (RunState.CHECKED, 7)
    assert {name: run.counts[name] for name in ("rows", "new", "refused")} == {"rows": 7, "new": 6, "refused": 1}
    assert count_stored(database, StagedListing, StagedText, ImportProblem) == [6, 6, 1]


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("cut_at", ["arriving", "before it shows"])
def test_a_takeover_that_was_cut_off_shows_nothing_and_can_be_finished(
    db: Session, database: Database, works: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_at: str
) -> None:
    path = write_lines(tmp_path, [make_row(number, fields=[1]) for number in range(1, 6)])
    run_id = begin_import(db, works, path)
    check(database, run_id, path)

    def cut(*_arguments: object, **_named: object) -> None:
        raise Cut

    progress = cut if cut_at == "arriving" else running.ignore_progress
    with monkeypatch.context() as patch:
        if cut_at == "before it shows":
            patch.setattr(running, "open_to_all", cut)
        with pytest.raises(Cut):
            take_over(database, run_id, progress=progress)
    assert not [state for _title, state in list_titles(database) if state != "arriving"]

    take_over(database, run_id)

    assert list_titles(database) == [(f"Cassava dryer {number}", "published") for number in range(1, 6)]
    assert count_stored(database, *MARKET_TABLES) == [5, 5, 5]


@pytest.mark.usefixtures("small_batches")
def test_what_was_cut_off_can_be_taken_back_whole(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    path = write_lines(tmp_path, [make_row(number, fields=[1]) for number in range(1, 6)])
    run_id = begin_import(db, works, path)
    check(database, run_id, path)
    with database.transaction() as session:
        arrive(session, running.get_run(session, run_id), after=0, now=utc_now())

    set_back(database, run_id, RunState.STOPPED)

    assert count_stored(database, *MARKET_TABLES, StagedListing, StagedText, StagedCode) == [0] * 6
    assert read_run(database, run_id).state is RunState.STOPPED


def test_importing_again_changes_nothing(db: Session, database: Database, works: Organization, tmp_path: Path) -> None:
    rows = [make_row(1, keywords=["starch", "drying"], price={"amount": "1200.50", "currency": "USD"}), make_row(2)]
    path = write_lines(tmp_path, rows)
    import_rows(db, database, works, path)
    before = read_stored(database, select(Listing.version))

    run = import_rows(db, database, works, path)

    assert (run.counts["unchanged"], run.counts.get("new", 0), run.counts.get("changed", 0)) == (2, 0, 0)
    assert read_stored(database, select(Listing.version)) == before
    assert count_stored(database, *MARKET_TABLES) == [2, 2, 0]


def test_a_known_id_updates_its_listing_and_leaves_what_the_row_does_not_say(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    first = make_row(1, trl=4, fields=[29], translations={"vi": {"title": "Máy sấy sắn", "summary": "Sấy đều."}})
    import_rows(db, database, works, write_lines(tmp_path, [first]))
    second = {"id": "row-1", "title": "Cassava dryer, improved", "country": ""}

    run = import_rows(db, database, works, write_lines(tmp_path, [second], "second.jsonl"))

    listing, *others = read_stored(database, select(Listing))
    assert (others, listing.trl, listing.country, listing.version) == ([], 4, "CN", 2)
    assert list_titles(database) == [("Cassava dryer, improved", "published"), ("Máy sấy sắn", "published")]
    assert read_stored(database, select(ListingCode.code)) == ["29"]
    assert run.counts["changed"] == 1


def test_our_reference_names_a_listing_as_well(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    import_rows(db, database, works, write_lines(tmp_path, [make_row(1)]))
    [reference] = read_stored(database, select(Listing.reference))

    import_rows(db, database, works, write_lines(tmp_path, [{"id": reference, "title": "Renamed"}], "second.jsonl"))

    assert list_titles(database) == [("Renamed", "published")]
    assert read_stored(database, select(Listing.external_id)) == ["row-1"]


def test_ids_of_another_organization_are_others(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    path = write_lines(tmp_path, [make_row(1)])
    import_rows(db, database, works, path)

    import_rows(db, database, make_organization(db, name="Other works"), path)

    assert count_stored(database, Listing) == [2]


@pytest.mark.parametrize("change", ["edited", "made"])
def test_a_change_since_the_check_is_never_overwritten(
    db: Session, database: Database, works: Organization, tmp_path: Path, change: str
) -> None:
    import_rows(db, database, works, write_lines(tmp_path, [make_row(1)]))
    path = write_lines(tmp_path, [make_row(1, title="From the file"), make_row(2)], "second.jsonl")
    run_id = begin_import(db, works, path)
    check(database, run_id, path)
    if change == "edited":
        db.execute(update(Listing).values(version=Listing.version + 1))
        db.commit()
    else:
        import_rows(db, database, works, write_lines(tmp_path, [make_row(2, title="Made meanwhile")], "third.jsonl"))

    with pytest.raises(ChangedSinceChecked):
        take_over(database, run_id)

    assert read_run(database, run_id).state is RunState.RECEIVED
    assert ("From the file", "published") not in list_titles(database)
    assert read_stored(database, select(StagedListing.line).where(StagedListing.run_id == run_id)) == []
    check(database, run_id, path)
    take_over(database, run_id)
    assert ("From the file", "published") in list_titles(database)


def test_of_two_imports_of_one_organization_one_waits(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    first = write_lines(tmp_path, [make_row(1)])
    second = write_lines(tmp_path, [make_row(2)], "second.jsonl")
    runs = [(begin_import(db, works, path), path) for path in (first, second)]
    for run_id, path in runs:
        check(database, run_id, path)
    running._begin_takeover(database, runs[0][0])

    with pytest.raises(AnotherRuns):
        take_over(database, runs[1][0])
    take_over(database, runs[0][0])
    take_over(database, runs[1][0])

    assert count_stored(database, Listing) == [2]


def test_a_reference_that_is_taken_is_drawn_again(
    db: Session, database: Database, works: Organization, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter(["AAAAAA", "AAAAAA", "BBBBBB", "AAAAAA", "CCCCCC"])
    monkeypatch.setattr("market.exchange.checking.new_reference_code", lambda: next(codes))

    import_rows(db, database, works, write_lines(tmp_path, [make_row(1), make_row(2)]))

    import_rows(db, database, works, write_lines(tmp_path, [make_row(3)], "second.jsonl"))

    references = read_stored(database, select(Listing.reference).order_by(Listing.reference))
    assert references == ["TO-CN-AAAAAA", "TO-CN-BBBBBB", "TO-CN-CCCCCC"]


def test_words_that_changed_lose_their_vectors_and_others_keep_them(
    db: Session, database: Database, works: Organization, tmp_path: Path
) -> None:
    rows = [make_row(1), make_row(2)]
    import_rows(db, database, works, write_lines(tmp_path, rows))
    for listing_id in read_stored(database, select(Listing.id)):
        db.add(ListingVector(listing_id=listing_id, language="en", model="m", text_hash="h", vector=b"1234"))
    db.commit()

    rows = [make_row(1, trl=3), make_row(2, summary="Other words altogether.")]
    import_rows(db, database, works, write_lines(tmp_path, rows, "second.jsonl"))

    [kept] = read_stored(database, select(ListingVector.listing_id))
    assert read_stored(database, select(Listing.external_id).where(Listing.id == kept)) == ["row-1"]


def test_the_last_step_is_taken_once(db: Session, database: Database, works: Organization, tmp_path: Path) -> None:
    path = write_lines(tmp_path, [make_row(1)])
    run_id = begin_import(db, works, path)
    check(database, run_id, path)
    take_over(database, run_id)

    with pytest.raises(NotFound):
        take_over(database, run_id)
    with database.reading() as session:
        assert session.scalar(select(Listing.version)) == 1
