"""The calendar of events: what stands in it, where and in which order."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.enums import EventState
from market.web.paging import PAGE_SIZE, write_cursor
from tests.make.events import make_event
from tests.make.hostile import ODD_CURSORS
from tests.make.programs import Program
from tests.make.reading import read_html
from tests.make.visitor import Visitor
from tests.market.events.making import read_cards

NOVEMBER = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_november(set_clock: Callable[[datetime], None]) -> None:
    set_clock(NOVEMBER)


def make_events(db: Session, by: User, days: dict[str, tuple[str, str]], **fields: Any) -> None:
    """Title → first and last day. All are announced, whatever day it is."""
    for title, (first, last) in days.items():
        span: dict[str, Any] = {"starts_on": date.fromisoformat(first), "ends_on": date.fromisoformat(last)}
        make_event(db, by=by, texts={"en": title}, zone="UTC", **span, **fields)


def walk(visitor: Visitor, address: str) -> list[list[str]]:
    """The titles of every page, from the first to the last."""
    pages = []
    following: str | None = address
    while following:
        page = visitor.get(following)
        pages.append(read_cards(page))
        links = [link.attributes["href"] for link in read_html(page).find_all("a", rel="next")]
        following = f"/en/events{links[0]}" if links else None
    return pages


@pytest.fixture
def _fairs(db: Session, lan: User) -> None:
    make_events(db, lan, {"Expo in China": ("2026-12-01", "2026-12-02")})
    make_events(db, lan, {"Expo in Vietnam": ("2026-12-03", "2026-12-03")}, country="VN")
    make_events(db, lan, {"Conference in China": ("2027-01-15", "2027-01-16")}, kind="conference")
    make_events(db, lan, {"Delegation elsewhere": ("2027-02-01", "2027-02-03")}, kind="taking_part", country="")


@pytest.mark.usefixtures("_fairs")
@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Expo in China", "Expo in Vietnam", "Conference in China", "Delegation elsewhere"]),
        ("kind=expo", ["Expo in China", "Expo in Vietnam"]),
        ("kind=taking_part", ["Delegation elsewhere"]),
        ("country=CN", ["Expo in China", "Conference in China"]),
        ("country=VN&kind=conference", []),
        ("month=2027-01", ["Conference in China"]),
        ("month=2026-12&country=VN&kind=expo", ["Expo in Vietnam"]),
        ("past=1", []),
    ],
)
def test_the_calendar_is_filtered_by_kind_country_and_month(visitor: Visitor, query: str, titles: list[str]) -> None:
    assert read_cards(visitor.get(f"/en/events?{query}")) == titles


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("kind=expo,conference", ["Expo in China", "Expo in Vietnam", "Conference in China"]),
        ("country=VN", ["Expo in Vietnam"]),
        ("kind=matchmaking", []),
        ("past=1", []),
    ],
)
@pytest.mark.usefixtures("_fairs")
def test_a_program_filters_by_the_same(anybody: Program, query: str, titles: list[str]) -> None:
    assert [item["title"] for item in anybody.get(f"/events?{query}").json()["items"]] == titles


def test_an_event_over_new_years_eve_is_in_both_months(db: Session, lan: User, visitor: Visitor) -> None:
    make_events(db, lan, {"Winter fair": ("2026-12-30", "2027-01-02"), "Later": ("2027-02-28", "2027-03-01")})

    months = [f"20{year}-{month:02}" for year, month in ((26, 11), (26, 12), (27, 1), (27, 2), (27, 3), (27, 4))]

    assert {month: read_cards(visitor.get(f"/en/events?month={month}")) for month in months} == {
        "2026-11": [], "2026-12": ["Winter fair"], "2027-01": ["Winter fair"], "2027-02": ["Later"],
        "2027-03": ["Later"], "2027-04": [],
    }  # fmt: skip


def test_events_stand_under_the_month_they_begin_in_and_twelve_months_are_offered(
    db: Session, lan: User, visitor: Visitor
) -> None:
    make_events(db, lan, {"Winter fair": ("2026-12-30", "2027-01-02"), "Spring fair": ("2027-03-01", "2027-03-01")})

    page = read_html(visitor.get("/en/events"))

    assert page.texts("h2") == ["December 2026", "March 2027"]
    offered = [option.attributes["value"] for option in page.find("select", name="month").find_all("option")]
    assert offered == ["", "2026-11", "2026-12", *(f"2027-{month:02}" for month in range(1, 11))]


def test_what_is_over_stands_among_the_past_the_newest_first(
    db: Session, lan: User, visitor: Visitor, anybody: Program
) -> None:
    days = {"Old": "2025-09-17", "Recent": "2026-11-22", "On its last day": "2026-11-23", "Older": "2024-09-17"}
    make_events(db, lan, {title: (day, day) for title, day in days.items()})
    called_off = make_event(db, by=lan, texts={"en": "Called off"}, starts_on=date(2026, 9, 17))
    called_off.state = EventState.CANCELLED
    db.commit()
    past = ["Recent", "Called off", "Old", "Older"]

    assert [read_cards(visitor.get(f"/en/events{query}")) for query in ("", "?past=1")] == [["On its last day"], past]
    assert [item["title"] for item in anybody.get("/events?past=1").json()["items"]] == past


@pytest.mark.parametrize(
    ("zone", "hour", "listed"),
    [
        ("America/Los_Angeles", 7, True), ("America/Los_Angeles", 8, False),
        ("Asia/Shanghai", -9, True), ("Asia/Shanghai", -8, False),
    ],
)  # fmt: skip
def test_an_event_is_to_come_as_long_as_its_last_day_lasts_at_its_place(
    db: Session, lan: User, visitor: Visitor, set_clock: Callable[[datetime], None], zone: str, hour: int,
    *, listed: bool,
) -> None:  # fmt: skip
    """`hour` is counted from midnight in UTC after the last day."""
    last = date(2026, 12, 8)
    moment = datetime(2026, 12, 9, tzinfo=UTC) + timedelta(hours=hour)
    event = make_event(db, by=lan, zone=zone, starts_on=last, ends_on=last)
    event.state = EventState.RUNNING if listed else EventState.OVER
    db.commit()
    set_clock(moment)

    lists = [read_cards(visitor.get(f"/en/events?past={past}")) for past in ("", "1")]

    assert lists == ([["Drying fair"], []] if listed else [[], ["Drying fair"]])


@pytest.mark.parametrize("past", [False, True], ids=["to come", "past"])
def test_paging_loses_and_doubles_nothing_also_among_equal_days(
    db: Session, lan: User, visitor: Visitor, anybody: Program, *, past: bool
) -> None:
    day = "2026-09-01" if past else "2027-09-01"
    titles = [f"Fair {number:02}" for number in range(PAGE_SIZE * 2 + 1)]
    make_events(db, lan, dict.fromkeys(titles, (day, day)))
    query = f"past={int(past)}" if past else "kind=expo"

    pages = walk(visitor, f"/en/events?{query}")

    assert [len(page) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 1]
    assert sorted(title for page in pages for title in page) == titles
    seen, cursor = [], ""
    while cursor is not None:
        answer = anybody.get(f"/events?{query}&limit=8&cursor={cursor}").json()
        seen += [item["title"] for item in answer["items"]]
        cursor = answer["next"]
    assert seen == [title for page in pages for title in page]


def test_an_event_that_comes_while_somebody_pages_is_neither_lost_nor_shown_twice(
    db: Session, lan: User, visitor: Visitor
) -> None:
    make_events(db, lan, {f"Fair {day:02}": ("2027-05-01", f"2027-05-{day:02}") for day in range(1, PAGE_SIZE + 2)})
    (link,) = read_html(visitor.get("/en/events")).find_all("a", rel="next")

    make_events(db, lan, {"Before": ("2027-04-01", "2027-04-01"), "After": ("2027-06-01", "2027-06-01")})

    following = visitor.get(f"/en/events{link.attributes['href']}")
    assert read_cards(following) == [f"Fair {PAGE_SIZE + 1}", "After"]


WRONG_CURSORS = {
    **{name: cursor.decode() for name, cursor in ODD_CURSORS.items()},
    "no cursor": "x",
    "no day": write_cursor("yesterday", "0" * 32),
    "no identifier": write_cursor("2027-01-01", "x"),
    "one part": write_cursor("2027-01-01"),
    "a number": write_cursor("2027-01-01", 1),
    "not JSON": urlsafe_b64encode(b"{").decode(),
}


@pytest.mark.parametrize(
    "query",
    [
        "kind=party", "kind=EXPO", "kind=expo,conference", "country=XX", "country=cn", "month=2027-13", "month=2027-1",
        "month=1999-01", "month=२०२७-01", "month=2027-01-01", "past=2", "past=true", "month=%00",
        *(f"cursor={cursor}" for cursor in WRONG_CURSORS.values()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/en/events", "/en/events.ics"])
def test_what_no_link_of_ours_asks_for_is_refused(visitor: Visitor, address: str, query: str) -> None:
    of_the_page_alone = address.endswith(".ics") and query.startswith(("past", "cursor"))

    assert visitor.get(f"{address}?{query}").status_code == (200 if of_the_page_alone else 400)


@pytest.mark.parametrize("name", WRONG_CURSORS)
def test_a_cursor_that_is_none_of_ours_is_refused_to_programs_too(anybody: Program, name: str) -> None:
    assert anybody.get(f"/events?cursor={WRONG_CURSORS[name]}").status_code == 400


def test_a_calendar_without_events_says_so(visitor: Visitor) -> None:
    said = [
        read_html(visitor.get(f"/en/events{query}")).find("div", css="empty").text
        for query in ("", "?past=1", "?kind=expo")
    ]

    assert said == ["No events are announced right now.", "No event is over yet.", "No events found. Show all events"]
