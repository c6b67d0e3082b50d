"""`market restore`: a backup comes back wholly or not at all, and what it brings back is a market that goes on."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.orm import Session

from market.accounts import service as accounts
from market.accounts.models import ApiToken, MailToken, MailTokenPurpose, SignInSession
from market.cli import restore
from market.cli.backups import manifest, sqlite, tables
from market.cli.backups.manifest import NAME
from market.cli.schema import is_current, make_configuration
from market.exchange.files import place_of
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Base, Database
from market.kernel.jobs import JobRow
from market.kernel.outbox import Delivery, DeliveryState, FactRow
from market.listings.models import Listing, ListingText
from search.embedded import open_engine
from search.port import Document, DocumentText, SearchUnavailable
from tests.make.accounts import make_user
from tests.make.backups import make_run, refused
from tests.make.commands import Market
from tests.make.lamps import claim, dispatch, light
from tests.make.listings import make_draft, make_listing
from tests.make.programs import make_api_token
from tests.make.stored import Stock, count_stored, read_stored, take_stock

Leave = Callable[[], None]
CHANGED_BY_RESTORING = ("sign_in_session", "mail_token", "fact", "delivery")
NOT_EMPTY = "the database holds a market already: --replace puts the backup in its place"


@pytest.fixture
def empty(database: Database, leave: Leave) -> Callable[[], None]:
    """As on a new machine, after `market migrate` and a first start."""

    def clear() -> None:
        with database.transaction() as session:
            if not database.is_sqlite:
                session.execute(text("SET session_replication_role = replica"))
            else:
                session.execute(text("PRAGMA defer_foreign_keys=ON"))
            for name in take_stock(database):
                session.execute(delete(Base.metadata.tables[name]))
            session.add(JobRow(name="expire_listings", due_at=utc_now()))
        leave()

    return clear


def without_changed(stock: Stock) -> Stock:
    return {name: rows for name, rows in stock.items() if name not in CHANGED_BY_RESTORING}


def test_a_market_comes_back_as_it_was_with_its_index(
    market: Market, db: Session, saved: Callable[[], Path], stock: Callable[[], Stock], empty: Callable[[], None]
) -> None:
    listing = make_listing(db, texts={"km": "ឡសម្ងួត", "en": "Drying\tkiln \\. \\N 100% \n'quoted'"})
    make_draft(db)
    before, folder = stock(), saved()
    empty()

    outcome = market("restore", folder, "--json")

    assert outcome.code == 0, outcome.said
    assert (outcome.json["documents"], outcome.json["counts"]["listing"]) == (1, 2)
    assert without_changed(stock()) == without_changed(before)
    assert market("index", "verify", "--json").json == {"compared": 1, "differences": []}
    assert listing.reference in market("search", "drying", "--json").printed


def test_it_comes_back_on_a_machine_that_has_nothing(
    market: Market, db: Session, settings: Settings, saved: Callable[[], Path], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    if settings.database_url:
        return  # a database of PostgreSQL is made by its administrator: the empty one of the test before
    make_listing(db)
    folder = saved()
    monkeypatch.setenv("MARKET_DATA_DIR", str(tmp_path / "new" / "var"))

    outcome = market("restore", folder)

    assert (outcome.code, outcome.printed) == (0, "1 listings, 1 in the index\n")
    assert market("index", "verify").code == 0


def test_a_market_that_is_there_is_replaced_only_when_asked(
    market: Market, db: Session, settings: Settings, database: Database, saved: Callable[[], Path],
    stock: Callable[[], Stock], leave: Leave,
) -> None:  # fmt: skip
    run = make_run(db, settings)
    folder = saved()
    place_of(settings, run.id).unlink()
    later = make_run(db, settings)
    make_listing(db)
    before = stock()

    kept = market("restore", folder)

    assert refused(kept) == NOT_EMPTY
    assert stock() == before
    assert list((settings.data_dir / "imports").iterdir()) == [place_of(settings, later.id)]

    replaced = market("restore", folder, "--replace")

    assert replaced.code == 0, replaced.said
    assert count_stored(database, Listing) == [0]
    assert list((settings.data_dir / "imports").iterdir()) == [place_of(settings, run.id)]
    assert place_of(settings, run.id).read_bytes() == b"rows"


def test_what_a_worker_had_claimed_is_due_at_once(
    market: Market, db: Session, database: Database, saved: Callable[[], Path]
) -> None:
    """Its claim ended with the market that was saved."""
    light(database, 3)
    dispatch(database, utc_now())
    claim(database, utc_now(), limit=2)
    folder = saved()

    assert market("restore", folder, "--replace").code == 0

    later = utc_now() + timedelta(seconds=1)
    assert [due for due in read_stored(database, select(Delivery.due_at)) if due > later] == []
    assert set(read_stored(database, select(Delivery.state))) == {DeliveryState.WAITING}


def test_everybody_signs_in_anew_and_programs_go_on(
    market: Market, db: Session, database: Database, saved: Callable[[], Path]
) -> None:
    """A session ended after the backup, or a link used, must not count again; of tokens the operator is told."""
    user, now = make_user(db), utc_now()
    accounts.start_sign_in(db, user, browser="tests", now=now)
    for purpose in MailTokenPurpose:
        accounts.issue_mail_token(db, user, purpose, now=now)
    db.commit()
    token, ended = (make_api_token(db, user) for _ in range(2))
    assert token != ended
    first = db.scalars(select(ApiToken.id)).first()
    db.execute(update(ApiToken).where(ApiToken.id == first).values(ended_at=now))
    db.commit()
    folder = saved()

    outcome = market("restore", folder, "--replace")

    assert count_stored(database, SignInSession, ApiToken) == [0, 2]
    unused = select(MailToken.purpose).where(MailToken.used_at.is_(None))
    assert read_stored(database, unused) == [MailTokenPurpose.CONFIRM_ADDRESS]
    assert "everybody has to sign in anew" in outcome.said
    assert "1 API tokens count; those that were ended after the backup have to be ended again" in outcome.said


def test_an_index_of_later_versions_is_replaced(
    market: Market, db: Session, settings: Settings, saved: Callable[[], Path]
) -> None:
    """It would take what is written from now on for older news, and knows listings that are no more."""
    listing = make_listing(db)
    folder = saved()
    engine = open_engine(settings.data_dir / "index", embedder=None)
    later = [Document(name, 1_000, "x", (DocumentText("en", "later"),)) for name in (listing.reference, "TO-CN-STRAY2")]
    engine.write(later)
    engine.close()

    assert market("restore", folder, "--replace").code == 0

    assert market("index", "verify", "--json").json == {"compared": 1, "differences": []}


def test_what_is_rebuilt_here_is_asked_of_nobody_else(
    market: Market, db: Session, database: Database, saved: Callable[[], Path]
) -> None:
    make_listing(db)
    folder = saved()

    market("restore", folder, "--replace")

    asked = select(FactRow.dispatched_at).where(FactRow.name == "IndexRebuildAsked")
    assert [moment is not None for moment in read_stored(database, asked)] == [True]


def test_where_the_index_cannot_be_rebuilt_the_server_is_asked_to(
    market: Market, db: Session, database: Database, saved: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise SearchUnavailable("the engine is away")

    make_listing(db)
    folder = saved()
    monkeypatch.setattr(restore, "open_parts", fail)

    outcome = market("restore", folder, "--replace")

    assert (outcome.code, outcome.printed) == (0, "1 listings, - in the index\n")
    assert outcome.said.endswith("the index is built anew when the server starts: the engine is away")
    asked = select(FactRow.dispatched_at).where(FactRow.name == "IndexRebuildAsked")
    assert read_stored(database, asked) == [None]


def test_means_of_the_markets_own_come_back(
    market: Market, settings: Settings, index: Callable[[], None], saved: Callable[[], Path]
) -> None:
    index()
    means = settings.data_dir / "index" / "means-0123456789ab.npz"
    means.write_bytes(b"of then")
    folder = saved()
    means.write_bytes(b"of now")

    assert market("restore", folder, "--replace").code == 0

    assert means.read_bytes() == b"of then"


def test_means_beside_a_search_cluster_come_back(
    market: Market, settings: Settings, saved: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lie in the data folder itself, where no index is."""
    monkeypatch.setenv("MARKET_SEARCH_URL", "http://127.0.0.1:9")
    means = settings.data_dir / "means-0123456789ab.npz"
    means.write_bytes(b"of then")
    folder = saved()
    means.write_bytes(b"of now")

    assert market("restore", folder, "--replace").code == 0

    assert means.read_bytes() == b"of then"


def test_an_older_schema_is_brought_up_to_date(
    market: Market, db: Session, database: Database, saved: Callable[[], Path], leave: Leave
) -> None:
    make_listing(db)
    leave()
    configuration = make_configuration()
    with database.engine.connect() as connection:
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "0002")
        connection.commit()
    folder = saved()
    with database.engine.connect() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
        connection.commit()
    leave()

    assert market("restore", folder, "--replace").code == 0

    assert json.loads((folder / NAME).read_text())["revision"] == "0002"
    assert is_current(database)
    assert count_stored(database, Listing, ListingText) == [1, 1]


def test_tables_of_a_later_schema_go(
    market: Market, db: Session, database: Database, saved: Callable[[], Path], leave: Leave
) -> None:
    """The way back from a new version that does not please: its tables would stand in the way when it comes again."""
    folder = saved()
    with database.transaction() as session:
        session.execute(text("CREATE TABLE later (id UUID PRIMARY KEY REFERENCES listing (id))"))
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    leave()

    assert market("restore", folder, "--replace").code == 0

    assert is_current(database)
    with database.reading() as session, pytest.raises(Exception, match="later"):
        session.execute(text("SELECT * FROM later"))


def make_log(place: Path) -> None:
    """Of another database: SQLite would play it into whatever lies beside it."""
    other = place.with_name("other")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE stray (id)")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("INSERT INTO stray VALUES (1)")  # its second page alone stands in the log
        connection.commit()
        place.write_bytes(place.with_name("other-wal").read_bytes())


def test_nobody_can_come_to_the_database_while_it_is_restored(
    market: Market, db: Session, settings: Settings, saved: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would go on with a file that has no name any more."""
    if settings.database_url:
        return  # PostgreSQL lets them wait for the end of the transaction
    make_listing(db)
    folder = saved()
    check, said = tables.require_counts, list[str]()

    def come_and_check(connection: Connection, counts: dict[str, int]) -> None:
        with closing(sqlite3.connect(settings.data_dir / "market.sqlite3", timeout=0)) as newcomer:
            try:
                newcomer.execute("SELECT count(*) FROM listing")
            except sqlite3.OperationalError as problem:
                said.append(str(problem))
        check(connection, counts)

    monkeypatch.setattr(sqlite, "require_counts", come_and_check)

    assert market("restore", folder, "--replace").code == 0

    assert said == ["database is locked"]


def test_a_damaged_database_is_replaced_and_its_log_goes_before(
    market: Market, db: Session, settings: Settings, database: Database, saved: Callable[[], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """SQLite leaves the log of what it cannot read until the connection is closed: too late, were we killed by then."""
    if settings.database_url:
        return  # SQLite's own
    make_listing(db)
    folder = saved()
    live = settings.data_dir / "market.sqlite3"
    live.write_bytes(b"no database" * 1_000)
    assert refused(market("restore", folder)) == NOT_EMPTY
    make_log(live.with_name("market.sqlite3-wal"))
    sync, beside = manifest.sync, dict[Path, list[Path]]()

    def note_and_sync(path: Path) -> None:
        beside[path] = list(settings.data_dir.glob("market.sqlite3-*"))
        sync(path)

    monkeypatch.setattr(sqlite, "sync", note_and_sync)

    assert market("restore", folder, "--replace").code == 0

    draft = settings.data_dir / "market.sqlite3.restored"
    assert [bool(beside[path]) for path in (draft, settings.data_dir)] == [True, False]
    assert count_stored(database, Listing) == [1]
    assert is_current(database)


def test_a_draft_left_by_a_killed_restore_does_no_harm(
    market: Market, db: Session, settings: Settings, database: Database, saved: Callable[[], Path], tmp_path: Path
) -> None:
    """Neither it nor its log, which SQLite would play into the next draft."""
    if settings.database_url:
        return  # SQLite's own
    make_listing(db)
    folder = saved()
    draft = settings.data_dir / "market.sqlite3.restored"
    make_log(draft.with_name(f"{draft.name}-wal"))
    draft.write_bytes(b"half")

    assert market("restore", folder, "--replace").code == 0

    assert count_stored(database, Listing) == [1]
    assert list(settings.data_dir.glob("*.restored*")) == []
