"""`modified_since`: everything that changed, also what went out of sight, and nothing that was never seen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from market.listings.enums import ListingState
from market.listings.service import withdraw_listing
from market.web.apikit import doors
from tests.make.accounts import make_user
from tests.make.listings import make_in_state, make_listing
from tests.make.organizations import make_organization, make_viewer
from tests.make.programs import Program

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
SINCE = "/listings?modified_since=2026-11-01T00:00:00Z"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """What the API takes for now."""

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(doors, "get_now", lambda: moment)

    return set_clock


def test_what_went_out_of_sight_is_named_and_no_more(db: Session, anybody: Program, at: Callable[..., None]) -> None:
    mai = make_user(db)
    public = make_listing(db, by=mai)
    withdrawn = make_in_state(db, ListingState.WITHDRAWN, by=mai, texts={"en": "Secret kiln"})
    expired = make_in_state(db, ListingState.EXPIRED, by=mai, texts={"en": "Secret kiln"})
    make_in_state(db, ListingState.DRAFT, by=mai)
    make_in_state(db, ListingState.ARRIVING, by=mai)
    at(datetime.now(UTC) + timedelta(seconds=10))

    answer = anybody.get(SINCE).json()

    states = {item["reference"]: item["state"] for item in answer["items"]}
    assert states == {public.reference: "published", withdrawn.reference: "withdrawn", expired.reference: "expired"}
    assert [set(item) for item in answer["items"][1:]] == [{"reference", "state", "changed_at"}] * 2
    assert (answer["total"], answer["next"], "Secret" in str(answer)) == (3, None, False)


def test_changes_of_the_last_seconds_are_held_back(db: Session, anybody: Program, at: Callable[..., None]) -> None:
    """One that is being committed just now may bear an earlier time than one that is seen already."""
    make_listing(db, now=START)
    totals, synced = [], []

    for seconds in (0, 4, 5, 6):
        at(START + timedelta(seconds=seconds))
        answer = anybody.get(SINCE).json()
        totals.append(answer["total"])
        synced.append(answer["synced_until"])

    assert totals == [0, 0, 1, 1]
    assert synced[-1] == "2026-11-01T08:00:01Z"


def test_asking_again_from_where_one_was_misses_nothing(db: Session, anybody: Program, at: Callable[..., None]) -> None:
    """A program that asks every few seconds, page by page, while listings come and go."""
    mai = make_user(db)
    make_organization(db, by=mai)
    viewer, since = make_viewer(db, mai), "2026-11-01T00:00:00Z"
    mirror: dict[str, str] = {}
    made = []
    for minute in range(6):
        now = START + timedelta(minutes=minute)
        made.append(make_listing(db, by=mai, now=now))
        if minute % 2:
            withdraw_listing(db, made[minute - 1], by=viewer, now=now)
            db.commit()
        at(now + timedelta(seconds=2))
        cursor = ""
        while cursor is not None:
            answer = anybody.get(f"/listings?limit=1&modified_since={since}&cursor={cursor}").json()
            mirror.update({item["reference"]: item["state"] for item in answer["items"]})
            cursor = answer["next"]
        since = answer["synced_until"]
    at(START + timedelta(minutes=9))
    for item in anybody.get(f"/listings?modified_since={since}").json()["items"]:
        mirror[item["reference"]] = item["state"]

    assert mirror == {
        listing.reference: "withdrawn" if place in (0, 2, 4) else "published" for place, listing in enumerate(made)
    }


def test_an_instant_may_bear_any_zone(db: Session, anybody: Program, at: Callable[..., None]) -> None:
    make_listing(db, now=START)
    at(START + timedelta(minutes=1))

    totals = [
        anybody.get(f"/listings?modified_since={instant}").json()["total"]
        for instant in ("2026-11-01T15:00:00%2B07:00", "2026-11-01T15:00:01+07:00", "2026-11-01T08:00:00Z")
    ]

    assert totals == [1, 0, 1]


def test_who_asks_with_a_clock_gone_wrong_misses_nothing_afterwards(
    db: Session, anybody: Program, at: Callable[..., None]
) -> None:
    at(START)
    answer = anybody.get("/listings?modified_since=2999-01-01T00:00:00Z").json()
    listing = make_listing(db, now=START + timedelta(minutes=1))

    at(START + timedelta(minutes=2))
    following = anybody.get(f"/listings?modified_since={answer['synced_until']}").json()

    assert (answer["items"], answer["synced_until"]) == ([], "2026-11-01T07:59:55Z")
    assert [item["reference"] for item in following["items"]] == [listing.reference]
