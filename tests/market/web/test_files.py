"""What a browser may keep of the files that pages are made with."""

import gzip
import re
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from market.web.middleware import AnonymousCache
from market.web.rendering import FINGERPRINTS, HTMX_ADDRESS, STATIC, asset_address
from tests.make.reading import read_html
from tests.make.visitor import Visitor

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_WHILE = "public, max-age=300"
SHEET = asset_address("site.css")


def list_files(visitor: Visitor) -> list[str]:
    """Addresses of all files that a page names."""
    page = read_html(visitor.get("/en/"))
    parts = [*page.find_all("link", rel="icon"), *page.find_all("link", rel="stylesheet"), *page.find_all("script")]
    parts = [part for part in parts if part.attributes.get("type") != "application/ld+json"]
    return [part.attributes.get("href") or part.attributes["src"] for part in parts]


def test_every_file_of_a_page_is_kept_for_ever(visitor: Visitor) -> None:
    answers = {address: visitor.get(address) for address in list_files(visitor)}

    assert list(answers) == [asset_address("icon.svg"), SHEET, HTMX_ADDRESS]
    assert {answer.status_code for answer in answers.values()} == {200}
    assert {answer.headers["cache-control"] for answer in answers.values()} == {FOR_EVER}


@pytest.mark.parametrize(
    "address",
    ["/static/site.css", "/static/site.css?v=", "/static/site.css?v=000000000000", f"{SHEET}0", f"{SHEET}&v=1"],
)
def test_a_file_without_its_fingerprint_is_asked_for_again_soon(visitor: Visitor, address: str) -> None:
    answer = visitor.get(address)

    assert (answer.status_code, answer.headers["cache-control"]) == (200, FOR_A_WHILE)


def test_a_file_with_the_fingerprint_of_another_is_asked_for_again_soon(visitor: Visitor) -> None:
    answer = visitor.get(f"/static/site.css?v={FINGERPRINTS['/static/icon.svg']}")

    assert answer.headers["cache-control"] == FOR_A_WHILE


@pytest.mark.parametrize(("address", "kept"), [(SHEET, FOR_EVER), ("/favicon.ico", "public, max-age=86400")])
def test_what_a_browser_has_already_is_not_sent_again(visitor: Visitor, address: str, kept: str) -> None:
    first = visitor.get(address)

    again = visitor.get(address, headers={"if-none-match": first.headers["etag"]})
    changed = visitor.get(address, headers={"if-none-match": '"another"'})
    since = visitor.get(address, headers={"if-modified-since": first.headers["last-modified"]})

    assert [answer.status_code for answer in (first, again, changed, since)] == [200, 304, 200, 304]
    assert [answer.headers["cache-control"] for answer in (first, again, changed, since)] == [kept] * 4
    assert (again.content, again.headers["etag"]) == (b"", first.headers["etag"])


@pytest.mark.parametrize("address", [SHEET, "/favicon.ico", "/robots.txt"])
def test_head_tells_of_a_file_what_get_does(visitor: Visitor, address: str) -> None:
    whole, head = visitor.get(address), visitor.client.head(address)

    told = ("content-length", "content-type", "cache-control", "etag", "last-modified")
    assert {name: head.headers.get(name) for name in told} == {name: whole.headers.get(name) for name in told}
    assert (head.status_code, head.content, int(head.headers["content-length"])) == (200, b"", len(whole.content))


def test_a_part_of_a_file_is_a_part_of_it(visitor: Visitor) -> None:
    part = visitor.get(SHEET, headers={"range": "bytes=10-19"})

    assert (part.status_code, part.content) == (206, (STATIC / "site.css").read_bytes()[10:20])


def test_a_file_is_sent_as_it_is_and_small_enough_for_that(visitor: Visitor) -> None:
    """Packing is left to the proxy; a page with all its files weighs less than one photograph."""
    answers = [visitor.get(address, headers={"accept-encoding": "gzip, br"}) for address in list_files(visitor)]

    assert [answer.headers.get("content-encoding") for answer in answers] == [None] * 3
    assert sum(len(gzip.compress(answer.content)) for answer in answers) < 40_000


def test_a_file_is_the_same_for_everybody(visitor: Visitor) -> None:
    """One that varied by cookie would be fetched anew after each sign-in."""
    assert "vary" not in visitor.get(SHEET).headers


def test_a_file_that_is_not_there_is_kept_by_nobody(visitor: Visitor) -> None:
    answer = visitor.get("/static/nothing.css?v=0")

    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_whoever_asks_for_an_icon_gets_it(visitor: Visitor) -> None:
    answer = visitor.get("/favicon.ico", follow=False)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.content == (STATIC / "icon.svg").read_bytes()


def test_every_picture_of_ours_shows_in_a_strict_browser() -> None:
    """No script, no style, nothing from elsewhere."""
    pictures = [file.read_text(encoding="utf-8") for file in sorted(STATIC.glob("*.svg"))]

    assert len(pictures) >= 1
    assert [re.findall(r"<script|<style|style=|\son\w+=|href=|url\(", picture) for picture in pictures] == [[]] * len(
        pictures
    )


# The cache of pages ------------------------------------------------------------------------------------------------


@dataclass
class Site:
    """Answers the same every time, in these pieces; counts how often it was asked."""

    pieces: list[bytes]
    headers: dict[str, str]
    asked: int = 0

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, piece in enumerate(self.pieces, 1):
            await send({"type": "http.response.body", "body": piece, "more_body": number < len(self.pieces)})


PUBLIC = {"cache-control": "public, max-age=5"}


@pytest.mark.parametrize(
    ("pieces", "headers", "asked"),
    [
        pytest.param([b"a page"], PUBLIC, 1, id="public"),
        pytest.param([b"a page"], {}, 2, id="says nothing"),
        pytest.param([b"a long ", b"page"], PUBLIC, 2, id="in pieces"),
        pytest.param([b"a file"], {**PUBLIC, "etag": '"1"'}, 2, id="with a tag"),
        pytest.param([b"a page"], {**PUBLIC, "set-cookie": "a=b"}, 2, id="with a cookie"),
    ],
)
def test_only_whole_public_answers_are_kept_for_the_next_visitor(
    pieces: list[bytes], headers: dict[str, str], asked: int
) -> None:
    site = Site(pieces, headers)
    client = TestClient(AnonymousCache(site, seconds=60))

    answers = [client.get("/").content for _time in range(2)]

    assert (answers, site.asked) == ([b"".join(pieces)] * 2, asked)
