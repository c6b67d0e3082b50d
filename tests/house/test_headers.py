"""What every answer says to the browser, whatever it answers; and that nobody's page is kept for somebody else."""

import re
from collections.abc import Callable, Iterator, Mapping
from http.cookies import Morsel, SimpleCookie

import pytest
from httpx2 import Response
from sqlalchemy import event

from market.web.middleware import AnonymousCache
from tests.house.conftest import OpenHouse
from tests.house.opening import House
from tests.house.refusals import REFUSALS, Asker, add_broken_doors
from tests.house.walking import Door, Role
from tests.make.reading import Element, read_html

STRICT = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "strict-transport-security": None,
}
COMERS = (Role.VISITOR, Role.UNCONFIRMED, Role.OWNER, Role.STAFF)
ASK = Role.VISITOR, "GET"


Walked = Mapping[tuple[Door, Role], Response]


def give_strict_headers(response: Response) -> dict[str, str | None]:
    return {name: response.headers.get(name) for name in STRICT}


def collect_refusals(house: House) -> list[Response]:
    add_broken_doors(house)
    return [refused.ask(Asker(house)) for refused in REFUSALS]


def test_every_page_and_file_carries_the_strict_headers(walked: Walked) -> None:
    headers = {place: give_strict_headers(response) for place, response in walked.items()}

    assert headers == dict.fromkeys(walked, STRICT)


def test_every_refusal_carries_the_strict_headers(open_house: OpenHouse) -> None:
    answers = collect_refusals(open_house(raise_errors=False))

    assert [answer.status_code for answer in answers] == [refused.status for refused in REFUSALS]
    assert [give_strict_headers(answer) for answer in answers] == [STRICT] * len(REFUSALS)


def test_no_refusal_is_kept_anywhere(open_house: OpenHouse) -> None:
    answers = collect_refusals(open_house(raise_errors=False))

    assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * len(REFUSALS)


def test_what_is_kept_carries_the_strict_headers(house: House) -> None:
    first = house.send(*ASK, "/en/about")
    kept = house.send(*ASK, "/en/about")
    file = house.send(*ASK, "/static/site.css")
    unchanged = house.send(*ASK, "/static/site.css", headers={"if-none-match": file.headers["etag"]})

    assert [response.status_code for response in (first, kept, file, unchanged)] == [200, 200, 200, 304]
    assert [give_strict_headers(response) for response in (first, kept, file, unchanged)] == [STRICT] * 4


def test_every_answer_has_a_number_of_its_own(house: House) -> None:
    numbers = [house.send(*ASK, "/en/about").headers["x-request-id"] for _time in range(3)]

    assert len(set(numbers)) == 3


def test_https_is_kept_to_where_the_site_has_it(open_house: OpenHouse) -> None:
    house = open_house(base_url="https://market.example")

    headers = give_strict_headers(house.send(*ASK, "/en/about"))

    assert headers == {**STRICT, "strict-transport-security": "max-age=63072000; includeSubDomains"}


# What is kept ------------------------------------------------------------------------------------------------------


def is_page(response: Response) -> bool:
    return response.headers.get("content-type", "").startswith("text/html")


def test_no_page_of_somebody_signed_in_is_kept_anywhere(walked: Walked) -> None:
    said = {
        place: response.headers.get("cache-control")
        for place, response in walked.items()
        if place[1] is not Role.VISITOR and is_page(response) and response.status_code == 200
    }

    assert said == dict.fromkeys(said, "private, no-store")
    assert {role for _door, role in said} == {*Role} - {Role.VISITOR}


def test_only_pages_without_a_form_of_the_visitors_are_public(walked: Walked) -> None:
    said = {
        door.name: response.headers.get("cache-control")
        for (door, role), response in walked.items()
        if role is Role.VISITOR and is_page(response)
    }

    assert said == {
        "accounts.check_mail": None,
        "accounts.confirm": "private, no-store",
        "accounts.forgot": "private, no-store",
        "accounts.register": "private, no-store",
        "accounts.reset": "private, no-store",
        "accounts.sign_in": "private, no-store",
        "discovery.about": "public, max-age=5",
        "discovery.dev_mail": None,
        "discovery.home": "public, max-age=5",
        "events.index": "public, max-age=5",
        "events.show": "public, max-age=5",
        "interests.unsubscribe": "private, no-store",
        "listings.index": "public, max-age=5",
        "listings.show": "public, max-age=5",
        "matching.of_listing": "public, max-age=5",
        "organizations.index": "public, max-age=5",
        "organizations.show": None,
        "programme.session": "public, max-age=5",
        "programme.show": "public, max-age=5",
    }


def test_every_answer_but_files_says_that_it_depends_on_who_asks(walked: Walked) -> None:
    varies = {(door.name, role): response.headers.get("vary") for (door, role), response in walked.items()}

    others = {"discovery.negotiate": "Accept-Language, Cookie", "static": None, "htmx": None}
    assert varies == {(name, role): others.get(name, "Cookie") for name, role in varies}


def without_chance(response: Response) -> str:
    """Form tokens of visitors and ids of new forms are made anew for every page."""
    return re.sub(r'(name="(?:_token|form_id)" value=")[0-9a-f-]+', r"\1", response.text)


def test_a_page_kept_for_visitors_holds_nothing_of_others_and_is_not_shown_to_them(
    open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page as a visitor, as others, as a visitor again, against a house where nothing is ever kept."""
    keeping, forgetting = open_house(), open_house()
    with monkeypatch.context() as patch:
        patch.setattr(AnonymousCache, "_keep", lambda *_anything: None)
        pages = [door for door in keeping.doors if door.is_safe and is_page(forgetting.use(door, Role.OWNER))]
        right = {(page, role): without_chance(forgetting.use(page, role)) for page in pages for role in COMERS}

    seen = [
        (page.name, role, without_chance(keeping.use(page, role)) == right[page, role])
        for page in pages
        for role in (*COMERS, *COMERS)
    ]

    assert seen == [(name, role, True) for name, role, _same in seen]


@pytest.fixture
def count_house_queries(house: House) -> Iterator[Callable[[], int]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", note)
    yield lambda: len(statements)
    event.remove(house.database.engine, "before_cursor_execute", note)


def test_a_visitors_page_is_kept_for_the_next_visitor_alone(
    house: House, count_house_queries: Callable[[], int]
) -> None:
    house.send(*ASK, "/en/listings")
    asked = [count_house_queries()]

    for role, address in ((Role.VISITOR, "/en/listings"), (Role.OWNER, "/en/listings"), (Role.VISITOR, "/vi/listings")):
        house.send(role, "GET", address)
        asked.append(count_house_queries())

    first, second, signed_in, other_language = asked
    assert second == first < signed_in < other_language


# Cookies and markup ------------------------------------------------------------------------------------------------


def read_cookies(response: Response) -> Iterator[Morsel[str]]:
    """Those that are given, not those that are taken back."""
    for header in response.headers.get_list("set-cookie"):
        yield from (morsel for morsel in SimpleCookie(header).values() if morsel.value)


def list_cookies(house: House) -> set[tuple[str, str, str, bool, bool]]:
    """Through every door as everybody who can get a cookie there."""
    answers = [house.use(door, role) for door in house.doors for role in (Role.VISITOR, Role.UNCONFIRMED)]
    return {
        (morsel.key, morsel["samesite"], morsel["path"], bool(morsel["httponly"]), bool(morsel["secure"]))
        for answer in answers
        for morsel in read_cookies(answer)
    }


@pytest.mark.parametrize(("site", "secure"), [("http://127.0.0.1:8000", False), ("https://market.example", True)])
def test_no_script_and_no_other_site_gets_a_cookie(open_house: OpenHouse, *, site: str, secure: bool) -> None:
    cookies = list_cookies(open_house(base_url=site))

    assert cookies == {("session", "lax", "/", True, secure), ("visitor", "lax", "/", True, secure)}


def is_read_alone(script: Element) -> bool:
    """A file of ours, or linked data, which a browser does not run (`tests/browser/test_linked_data.py`)."""
    if script.attributes.get("type") == "application/ld+json":
        return "src" not in script.attributes
    return not script.text and script.attributes.get("src", "").startswith("/static/")


def find_inline(page: Element) -> Iterator[str]:
    """What a strict policy would not run or show, and what it could not stop."""
    for element in page.walk():
        if element.tag in ("style", "base", "object", "embed", "iframe"):
            yield f"<{element.tag}>"
        if element.tag == "script" and not is_read_alone(element):
            yield f"<script> {element.text}"
        for name, value in element.attributes.items():
            if name in ("style", "http-equiv", "srcdoc") or name.startswith(("on", "hx-on", "hx-vals", "hx-headers")):
                yield f"<{element.tag} {name}>"
            if re.match(r"\s*(javascript|data|vbscript):", value, re.IGNORECASE):
                yield f"<{element.tag} {name}={value}>"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<p style="color:red">', ["<p style>"]),
        ("<style>p{}</style>", ["<style>"]),
        ("<script>alert(1)</script>", ["<script> alert(1)"]),
        ('<script src="https://evil.example/x.js"></script>', ["<script> "]),
        ('<a onclick="x()" href="/">', ["<a onclick>"]),
        ('<a href=" JavaScript:x()">', ["<a href= JavaScript:x()>"]),
        ('<script type="application/ld+json" src="https://evil.example/x.js"></script>', ["<script> "]),
        ('<script type="module">alert(1)</script>', ["<script> alert(1)"]),
        ('<script src="/static/x.js" defer></script><p class="style">', []),
        ('<script type="application/ld+json">{"@type": "Offer"}</script>', []),
    ],
    ids=[
        "attribute",
        "style",
        "script",
        "foreign-script",
        "handler",
        "address",
        "foreign-linked-data",
        "module",
        "none",
        "linked-data",
    ],
)
def test_inline_parts_are_found(html: str, found: list[str]) -> None:
    assert list(find_inline(read_html(html))) == found


def test_no_page_has_inline_scripts_or_styles(walked: Walked) -> None:
    found = {place: list(find_inline(read_html(response))) for place, response in walked.items() if is_page(response)}

    assert found == {place: [] for place in found}


def test_no_refusal_has_inline_scripts_or_styles(open_house: OpenHouse) -> None:
    found = [list(find_inline(read_html(answer))) for answer in collect_refusals(open_house(raise_errors=False))]

    assert found == [[]] * len(REFUSALS)
