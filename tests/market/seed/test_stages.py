from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.queries import has_demo_accounts
from market.accounts.service import WrongCredentials, sign_in
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.listings.models import Listing
from market.organizations.models import Membership, Organization
from market.organizations.queries import snapshot_viewer
from market.seed import stages
from market.seed.stages import ACCOUNTS, BROKER, PASSWORD, SeededAlready, Stage, seed_market
from tests.make.stored import read_stored, take_stock

pytestmark = pytest.mark.xdist_group("seeded")


def seed(database: Database, stage: Stage) -> None:
    seed_market(database, stage, show=lambda _done, _whole: None)


@pytest.fixture
def session(seeded: Database) -> Iterator[Session]:
    """What is done in it is rolled back."""
    with seeded.writing() as session:
        yield session


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.what)
def test_the_four_demo_accounts_sign_in(session: Session, account: stages.DemoAccount) -> None:
    user, _token = sign_in(session, email=account.email, password=PASSWORD, browser="", now=utc_now())

    assert (user.name, user.language, user.is_demo) == (account.name, account.language, True)
    assert (user.is_staff, user.is_organizer) == (account.is_staff, account.is_organizer)
    assert user.confirmed_at is not None


def test_firm_and_partner_act_for_an_organization_of_their_country_and_the_organizer_for_a_centre(
    session: Session,
) -> None:
    rows = session.execute(
        select(User.email, Organization.country)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(User.email.in_([account.email for account in ACCOUNTS]))
    )

    assert sorted(map(tuple, rows)) == [
        ("firm@demo.example", "CN"),
        ("organizer@demo.example", "CN"),
        ("partner@demo.example", "VN"),
    ]


def test_a_centre_acts_for_two_firms_and_has_written_for_one(session: Session) -> None:
    user = session.scalars(select(User).where(User.email == BROKER)).one()
    viewer = snapshot_viewer(session, user, session_id=user.id)
    written = select(Listing.organization_id).where(Listing.represented_by_id.is_not(None))

    assert (len(viewer.represents), viewer.ownerless) == (2, frozenset())
    assert set(session.scalars(written)) < set(viewer.represents)
    assert len(set(session.scalars(written))) == 1


def test_all_who_come_with_the_demo_are_marked_so_that_production_refuses_them(seeded: Database) -> None:
    users = read_stored(seeded, select(User))

    assert len(users) > 40
    assert [user.email for user in users if not user.is_demo] == []
    assert [user.email for user in users if not user.email.endswith("@demo.example")] == []


def test_nobody_knows_the_passwords_of_the_others(session: Session) -> None:
    others = select(User.email).where(User.email.not_in([account.email for account in ACCOUNTS])).limit(1)
    email = session.scalars(others).one()

    with pytest.raises(WrongCredentials):
        sign_in(session, email=email, password=PASSWORD, browser="", now=utc_now())


@pytest.mark.parametrize("stage", Stage)
def test_seeding_twice_is_refused_and_changes_nothing(seeded: Database, stage: Stage) -> None:
    before = take_stock(seeded)

    with pytest.raises(SeededAlready):
        seed(seeded, stage)

    assert take_stock(seeded) == before


def test_seeding_that_fails_half_way_leaves_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise OSError("no space left")

    before = take_stock(database)
    monkeypatch.setattr(stages, "seed_organizations", fail)

    with pytest.raises(OSError, match="no space left"):
        seed(database, Stage.LISTINGS)

    assert take_stock(database) == before


def test_the_first_stage_has_accounts_and_nothing_else(database: Database) -> None:
    seed(database, Stage.BARE)

    stock = take_stock(database)
    assert {name: len(rows) for name, rows in stock.items() if rows} == {"user_account": 4, "fact": 4}


def test_a_market_without_demo_accounts_is_told_from_one_with_them(database: Database, session: Session) -> None:
    with database.reading() as empty:
        assert (has_demo_accounts(empty), has_demo_accounts(session)) == (False, True)
