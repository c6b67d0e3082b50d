"""What a visitor keeps of a programme, and what the own schedule says of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.programme import marking, queries
from market.programme.models import ProgrammeSession, SessionMark
from market.programme.service import cancel_session, place_session
from tests.make.accounts import make_user
from tests.make.events import make_mark, make_release, make_room, make_session
from tests.make.organizations import make_viewer
from tests.make.reading import read_html
from tests.make.visitor import Visitor
from tests.market.programme.fair import Fair


def read_schedule(browser: Visitor, fair: Fair, language: str = "en") -> dict[str, str]:
    """Title → all that is said of it, in the order of the page."""
    page = read_html(browser.get(f"/{language}/account/schedules/{fair.event.slug}"))
    return {
        item.find_all("a")[0].text: item.text
        for day in page.find_all("section", css="day")
        for item in day.find_all("li")
    }


@pytest.fixture
def three(db: Session, fair: Fair) -> list[ProgrammeSession]:
    """The first two at the same time, in two rooms; the last on the day after."""
    by, event = fair.organizer, fair.event
    other = make_room(db, event, by=by, name="Hall B")
    sessions = [
        make_session(db, event, by=by, room=fair.room, title="First"),
        make_session(db, event, by=by, room=other, title="Second", start="10:00"),
        make_session(db, event, by=by, room=other, title="Third", day=2),
    ]
    make_release(db, event, by=by)
    return sessions


def test_a_session_is_put_on_the_schedule_and_taken_off_again(
    db: Session, fair: Fair, three: list[ProgrammeSession], sign_in: Callable[..., Visitor]
) -> None:
    mai = sign_in(make_user(db))
    address = f"/en{fair.address}/{three[0].code}"

    added = mai.post(f"{address}/mark")
    again = mai.post(f"{address}/mark")
    listed = list(read_schedule(mai, fair))
    overview = read_html(mai.get("/en/account/schedules")).find("tbody").text
    dropped = mai.post(f"{address}/unmark", {"_back": "schedule"})

    assert [answer.url.path for answer in (added, again)] == [address, address]
    assert ("Added to your schedule." in added.text, "On my schedule" in added.text) == (True, True)
    assert listed == ["First"]
    assert ("Drying fair" in overview, "1 session" in overview) == (True, True)
    assert dropped.url.path == f"/en/account/schedules/{fair.event.slug}"
    assert read_schedule(mai, fair) == {}
    assert "Nothing on your schedule yet." in mai.get("/en/account/schedules").text


def test_nobody_sees_what_others_have_chosen(
    db: Session, fair: Fair, three: list[ProgrammeSession], sign_in: Callable[..., Visitor]
) -> None:
    make_mark(db, fair.event, three[0], by=make_user(db))

    for person in (make_user(db), fair.organizer):
        assert read_schedule(sign_in(person), fair) == {}


def test_two_at_the_same_time_name_each_other(
    db: Session, fair: Fair, three: list[ProgrammeSession], sign_in: Callable[..., Visitor]
) -> None:
    """One that begins when the other ends does not."""
    by, mai = fair.organizer, make_user(db)
    later = make_session(db, fair.event, by=by, room=fair.room, title="Later", start="11:00")
    make_release(db, fair.event, by=by)
    for planned in (*three, later):
        make_mark(db, fair.event, planned, by=mai)

    said = read_schedule(sign_in(mai), fair)

    clashes = {title: text.partition("At the same time:")[2].split("Remove")[0].split() for title, text in said.items()}
    assert clashes == {"First": ["Second"], "Second": ["First"], "Later": [], "Third": []}


def test_what_was_moved_or_cancelled_since_it_was_chosen_says_so(
    db: Session, fair: Fair, three: list[ProgrammeSession], sign_in: Callable[..., Visitor]
) -> None:
    """Against the place that it had when it was chosen, however often it was moved; whoever chooses it now knows."""
    by, mai, lan = fair.organizer, make_user(db), make_user(db)
    for planned in three:
        make_mark(db, fair.event, planned, by=mai)
    first, second, third = three
    assert third.starts_at is not None
    for hour in (12, 13):
        place_session(first, third.starts_at.replace(hour=hour), zone=fair.event.zone)
        db.commit()
        make_release(db, fair.event, by=by)
    cancel_session(db, fair.event, second, by=make_viewer(db, by), now=utc_now())
    db.commit()
    make_release(db, fair.event, by=by)
    for planned in three:
        make_mark(db, fair.event, planned, by=lan)

    said, new = read_schedule(sign_in(mai), fair), read_schedule(sign_in(lan), fair)

    before = said["First"].partition("Before:")[2]
    assert ("9:30" in before, "Hall A" in before, "12:00" in before) == (True, True, False)
    assert [("Before:" in text, "Cancelled" in text) for text in (said["Second"], said["Third"])] == [
        (False, True), (False, False),
    ]  # fmt: skip
    assert [title for title, text in new.items() if "Before:" in text] == []


def test_a_day_is_chosen_at_once_and_other_days_stay(
    db: Session, fair: Fair, three: list[ProgrammeSession], sign_in: Callable[..., Visitor]
) -> None:
    person = make_user(db)
    for planned in (three[0], three[2]):
        make_mark(db, fair.event, planned, by=person)
    mai, address = sign_in(person), f"/en/account/schedules/{fair.event.slug}/choose"
    page = read_html(mai.get(address))
    ticked = {one.attributes["value"]: "checked" in one.attributes for one in page.find_all("input", type="checkbox")}

    answer = mai.post(address, {"_day": fair.event.starts_on.isoformat(), "session": [three[1].code]})

    assert ticked == {three[0].code: True, three[1].code: False}
    assert answer.url.path == f"/en/account/schedules/{fair.event.slug}"
    assert list(read_schedule(mai, fair)) == ["Second", "Third"]


@pytest.mark.parametrize("day", [1, 2], ids=["of no session", "of another day"])
def test_a_code_that_the_day_does_not_offer_is_refused(
    db: Session, fair: Fair, three: list[ProgrammeSession], sign_in: Callable[..., Visitor], day: int
) -> None:
    mai = sign_in(make_user(db))
    sent = {"_day": fair.event.starts_on.isoformat(), "session": ["222222" if day == 1 else three[2].code]}

    assert mai.get(f"/en/account/schedules/{fair.event.slug}/choose?day=9999-12-31").status_code == 400
    assert mai.post(f"/en/account/schedules/{fair.event.slug}/choose", sent).status_code == 400
    assert db.scalar(select(func.count()).select_from(SessionMark)) == 0


def test_a_schedule_has_an_end(
    db: Session, fair: Fair, three: list[ProgrammeSession], sign_in: Callable[..., Visitor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(marking, "MOST_MARKS", 1)
    mai = sign_in(make_user(db))
    mai.post(f"/en{fair.address}/{three[0].code}/mark")

    refused = mai.post(f"/en{fair.address}/{three[1].code}/mark")

    assert (refused.status_code, "at most 1 sessions" in refused.text) == (409, True)
    assert list(read_schedule(mai, fair)) == ["First"]


def test_who_presses_twice_at_once_has_one_mark(
    db: Session, database: Database, fair: Fair, three: list[ProgrammeSession]
) -> None:
    viewer, ready = make_viewer(db, make_user(db)), Barrier(4)
    db.commit()
    event_id, code = fair.event.id, three[0].code

    def press(_finger: int) -> None:
        ready.wait()
        with database.transaction() as session:
            programme = queries.find_programme(session, event_id)
            assert programme is not None
            marking.mark_session(session, programme, code, by=viewer, now=utc_now())

    with ThreadPoolExecutor(4) as fingers:
        list(fingers.map(press, range(4)))

    assert db.scalar(select(func.count()).select_from(SessionMark)) == 1


def test_the_programme_is_kept_for_all_whoever_has_chosen_what(
    db: Session, fair: Fair, three: list[ProgrammeSession], visitor: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    mai = make_user(db)
    before = read_html(sign_in(mai).get(f"/en{fair.address}")).find("div", css="programme").text
    make_mark(db, fair.event, three[0], by=mai)

    after = [
        read_html(one.get(f"/en{fair.address}")).find("div", css="programme").text for one in (sign_in(mai), visitor)
    ]

    assert after == [before, before]


def test_a_visitor_is_asked_to_sign_in_and_comes_back_to_the_session(
    fair: Fair, three: list[ProgrammeSession], visitor: Visitor
) -> None:
    address = f"/en{fair.address}/{three[0].code}"
    page = read_html(visitor.get(address))

    links = [link.attributes["href"] for link in page.find("main").find_all("a") if link.text == "Add to my schedule"]

    assert [link.startswith("/en/sign-in?next=") and link.endswith(three[0].code) for link in links] == [True]
