"""Whatever stands in any place of a request, at any door: a clear answer in the reader's language, never a crash.

The places are learnt from the application (`listening.py`), so a new route or field is tried without a line here.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice, product
from math import ceil

import pytest
from sqlalchemy import QueuePool

from market.kernel.clock import utc_now
from market.web.limits import Limits
from market.web.tokens import FORM_TOKEN, SESSION_COOKIE, VISITOR_COOKIE
from tests.house.conftest import OpenHouse
from tests.house.listening import FILE, Part, Place, list_places
from tests.house.opening import MOUNTED, House
from tests.house.walking import FIELDS, Door, Role, usual_case, usual_role
from tests.make.hostile import ODD_BYTES, ODD_CURSORS, ODD_HEADERS, make_bodies
from tests.make.raw import FORM_TYPE, RawAnswer, RawBrowser, RawRequest, quote_bytes, write_form
from tests.make.stored import take_stock

LANGUAGE, OTHER_LANGUAGE = "th", "km"
"""Of the address, and what the browser asks for where the address has none."""

IN_A_LANGUAGE = "/{language}/"
REFUSED, BROKEN = 400, 500

VALUES: Mapping[Part, Mapping[str, bytes]] = {
    Part.PATH: ODD_BYTES,
    Part.QUERY: {**ODD_BYTES, **ODD_CURSORS},
    Part.HEADER: {**ODD_BYTES, **ODD_HEADERS},
    Part.COOKIE: {**ODD_BYTES, **ODD_HEADERS},
    Part.FIELD: ODD_BYTES,
}

Try = tuple[Place, str]


@pytest.fixture
def house(open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    """One that nobody asks too often."""
    monkeypatch.setattr(Limits, "check", lambda *_: None)
    return open_house()


@pytest.fixture
def browser(house: House) -> Iterator[RawBrowser]:
    with RawBrowser(house.app) as browser:
        yield browser


@pytest.fixture
def places(house: House) -> list[Place]:
    return list_places(house)


def make_usual(house: House, door: Door, fields: Mapping[bytes, bytes] | None = None) -> RawRequest:
    """As the owner's browser sends it; `fields` are added to those of the form, or replace them."""
    case = usual_case(door)
    path = house.address(door, case, language=LANGUAGE).encode()
    headers = {b"host": b"127.0.0.1:8000", b"accept-language": OTHER_LANGUAGE.encode()}
    headers[b"cookie"] = house.cookie(usual_role(door)).encode()
    if door.is_safe:
        return RawRequest(door.verb, path, headers=headers)
    usual = FIELDS[door.name](house.market, usual_role(door), case) if door.name in FIELDS else {}
    body = write_form(house.form_token(usual_role(door)), usual, fields)
    return RawRequest(door.verb, path, headers={**headers, **FORM_TYPE}, body=body)


def make_request(house: House, place: Place, value: bytes) -> RawRequest:
    """The usual one with this value in its place."""
    name, usual = place.name.encode(), make_usual(house, place.door)
    match place.part:
        case Part.PATH:
            return replace(usual, path=make_path(house, place, quote_bytes(value).decode()))
        case Part.QUERY:
            return replace(usual, query=name + b"=" + quote_bytes(value))
        case Part.HEADER:
            return replace(usual, headers={**usual.headers, name: value})
        case Part.COOKIE:
            return replace(usual, headers={**usual.headers, b"cookie": name + b"=" + value})
        case Part.FIELD:
            return make_usual(house, place.door, {name: value})


def make_path(house: House, place: Place, value: str) -> bytes:
    if place.name == FILE:
        return f"{MOUNTED[place.door.name].rpartition('/')[0]}/{value}".encode()
    parts = {"language": LANGUAGE, place.name: value}
    return house.address(place.door, usual_case(place.door), **parts).encode()


def find_fault(answer: RawAnswer, language: str | None) -> str | None:
    """What is wrong with an answer; `language` is the reader's, where it can be known."""
    if answer.problem or not answer.status or answer.status >= BROKEN:
        return f"{answer.status} {answer.problem}"
    if any({"\r", "\n", "\x00"} & set(value) for value in answer.headers.values()):
        return f"a header breaks: {answer.headers}"
    if language and answer.status >= REFUSED and f'<html lang="{language}">' not in answer.text:
        return f"{answer.status} in another language than {language}"
    return None


def expect_language(door: Door, place: Place | None = None) -> str | None:
    if place and (place.part, place.name) == (Part.HEADER, "accept-language"):
        return LANGUAGE if door.path.startswith(IN_A_LANGUAGE) else None
    if not door.path.startswith(IN_A_LANGUAGE):
        return None  # machines and files are answered without words
    return OTHER_LANGUAGE if place and (place.part, place.name) == (Part.PATH, "language") else LANGUAGE


def spread_values(places: Sequence[Place]) -> Iterator[Try]:
    """Each value once for each name, at one of the doors that read it, and at least two at each door."""
    doors = Counter((place.part, place.name) for place in places)
    values = {(part, name): cycle(VALUES[part]) for part, name in doors}
    for place in places:
        key = place.part, place.name
        share = max(2, ceil(len(VALUES[place.part]) / doors[key]))
        yield from product([place], islice(values[key], share))


def try_everything(places: Sequence[Place]) -> Iterator[Try]:
    """All of it with `MARKET_TEST_ROUNDS=1`; else a share, each day another one, so that all of it has its turn."""
    every = max(1, round(1 / float(os.environ.get("MARKET_TEST_ROUNDS") or 0.05)))
    today = utc_now().toordinal() % every
    everything = ((place, value) for place in places for value in VALUES[place.part])
    return islice(everything, today, None, every)


@pytest.mark.parametrize(
    "choose",
    [
        pytest.param(spread_values, id="spread over the doors"),
        pytest.param(try_everything, id="everything everywhere", marks=pytest.mark.fuzz),
    ],
)
def test_nothing_in_any_place_of_a_request_breaks_a_door(
    house: House, places: list[Place], browser: RawBrowser, choose: Callable[[Sequence[Place]], Iterator[Try]]
) -> None:
    faults = {}
    for place, value in choose(places):
        answer = browser.send(make_request(house, place, VALUES[place.part][value]))
        if fault := find_fault(answer, expect_language(place.door, place)):
            faults[f"{place}: {value}"] = fault
        if not place.door.is_safe and answer.status < REFUSED:
            house.reset()

    assert faults == {}


def test_every_door_is_heard_reading(house: House, places: list[Place]) -> None:
    """What is not heard is not tried: each kind of place has one that is known to be read."""
    heard = {(place.part, place.name) for place in places}

    assert heard >= {
        (Part.PATH, "language"), (Part.PATH, "reference"), (Part.PATH, "slug"), (Part.PATH, "token"), (Part.PATH, FILE),
        (Part.QUERY, "q"), (Part.QUERY, "cursor"), (Part.QUERY, "next"), (Part.QUERY, "check"), (Part.QUERY, "notice"),
        (Part.HEADER, "accept-language"), (Part.HEADER, "origin"), (Part.HEADER, "content-length"),
        (Part.HEADER, "if-none-match"), (Part.HEADER, "user-agent"), (Part.HEADER, "cookie"),
        (Part.COOKIE, SESSION_COOKIE), (Part.COOKIE, VISITOR_COOKIE),
        (Part.FIELD, FORM_TOKEN), (Part.FIELD, "title"), (Part.FIELD, "_version"), (Part.FIELD, "old_password"),
    }  # fmt: skip
    assert {place.door for place in places} == set(house.doors)


@pytest.mark.parametrize(
    "address", ["/{}", "//{}", "/th/{}", "/th/{}/", "/TH/{}", "/th/listings/{}/{}/{}", "/static//{}"]
)
def test_nothing_in_an_address_that_is_nowhere_breaks_it(browser: RawBrowser, address: str) -> None:
    faults = {}
    for verb, value in product(("GET", "HEAD", "POST", "OPTIONS", "TRACE", "FOO"), ODD_BYTES):
        path = address.replace("{}", quote_bytes(ODD_BYTES[value]).decode()).encode()
        answer = browser.send(RawRequest(verb, path, headers={b"accept-language": b"th"}))
        if fault := find_fault(answer, "th" if verb != "HEAD" else None):
            faults[f"{verb} {value}"] = fault

    assert faults == {}


def list_forms(house: House) -> list[Door]:
    return [door for door in house.doors if not door.is_safe]


def test_no_body_breaks_a_door(house: House, browser: RawBrowser) -> None:
    """A body is read before the door is asked, so two doors for each will do."""
    faults = {}
    doors = cycle(list_forms(house))
    bodies = make_bodies(house.form_token(Role.OWNER).encode())
    for name, door in [(name, door) for name in bodies for door in islice(doors, 2)]:
        usual, (kind, body) = make_usual(house, door), bodies[name]
        answer = browser.send(replace(usual, headers={**usual.headers, b"content-type": kind}, body=body))
        if fault := find_fault(answer, expect_language(door)):
            faults[f"{door}: {name}"] = fault
        if answer.status < REFUSED:
            house.reset()

    assert faults == {}


def make_half(house: House, door: Door) -> RawRequest:
    usual = make_usual(house, door)
    return replace(usual, body=usual.body[:-1], whole=False)


def test_who_leaves_in_the_middle_of_a_form_changes_nothing_and_is_no_fault_of_ours(
    house: House, browser: RawBrowser
) -> None:
    before = take_stock(house.database)

    answers = {str(door): browser.send(make_half(house, door)) for door in list_forms(house)}

    assert {name: answer for name, answer in answers.items() if answer.problem or answer.status >= BROKEN} == {}
    assert take_stock(house.database) == before


def test_a_form_that_never_arrives_keeps_no_connection_from_others(house: House, browser: RawBrowser) -> None:
    pool = house.database.engine.pool
    assert isinstance(pool, QueuePool)

    held = {
        str(door): browser.look_while_waiting(make_half(house, door), pool.checkedout) for door in list_forms(house)
    }

    assert held == dict.fromkeys(held, 0)
