"""A line for each request, and nothing in it that is somebody's own business."""

import logging
import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from market.web.request_log import log
from market.wiring import map_methods
from tests.make.accounts import make_user
from tests.make.visitor import Visitor

LINE = re.compile(r"[0-9a-f]{16} [A-Z]+ /\S* (\d{3}|no answer) \d+ ms")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged of requests so far."""
    caplog.set_level(logging.INFO, logger=log.name)
    return lambda: [record.getMessage() for record in caplog.records if record.name == log.name]


def without_chance(line: str) -> str:
    """Without number and milliseconds."""
    return line.split(" ", 1)[1].rsplit(" ", 2)[0]


def test_each_request_is_a_line_with_its_number(visitor: Visitor, lines: Callable[[], list[str]]) -> None:
    answers = [
        visitor.get("/en/"),
        visitor.client.head("/en/about"),
        visitor.get("/en/nothing"),
        visitor.get("/zh/", follow=False),
        visitor.post("/en/sign-in", {"email": "lan@example.org", "password": "four words of tests"}),
        visitor.post("/en/sign-out", token="", follow=False),
        visitor.get("/static/site.css"),
        visitor.get("/healthz"),
    ]

    assert [line for line in lines() if not LINE.fullmatch(line)] == []
    assert [without_chance(line) for line in lines()] == [
        "GET /en/ 200", "HEAD /en/about 200", "GET /en/nothing 404", "GET /zh/ 301", "POST /en/sign-in 422",
        "POST /en/sign-out 403", "GET /static/site.css 200", "GET /healthz 200",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines()] == [answer.headers["x-request-id"] for answer in answers]


def test_no_words_address_browser_account_or_cookie_is_logged(
    visitor: Visitor, db: Session, sign_in: Callable[..., Visitor], lines: Callable[[], list[str]]
) -> None:
    browser = sign_in(make_user(db, email="lan@secret.example"))
    headers = {"user-agent": "secret", "referer": "http://127.0.0.1:8000/secret", "x-forwarded-for": "203.0.113.9"}

    browser.get("/en/listings?q=secret&kind=offer", headers=headers)
    browser.get("/EN/listings?q=secret", headers=headers)
    browser.get("/en/account/listings/?next=secret", headers=headers)
    browser.post("/en/account/profile", {"name": "Secret", "language": "en"})

    assert len(lines()) == 7
    said = " ".join(lines()).lower()
    assert [word for word in ("secret", "lan@", "203.0.113.9", "testclient", "q=", "?") if word in said] == []


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/en/reset/s3cr3t", "/en/reset/*"),
        ("/en/confirm/s3cr3t", "/en/confirm/*"),
        ("/en/reset/s3cr3t/", "/en/reset/*"),
        ("/en/reset/s3cr3t/s3cr3t", "/en/reset/*"),
        ("/xx//confirm//s3cr3t", "/xx//confirm/*"),
        ("/en/%72eset/s3cr3t", "/en/reset/*"),
        ("/en/reset/%0as3cr3t", "/en/reset/*"),
        ("/en/reset", "/en/reset"),
    ],
)
def test_the_secret_of_a_mails_link_is_not_logged(
    visitor: Visitor, lines: Callable[[], list[str]], path: str, shown: str
) -> None:
    visitor.get(path, follow=False)

    assert [line.split()[2] for line in lines()] == [shown]


def test_every_address_with_a_secret_hides_it(visitor: Visitor, lines: Callable[[], list[str]]) -> None:
    paths = [
        path
        for path in map_methods()
        if re.search(r"token|secret|key|code(?!\w)", path) and not re.search(r"{(code|token_id)}", path)
    ]

    for path in paths:
        visitor.get(re.sub(r"{(?!language})\w+}", "s3cr3t", path).replace("{language}", "en"), follow=False)

    assert len(lines()) == len(paths) > 0
    assert [line for line in lines() if "s3cr3t" in line] == []


def test_a_path_starts_no_line_of_its_own_and_fills_no_disk(visitor: Visitor, lines: Callable[[], list[str]]) -> None:
    visitor.get("/en/%0d%0a%1b[31m0123456789abcdef GET /en/ 200 1 ms%E2%80%A8")
    visitor.get("/" + "a" * 5_000)

    assert [line for line in lines() if not LINE.fullmatch(line)] == []
    assert max(map(len, lines())) < 300


def test_what_broke_is_a_line_too(visitor: Visitor, lines: Callable[[], list[str]]) -> None:
    @visitor.app.get("/en/broken")  # type: ignore[attr-defined, untyped-decorator] # an application of ours
    def break_down() -> None:
        raise RuntimeError("a fault of the tests")

    browser = Visitor(visitor.app, visitor.settings, raise_errors=False)

    answer = browser.get("/en/broken")

    assert [without_chance(line) for line in lines()] == ["GET /en/broken 500"]
    assert lines()[0].startswith(answer.headers["x-request-id"])


def test_whoever_wants_warnings_alone_gets_no_lines(
    visitor: Visitor, lines: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger=log.name)

    visitor.get("/en/")

    assert lines() == []
