"""Every page in every language: nothing left without its values, and the switch of the language keeps the page."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from babel.messages.catalog import Message
from httpx2 import Response

import market as market_package
from locales import LANGUAGES
from locales.tools.extraction import extract_messages
from market import wiring
from market.interests.digests import Part
from market.interests.enums import HitBy
from market.interests.models import SavedSearch
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.listings.enums import LISTING_KINDS, ListingKind, ListingState
from market.listings.queries import ListingRow
from market.programme.enums import ChangeKind
from market.programme.models import SessionChange
from market.web.mails import TemplateLetters
from market.web.rendering import Reader, Renderer
from search.port import Engine
from tests.house.conftest import OpenHouse
from tests.house.opening import MOUNTED, House
from tests.house.refusals import REFUSALS, Asker, add_broken_doors
from tests.house.visits import VISITS, Visit
from tests.house.walking import API, Door, Market, Role, usual_case, usual_role
from tests.make.reading import read_html

MARKET = Path(market_package.__file__).parent
MAILS = sorted(
    f"{path.parent.name}/{path.name}"
    for room in ("interests", "matching", "notifications", "organizations", "programme", "registration")
    for path in MARKET.glob(f"{room}/templates/{room}/*.txt")
)
ROW = ListingRow(
    uuid4(), "TO-CN-7F3K9Q", ListingKind.OFFER, ListingState.PUBLISHED, "CN", None, None, utc_now(), None, utc_now(),
    "th", "th", "เตาอบ", "", "Liujiang Works", "liujiang-works",
)  # fmt: skip
PARTS = [
    Part(SavedSearch(name="Kilns"), "", "q=kiln", [(ROW, HitBy.MEANING)] * 12),
    Part(None, "Liujiang Works", "organization=liujiang-works", [(ROW, None)]),
]
CHANGES_OF_A_RELEASE = [
    SessionChange(
        kind=kind.value, old_starts_at=datetime(2027, 3, 1, 9), new_starts_at=datetime(2027, 3, 2, 9),  # noqa: DTZ001 - wall times
        old_room="Hall A", new_room="Hall B",
    )
    for kind in ChangeKind
]  # fmt: skip
TURNS = [
    {"told": told, "was": was, "has_account": bool(was)}
    for told, was in (
        ("admitted", ""), ("admitted", "waiting"), ("waiting", ""), ("waiting_approval", ""), ("declined", "waiting"),
        ("cancelled", "admitted"), ("called_off", ""),
    )
]  # fmt: skip
"""What somebody who registered is told."""

MAIL_VALUES = {
    "parts": PARTS, "kinds": LISTING_KINDS, "count": 13,
    "name": "Lan", "token": "secret", "centre": "Xijiang Centre", "client": "Works", "slug": "xijiang",
    "changes": [(change, "Drying roots") for change in CHANGES_OF_A_RELEASE],
    "event": "Drying fair", "zone": "Asia/Shanghai", "kinds_of_change": ChangeKind,
    "first": date(2027, 3, 1), "last": date(2027, 3, 2), "code": "7F3K9Q",
    "client_slug": "works", "mine": "Kiln", "theirs": "Kiln wanted", "reference": "TO-CN-7F3K9Q",
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
LEFT_OVER = re.compile(r"%\(\w+\)|\{\{|\{%|%%")
LOOKERS = (Role.VISITOR, Role.OWNER, Role.STAFF)


def compose_mails(renderer: Renderer, language: str) -> Iterator[tuple[str, str]]:
    letters = TemplateLetters(renderer, base_url="https://market.example")
    for name in MAILS:
        for turn in TURNS if name.startswith("registration/") else [{}]:
            yield letters.compose(name, language=language, **MAIL_VALUES, **turn)


def has_language(door: Door) -> bool:
    """Pages; what feed readers read has no switch, nor have files to keep."""
    is_file = door.path.endswith((".atom", ".csv", ".ics", ".xlsx", ".{ending}", "/export"))
    return door.is_safe and door.path.startswith("/{language}/") and not is_file


# Values ------------------------------------------------------------------------------------------------------------


def say_message(reader: Reader, message: Message) -> Iterator[str]:
    """With its own values, and in the forms of several numbers."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    values = {name: "1" for text in ids for name in PLACEHOLDER.findall(text)}
    if len(ids) > 1:
        singular, plural = ids
        for number in (0, 1, 2, 5, 11, 100):
            yield reader.ngettext(singular, plural, number) % values
    else:
        said = reader.pgettext(message.context, *ids) if message.context else reader.gettext(*ids)
        yield said % values if values else said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_takes_the_values_it_is_given(renderer: Renderer, language: str) -> None:
    messages = [message for message in extract_messages(MARKET.parent) if message.id]

    said = [sentence for message in messages for sentence in say_message(renderer.reader(language), message)]

    assert [sentence for sentence in said if not sentence or PLACEHOLDER.search(sentence)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_shows_itself_whole(house: House, language: str) -> None:
    pages = [house.use(door, role, language=language) for door in house.doors if has_language(door) for role in LOOKERS]
    shown = [read_html(page) for page in pages if page.status_code != 303]

    assert {page.find("html").attributes["lang"] for page in shown} == {language}
    assert [page.find("title").text for page in shown if LEFT_OVER.search(page.text)] == []


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.name)
def test_every_state_of_a_page_shows_itself_whole_in_every_language(house: House, visit: Visit) -> None:
    answers = {}
    for language in LANGUAGES:
        answers[language] = visit.ask(Asker(house, language))
        house.reset()
    pages = {language: read_html(answer) for language, answer in answers.items()}

    assert {answer.status_code for answer in answers.values()} == {visit.status}
    assert {language: page.find("html").attributes["lang"] for language, page in pages.items()} == {
        language: language for language in LANGUAGES
    }
    assert [language for language, page in pages.items() if LEFT_OVER.search(page.text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_is_whole(renderer: Renderer, language: str) -> None:
    mails = list(compose_mails(renderer, language))

    assert [(subject, body) for subject, body in mails if not (subject and body and "Lan" in body)] == []
    assert [body for subject, body in mails if LEFT_OVER.search(subject + body)] == []
    assert all(f"https://market.example/{language}/" in body for _subject, body in mails)


def test_every_template_is_shown_somewhere(
    market: Market, doors: list[Door], tmp_path: Path, house_engine: Engine
) -> None:
    """With a renderer of its own, which remembers the templates it has loaded."""
    renderer = Renderer(wiring.map_addresses())
    with House(market, doors, Settings(data_dir=tmp_path), house_engine, renderer, raise_errors=False) as house:
        add_broken_doors(house)
        for door in doors:
            if door.is_safe:
                house.use(door, usual_role(door))
                house.use(door, Role.VISITOR)
        for case in (*VISITS, *REFUSALS):
            case.ask(Asker(house))
        list(compose_mails(renderer, "en"))
        house.client.get("/api/docs")

    cache = renderer._environments["en"].cache
    assert cache is not None
    assert {name for _loader, name in list(cache)} == {
        path.relative_to(folder).as_posix()
        for folder in MARKET.glob("*/templates")
        for path in folder.rglob("*")
        if path.is_file()
    }


# The switch --------------------------------------------------------------------------------------------------------


def read_switch(page: Response) -> Mapping[str, str]:
    """Language → where its entry of the menu leads."""
    links = read_html(page).find("details", css="language-menu").find_all("a")
    return {link.attributes["lang"]: link.attributes["href"] for link in links}


def expect_switch(address: str) -> Mapping[str, str]:
    return {language: f"/{language}/" + address.removeprefix("/en/") for language in LANGUAGES}


def test_the_switch_leads_to_the_same_page_in_every_language(house: House) -> None:
    doors = [door for door in house.doors if has_language(door)]
    addresses = {door.name: house.address(door) for door in doors}

    switches = {door.name: house.send(usual_role(door), "GET", addresses[door.name]) for door in doors}

    shown = {name: read_switch(page) for name, page in switches.items() if page.status_code == 200}
    assert shown == {name: expect_switch(addresses[name]) for name in shown}
    assert set(addresses) - set(shown) == {
        "accounts.register", "accounts.sign_in",  # they send somebody signed in to the account
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_following_the_switch_shows_the_page_in_that_language(house: House, language: str) -> None:
    page = house.send(Role.OWNER, "GET", "/en/listings?q=kiln")

    switched = house.send(Role.OWNER, "GET", read_switch(page)[language])

    assert (switched.status_code, read_html(switched).find("html").attributes["lang"]) == (200, language)
    assert read_html(switched).find("input", id="q").attributes["value"] == "kiln"


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("?q=%E0%B9%80%E0%B8%95%E0%B8%B2&kind=offer", "?q=%E0%B9%80%E0%B8%95%E0%B8%B2&kind=offer"),
        ("?country=CN&country=VN&sort=newest", "?country=CN&country=VN&sort=newest"),
        ("?notice=saved", ""),
        ("?q=a%26b&notice=saved", "?q=a%26b"),
    ],
    ids=["words", "several-codes", "a-notice-is-dropped", "signs"],
)
def test_the_switch_keeps_what_was_asked(house: House, query: str, kept: str) -> None:
    page = house.send(Role.VISITOR, "GET", f"/en/listings{query}")

    assert read_switch(page)["km"] == f"/km/listings{kept}"


def list_refused_forms(house: House) -> Iterator[tuple[str, Response]]:
    for visit in VISITS:
        if visit.status != 200:
            yield visit.name, visit.ask(Asker(house))


def who_reads(page: Response) -> Role:
    """By the name on the menu."""
    names = [menu.text.removesuffix(" of the tests") for menu in read_html(page).find_all("summary")]
    return next((role for role in Role if role.value.capitalize() in names), Role.VISITOR)


def test_the_switch_on_a_refused_form_leads_to_a_page(house: House) -> None:
    """What was sent is lost, which a link cannot carry; the page with the form is there."""
    statuses = {}
    for name, page in list_refused_forms(house):
        role = who_reads(page)
        statuses[name] = house.send(role, "GET", read_switch(page)["th"]).status_code
        house.reset()

    assert statuses == dict.fromkeys(statuses, 200)


def test_the_switch_on_an_error_of_a_form_leads_to_what_can_be_opened(house: House) -> None:
    """From every address that takes a form, also those that take nothing else."""
    errors, opened = {}, {}
    for door in house.doors:
        if not door.is_safe:
            role = usual_role(door)
            page = house.send(role, door.verb, house.address(door, usual_case(door)), token="")
            errors[door.name] = page.status_code
            opened[door.name] = house.send(role, "GET", read_switch(page)["th"]).status_code

    assert errors == dict.fromkeys(errors, 403)
    assert opened == {**dict.fromkeys(opened, 200), "accounts.do_sign_in": 303, "accounts.do_register": 303}


HERE = "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("came_from", "switch"),
    [
        (f"{HERE}/en/account", "/th/account"),
        (f"{HERE}/en/listings?q=a%26b&notice=saved", "/th/listings?q=a%26b"),
        (f"{HERE}/en/sign-out", "/th/"),
        (f"{HERE}/en/nothing", "/th/"),
        (f"{HERE}/dev/mail", "/th/"),
        ("https://evil.example/en/account", "/th/"),
        ("http://[", "/th/"),
        ("", "/th/"),
    ],
)
def test_the_switch_on_an_error_leads_to_the_page_that_had_the_form(house: House, came_from: str, switch: str) -> None:
    headers = {"referer": came_from} if came_from else {}

    page = house.send(Role.OWNER, "POST", "/en/account/profile", token="", headers=headers)

    assert read_switch(page)["th"] == switch


def test_the_switch_on_what_was_opened_and_takes_forms_alone_leads_home(house: House) -> None:
    page = house.send(Role.OWNER, "GET", "/en/sign-out?next=/en/account")

    assert (page.status_code, read_switch(page)) == (405, {language: f"/{language}/" for language in LANGUAGES})


def test_an_error_names_no_page_as_its_translation(house: House) -> None:
    pages = [house.send(Role.OWNER, "GET", address) for address in ("/en/about", "/en/nothing", "/en/sign-out")]

    alternates = [len(read_html(page).find_all("link", rel="alternate")) for page in pages]
    assert alternates == [len(LANGUAGES), 0, 0]


def test_the_switch_of_a_page_without_a_language_leads_to_a_page(open_house: OpenHouse) -> None:
    house = open_house()

    for address in ("/dev/mail", "/nothing/at/all"):
        switch = read_switch(house.send(Role.VISITOR, "GET", address))
        assert house.send(Role.VISITOR, "GET", switch["th"]).status_code == 200, address


# Addresses ---------------------------------------------------------------------------------------------------------


def test_every_route_has_a_name_and_an_address_of_its_own(doors: list[Door]) -> None:
    routes = [door for door in doors if door.name not in MOUNTED]

    assert len({door.name for door in routes}) == len(routes)
    assert len({(door.verb, door.path) for door in routes}) == len(routes)
    assert {door.name: door.path for door in routes} == {
        name: path for name, path in wiring.map_addresses().items() if not path.startswith(API)
    }
    assert [door.name for door in routes if not re.fullmatch(r"[a-z]+\.[a-z_]+", door.name)] == []


def test_pages_stand_under_a_language_and_the_rest_is_known(doors: list[Door]) -> None:
    elsewhere = {urlsplit(door.path).path for door in doors if not door.path.startswith("/{language}/")}

    assert elsewhere == {
        "/", "/dev/mail", "/favicon.ico", "/healthz", "/metrics", "/readyz", "/robots.txt", "/sitemap.xml",
        "/sitemaps/listings-{month}.xml", "/sitemaps/organizations-{part}.xml", "/sitemaps/pages.xml",
        "/sitemaps/events-{part}.xml", "/sitemaps/sessions-{part}.xml",
        *MOUNTED.values(),
    }  # fmt: skip
