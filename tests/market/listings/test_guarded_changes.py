"""Every change of a listing asks for itself whether it may be made, and leaves its fact: a page that forgot to ask, a
command or an import changes nothing that its sender may not.
"""

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.errors import NotAllowed
from market.kernel.viewer import MemberRole, Viewer
from market.listings import service
from market.listings.enums import ListingKind, ListingState
from market.listings.forms import ListingForm, TextForm
from market.listings.models import Listing
from market.organizations.models import Organization
from market.organizations.service import add_member
from tests.make.accounts import make_user
from tests.make.listings import STRUCTURE, make_draft, make_in_state, make_words
from tests.make.organizations import make_organization, make_viewer
from tests.make.stored import take_stock

Change = Callable[[Session, Listing, Viewer], object]

FORM = ListingForm.model_validate({**STRUCTURE, **make_words("Another title"), "language": "en"})
WORDS = TextForm.model_validate(make_words("Lò sấy"))
D, P, W, X = ListingState.DRAFT, ListingState.PUBLISHED, ListingState.WITHDRAWN, ListingState.EXPIRED


def edit(db: Session, listing: Listing, by: Viewer) -> None:
    service.edit_listing(db, listing, FORM, version=listing.version, by=by, now=utc_now())


def translate(db: Session, listing: Listing, by: Viewer) -> None:
    service.save_translation(db, listing, WORDS, language="vi", version=listing.version, by=by, now=utc_now())


def take_translation_away(db: Session, listing: Listing, by: Viewer) -> None:
    service.remove_translation(db, listing, language="th", by=by, now=utc_now())


def publish(db: Session, listing: Listing, by: Viewer) -> None:
    service.publish_listing(db, listing, by=by, now=utc_now())


def withdraw(db: Session, listing: Listing, by: Viewer) -> None:
    service.withdraw_listing(db, listing, by=by, now=utc_now())


def renew(db: Session, listing: Listing, by: Viewer) -> None:
    service.renew_listing(db, listing, by=by, now=utc_now())


def copy(db: Session, listing: Listing, by: Viewer) -> None:
    service.copy_listing(db, listing, by=by, now=utc_now())


def delete(db: Session, listing: Listing, by: Viewer) -> None:
    service.delete_draft(db, listing, by=by)


CHANGES: tuple[tuple[Change, ListingState, list[str]], ...] = (
    # change, state of the listing, facts it leaves
    (edit, D, ["ListingChanged"]),
    (edit, P, ["ListingChanged"]),
    (translate, P, ["ListingChanged"]),
    (take_translation_away, P, ["ListingChanged"]),
    (publish, D, ["ListingPublished"]),
    (publish, W, ["ListingPublished"]),
    (withdraw, P, ["ListingWithdrawn"]),
    (renew, P, ["ListingChanged"]),
    (renew, X, ["ListingPublished"]),
    (copy, P, ["ListingDrafted"]),
    (delete, D, ["ListingDeleted"]),
)
NAMED = [f"{change.__name__} {state}" for change, state, _facts in CHANGES]
OUTSIDERS = ("unconfirmed member", "stranger", "owner of another", "staff")


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


@pytest.fixture
def make_actor(db: Session, works: Organization) -> Callable[[str], Viewer]:
    def make(role: str) -> Viewer:
        actor = make_user(db, confirmed="unconfirmed" not in role, staff=role == "staff")
        if "member" in role:
            add_member(db, works.id, actor.id, role=MemberRole.MEMBER, by=None, now=utc_now())
        if role == "owner of another":
            make_organization(db, by=actor, name="Mekong Works")
        db.commit()
        return make_viewer(db, actor)

    return make


def make_changeable(db: Session, state: ListingState, *, by: User, organization: Organization) -> Listing:
    texts = {"en": "Drying kiln", "th": "เตาอบแห้ง"}
    return make_in_state(db, state, by=by, organization=organization, texts=texts)


REFUSED = [
    pytest.param(change, state, role, id=f"{change.__name__} {state} by {role}")
    for change, state, _facts in CHANGES
    for role in OUTSIDERS
    if (change, role) != (withdraw, "staff")
]


@pytest.mark.parametrize(("change", "state", "role"), REFUSED)
def test_a_change_by_somebody_who_may_not_is_refused_whoever_asks_for_it(
    db: Session, database: Database, owner: User, works: Organization, make_actor: Callable[[str], Viewer],
    change: Change, state: ListingState, role: str,
) -> None:  # fmt: skip
    listing, actor = make_changeable(db, state, by=owner, organization=works), make_actor(role)
    before = take_stock(database)

    with pytest.raises(NotAllowed):
        change(db, listing, actor)
    db.commit()

    assert take_stock(database) == before


@pytest.mark.parametrize(("change", "state", "left"), CHANGES, ids=NAMED)
def test_a_change_by_a_member_is_made_and_leaves_its_fact(
    db: Session, owner: User, works: Organization, make_actor: Callable[[str], Viewer],
    facts: Callable[[], list[str]], change: Change, state: ListingState, left: list[str],
) -> None:  # fmt: skip
    listing, actor = make_changeable(db, state, by=owner, organization=works), make_actor("member")
    before = len(facts())

    change(db, listing, actor)
    db.commit()

    assert facts()[before:] == left


def draft(db: Session, organization: Organization, by: Viewer, listing: Listing | None = None) -> None:
    """`listing`: the same form once more."""
    service.draft_listing(
        db, FORM, listing_id=listing.id if listing else uuid4(), kind=ListingKind.OFFER, organization=organization,
        by=by, now=utc_now(),
    )  # fmt: skip


@pytest.mark.parametrize("role", OUTSIDERS)
def test_nobody_writes_in_the_name_of_an_organization_without_acting_for_it(
    db: Session, database: Database, works: Organization, make_actor: Callable[[str], Viewer], role: str
) -> None:
    actor = make_actor(role)
    before = take_stock(database)

    with pytest.raises(NotAllowed):
        draft(db, works, actor)
    db.commit()

    assert take_stock(database) == before


def test_a_draft_leaves_its_fact(
    db: Session, works: Organization, make_actor: Callable[[str], Viewer], facts: Callable[[], list[str]]
) -> None:
    actor = make_actor("member")
    before = len(facts())

    draft(db, works, actor)
    db.commit()

    assert facts()[before:] == ["ListingDrafted"]


def test_the_number_of_somebody_elses_form_changes_nothing(
    db: Session, database: Database, owner: User, works: Organization, make_actor: Callable[[str], Viewer]
) -> None:
    """Not even a colleague's: the number of a form is known to whoever had it open."""
    theirs = make_draft(db, by=owner, organization=works)
    colleague, stranger = make_actor("member"), make_actor("owner of another")
    other_works = db.scalars(select(Organization).where(Organization.name == "Mekong Works")).one()
    before = take_stock(database)

    for organization, actor in ((works, colleague), (other_works, stranger)):
        with pytest.raises(NotAllowed):
            draft(db, organization, actor, theirs)
    db.commit()

    assert take_stock(database) == before
