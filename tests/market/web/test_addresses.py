"""Addresses that are ours but for their spelling, and what may be asked of an address."""

import re

import pytest
from httpx2 import Response

from market.web.addresses import AddressBook
from market.wiring import map_methods
from tests.make.reading import read_html
from tests.make.visitor import Visitor

HERE = "http://127.0.0.1:8000"
"""Written out: to a client an address that begins with two slashes names another site."""


def ask(visitor: Visitor, method: str, path: str, *, accepted: str = "") -> Response:
    headers = {"accept-language": accepted}
    return visitor.client.request(method, HERE + path, headers=headers, follow_redirects=False)


@pytest.mark.parametrize(
    ("asked", "proper"),
    [
        ("/zh", "/zh-Hans/"),
        ("/zh/", "/zh-Hans/"),
        ("/zh-hans/", "/zh-Hans/"),
        ("/zh-CN/", "/zh-Hans/"),
        ("/zh_CN/about", "/zh-Hans/about"),
        ("/zh-Hans-CN/about", "/zh-Hans/about"),
        ("/ZH/listings?q=%E6%9C%A8%E8%96%AF&kind=offer", "/zh-Hans/listings?q=%E6%9C%A8%E8%96%AF&kind=offer"),
        ("/EN/", "/en/"),
        ("/EN/listings?q=a%26b&q=c", "/en/listings?q=a%26b&q=c"),
        ("/en-GB/about", "/en/about"),
        ("/tl/", "/fil/"),
        ("/pt-br/sign-in?next=/pt/account", "/pt/sign-in?next=/pt/account"),
        ("/vi", "/vi/"),
        ("/vi?notice=saved", "/vi/?notice=saved"),
        ("/vi//", "/vi/"),
        ("//vi/", "/vi/"),
        ("//vi//listings//", "/vi/listings"),
        ("/en/listings/", "/en/listings"),
        ("/en/listings/TO-CN-7F3K9Q/", "/en/listings/TO-CN-7F3K9Q"),
        ("/ZH//listings/", "/zh-Hans/listings"),
        ("//", "/"),
        ("/healthz/", "/healthz"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_another_spelling_leads_to_the_proper_address_for_good(
    visitor: Visitor, method: str, asked: str, proper: str
) -> None:
    answer = ask(visitor, method, asked)

    assert (answer.status_code, answer.headers["location"], answer.content) == (301, proper, b"")
    assert answer.headers["cache-control"] == "private, max-age=86400"
    assert ask(visitor, method, proper).status_code != 301


@pytest.mark.parametrize(
    "path",
    [
        "/static", "/nothing", "/nothing/", "/xx", "/xx/", "/xx//listings", "/favicon.png", "/id-card/",
        "/zh/nothing", "/en/nothing/", "/EN/account/profile", "/en//sign-out", "//evil.example/", "//evil.example//en/",
        "/en/..//evil.example", "///evil.example/en/listings", "/%5C%5Cevil.example/", "/listings", "/about/",
    ],
)  # fmt: skip
def test_what_is_nowhere_is_not_found_at_once(visitor: Visitor, path: str) -> None:
    answer = ask(visitor, "GET", path)

    assert (answer.status_code, answer.headers.get("location")) == (404, None)


def test_what_is_led_on_cannot_write_a_header_or_name_another_site(visitor: Visitor) -> None:
    answer = ask(visitor, "GET", "/EN/organizations/%0d%0aSet-Cookie:%20x=1?next=%0d%0aSet-Cookie:%20y")

    proper = "/en/organizations/%0D%0ASet-Cookie%3A%20x%3D1?next=%0d%0aSet-Cookie:%20y"
    assert (answer.headers["location"], answer.headers.get("set-cookie")) == (proper, None)


def test_a_form_is_not_sent_on(visitor: Visitor) -> None:
    answers = [visitor.post(path, follow=False) for path in ("/EN/sign-in", "/en/sign-in/", "/zh/sign-in")]

    assert [answer.status_code for answer in answers] == [404] * 3


@pytest.mark.parametrize(("path", "language"), [("/zh/nothing", "zh-Hans"), ("/EN/nothing", "en"), ("/tl", "fil")])
def test_who_names_a_language_in_another_way_is_answered_in_it(visitor: Visitor, path: str, language: str) -> None:
    answer = visitor.get(path, headers={"accept-language": "km"})

    assert read_html(answer).find("html").attributes["lang"] == language


# What may be asked --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/en/", "GET, HEAD, OPTIONS"),
        ("/en/sign-in", "GET, HEAD, OPTIONS, POST"),
        ("/en/sign-out", "OPTIONS, POST"),
        ("/en/listings/TO-CN-7F3K9Q/publish", "OPTIONS, POST"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/robots.txt", "GET, HEAD, OPTIONS"),
        ("/static/site.css", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_and_a_refused_method_tell_what_may_be_asked(visitor: Visitor, path: str, methods: str) -> None:
    told = ask(visitor, "OPTIONS", path)
    refused = ask(visitor, "DELETE", path)

    assert (told.status_code, told.headers["allow"], told.content) == (204, methods, b"")
    assert (refused.status_code, refused.headers["allow"]) == (405, methods)
    assert read_html(refused).find("h1").text == "This address cannot be used in this way."


@pytest.mark.parametrize("path", ["/xx/about", "/nothing", "/*"])
@pytest.mark.parametrize("method", ["OPTIONS", "DELETE"])
def test_nothing_may_be_asked_of_what_is_nowhere(visitor: Visitor, method: str, path: str) -> None:
    answer = ask(visitor, method, path)

    assert (answer.status_code, answer.headers.get("allow")) == (404, None)


def test_another_site_is_promised_nothing(visitor: Visitor) -> None:
    """A browser asks so before it sends what another site's script made."""
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}

    answer = visitor.client.options("/en/sign-out", headers=headers)

    assert [name for name in answer.headers if name.startswith("access-control-")] == []


def test_the_book_knows_every_route_and_nothing_of_the_server_as_a_whole() -> None:
    book = AddressBook(map_methods())
    addresses = {path: re.sub(r"{language}", "en", path).replace("{", "").replace("}", "") for path in map_methods()}

    missing = {path: methods - set(book.list_methods(addresses[path])) for path, methods in map_methods().items()}

    assert missing == {path: set() for path in addresses}
    assert book.list_methods("*") == []
