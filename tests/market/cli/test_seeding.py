import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.db import Database
from market.listings.models import Listing
from market.organizations.models import Organization
from market.seed.stages import PASSWORD
from tests.make.accounts import make_user
from tests.make.commands import Market
from tests.make.stored import count_stored, read_stored

ACCOUNTS = ["firm@demo.example", "organizer@demo.example", "partner@demo.example", "staff@demo.example"]


def test_the_first_stage_has_the_four_sign_ins_and_nothing_else(market: Market, database: Database) -> None:
    outcome = market("seed", "--stage", "bare")

    assert (outcome.code, outcome.printed) == (0, "")
    assert read_stored(database, select(User.email).order_by(User.email)) == ACCOUNTS
    assert count_stored(database, Organization, Listing) == [0, 0]
    assert [outcome.said.count(text) for text in (*ACCOUNTS, f"password: {PASSWORD}")] == [1, 1, 1, 1, 4]


def test_seeding_twice_is_refused_and_changes_nothing(market: Market, database: Database) -> None:
    market("seed", "--stage", "bare")

    outcome = market("seed", "--stage", "listings")

    assert (outcome.code, outcome.said) == (1, "refused: demo data is there already")
    assert count_stored(database, User, Listing) == [4, 0]


def test_seeding_where_there_is_nothing_else_is_left_out_quietly(market: Market, database: Database) -> None:
    market("seed", "--stage", "bare")

    outcome = market("seed", "--stage", "bare", "--if-empty")

    assert outcome.code == 0
    assert outcome.said.count(f"password: {PASSWORD}") == 4  # `make run` prints them at every start
    assert count_stored(database, User) == [4]


def test_demo_data_can_be_taken_out_again_in_production_too(
    market: Market, db: Session, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(db, name="Lan")
    market("seed", "--stage", "bare")
    monkeypatch.setenv("MARKET_ENVIRONMENT", "production")

    outcome = market("seed", "--remove")

    assert (outcome.code, outcome.printed) == (0, "")
    assert outcome.said == "4 demo accounts are gone, with their organizations and listings"
    assert read_stored(database, select(User.name)) == ["Lan"]


def test_production_gets_no_demo_data(market: Market, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_ENVIRONMENT", "production")

    outcome = market("seed", "--stage", "bare", "--if-empty")

    assert (outcome.code, outcome.printed) == (1, "")
    assert outcome.said == "refused: demo data is for development only"
    assert count_stored(database, User) == [0]
