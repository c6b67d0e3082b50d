"""What an organizer may turn an event into, and what is seen of one that was called off."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events import service
from market.events.enums import EventState
from market.events.models import Event
from market.events.service import WrongState
from market.kernel.clock import utc_now
from market.kernel.db import Database
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.events import make_event
from tests.make.organizations import make_viewer
from tests.make.programs import Program
from tests.make.reading import read_html
from tests.make.stored import read_stored, take_stock
from tests.make.visitor import Visitor
from tests.market.events.making import read_calendar, take_in

TODAY = utc_now().date()
WEBSITE = "https://www.example.org"
DAYS = {EventState.RUNNING: -1, EventState.OVER: -9}
"""State → when the event of two days began, in days from today; all others are to come."""

TABLE = """
from       planned announced open running over cancelled
planned    idle    done      no   never   never done
announced  done    idle      done never   never done
open       no      done      idle never   never done
running    no      idle      idle never   never done
over       no      idle      idle never   never no
cancelled  no      done      no   never   never idle
"""
"""done: it is the new state · idle: nothing changes · no: refused · never: its days alone bring it about. What runs is
announced already, and so on."""

STATES = [EventState(code) for code in TABLE.split("\n", 2)[1].split()[1:]]
CELLS = [
    (EventState(row[0]), asked, cell)
    for row in map(str.split, TABLE.strip().splitlines()[1:])
    for asked, cell in zip(STATES, row[1:], strict=True)
]


def make_in_state(db: Session, state: EventState, *, by: User) -> Event:
    first = TODAY + timedelta(days=DAYS.get(state, 30))
    event = make_event(db, by=by, zone="UTC", starts_on=first, website=WEBSITE, planned=True)
    db.execute(update(Event).where(Event.id == event.id).values(state=state))
    db.commit()
    db.refresh(event, ["state"])
    return event


def ask_for(db: Session, event: Event, state: EventState, *, by: User) -> str:
    before = event.state
    try:
        service.change_state(db, event, state, by=make_viewer(db, by), now=utc_now())
    except WrongState:
        return "no"
    if event.state is before:
        return "idle"
    return "done" if event.state is state else event.state.value


def test_the_table_has_every_state() -> None:
    assert STATES == [state for state, _asked, _cell in CELLS[:: len(EventState)]] == list(EventState)


@pytest.mark.parametrize(("state", "asked", "cell"), CELLS, ids=[f"{state}-{asked}" for state, asked, _cell in CELLS])
def test_an_organizer_may_turn_an_event_into_what_may_follow(
    db: Session, lan: User, event_facts: Callable[[], list[str]], state: EventState, asked: EventState, cell: str
) -> None:
    event = make_in_state(db, state, by=lan)
    before = event_facts()

    answer = ask_for(db, event, asked, by=lan)
    db.commit()

    assert answer in (("idle", "no") if cell == "never" else (cell,))
    assert event.state is (asked if cell == "done" else state)
    assert event_facts()[len(before) :] == (["EventStateChanged"] if cell == "done" else [])


@pytest.mark.parametrize(
    ("state", "asked"),
    [(EventState.PLANNED, EventState.ANNOUNCED), (EventState.CANCELLED, EventState.ANNOUNCED)],
    ids=["announced late", "announced again"],
)
@pytest.mark.parametrize(("began", "reached"), [(-1, EventState.RUNNING), (-2, None)], ids=["on now", "over"])
def test_what_is_announced_while_it_is_on_runs_at_once_and_never_afterwards(
    db: Session, lan: User, state: EventState, asked: EventState, began: int, reached: EventState | None
) -> None:
    event = make_in_state(db, state, by=lan)
    event.starts_on, event.ends_on = TODAY + timedelta(days=began), TODAY + timedelta(days=began + 1)

    answer = ask_for(db, event, asked, by=lan)

    assert (answer, event.state) == ("no", state) if reached is None else (reached.value, reached)


@pytest.mark.parametrize(
    ("who", "status"), [("head", 200), ("staff", 200), ("editor", 403), ("organizer", 404), ("stranger", 404)]
)
def test_a_head_may_change_the_state_and_an_editor_may_not(
    db: Session, lan: User, database: Database, sign_in: Callable[..., Visitor], who: str, status: int
) -> None:
    event = make_event(db, by=lan, website=WEBSITE)
    user = lan if who == "head" else make_user(db, staff=who == "staff", organizer=who == "organizer")
    if who == "editor":
        take_in(db, event, user)
    browser = sign_in(user)
    before = take_stock(database)

    answer = browser.post(f"/en/manage/events/{event.slug}/state", {"state": "open"})

    assert answer.status_code == status
    assert (take_stock(database) == before) == (status != 200)
    assert read_stored(database, select(Event.state)) == [EventState.OPEN if status == 200 else EventState.ANNOUNCED]


def read_offers(browser: Visitor, event: Event) -> list[str]:
    address = f"/en/manage/events/{event.slug}"
    forms = read_html(browser.get(address)).find_all("form", action=f"{address}/state")
    return [form.find("button").text for form in forms]


def test_the_page_offers_a_head_what_may_follow_and_an_editor_nothing(
    db: Session, lan: User, browser: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    event, anna = make_event(db, by=lan, website=WEBSITE), make_user(db)
    take_in(db, event, anna)

    offers = [read_offers(one, event) for one in (browser, sign_in(anna))]

    assert offers == [["Take back the announcement", "Open registration", "Call this event off"], []]


def test_registration_is_offered_where_there_is_a_place_to_register_at(
    db: Session, lan: User, browser: Visitor
) -> None:
    assert read_offers(browser, make_event(db, by=lan)) == ["Take back the announcement", "Call this event off"]


@pytest.mark.parametrize("state", ["", "x", "ANNOUNCED", "open\x00"])
def test_a_state_that_is_none_is_refused(
    db: Session, lan: User, browser: Visitor, database: Database, state: str
) -> None:
    event = make_event(db, by=lan)
    before = take_stock(database)

    assert browser.post(f"/en/manage/events/{event.slug}/state", {"state": state}).status_code == 400
    assert take_stock(database) == before


def test_what_is_called_off_stays_to_be_seen_as_such(
    db: Session, lan: User, browser: Visitor, passer_by: Visitor, anybody: Program
) -> None:
    event = make_event(db, by=lan)
    before = read_calendar(passer_by.get("/en/events.ics"))

    browser.post(f"/en/manage/events/{event.slug}/state", {"state": "cancelled"})

    page = read_html(passer_by.get(f"/en/events/{event.slug}"))
    assert page.texts("p", css="bad") == ["This event is called off."]
    card = read_html(passer_by.get("/en/events")).find("article", css="called-off")
    assert card.texts("span", css="state") == ["Cancelled"]
    assert [item["state"] for item in anybody.get("/events").json()["items"]] == ["cancelled"]
    after = read_calendar(passer_by.get("/en/events.ics"))
    assert [(entry["STATUS"], entry["SEQUENCE"]) for entry in (*before, *after)] == [("CONFIRMED", 1), ("CANCELLED", 2)]
    assert before[0]["UID"] == after[0]["UID"]


def test_a_double_click_changes_the_state_once(
    db: Session, lan: User, browser: Visitor, event_facts: Callable[[], list[str]]
) -> None:
    event = make_event(db, by=lan, website=WEBSITE)
    before = len(event_facts())

    answers = post_together([(browser, f"/en/manage/events/{event.slug}/state", {"state": "open"})] * 5)

    assert [answer.status_code for answer in answers] == [303] * 5
    assert event_facts()[before:] == ["EventStateChanged"]
