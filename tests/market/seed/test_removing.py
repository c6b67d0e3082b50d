"""A market that was tried out goes into production: the demo leaves, what real people made stays."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import SignInSession, User
from market.accounts.service import start_sign_in
from market.kernel.db import Database
from market.kernel.viewer import MemberRole
from market.listings.models import Listing, ListingCode, ListingText
from market.organizations.forms import OrganizationForm
from market.organizations.models import Membership, Organization
from market.organizations.service import add_member, found_client
from market.seed.removing import remove_demo
from search.port import Engine
from tests.make.accounts import make_user
from tests.make.listings import make_draft, make_listing
from tests.make.organizations import make_centre, make_viewer
from tests.make.stored import count_stored, read_stored, take_stock


def make_demo_user(db: Session, name: str) -> User:
    user = make_user(db, email=f"{name}@demo.example", name=name)
    db.execute(update(User).where(User.id == user.id).values(is_demo=True))
    db.commit()
    return user


def remove(database: Database) -> int:
    with database.transaction() as session:
        return remove_demo(session)


def test_demo_accounts_go_with_what_is_theirs_and_the_rest_stays(
    db: Session, database: Database, engine: Engine, deliver: Callable[[], None], now: datetime
) -> None:
    demo, lan = make_demo_user(db, "firm"), make_user(db, name="Lan")
    make_listing(db, by=demo, texts={"th": "เครื่องอบ", "vi": "Lò sấy"})
    make_draft(db, by=demo)
    start_sign_in(db, demo, browser="", now=now)
    kept = make_listing(db, by=lan)
    db.commit()
    deliver()
    assert len(list(engine.iterate())) == 2

    removed = remove(database)
    deliver()

    assert removed == 1
    assert read_stored(database, select(User.name)) == ["Lan"]
    assert read_stored(database, select(Listing.reference)) == [kept.reference]
    assert [state.id for state in engine.iterate()] == [kept.reference]
    assert count_stored(database, Organization, Membership, ListingText, SignInSession) == [1, 1, 1, 0]
    assert set(read_stored(database, select(ListingCode.listing_id))) == {kept.id}


def test_an_organization_that_a_real_person_has_joined_stays_with_its_listings(
    db: Session, database: Database, engine: Engine, deliver: Callable[[], None], now: datetime
) -> None:
    demo, lan = make_demo_user(db, "firm"), make_user(db, name="Lan")
    listing = make_listing(db, by=demo)
    add_member(db, listing.organization_id, lan.id, role=MemberRole.MEMBER, by=demo.id, now=now)
    db.commit()
    deliver()

    remove(database)
    deliver()

    assert read_stored(database, select(Membership.user_id)) == [lan.id]
    assert read_stored(database, select(Listing.created_by_id)) == [None]
    assert [state.id for state in engine.iterate()] == [listing.reference]


def test_removing_where_nothing_is_left_changes_nothing(db: Session, database: Database) -> None:
    make_listing(db)
    before = take_stock(database)

    assert remove(database) == 0
    assert take_stock(database) == before


def test_a_client_that_nobody_owns_goes_with_the_demo_centre_that_founded_it(
    db: Session, database: Database, now: datetime
) -> None:
    demo = make_demo_user(db, "broker")
    centre = make_centre(db, by=demo)
    form = OrganizationForm.model_validate({"name": "Mango Works", "kind": "firm", "country": "CN", "language": "en"})
    client = found_client(db, centre, form, by=make_viewer(db, demo), now=now)
    make_draft(db, by=demo, organization=client)

    remove(database)

    assert count_stored(database, Organization, Listing) == [0, 0]
