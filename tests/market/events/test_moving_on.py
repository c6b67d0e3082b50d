"""An event begins and ends by its days, as they are at its place."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market import worker
from market.accounts.models import User
from market.events import service
from market.events.enums import EventState
from market.events.models import Event
from market.events.reactions import move_events_on
from market.kernel.clock import utc_now
from market.kernel.outbox import FactRow
from market.kernel.work import Work
from market.worker import Worker
from tests.make.events import make_event
from tests.make.reading import read_form
from tests.make.stored import read_stored
from tests.make.visitor import Visitor
from tests.make.waiting import wait_until

TODAY = utc_now().date()


PLACES = [
    # zone, first and last day, when the first one begins, when the last one is over
    ("Asia/Shanghai", "2027-03-10", "2027-03-11", "2027-03-09T16:00", "2027-03-11T16:00"),
    ("Pacific/Kiritimati", "2027-03-10", "2027-03-11", "2027-03-09T10:00", "2027-03-11T10:00"),
    ("Pacific/Pago_Pago", "2027-03-10", "2027-03-10", "2027-03-10T11:00", "2027-03-11T11:00"),
    ("America/Los_Angeles", "2027-03-13", "2027-03-14", "2027-03-13T08:00", "2027-03-15T07:00"),  # summer time begins
    ("Asia/Kathmandu", "2028-02-29", "2028-02-29", "2028-02-28T18:15", "2028-02-29T18:15"),
]


@pytest.mark.parametrize(("zone", "first", "last", "begins", "over"), PLACES, ids=[place[0] for place in PLACES])
def test_an_event_begins_and_ends_at_midnight_of_its_place(
    db: Session, lan: User, zone: str, first: str, last: str, begins: str, over: str
) -> None:
    days = [date.fromisoformat(day) for day in (first, last)]
    event = make_event(db, by=lan, zone=zone, starts_on=days[0], ends_on=days[1])
    second = timedelta(seconds=1)
    begin, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (begins, over))

    states = []
    for moment in (begin - second, begin, end - second, end):
        service.move_events_on(db, now=moment)
        states.append(event.state)

    assert states == [EventState.ANNOUNCED, EventState.RUNNING, EventState.RUNNING, EventState.OVER]


@pytest.mark.parametrize("state", [EventState.PLANNED, EventState.CANCELLED])
def test_what_is_not_announced_or_called_off_does_not_begin_by_itself(
    db: Session, lan: User, state: EventState
) -> None:
    event = make_event(db, by=lan, zone="UTC", starts_on=TODAY + timedelta(days=30))
    event.state = state

    moved = [service.move_events_on(db, now=utc_now() + timedelta(days=days)) for days in (30, 31, 60)]

    assert (moved, event.state) == ([None] * 3, state)


def test_every_event_that_waits_is_moved_on_once(
    db: Session, lan: User, work: Work, event_facts: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where more that go on stand before it than are looked at together."""
    monkeypatch.setattr(service, "MOVED_AT_ONCE", 2)
    start = TODAY + timedelta(days=30)
    for days in (9, 9, 9, 0, 0):
        make_event(db, by=lan, zone="UTC", starts_on=start, ends_on=start + timedelta(days=days))
    middle, after = (utc_now() + timedelta(days=days) for days in (30, 31))
    before = len(event_facts())

    for moment in (middle, middle, after, after):
        move_events_on(work, moment)

    states = read_stored(work.database, select(Event.state))
    assert sorted(states) == [EventState.OVER] * 2 + [EventState.RUNNING] * 3
    assert event_facts()[before:] == ["EventStateChanged"] * 7


def test_the_worker_moves_events_on_and_says_into_which_state(
    db: Session, lan: User, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = make_event(db, by=lan, zone="UTC")
    event.starts_on = TODAY
    db.commit()
    monkeypatch.setattr(worker, "JOBS_SECONDS", 0.02)
    running = Worker(work)

    running.start()
    wait_until(lambda: read_stored(work.database, select(Event.state)) == [EventState.RUNNING])
    running.stop()

    facts = read_stored(work.database, select(FactRow).where(FactRow.name == "EventStateChanged"))
    assert [(fact.content["state"], fact.by_id) for fact in facts] == [("announced", lan.id), ("running", None)]


MOVES = [
    # state, first day from today, what the new days make of it
    (EventState.PLANNED, -1, EventState.PLANNED),
    (EventState.ANNOUNCED, 40, EventState.ANNOUNCED),
    (EventState.ANNOUNCED, -1, EventState.RUNNING),
    (EventState.OPEN, -9, EventState.OVER),
    (EventState.RUNNING, 0, EventState.RUNNING),
    (EventState.RUNNING, 40, EventState.ANNOUNCED),
    (EventState.OVER, -1, EventState.RUNNING),
    (EventState.OVER, 40, EventState.ANNOUNCED),
    (EventState.CANCELLED, -9, EventState.CANCELLED),
]


@pytest.mark.parametrize(
    ("state", "days", "reached"), MOVES, ids=[f"{state}-{days}-{reached}" for state, days, reached in MOVES]
)
def test_an_organizers_change_of_days_moves_the_state_with_them(
    db: Session, lan: User, browser: Visitor, event_facts: Callable[[], list[str]], state: EventState, days: int,
    reached: EventState,
) -> None:  # fmt: skip
    event = make_event(db, by=lan, zone="UTC")
    event.state = state
    db.commit()
    before = len(event_facts())
    form = read_form(browser.get(f"/en/manage/events/{event.slug}/edit"), "/edit")
    first = TODAY + timedelta(days=days)

    browser.post(form.address, form.filled({"starts_on": str(first), "ends_on": str(first + timedelta(days=1))}))

    db.refresh(event)
    assert (event.state, event.starts_on) == (reached, first)
    told = ["EventStateChanged"] if reached is not state else []
    assert sorted(event_facts()[before:]) == ["EventChanged", *told]


def test_another_zone_counts_from_the_change_on(db: Session, lan: User, browser: Visitor) -> None:
    """It is another day there."""
    ahead, behind = (ZoneInfo(name) for name in ("Pacific/Kiritimati", "Pacific/Pago_Pago"))
    event = make_event(db, by=lan, zone=behind.key, starts_on=utc_now().astimezone(ahead).date())
    form = read_form(browser.get(f"/en/manage/events/{event.slug}/edit"), "/edit")
    before = event.state

    browser.post(form.address, form.filled({"zone": ahead.key}))

    db.refresh(event)
    assert (before, event.state) == (EventState.ANNOUNCED, EventState.RUNNING)
