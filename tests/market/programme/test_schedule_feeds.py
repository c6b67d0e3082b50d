"""The calendar that follows somebody's schedule."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.enums import EventState
from market.events.service import change_state
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.programme import marking, queries
from market.programme.feed_tokens import HANDLE_LENGTH, make_feed_token, new_handle, read_feed_token
from market.programme.models import ProgrammeSession, ScheduleFeed
from market.programme.service import cancel_session, place_session
from tests.make.accounts import make_user
from tests.make.events import make_mark, make_release, make_room, make_schedule_feed, make_session, make_speaker
from tests.make.organizations import make_viewer
from tests.make.reading import read_html
from tests.make.visitor import Visitor
from tests.market.programme.fair import Fair


def read_calendar(browser: Visitor, address: str) -> dict[str, Any]:
    """Guid → what the calendar says of the session."""
    answer = browser.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(event["UID"]).partition("@")[0]: event for event in events}


@pytest.fixture
def mai(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def sessions(db: Session, fair: Fair) -> list[ProgrammeSession]:
    made = [
        make_session(db, fair.event, by=fair.organizer, room=make_room(db, fair.event, by=fair.organizer, name=name))
        for name in ("Hall B", "Hall C", "Hall D", "Hall E")
    ]
    make_release(db, fair.event, by=fair.organizer)
    return made


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=12))
def test_a_calendar_has_exactly_what_is_marked(
    db: Session, fair: Fair, sessions: list[ProgrammeSession], mai: User, visitor: Visitor,
    chosen: list[tuple[bool, int]],
) -> None:  # fmt: skip
    """Whatever was put on and taken off before, in whatever order."""
    token, viewer = make_schedule_feed(db, fair.event, by=mai), make_viewer(db, mai)
    programme = queries.find_programme(db, fair.event.id)
    assert programme is not None
    marking.choose_of_day(db, programme, fair.event.starts_on, [], by=viewer, now=utc_now())
    expected: set[str] = set()
    for is_put_on, place in chosen:
        change = marking.mark_session if is_put_on else marking.unmark_session
        change(db, programme, sessions[place].code, by=viewer, now=utc_now())
        (expected.add if is_put_on else expected.discard)(str(sessions[place].guid))
    db.commit()

    assert set(read_calendar(visitor, f"/vi/schedules/{token}.ics")) == expected


def test_a_calendar_follows_releases_with_the_same_uid_a_higher_sequence_and_the_zone(
    db: Session, fair: Fair, sessions: list[ProgrammeSession], mai: User, visitor: Visitor
) -> None:
    for planned in sessions[:2]:
        make_mark(db, fair.event, planned, by=mai)
    address = f"/en/schedules/{make_schedule_feed(db, fair.event, by=mai)}.ics"
    before = read_calendar(visitor, address)
    assert sessions[0].starts_at is not None
    place_session(sessions[0], sessions[0].starts_at.replace(hour=14), zone=fair.event.zone)
    cancel_session(db, fair.event, sessions[1], by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()
    make_release(db, fair.event, by=fair.organizer)

    after = read_calendar(visitor, address)

    assert before.keys() == after.keys() == {str(one.guid) for one in sessions[:2]}
    moved, gone = (after[str(one.guid)] for one in sessions[:2])
    assert (moved["DTSTART"].dt.hour, str(moved["DTSTART"].dt.tzinfo)) == (14, "Asia/Shanghai")
    assert [(one["SEQUENCE"], str(one["STATUS"])) for one in (moved, gone)] == [(1, "CONFIRMED"), (1, "CANCELLED")]
    assert b"BEGIN:VTIMEZONE\r\nTZID:Asia/Shanghai" in visitor.get(address).content


def test_it_is_the_same_calendar_as_that_of_the_programme_with_less_in_it(
    db: Session, fair: Fair, sessions: list[ProgrammeSession], mai: User, visitor: Visitor
) -> None:
    make_mark(db, fair.event, sessions[0], by=mai)
    guid = str(sessions[0].guid)

    own = read_calendar(visitor, f"/en/schedules/{make_schedule_feed(db, fair.event, by=mai)}.ics")

    assert own[guid].to_ical() == read_calendar(visitor, f"/en{fair.address}.ics")[guid].to_ical()


def test_the_address_is_shown_again_and_a_new_one_ends_it(
    db: Session, fair: Fair, sessions: list[ProgrammeSession], mai: User, visitor: Visitor,
    sign_in: Callable[..., Visitor],
) -> None:  # fmt: skip
    browser, page = sign_in(mai), f"/en/account/schedules/{fair.event.slug}"

    def read_address() -> str:
        found = read_html(browser.get(page)).find("section", id="feed").find("a").attributes["href"]
        return found.removeprefix("http://127.0.0.1:8000")

    browser.post(f"{page}/feed")
    first = read_address()
    assert (read_address(), visitor.get(first).status_code) == (first, 200)
    browser.post(f"{page}/feed")
    second = read_address()
    assert [visitor.get(one).status_code for one in (first, second)] == [404, 200]
    browser.post(f"{page}/feed/end")
    assert visitor.get(second).status_code == 404
    assert second not in browser.get(page).text


def test_what_is_stored_opens_nothing_without_the_key(
    db: Session, fair: Fair, sessions: list[ProgrammeSession], mai: User, visitor: Visitor
) -> None:
    token = make_schedule_feed(db, fair.event, by=mai)
    handle = db.scalars(select(ScheduleFeed.handle)).one()
    other = Settings.model_validate({"secret_key": "another key of the same length, at least"})
    forged = make_feed_token(other, handle)

    assert token.startswith(handle)
    assert token not in {handle, forged}
    for wrong in (handle, forged, token[:-1], token + "0", token.upper(), "x", "ä" * 54):
        assert visitor.get(f"/en/schedules/{wrong}.ics").status_code == 404
        assert visitor.get(f"/en/schedules/{wrong}/speaking.ics").status_code == 404


@given(st.text(max_size=80))
def test_a_token_that_we_did_not_sign_is_nobodys(text: str) -> None:
    assert read_feed_token(Settings(), text) is None


def test_a_token_that_we_signed_names_its_handle() -> None:
    handle = new_handle()

    assert len(handle) == HANDLE_LENGTH
    assert read_feed_token(Settings(), make_feed_token(Settings(), handle)) == handle


def test_no_cache_that_others_use_keeps_it_and_no_search_engine_lists_it(
    db: Session, fair: Fair, sessions: list[ProgrammeSession], mai: User, visitor: Visitor
) -> None:
    answer = visitor.get(f"/en/schedules/{make_schedule_feed(db, fair.event, by=mai)}.ics")

    assert (answer.headers["cache-control"], answer.headers["x-robots-tag"]) == ("private, no-cache", "noindex")
    assert "Disallow: /en/schedules/" in visitor.get("/robots.txt").text


def test_a_calendar_that_has_it_already_is_told_so_until_a_mark_has_gone(
    db: Session, fair: Fair, sessions: list[ProgrammeSession], mai: User, visitor: Visitor
) -> None:
    """Also one that goes by the day alone: what is left on the schedule is older than what has gone."""
    make_mark(db, fair.event, sessions[0], by=mai)
    address = f"/en/schedules/{make_schedule_feed(db, fair.event, by=mai)}.ics"
    first = visitor.get(address)
    tag = {"if-none-match": first.headers["etag"]}
    same = visitor.get(address, headers=tag).status_code
    feed = db.scalars(select(ScheduleFeed)).one()
    before = feed.changed_at
    programme = queries.find_programme(db, fair.event.id)
    assert programme is not None
    marking.unmark_session(db, programme, sessions[0].code, by=make_viewer(db, mai), now=utc_now())
    db.commit()
    db.refresh(feed)

    changed = visitor.get(address, headers=tag)

    assert (same, changed.status_code, feed.changed_at > before) == (304, 200, True)
    assert parsedate_to_datetime(changed.headers["last-modified"]) >= parsedate_to_datetime(
        first.headers["last-modified"]
    )


def test_a_speaker_has_a_calendar_of_the_own_sessions_too(
    db: Session, fair: Fair, sessions: list[ProgrammeSession], mai: User, visitor: Visitor,
    sign_in: Callable[..., Visitor],
) -> None:  # fmt: skip
    speaker = make_speaker(db, fair.event, by=fair.organizer, email=mai.email)
    spoken = make_session(
        db, fair.event, by=fair.organizer, room=fair.room, title="Mai speaks", start="15:00", speakers=[speaker]
    )
    make_release(db, fair.event, by=fair.organizer)
    make_mark(db, fair.event, sessions[0], by=mai)
    token = make_schedule_feed(db, fair.event, by=mai)

    own, speaking = (read_calendar(visitor, f"/en/schedules/{token}{end}.ics") for end in ("", "/speaking"))

    assert (set(own), set(speaking)) == ({str(sessions[0].guid)}, {str(spoken.guid)})
    listener = make_user(db)
    make_schedule_feed(db, fair.event, by=listener)
    page = f"/en/account/schedules/{fair.event.slug}"
    assert ["speaking.ics" in sign_in(person).get(page).text for person in (mai, listener)] == [True, False]


def test_an_event_that_is_hidden_again_hides_its_calendars(
    db: Session, fair: Fair, sessions: list[ProgrammeSession], mai: User, visitor: Visitor
) -> None:
    address = f"/en/schedules/{make_schedule_feed(db, fair.event, by=mai)}.ics"
    change_state(db, fair.event, EventState.PLANNED, by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()

    assert visitor.get(address).status_code == 404


def test_calendars_hear_of_an_event_that_was_called_off(db: Session, fair: Fair, mai: User, visitor: Visitor) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    make_release(db, fair.event, by=fair.organizer)
    make_mark(db, fair.event, planned, by=mai)
    addresses = (f"/en{fair.address}.ics", f"/en/schedules/{make_schedule_feed(db, fair.event, by=mai)}.ics")
    before = [read_calendar(visitor, address)[str(planned.guid)] for address in addresses]
    assert [(str(one["STATUS"]), int(one["SEQUENCE"])) for one in before] == [("CONFIRMED", 0)] * 2

    change_state(db, fair.event, EventState.CANCELLED, by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()

    after = [read_calendar(visitor, address)[str(planned.guid)] for address in addresses]
    assert [(str(one["STATUS"]), int(one["SEQUENCE"])) for one in after] == [("CANCELLED", 1)] * 2
