"""What cannot be in a programme, or should not: told with both sides, each pair once."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.work import Work
from market.listings.service import publish_listing, withdraw_listing
from market.programme.conflicts.overlaps import find_overlaps
from market.programme.models import Room
from market.programme.reactions import check_what_is_due
from market.programme.service import cancel_session
from tests.make.accounts import make_user
from tests.make.events import make_release, make_room, make_session, make_speaker
from tests.make.listings import make_listing
from tests.make.organizations import make_viewer
from tests.market.programme.fair import Fair
from tests.market.programme.plain import plan_plainly
from tests.market.programme.stored import list_conflicts


@pytest.fixture
def other(db: Session, fair: Fair) -> Room:
    return make_room(db, fair.event, by=fair.organizer, name="Hall B")


def test_two_in_one_room_overlap_and_one_after_the_other_does_not(db: Session, fair: Fair, other: Room) -> None:
    for name, start in (("First", "09:00"), ("Second", "09:59"), ("Third", "10:59")):
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title=name, start=start)
    make_session(db, fair.event, by=fair.organizer, room=other, title="Elsewhere", start="09:00")

    assert list_conflicts(db, fair.event) == [("room", "First", "Second", "Hall A")]


def test_a_long_session_is_in_the_way_of_all_within_it(db: Session, fair: Fair) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="All day", start="09:00", minutes=480)
    for name, start in (("Morning", "10:00"), ("Noon", "12:00")):
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title=name, start=start, minutes=30)

    assert list_conflicts(db, fair.event) == [
        ("room", "All day", "Morning", "Hall A"), ("room", "All day", "Noon", "Hall A")
    ]  # fmt: skip


def test_a_speaker_cannot_be_in_two_rooms(db: Session, fair: Fair, other: Room) -> None:
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan")
    for name, room in (("One", fair.room), ("Two", other)):
        make_session(db, fair.event, by=fair.organizer, room=room, title=name, speakers=[lan])

    assert list_conflicts(db, fair.event) == [("speaker", "One", "Two", "Lan")]


def test_a_cancelled_session_is_in_nobodys_way(db: Session, fair: Fair) -> None:
    first = make_session(db, fair.event, by=fair.organizer, room=fair.room, title="First")
    make_release(db, fair.event, by=fair.organizer)
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Second")
    assert list_conflicts(db, fair.event) == [("room", "First", "Second", "Hall A")]

    cancel_session(db, fair.event, first, by=make_viewer(db, fair.organizer), now=utc_now())

    assert list_conflicts(db, fair.event) == []


def test_days_that_are_not_the_events_and_places_that_are_missing(db: Session, fair: Fair, other: Room) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Too late", day=3)
    make_session(db, fair.event, by=fair.organizer, title="Nowhere")
    make_session(db, fair.event, by=fair.organizer, room=other, title="Perhaps", state="draft")

    assert list_conflicts(db, fair.event) == [
        ("outside", "Too late", "", ""), ("unplaced", "Nowhere", "", ""), ("unconfirmed", "Perhaps", "", "")
    ]  # fmt: skip


def test_a_listing_that_was_withdrawn_is_told_until_it_is_public_again(
    db: Session, fair: Fair, deliver: Callable[[], None], work: Work
) -> None:
    owner = make_user(db)
    listing = make_listing(db, by=owner)
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Shows it", listings=listing.reference)
    assert list_conflicts(db, fair.event) == []
    withdraw_listing(db, listing, by=make_viewer(db, owner), now=utc_now())
    db.commit()

    deliver()

    assert list_conflicts(db, fair.event) == [("shown_listing", "Shows it", "", listing.reference)]
    publish_listing(db, listing, by=make_viewer(db, owner), now=utc_now())
    db.commit()
    check_what_is_due(work, utc_now())
    db.rollback()
    assert list_conflicts(db, fair.event) == []


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=12))
def test_overlaps_are_those_that_all_against_all_would_find(times: list[tuple[int, int]]) -> None:
    sessions = [plan_plainly(number, start, minutes) for number, (start, minutes) in enumerate(times)]

    found = {frozenset((first.number, second.number)) for first, second in find_overlaps(sessions)}

    assert found == {
        frozenset((one, other))
        for one, (start, minutes) in enumerate(times)
        for other, (begin, length) in enumerate(times)
        if one < other and start < begin + length and begin < start + minutes
    }
