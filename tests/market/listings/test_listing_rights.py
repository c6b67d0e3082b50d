"""What each person may do with a listing: every action for every role, and nothing changes for who may not."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from httpx2 import Response
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.viewer import MemberRole
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.organizations.models import Organization
from market.organizations.service import add_member, end_representation
from tests.make.accounts import make_user
from tests.make.listings import make_fields, make_in_state, make_words
from tests.make.organizations import let_act, make_centre, make_organization, make_viewer
from tests.make.reading import read_html
from tests.make.stored import take_stock
from tests.make.visitor import Visitor

ROLES = (
    "visitor", "unconfirmed member", "stranger", "owner of another", "member", "owner", "staff", "centre",
    "unconfirmed centre", "former centre",
)  # fmt: skip
"""The centre's are its members: of one that represents the organization, and of one that no longer does."""
D, P, W, X = ListingState.DRAFT, ListingState.PUBLISHED, ListingState.WITHDRAWN, ListingState.EXPIRED

RIGHTS: dict[tuple[str, ListingState], tuple[int, ...]] = {
    # action, state of the listing: status for each role
    ("look", D): (404, 200, 404, 404, 200, 200, 200, 200, 404, 404),
    ("look", P): (200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("form", D): (303, 403, 404, 404, 200, 200, 403, 200, 404, 404),
    ("form", P): (303, 403, 403, 403, 200, 200, 403, 200, 403, 403),
    ("edit", D): (401, 403, 404, 404, 303, 303, 403, 303, 404, 404),
    ("edit", P): (401, 403, 403, 403, 303, 303, 403, 303, 403, 403),
    ("publish", D): (401, 403, 404, 404, 303, 303, 403, 303, 404, 404),
    ("publish", W): (401, 403, 404, 404, 303, 303, 403, 303, 404, 404),
    ("withdraw", P): (401, 403, 403, 403, 303, 303, 303, 303, 403, 403),
    ("renew", P): (401, 403, 403, 403, 303, 303, 403, 303, 403, 403),
    ("renew", X): (401, 403, 404, 404, 303, 303, 403, 303, 404, 404),
    ("copy", D): (401, 403, 404, 404, 303, 303, 403, 303, 404, 404),
    ("copy", P): (401, 403, 403, 403, 303, 303, 403, 303, 403, 403),
    ("delete", D): (401, 403, 404, 404, 303, 303, 403, 303, 404, 404),
    ("translation form", P): (303, 403, 403, 403, 200, 200, 403, 200, 403, 403),
    ("translate", D): (401, 403, 404, 404, 303, 303, 403, 303, 404, 404),
    ("translate", P): (401, 403, 403, 403, 303, 303, 403, 303, 403, 403),
    ("remove translation", P): (401, 403, 403, 403, 303, 303, 403, 303, 403, 403),
    ("new form", P): (303, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ("draft", P): (401, 403, 403, 403, 303, 303, 403, 303, 403, 403),
    ("own", P): (303, 200, 200, 200, 200, 200, 200, 200, 200, 200),
}
CELLS = [
    (action, state, role, status)
    for (action, state), row in RIGHTS.items()
    for role, status in zip(ROLES, row, strict=True)
]


@pytest.fixture
def owner(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def works(db: Session, owner: User) -> Organization:
    return make_organization(db, by=owner)


def make_actor(db: Session, works: Organization, owner: User, role: str) -> User:
    if role == "owner":
        return owner
    actor = make_user(db, staff=role == "staff")
    if role == "owner of another":
        make_organization(db, by=actor, name="Other works")
    if role in ("member", "unconfirmed member"):
        add_member(db, works.id, actor.id, role=MemberRole.MEMBER, by=None, now=utc_now())
    if role.endswith("centre"):
        centre = make_centre(db)
        add_member(db, centre.id, actor.id, role=MemberRole.MEMBER, by=None, now=utc_now())
        let_act(db, centre, client=works, by=owner)
        if role == "former centre":
            end_representation(db, works, centre, by=make_viewer(db, owner))
    if role.startswith("unconfirmed"):
        actor.confirmed_at = None
    db.commit()
    return actor


def act(browser: Visitor, listing: Listing, works: Organization, action: str) -> Response:
    address = f"/en/listings/{listing.reference}"
    version = str(listing.version)
    new = make_fields(title="New one", form_id=uuid4(), kind="offer", organization=works.slug)
    pages = {
        "look": address, "form": f"{address}/edit", "translation form": f"{address}/translations/vi",
        "new form": "/en/listings/new", "own": "/en/account/listings",
    }  # fmt: skip
    if action in pages:
        return browser.get(pages[action], follow=False)
    translation = f"{address}/translations/vi"
    place, fields = {
        "edit": (f"{address}/edit", make_fields(title="Changed", _version=version)),
        "translate": (translation, {**make_words("Máy sấy mới"), "_version": version}),
        "remove translation": (f"{translation}/remove", {}),
        "draft": ("/en/listings/new", new),
    }.get(action, (f"{address}/{action}", {}))
    return browser.post(place, fields, follow=False)


@pytest.mark.parametrize(
    ("action", "state", "role", "status"), CELLS, ids=[f"{action} {state} {role}" for action, state, role, _ in CELLS]
)
def test_everybody_may_do_just_what_the_role_allows(
    db: Session, visitor: Visitor, owner: User, works: Organization, sign_in: Callable[..., Visitor],
    database: Database, action: str, state: ListingState, role: str, status: int,
) -> None:  # fmt: skip
    listing = make_in_state(db, state, by=owner, texts={"en": "Dryer", "vi": "Máy sấy"})
    browser = visitor if role == "visitor" else sign_in(make_actor(db, works, owner, role))
    before = take_stock(database)

    answer = act(browser, listing, works, action)

    assert answer.status_code == status
    is_change = status == 303 and action not in ("form", "translation form", "new form", "own")
    assert (take_stock(database) != before) is is_change


BUTTONS = ("publish", "renew", "copy", "withdraw")


@pytest.mark.parametrize(
    ("role", "state", "buttons"),
    [
        ("visitor", P, []),
        ("stranger", P, []),
        ("unconfirmed member", P, []),
        ("unconfirmed member", D, []),
        ("staff", P, ["withdraw"]),
        ("staff", D, []),
        ("member", P, ["renew", "copy", "withdraw"]),
        ("member", D, ["publish", "copy"]),
        ("centre", P, ["renew", "copy", "withdraw"]),
        ("centre", D, ["publish", "copy"]),
        ("former centre", P, []),
    ],
)
def test_the_page_shows_buttons_for_what_one_may_do_alone(
    db: Session, visitor: Visitor, owner: User, works: Organization, sign_in: Callable[..., Visitor], role: str,
    state: ListingState, buttons: list[str],
) -> None:  # fmt: skip
    listing = make_in_state(db, state, by=owner)
    browser = visitor if role == "visitor" else sign_in(make_actor(db, works, owner, role))
    address = f"/en/listings/{listing.reference}"

    page = read_html(browser.get(address))

    forms = [form.attributes["action"].removeprefix(f"{address}/") for form in page.find_all("form")]
    assert [form for form in forms if form in BUTTONS] == buttons
    edits = [link for link in page.find_all("a") if link.attributes["href"] == f"{address}/edit"]
    assert len(edits) == (1 if role in ("member", "centre") else 0)
