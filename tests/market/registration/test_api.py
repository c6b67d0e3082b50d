"""Registration for programs."""

from sqlalchemy.orm import Session

from market.kernel.viewer import Scope
from tests.make.accounts import make_user
from tests.make.programs import Program, make_api_token
from tests.make.registrations import make_registration, make_type
from tests.make.visitor import Visitor
from tests.market.registration.expo import Expo


def test_what_one_may_register_as_is_for_everybody(db: Session, expo: Expo, visitor: Visitor) -> None:
    make_type(db, expo.event, by=expo.organizer, name="Press", needs_approval="1")
    make_registration(db, expo.event, expo.kind, make_user(db))

    answer = Program(visitor.client, None).send("GET", f"/events/{expo.event.slug}/registration?language=vi").json()

    assert answer["is_open"] is True
    assert answer["url"].endswith(f"/vi/events/{expo.event.slug}/register")
    assert [(one["name"], one["needs_approval"], one["capacity"], one["left"]) for one in answer["items"]] == [
        ("Khách thương mại", False, 2, 1), ("Press", True, None, None),
    ]  # fmt: skip


def test_the_team_reads_who_comes_page_by_page(db: Session, expo: Expo, visitor: Visitor) -> None:
    codes = [make_registration(db, expo.event, expo.kind, make_user(db)).code for _person in range(3)]
    program = Program(visitor.client, make_api_token(db, expo.organizer, scopes=(Scope.EVENTS_READ,)))
    address = f"/events/{expo.event.slug}/participants?limit=1&state=admitted"

    first = program.send("GET", address).json()
    second = program.send("GET", f"{address}&cursor={first['next']}").json()

    assert [one["code"] for one in (*first["items"], *second["items"])] == [codes[1], codes[0]]
    assert second["next"] is None
