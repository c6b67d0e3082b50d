"""The next edition of an event: its words and its team, on other days."""

from collections.abc import Callable
from datetime import date

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.enums import EventState, TeamRole
from market.events.forms import ENDS_TOO_SOON, TOO_LONG
from market.events.models import Event, EventText, TeamMember
from market.kernel.db import Database
from market.web.forms import MESSAGES
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.events import make_event
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import count_stored, read_stored, take_stock
from tests.make.visitor import Visitor
from tests.market.events.making import FAIR, plan, say_days, take_in

DAYS = {"starts_on": "2028-09-15", "ends_on": "2028-09-16"}
FIRST, NEXT = "drying-fair-2027", "drying-fair-2028"


def copy(browser: Visitor, slug: str = FIRST, **days: str) -> Response:
    return browser.post(f"/en/manage/events/{slug}/copy", {**DAYS, **days})


def announce(browser: Visitor, slug: str) -> None:
    browser.post(f"/en/manage/events/{slug}/state", {"state": "announced"})


def read_editions(browser: Visitor, slug: str) -> list[tuple[str, str]]:
    """What an event's page lists under other editions: slug and days."""
    glance = read_html(browser.get(f"/en/events/{slug}")).find("dl")
    lists = [entry.find("dd") for entry in glance.find_all("div") if entry.texts("dt") == ["Other editions"]]
    return [(link.attributes["href"].rpartition("/")[2], link.text) for one in lists for link in one.find_all("a")]


def find(database: Database, slug: str) -> Event:
    (event,) = read_stored(database, select(Event).where(Event.slug == slug))
    return event


@pytest.fixture
def fair(database: Database, browser: Visitor) -> Event:
    plan(browser)
    form = read_form(browser.get(f"/en/manage/events/{FIRST}/words/vi"), "/words/vi")
    browser.post(form.address, form.filled({"title": "Hội chợ sấy", "city": "Nam Ninh"}))
    announce(browser, FIRST)
    return find(database, FIRST)


def test_the_next_edition_has_the_words_and_everything_but_the_days(
    fair: Event, browser: Visitor, database: Database, event_facts: Callable[[], list[str]]
) -> None:
    form = read_form(browser.get(f"/en/manage/events/{FIRST}"), "/copy")

    copied = browser.post(form.address, form.filled(DAYS), token=form.values["_token"][0])

    assert copied.url.path == f"/en/manage/events/{NEXT}"
    stored = read_form(browser.get(f"{copied.url.path}/edit"), "/edit").values
    assert {name: stored[name] for name in FAIR} == {name: [value] for name, value in {**FAIR, **DAYS}.items()}
    translated = read_form(browser.get(f"{copied.url.path}/words/vi"), "/words/vi").values
    assert (translated["title"], translated["city"]) == (["Hội chợ sấy"], ["Nam Ninh"])
    edition = find(database, NEXT)
    assert (edition.state, edition.previous_id, edition.announced_at) == (EventState.PLANNED, fair.id, None)
    assert event_facts()[-1] == "EventCopied"


def test_its_words_are_as_old_as_those_they_were_copied_from(fair: Event, browser: Visitor, database: Database) -> None:
    copy(browser)

    hashes = select(EventText.source_hash).where(EventText.language == "vi")
    first, second = read_stored(database, hashes)
    assert first == second is not None
    assert read_stored(database, select(EventText.provenance).order_by(EventText.language)) == [
        "author", "author", "human", "human",
    ]  # fmt: skip


def test_the_team_stays_and_whoever_copies_leads(
    db: Session, fair: Event, lan: User, database: Database, sign_in: Callable[..., Visitor]
) -> None:
    copier, editor = make_user(db, organizer=True), make_user(db)
    for user in (copier, editor):
        take_in(db, fair, user)

    copy(sign_in(copier))

    teams = [
        {
            member.user_id: member.role
            for member in read_stored(database, select(TeamMember))
            if member.event_id == event.id
        }
        for event in (fair, find(database, NEXT))
    ]
    assert teams == [
        {lan.id: TeamRole.HEAD, copier.id: TeamRole.EDITOR, editor.id: TeamRole.EDITOR},
        {lan.id: TeamRole.HEAD, copier.id: TeamRole.HEAD, editor.id: TeamRole.EDITOR},
    ]


def test_both_pages_list_each_other_once_both_are_announced(
    fair: Event, browser: Visitor, passer_by: Visitor, renderer: Renderer
) -> None:
    first = (FIRST, say_days(renderer, "2027-09-17", "2027-09-19"))
    second = (NEXT, say_days(renderer, "2028-09-15", "2028-09-16"))
    copy(browser)
    planned = [read_editions(one, FIRST) for one in (passer_by, browser)]

    announce(browser, NEXT)

    assert planned == [[], [second]]
    assert [read_editions(passer_by, slug) for slug in (FIRST, NEXT)] == [[second], [first]]


def test_an_edition_between_two_lists_both_in_their_order(fair: Event, browser: Visitor) -> None:
    copy(browser)
    copy(browser, NEXT, starts_on="2029-09-14", ends_on="2029-09-14")

    assert [slug for slug, _days in read_editions(browser, NEXT)] == [FIRST, "drying-fair-2029"]


@pytest.mark.parametrize(
    ("slug", "year", "copied"),
    [
        ("expo-2027", "2028", "expo-2028"),
        ("expo-2027", "2027", "expo-2027-"),
        ("2027-expo", "2028", "expo-2028"),
    ],
)
def test_the_address_has_the_year_of_the_new_days(
    db: Session, lan: User, browser: Visitor, slug: str, year: str, copied: str
) -> None:
    event = make_event(db, by=lan, starts_on=date(2027, 9, 17))
    event.slug = slug
    db.commit()

    address = copy(browser, slug, starts_on=f"{year}-10-01", ends_on=f"{year}-10-02").url.path.rpartition("/")[2]

    assert address[: len(copied)] == copied
    assert len(address) == len(copied) + (6 if copied.endswith("-") else 0)


@pytest.mark.parametrize(
    ("days", "faults"),
    [
        ({"ends_on": "2028-09-14"}, {"ends_on": ENDS_TOO_SOON}),
        ({"ends_on": "2028-11-14"}, {"ends_on": TOO_LONG % {"days": 60}}),
        (
            {"starts_on": "", "ends_on": "x"},
            {"starts_on": MESSAGES["missing"], "ends_on": MESSAGES["date_from_datetime_parsing"]},
        ),
    ],
    ids=["too soon", "too long", "no days"],
)
def test_days_that_cannot_be_are_told_beside_their_fields(
    fair: Event, browser: Visitor, database: Database, days: dict[str, str], faults: dict[str, str]
) -> None:
    before = take_stock(database)

    answer = copy(browser, **days)

    assert (answer.status_code, read_faults(answer)) == (422, faults)
    kept = read_form(answer, "/copy").values
    assert {name: kept[name] for name in DAYS} == {name: [value] for name, value in {**DAYS, **days}.items()}
    assert take_stock(database) == before


@pytest.mark.parametrize(("who", "status"), [("editor", 403), ("organizer", 404), ("stranger", 404)])
def test_only_an_organizer_of_its_team_makes_the_next_edition(
    db: Session, fair: Event, database: Database, sign_in: Callable[..., Visitor], who: str, status: int
) -> None:
    user = make_user(db, organizer=who == "organizer")
    if who == "editor":
        take_in(db, fair, user)
    browser = sign_in(user)
    before = take_stock(database)

    assert copy(browser).status_code == status
    assert take_stock(database) == before


def test_a_double_click_makes_one_edition(fair: Event, browser: Visitor, database: Database) -> None:
    answers = post_together([(browser, f"/en/manage/events/{FIRST}/copy", DAYS)] * 3)

    assert {answer.headers["location"].split("?")[0] for answer in answers} == {f"/en/manage/events/{NEXT}"}
    assert count_stored(database, Event) == [2]
