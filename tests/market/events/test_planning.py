"""Planning an event, and who sees it before it is announced."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.events.forms import ENDS_TOO_SOON, TOO_LONG
from market.events.models import Event, EventText
from market.kernel.db import Database
from market.organizations.forms import NO_WEBSITE
from market.web.forms import MESSAGES
from market.web.rendering import Renderer
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.events import make_event
from tests.make.programs import Program, make_api_token
from tests.make.reading import read_faults, read_form, read_html, read_rows
from tests.make.stored import count_stored, read_stored, take_stock
from tests.make.visitor import Visitor
from tests.market.events.making import FAIR, plan, read_calendar, read_cards, say_days, take_in


def test_an_organizer_plans_an_event_on_the_page(
    browser: Visitor, event_facts: Callable[[], list[str]], renderer: Renderer
) -> None:
    form = read_form(browser.get("/vi/manage/events/new"), "/events/new")

    shown = browser.post(form.address, form.filled({**FAIR}), token=form.values["_token"][0])

    page = read_html(shown)
    assert shown.url.path == "/vi/manage/events/drying-fair-2027"
    assert (page.find("h1").text, page.find("h1").attributes["lang"]) == ("Drying fair", "en")
    assert event_facts() == ["EventPlanned"]
    stored = read_form(browser.get("/en/manage/events/drying-fair-2027/edit"), "/edit").values
    assert {name: stored[name] for name in FAIR} == {name: [value] for name, value in FAIR.items()}
    days = say_days(renderer, FAIR["starts_on"], FAIR["ends_on"])
    assert read_rows(browser.get("/en/manage/events")) == [["Drying fair Expo", days, "Nanning, China", "Planned"]]


def test_whoever_plans_an_event_leads_it_alone(browser: Visitor) -> None:
    address = plan(browser).url.path

    assert read_rows(browser.get(f"{address}/team")) == [["Lan lan@example.org", "Head", "Leave the team"]]


def test_an_organizer_manages_the_events_of_own_teams_and_staff_all(
    db: Session, lan: User, browser: Visitor, sign_in: Callable[..., Visitor]
) -> None:
    make_event(db, by=lan, texts={"en": "Of Lan"})
    make_event(db, texts={"en": "Of somebody else"})

    pages = [one.get("/en/manage/events") for one in (browser, sign_in(make_user(db, staff=True)))]

    titles = [sorted(row[0].removesuffix(" Expo") for row in read_rows(page)) for page in pages]
    assert titles == [["Of Lan"], ["Of Lan", "Of somebody else"]]


def look(browser: Visitor, program: Program, slug: str) -> tuple[object, ...]:
    """What is seen: on its page, in the calendar, through the two doors of the API, in the calendar file."""
    return (
        browser.get(f"/en/events/{slug}").status_code,
        read_cards(browser.get("/en/events")),
        [item["slug"] for item in program.get("/events").json()["items"]],
        program.get(f"/events/{slug}").status_code,
        [entry["SUMMARY"] for entry in read_calendar(browser.get("/en/events.ics"))],
    )


@pytest.mark.parametrize("who", ["visitor", "stranger", "other organizer", "head", "editor", "staff"])
def test_a_planned_event_is_seen_by_its_team_alone_until_it_is_announced(
    db: Session, lan: User, visitor: Visitor, passer_by: Visitor, sign_in: Callable[..., Visitor], who: str
) -> None:
    event = make_event(db, by=lan, planned=True)
    user = lan if who == "head" else make_user(db, staff=who == "staff", organizer=who == "other organizer")
    if who == "editor":
        take_in(db, event, user)
    browser = passer_by if who == "visitor" else sign_in(user)
    program = Program(visitor.client, None if who == "visitor" else make_api_token(db, user))

    before = look(browser, program, event.slug)
    sign_in(lan).post(f"/en/manage/events/{event.slug}/state", {"state": "announced"})

    status = 200 if who in ("head", "editor", "staff") else 404
    assert before == (status, [], [], status, [])
    assert look(browser, program, event.slug) == (200, ["Drying fair"], [event.slug], 200, ["Drying fair"])


def test_a_page_that_only_the_team_sees_says_so_and_nothing_to_search_engines(
    db: Session, lan: User, browser: Visitor
) -> None:
    event = make_event(db, by=lan, planned=True)

    page = read_html(browser.get(f"/en/events/{event.slug}"))

    assert page.find("div", css="owner-bar").texts("p") == ["Only the team sees this. This is how it will look."]
    assert (page.find_all("script", type="application/ld+json"), page.find_all("link", rel="canonical")) == ([], [])


@pytest.mark.parametrize("confirmed", [True, False], ids=["no organizer", "address not confirmed"])
def test_planning_by_somebody_who_may_not_is_refused_and_changes_nothing(
    db: Session, database: Database, sign_in: Callable[..., Visitor], *, confirmed: bool
) -> None:
    browser = sign_in(make_user(db, confirmed=confirmed, organizer=not confirmed))
    before = take_stock(database)

    answers = [browser.get("/en/manage/events/new"), plan(browser), browser.get("/en/manage/events")]

    assert [(answer.status_code, read_html(answer).find("h1").text) for answer in answers] == [
        (403, "You may not do this.")
    ] * 3
    assert take_stock(database) == before


def test_whoever_is_not_signed_in_plans_nothing(visitor: Visitor, database: Database) -> None:
    assert plan(visitor).status_code == 401
    assert count_stored(database, Event) == [0]


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_fault_stands_beside_its_field_in_the_language_of_the_reader(
    browser: Visitor, database: Database, renderer: Renderer, code: str
) -> None:
    faulty = {
        **FAIR, "title": "\u200b\u200d", "kind": "party", "country": "XX", "ends_on": "2027-09-16",
        "zone": "Asia/Nowhere", "website": "javascript:alert(1)", "language": "xx",
    }  # fmt: skip
    before = take_stock(database)

    answer = browser.post(f"/{code}/manage/events/new", faulty)

    messages = {
        "title": MESSAGES["missing"], "ends_on": ENDS_TOO_SOON, "website": NO_WEBSITE,
        **dict.fromkeys(("kind", "country", "zone", "language"), MESSAGES["enum"]),
    }  # fmt: skip
    said = {name: renderer.reader(code).gettext(message) for name, message in messages.items()}
    assert (answer.status_code, read_faults(answer)) == (422, said)
    assert code == "en" or not set(said.values()) & set(messages.values())
    assert read_form(answer, "/events/new").values["description"] == [FAIR["description"]]
    assert take_stock(database) == before


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "faults"),
    [
        ("2027-09-17", "2027-09-17", {}),
        ("2027-09-01", "2027-10-30", {}),
        ("2027-09-01", "2027-10-31", {"ends_on": TOO_LONG % {"days": 60}}),
        ("2027-02-29", "2027-03-01", {"starts_on": MESSAGES["date_from_datetime_parsing"]}),
        ("1989-12-31", "1990-01-01", {"starts_on": MESSAGES["date_parsing"]}),
        ("2100-12-31", "2101-01-01", {"ends_on": MESSAGES["date_parsing"]}),
    ],
    ids=["one day", "60 days", "61 days", "no such day", "too long ago", "too far ahead"],
)
def test_an_event_has_days_that_can_be_meant(
    browser: Visitor, database: Database, starts_on: str, ends_on: str, faults: dict[str, str]
) -> None:
    answer = plan(browser, starts_on=starts_on, ends_on=ends_on)

    assert read_faults(answer) == faults
    assert count_stored(database, Event) == [0 if faults else 1]


@pytest.mark.parametrize("zone", ["localtime", "Factory", "Mars/Olympus", "../UTC", "+08:00", "asia/shanghai", ""])
def test_a_zone_is_one_that_means_the_same_everywhere(browser: Visitor, database: Database, zone: str) -> None:
    assert list(read_faults(plan(browser, zone=zone))) == ["zone"]
    assert count_stored(database, Event) == [0]


LONGEST = {"title": 200, "summary": 500, "description": 20_000, "city": 80, "venue": 200, "address": 300}


@pytest.mark.parametrize(("field", "longest"), LONGEST.items(), ids=LONGEST)
def test_a_text_is_measured_as_it_is_stored(browser: Visitor, database: Database, field: str, longest: int) -> None:
    becomes_two = "\u0958"
    texts = ["ก" * longest, "ก" * (longest + 1), becomes_two * (longest // 2 + 1)]

    answers = [plan(browser, **{field: text}) for text in texts]

    assert [list(read_faults(answer)) for answer in answers] == [[], [field], [field]]
    assert [len(value) for value in read_stored(database, select(getattr(EventText, field)))] == [longest]


def test_a_second_event_of_the_same_title_gets_another_address(browser: Visitor) -> None:
    first, second = plan(browser), plan(browser, starts_on="2027-09-18")

    assert first.url.path == "/en/manage/events/drying-fair-2027"
    assert second.url.path.startswith(f"{first.url.path}-")
    assert len(second.url.path) == len(first.url.path) + 7


def test_a_double_click_plans_one_event(browser: Visitor, database: Database) -> None:
    answers = post_together([(browser, "/en/manage/events/new", FAIR)] * 3)

    assert {answer.headers["location"].split("?")[0] for answer in answers} == {"/en/manage/events/drying-fair-2027"}
    assert count_stored(database, Event) == [1]


@pytest.mark.parametrize("title", ["New", "¡New!", "import", "Export"])
def test_no_event_takes_the_address_of_a_page_of_ours(browser: Visitor, title: str) -> None:
    address = plan(browser, title=title).url.path

    assert address == f"/en/manage/events/{title.strip('¡!').lower()}-2027"
    assert [read_html(browser.get(f"/en/manage/events/{page}")).find("h1").text for page in ("new", "import")] == [
        "Plan an event", "Import a programme",
    ]  # fmt: skip


@pytest.mark.parametrize("title", ["柳江干燥展", "งานแสดงเครื่องอบ", "ពិព័រណ៍", "ກ !!!"])
def test_a_title_without_latin_letters_gets_an_address_all_the_same(browser: Visitor, title: str) -> None:
    answer = plan(browser, title=title, kind="taking_part", language="zh-Hans")

    assert answer.url.path == "/en/manage/events/taking-part-2027"
    assert read_html(answer).find("h1").text == title
