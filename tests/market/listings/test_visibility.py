"""Who sees what: one rule in SQL and one for a row at hand, held together; and every page keeps to it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.viewer import MemberRole, Viewer
from market.listings import queries, rules
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.organizations.models import Organization
from market.organizations.service import add_member, end_representation
from tests.make.accounts import make_user
from tests.make.listings import make_in_state
from tests.make.organizations import let_act, make_centre, make_organization, make_viewer
from tests.make.reading import read_titles
from tests.make.visitor import Visitor

VIEWERS = (
    "visitor", "unconfirmed", "stranger", "owner of another", "member", "unconfirmed member", "owner", "staff",
    "member of its centre", "unconfirmed member of its centre", "member of a former centre",
)  # fmt: skip
INSIDE = {"member", "unconfirmed member", "owner", "staff", "member of its centre"}
SHOWN = set(ListingState) - {ListingState.ARRIVING}
"""What arrives with an import is nobody's to see before all of it is there."""


@dataclass(frozen=True, slots=True)
class Hall:
    """A listing in every state, and somebody in every role towards it."""

    listings: dict[ListingState, Listing]
    people: dict[str, User]
    works: Organization

    def view_as(self, db: Session, name: str) -> Viewer | None:
        return make_viewer(db, self.people[name]) if name in self.people else None


@pytest.fixture
def hall(db: Session) -> Hall:
    owner = make_user(db)
    works = make_organization(db, by=owner)
    people = {name: make_user(db, name=name, staff=name == "staff") for name in VIEWERS[1:] if name != "owner"}
    people["owner"] = owner
    make_organization(db, by=people["owner of another"], name="Other works")
    for name in ("member", "unconfirmed member"):
        add_member(db, works.id, people[name].id, role=MemberRole.MEMBER, by=None, now=utc_now())
    centre, former = make_centre(db), make_centre(db, name="Former centre")
    for body, name in (
        (centre, "member of its"),
        (centre, "unconfirmed member of its"),
        (former, "member of a former"),
    ):
        person = people[f"{name} centre"]
        add_member(db, body.id, person.id, role=MemberRole.MEMBER, by=None, now=utc_now())
        let_act(db, body, client=works, by=owner)
    end_representation(db, works, former, by=make_viewer(db, owner))
    for name in ("unconfirmed", "unconfirmed member", "unconfirmed member of its centre"):
        people[name].confirmed_at = None
    db.commit()
    listings = {state: make_in_state(db, state, by=owner, texts={"en": f"Title {state}"}) for state in ListingState}
    return Hall(listings, people, works)


def test_the_rule_in_sql_and_the_rule_for_a_row_agree_for_every_state_and_viewer(db: Session, hall: Hall) -> None:
    by_sql = {
        (name, listing.state)
        for name in VIEWERS
        for listing in db.scalars(select(Listing).where(queries.visible_to(hall.view_as(db, name))))
    }
    by_row = {
        (name, state)
        for name in VIEWERS
        for state, listing in hall.listings.items()
        if rules.may_see(hall.view_as(db, name), listing)
    }

    wanted = {(name, state) for name in VIEWERS for state in SHOWN if state is ListingState.PUBLISHED or name in INSIDE}
    assert by_sql == by_row == wanted


def test_every_page_of_a_listing_keeps_to_the_rule(
    db: Session, hall: Hall, visitor: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    seen = set()
    for name in VIEWERS:
        browser = sign_in(hall.people[name]) if name in hall.people else visitor
        for state, listing in hall.listings.items():
            answer = browser.get(f"/en/listings/{listing.reference}")
            assert answer.status_code in (200, 404)
            if answer.status_code == 200:
                seen.add((name, state))

    assert seen == {
        (name, state) for name in VIEWERS for state in SHOWN if state is ListingState.PUBLISHED or name in INSIDE
    }


def test_lists_for_everybody_show_what_is_published_alone_whoever_looks(
    db: Session, hall: Hall, visitor: Visitor, sign_in: Callable[..., Visitor], deliver: Callable[[], None]
) -> None:
    deliver()
    shown = {
        (name, page): read_titles((sign_in(hall.people[name]) if name in hall.people else visitor).get(page))
        for name in VIEWERS
        for page in ("/en/listings", "/en/listings?q=Title", "/en/", f"/en/organizations/{hall.works.slug}")
    }

    assert {place: titles for place, titles in shown.items() if titles != ["Title published"]} == {}


@pytest.mark.parametrize("name", VIEWERS[1:])
def test_the_list_of_ones_own_shows_those_of_ones_organizations_alone(
    db: Session, hall: Hall, sign_in: Callable[..., Visitor], name: str
) -> None:
    page = sign_in(hall.people[name]).get("/en/account/listings").text

    shown = {state for state, listing in hall.listings.items() if listing.reference in page}
    assert shown == (SHOWN if name in INSIDE - {"staff"} else set())


def test_a_hidden_listing_looks_like_one_that_was_never_there(
    db: Session, hall: Hall, visitor: Visitor, database: Database
) -> None:
    visitor.form_token()
    hidden = hall.listings[ListingState.DRAFT].reference
    never = "TO-CN-222222"

    answers = [visitor.get(f"/en/listings/{reference}") for reference in (hidden, never)]

    assert [(answer.status_code, answer.text.replace(hidden, never)) for answer in answers] == [
        (404, answers[1].text)
    ] * 2
