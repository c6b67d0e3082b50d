"""What nobody could deliver: a person looks at it here and has it tried again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.cli import outbox as outbox_commands
from market.exchange.facts import ImportConfirmed
from market.kernel import outbox
from market.kernel.db import Database
from market.kernel.outbox import Delivery, DeliveryState
from market.listings.facts import ListingChanged, ListingPublished, ListingRemoved
from tests.make.commands import Market
from tests.make.deliveries import set_aside
from tests.make.listings import make_listing
from tests.make.stored import read_stored

Index = Callable[[], None]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read_states(database: Database) -> dict[str, tuple[DeliveryState, int]]:
    """Handler → state and attempts, where each has one delivery."""
    rows = read_stored(database, select(Delivery))
    return {row.handler: (row.state, row.attempts) for row in rows}


def test_status_counts_what_waits_and_what_is_set_aside_by_handler(market: Market, db: Session, index: Index) -> None:
    listing = make_listing(db)
    index()
    set_aside(db, ListingChanged(listing.id, 1))
    set_aside(db, ImportConfirmed(uuid4()), handler="take_over_imports")
    outbox.record(db, ListingChanged(listing.id, 2), by=None)
    db.commit()

    status = market("outbox", "status", "--json").json

    assert status.pop("oldest")
    assert status == {
        "waiting": 1,
        "set_aside": 2,
        "by_handler": {
            "index_listings": {"waiting": 0, "set_aside": 1, "oldest": None},
            "take_over_imports": {"waiting": 0, "set_aside": 1, "oldest": None},
        },
    }


def test_for_people_status_is_a_line_a_handler(market: Market, db: Session, index: Index) -> None:
    listing = make_listing(db)
    index()
    set_aside(db, ListingChanged(listing.id, 1))

    printed = market("outbox", "status").printed

    assert [" ".join(line.split()) for line in printed.splitlines()] == [
        "waiting 0",
        "set aside 1",
        "oldest that waits -",
        "index_listings 0 waiting, 1 set aside",
    ]


def test_the_list_names_listings_by_their_reference_also_deleted_ones(market: Market, db: Session) -> None:
    listing = make_listing(db)
    run_id = uuid4()
    set_aside(db, ImportConfirmed(run_id), handler="take_over_imports", since=NOON, error="OSError('gone')", attempts=3)
    set_aside(
        db, ListingRemoved(uuid4(), "TO-CN-7F3K9Q", 4), handler="forget_listings", since=NOON + timedelta(hours=1)
    )
    set_aside(db, ListingPublished(listing.id), since=NOON + timedelta(hours=2))

    rows = market("outbox", "list", "--json").json

    assert [(row["subject"], row["fact"], row["handler"]) for row in rows] == [
        (listing.reference, "ListingPublished", "index_listings"),
        ("TO-CN-7F3K9Q", "ListingRemoved", "forget_listings"),
        (str(run_id), "ImportConfirmed", "take_over_imports"),
    ]
    assert rows[-1] == {
        "subject": str(run_id),
        "fact": "ImportConfirmed",
        "handler": "take_over_imports",
        "since": "2026-11-23T12:00:00+00:00",
        "attempts": 3,
        "reason": "OSError('gone')",
    }


def test_for_people_the_list_is_a_line_each(market: Market, db: Session) -> None:
    listing = make_listing(db)
    set_aside(db, ListingPublished(listing.id), since=NOON, error="SMTPError('first line\nsecond')")

    printed = market("outbox", "list").printed

    assert printed == (
        f"{listing.reference}\tListingPublished\tindex_listings\t2026-11-23T12:00:00+00:00\t12\t"
        "SMTPError('first line second')\n"
    )


def test_the_list_is_read_in_portions_to_its_end(market: Market, db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where many were set aside in the same moment."""
    monkeypatch.setattr(outbox_commands, "AT_ONCE", 2)
    fact = ListingPublished(make_listing(db).id)
    for handler in ("index_listings", "embed_listings"):
        for hours in (0, 0, 1):
            set_aside(db, fact, handler=handler, since=NOON + timedelta(hours=hours))

    rows = market("outbox", "list", "--json").json
    of_one = market("outbox", "list", "--handler", "embed_listings", "--json").json

    assert (len(rows), len(of_one)) == (6, 3)
    assert [row["since"] for row in rows] == sorted((row["since"] for row in rows), reverse=True)


def test_what_is_named_is_tried_again_from_the_beginning(
    market: Market, db: Session, database: Database, index: Index
) -> None:
    listing, other = make_listing(db), make_listing(db)
    set_aside(db, ListingPublished(listing.id))
    set_aside(db, ListingPublished(other.id), handler="embed_listings")

    outcome = market("outbox", "retry", listing.reference)

    assert (outcome.code, outcome.printed) == (0, "1 to be tried again\n")
    again, left = read_stored(database, select(Delivery).where(Delivery.attempts < 13).order_by(Delivery.state.desc()))
    assert (again.state, again.attempts) == (DeliveryState.WAITING, 0)
    assert (left.state, left.attempts) == (DeliveryState.SET_ASIDE, 12)
    index()
    states = read_stored(database, select(Delivery.state).where(Delivery.fact_id == again.fact_id))
    assert states == [DeliveryState.DONE]


def test_a_name_of_which_nothing_is_set_aside_is_refused_and_nothing_is_tried(
    market: Market, db: Session, database: Database
) -> None:
    listing = make_listing(db)
    set_aside(db, ListingPublished(listing.id))

    outcome = market("outbox", "retry", listing.reference, "TO-CN-222222")

    assert (outcome.code, outcome.said) == (1, "refused: nothing about 'TO-CN-222222' is set aside")
    assert read_states(database) == {"index_listings": (DeliveryState.SET_ASIDE, 12)}


def test_all_of_one_handler_is_tried_again_then_all(market: Market, db: Session, database: Database) -> None:
    fact = ListingPublished(make_listing(db).id)
    for handler in ("index_listings", "embed_listings"):
        set_aside(db, fact, handler=handler)

    first = market("outbox", "retry", "--all", "--handler", "embed_listings", "--json").json
    states = read_states(database)
    then = [market("outbox", "retry", "--all", "--json").json for _ in range(2)]

    assert (first, then) == ({"waiting": 1}, [{"waiting": 1}, {"waiting": 0}])
    assert states == {"index_listings": (DeliveryState.SET_ASIDE, 12), "embed_listings": (DeliveryState.WAITING, 0)}
