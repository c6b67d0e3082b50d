"""What is sent along with a request: too much of it, too little, or something that nobody asked for."""

from collections.abc import Iterator

import pytest

from market.kernel.db import Database
from market.web.middleware import MAX_BODY
from market.web.rendering import STATIC
from market.web.tokens import VISITOR_COOKIE
from tests.make.raw import FORM_TYPE, RawAnswer, RawBrowser, RawRequest, write_form
from tests.make.stored import take_stock
from tests.make.visitor import Visitor

TOO_LARGE = "สิ่งที่ส่งมามีขนาดใหญ่เกินไป"


@pytest.fixture
def raw(visitor: Visitor) -> Iterator[RawBrowser]:
    with RawBrowser(visitor.app) as raw:
        yield raw


def refuse(answer: RawAnswer) -> tuple[int, bool, str]:
    return answer.status, '<html lang="th">' in answer.text, answer.problem


@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "length",
    [b"1000001", b"99999999999999999999", b"9" * 5_000, b"-1", b"1_000", b"", b" 5", b"0x10", b"\xb2", b"5, 5", b"NaN"],
)
def test_a_length_that_is_too_large_or_none_is_refused_before_anything_is_read(
    raw: RawBrowser, verb: str, length: bytes
) -> None:
    answer = raw.send(RawRequest(verb, b"/th/sign-in", headers={b"content-length": length}, whole=False))

    assert (answer.status, answer.problem) == (413, "")
    assert verb == "HEAD" or '<html lang="th">' in answer.text


def test_a_form_that_does_not_say_its_length_is_stopped_at_the_limit(raw: RawBrowser, database: Database) -> None:
    before = take_stock(database)

    answer = raw.send(RawRequest("POST", b"/th/forgot", headers=FORM_TYPE, body=b"email=" + b"x" * MAX_BODY))

    assert refuse(answer) == (413, True, "")
    assert take_stock(database) == before


@pytest.mark.parametrize("path", ["/static/site.css", "/favicon.ico"])
def test_a_file_comes_whole_to_whoever_sends_too_much_along(raw: RawBrowser, path: str) -> None:
    file = STATIC / ("site.css" if path.endswith("css") else "icon.svg")

    answer = raw.send(RawRequest("GET", path.encode(), body=b"x" * (MAX_BODY + 1)))

    assert (answer.status, answer.problem, answer.text) == (200, "", file.read_text(encoding="utf-8"))


def test_a_page_comes_to_whoever_sends_something_along(raw: RawBrowser) -> None:
    answer = raw.send(RawRequest("GET", b"/th/about", body=b"x" * (MAX_BODY + 1)))

    assert (answer.status, answer.problem) == (200, "")


@pytest.mark.parametrize(
    "origin",
    [b"http://[", b"http://[::1", b"http://[1]", b"//", b"null", b"", b"http://\xbd", b"http://127.0.0.1:8000["],
)
def test_an_origin_that_cannot_be_read_is_not_ours(raw: RawBrowser, visitor: Visitor, origin: bytes) -> None:
    token = visitor.form_token()
    cookie = f"{VISITOR_COOKIE}={visitor.client.cookies[VISITOR_COOKIE]}".encode()
    headers = {**FORM_TYPE, b"cookie": cookie, b"host": b"127.0.0.1:8000"}
    form = RawRequest("POST", b"/th/sign-out", headers=headers, body=write_form(token, {}))
    foreign = RawRequest("POST", b"/th/sign-out", headers={**headers, b"origin": origin}, body=form.body)

    assert raw.send(form).status == 303
    assert refuse(raw.send(foreign)) == (403, True, "")


def test_an_address_too_long_to_be_meant_does_not_stand_on_its_own_error_page(raw: RawBrowser) -> None:
    short, long = (raw.send(RawRequest("GET", b"/th/" + b"a" * length)) for length in (1_000, 60_000))

    assert (short.status, long.status) == (404, 404)
    assert short.text.count("/" + "a" * 1_000) == 12
    assert "aaaa" not in long.text
    assert 'href="/km/"' in long.text
