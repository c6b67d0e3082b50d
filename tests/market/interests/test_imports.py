"""What an import makes public is matched once, in turns, however often the worker is told of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.exchange.facts import ListingsImported
from market.interests import alerting
from market.interests.models import ProspectedImport, SearchHit
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.work import Work
from market.organizations.models import Organization
from tests.make.accounts import make_user
from tests.make.imports import import_rows, make_row, write_lines
from tests.make.interests import list_alerts, make_search, tell
from tests.make.listings import make_listing
from tests.make.organizations import make_organization
from tests.make.stored import count_stored, read_stored

Deliver = Callable[[], None]


@pytest.fixture
def works(db: Session) -> Organization:
    return make_organization(db, by=make_user(db))


@pytest.fixture
def small_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(alerting, "MATCHED_AT_ONCE", 2)


def import_some(db: Session, database: Database, works: Organization, folder: Path, number: int) -> None:
    rows = [make_row(place, language="en" if place % 2 else "vi") for place in range(1, number + 1)]
    import_rows(db, database, works, write_lines(folder, rows))


def test_imported_listings_are_told_in_one_digest(
    db: Session,
    database: Database,
    work: Work,
    works: Organization,
    deliver: Deliver,
    tmp_path: Path,
    small_turns: None,
) -> None:
    make_search(db, by=make_user(db), words="cassava dryer", written_in=["en"])
    make_listing(db, texts={"en": "Cassava dryer of before"})
    deliver()

    import_some(db, database, works, tmp_path, 9)
    deliver()

    assert len(list_alerts(database)) == 6
    assert [mail.subject for mail in tell(work)] == ["6 new listings for you"]
    assert read_stored(database, select(ProspectedImport.is_done)) == [True]


def test_being_told_again_of_an_import_matches_nothing_again(
    db: Session, database: Database, works: Organization, deliver: Deliver, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    make_search(db, by=make_user(db))
    import_some(db, database, works, tmp_path, 3)
    deliver()
    matched: list[object] = []
    monkeypatch.setattr(alerting, "match_listings", lambda _work, ids: matched.append(ids))
    (run_id,) = read_stored(database, select(ProspectedImport.run_id))

    with database.transaction() as session:
        outbox.record(session, ListingsImported(run_id), by=None)
    deliver()

    assert matched == []
    assert count_stored(database, SearchHit) == [3]


def test_an_import_cut_off_goes_on_where_it_was(
    db: Session, database: Database, works: Organization, deliver: Deliver, tmp_path: Path, small_turns: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    make_search(db, by=make_user(db))
    import_some(db, database, works, tmp_path, 5)
    original, calls = alerting.match_listings, []

    def fail_once(work: Work, ids: list[object]) -> None:
        calls.append(list(ids))
        if len(calls) == 2:
            raise OSError("killed")
        original(work, ids)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(alerting, "match_listings", fail_once)
    deliver()
    with database.transaction() as session:
        outbox.release_claims(session, ["match_imports"], now=utc_now())
    deliver()

    assert [len(ids) for ids in calls] == [2, 2, 2, 1]
    assert calls[1] == calls[2]
    assert count_stored(database, SearchHit) == [5]
