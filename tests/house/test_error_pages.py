"""What goes wrong is said in the reader's language, with the right status, and nothing is half done."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from httpx2 import Response

from locales import LANGUAGES
from market.kernel import db as kernel_db
from market.web.rendering import Renderer
from tests.house.conftest import OpenHouse
from tests.house.opening import House
from tests.house.refusals import REFUSALS, Asker, Refused, add_broken_doors
from tests.house.walking import Role
from tests.make.reading import read_faults, read_html
from tests.make.stored import take_stock

BUSY = "The site is busy right now. Nothing you saved is lost; please try again in a moment."


def read_error(response: Response) -> tuple[int, str, str, str]:
    """Status, language, figure and sentence of an error page; figures in the sentence do not count."""
    page = read_html(response)
    sentence = page.find("main").find("h1").text
    figure = page.find("p", css="error-code").text
    return response.status_code, page.find("html").attributes["lang"], figure, re.sub(r"\d+", "…", sentence)


def expect_error(renderer: Renderer, refused: Refused, language: str) -> tuple[int, str, str, str]:
    sentence = renderer.reader(language).gettext(refused.sentence) % {"seconds": "…", "characters": "…"}
    return refused.status, language, str(refused.status), sentence


@pytest.mark.parametrize("refused", REFUSALS, ids=str)
def test_what_is_refused_is_said_in_the_readers_language(
    open_house: OpenHouse, renderer: Renderer, refused: Refused
) -> None:
    house = open_house(raise_errors=False)
    add_broken_doors(house)

    errors = [read_error(refused.ask(Asker(house, language))) for language in LANGUAGES]

    assert errors == [expect_error(renderer, refused, language) for language in LANGUAGES]
    assert len({sentence for _status, _language, _figure, sentence in errors}) > len(LANGUAGES) - 2


def test_no_status_of_ours_is_left_untried() -> None:
    assert {refused.status for refused in REFUSALS} == {400, 401, 403, 404, 405, 409, 410, 413, 429, 500, 503}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_form_comes_back_with_its_faults_in_the_readers_language(
    house: House, renderer: Renderer, language: str
) -> None:
    reader = renderer.reader(language)

    response = house.send(Role.VISITOR, "POST", f"/{language}/register", {"name": "Mai"})

    assert response.status_code == 422
    assert read_faults(response) == dict.fromkeys(["email", "password"], reader.gettext("Please fill in this field."))
    assert read_html(response).find("strong").text == reader.gettext("Please look at the marked fields.")


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        ("/nothing/at/all", "th, en;q=0.5", "th"),
        ("/static/nothing.css", "zh-CN", "zh-Hans"),
        ("/xx/about", "km", "km"),
        ("/de/about", "ta", "ta"),
        ("/vi/nothing", "km", "vi"),
        ("/nothing/", "", "en"),
    ],
)
def test_an_address_without_a_language_is_answered_in_the_browsers(
    house: House, address: str, accepted: str, language: str
) -> None:
    response = house.send(Role.VISITOR, "GET", address, headers={"accept-language": accepted})

    assert (response.status_code, read_html(response).find("html").attributes["lang"]) == (404, language)


def test_a_crash_shows_nothing_of_its_insides(open_house: OpenHouse) -> None:
    house = open_house(raise_errors=False)
    add_broken_doors(house)

    page = Asker(house).get("/broken", Role.OWNER)

    assert [word for word in ("RuntimeError", "a fault of the tests", "Traceback", ".py") if word in page.text] == []
    assert page.headers["cache-control"] == "no-store"


HOLD_THE_DATABASE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def database_held(file: Path) -> Iterator[None]:
    """Another process writes and does not come to an end."""
    command = [sys.executable, "-c", HOLD_THE_DATABASE, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:  # noqa: S603 - our own
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield


@pytest.fixture
def impatient_house(open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(kernel_db, "BUSY_TIMEOUT_MS", 50)
    return open_house(raise_errors=False)


def test_a_database_held_by_another_process_is_said_and_read_on(impatient_house: House, renderer: Renderer) -> None:
    house, door = impatient_house, impatient_house.door("accounts.change_profile")
    before = take_stock(house.database)

    with database_held(house.settings.data_dir / "market.sqlite3"):
        refused = house.use(door, Role.OWNER, language="th")
        page = house.use(house.door("listings.index"), Role.OWNER, language="th")

    assert read_error(refused) == (503, "th", "503", renderer.reader("th").gettext(BUSY))
    assert refused.headers["retry-after"] == "3"
    assert (page.status_code, take_stock(house.database)) == (200, before)
    assert house.use(door, Role.OWNER, language="th").status_code == 303


@pytest.mark.parametrize("status", [429, 503])
def test_who_should_come_again_later_is_told_when(open_house: OpenHouse, status: int) -> None:
    house = open_house(raise_errors=False)
    add_broken_doors(house)

    response = next(refused for refused in REFUSALS if refused.status == status).ask(Asker(house))

    assert 1 <= int(response.headers["retry-after"]) <= 86_401
