"""What the form of a listing says is wrong, and that nothing written is lost by it."""

import pytest

from locales import LANGUAGES
from market.kernel.db import Database
from market.kernel.errors import Fault
from market.taxonomy.values import (
    INDUSTRIES,
    PARTNERSHIP_TYPES,
    SDGS,
)
from market.web.rendering import Renderer
from tests.make.reading import read_faults, read_form, read_html
from tests.make.stored import take_stock
from tests.make.visitor import Fields, Visitor
from tests.make.writing import write

MISSING = Fault("Please fill in this field.")
UNKNOWN = Fault("Please choose one of the values offered.")
NO_NUMBER = Fault("Please write a whole number.")
NO_AMOUNT = Fault("Please write an amount like 120000 or 1500.50.")
NO_DATE = Fault("Please write a date like 2027-03-31.")
RELOAD = Fault("Please reload the page and try again.")


def too_long(most: int) -> Fault:
    return Fault("Please shorten this to at most %(max_length)s characters.", max_length=most)


def too_many(most: int) -> Fault:
    return Fault("Please choose at most %(max_length)s.", max_length=most)


FAULTS: dict[str, tuple[Fields, Fault]] = {
    "title missing": ({"title": ""}, MISSING),
    "title of blanks": ({"title": " \u3000"}, MISSING),
    "title too short": (
        {"title": "a"},
        Fault("Please write at least %(min_length)s characters.", min_length=2),
    ),
    "title too long": ({"title": "ก" * 301}, too_long(300)),
    "title without letters": ({"title": "\u200b\u200b\u200b"}, MISSING),
    "title of fillers": ({"title": " \u200b \u3164 \u2800\ufe0f"}, MISSING),
    "title of signs": ({"title": "..."}, MISSING),
    "summary too long": ({"summary": "字" * 501}, too_long(500)),
    "description too long": ({"description": "x" * 32_768}, too_long(32_767)),
    "notes too long": ({"ipr_notes": "x" * 1_001}, too_long(1_000)),
    "eleven keywords": ({"keywords": "，".join("木薯干燥机热泵节能村镇")}, too_many(10)),
    "long keyword": (
        {"keywords": "x" * 61},
        Fault("Please shorten each keyword to at most %(max_length)s characters.", max_length=60),
    ),
    "language unknown": ({"language": "tlh"}, UNKNOWN),
    "stage unknown": ({"stage": "ready"}, UNKNOWN),
    "trl zero": ({"trl": "0"}, Fault("This must be at least %(ge)s.", ge=1)),
    "trl ten": ({"trl": "10"}, Fault("This must be at most %(le)s.", le=9)),
    "trl a word": ({"trl": "nine"}, NO_NUMBER),
    "trl broken": ({"trl": "4.5"}, NO_NUMBER),
    "ipr_status unknown": ({"ipr_status": "mine"}, UNKNOWN),
    "partnership_types unknown": ({"partnership_types": ["licence", "love"]}, UNKNOWN),
    "partnership_types four": ({"partnership_types": list(PARTNERSHIP_TYPES)[:4]}, too_many(3)),
    "fields unknown": ({"fields": ["36"]}, UNKNOWN),
    "fields a word": ({"fields": ["29", "x"]}, NO_NUMBER),
    "fields four": ({"fields": ["1", "2", "3", "4"]}, too_many(3)),
    "industries unknown": ({"industries": ["mining_the_moon"]}, UNKNOWN),
    "industries four": ({"industries": list(INDUSTRIES)[:4]}, too_many(3)),
    "sdgs unknown": ({"sdgs": ["18"]}, UNKNOWN),
    "sdgs six": ({"sdgs": list(SDGS)[:6]}, too_many(5)),
    "target_countries unknown": ({"target_countries": ["VN", "US"]}, UNKNOWN),
    "ipc none": (
        {"ipc": "A23B 7/154, nonsense"},
        Fault("Please write IPC symbols like A23B 7/154, separated by commas."),
    ),
    "ipc eleven": ({"ipc": ", ".join(f"A23B 7/{number}" for number in range(10, 21))}, too_many(10)),
    "price_amount a word": ({"price_amount": "cheap"}, NO_AMOUNT),
    "price_amount negative": ({"price_amount": "-1"}, NO_AMOUNT),
    "price_amount too fine": ({"price_amount": "1.001"}, NO_AMOUNT),
    "price_amount with a decimal comma": ({"price_amount": "1500,50"}, NO_AMOUNT),
    "price_amount without a first figure": ({"price_amount": ".50"}, NO_AMOUNT),
    "price_amount too large": ({"price_amount": "9" * 20}, NO_AMOUNT),
    "price_amount with an exponent": ({"price_amount": "1e999999999"}, NO_AMOUNT),
    "price_amount no number": ({"price_amount": "NaN"}, NO_AMOUNT),
    "price_amount too long": ({"price_amount": "9" * 31}, too_long(30)),
    "price_currency unknown": ({"price_currency": "XXX", "price_amount": "1"}, UNKNOWN),
    "price_basis unknown": ({"price_basis": "free"}, UNKNOWN),
    "expires_on a word": ({"expires_on": "tomorrow"}, NO_DATE),
    "expires_on no day": ({"expires_on": "2027-02-30"}, NO_DATE),
    "expires_on otherwise written": ({"expires_on": "31.3.2027"}, NO_DATE),
    "kind unknown": ({"kind": "gift"}, UNKNOWN),
    "form_id broken": ({"form_id": "1"}, RELOAD),
    "state slipped in": ({"state": "published"}, RELOAD),
}
CHOSEN = {"language", "stage", "trl", "ipr_status", "price_currency", "price_basis"}
"""Fields of one choice: what is not among the choices cannot be shown again."""


@pytest.mark.parametrize(("changes", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_stands_beside_its_field_and_everything_written_is_kept(
    browser: Visitor, new: Fields, renderer: Renderer, database: Database, changes: Fields, fault: Fault
) -> None:
    before = take_stock(database)
    field, said = next(iter(changes)), renderer.reader("vi").say(fault)

    answer = write(browser, new, reader="vi", **changes)

    page = read_html(answer)
    assert answer.status_code == 422
    (summed_up,) = [link.text for link in page.find("div", id="faults").find_all("a")]
    assert (summed_up.endswith(said), summed_up == said) == (True, field in ("form_id", "state"))
    assert read_faults(answer) == ({} if field in ("kind", "form_id", "state") else {field: said})
    shown = read_form(page, "/listings/new").values
    written = {name: [value] for name, value in {**new, **changes}.items() if isinstance(value, str) and name in shown}
    kept = written.keys() - (CHOSEN & {field})
    assert {name: shown[name] for name in kept} == {name: written[name] for name in kept}
    assert take_stock(database) == before


BROKEN: Fields = {"title": "", "trl": "0", "ipc": "x", "price_amount": "x", "expires_on": "x", "stage": "x"}


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_faults_are_said_in_every_language(browser: Visitor, new: Fields, code: str) -> None:
    english, faults = (read_faults(write(browser, new, reader=reader, **BROKEN)) for reader in ("en", code))

    assert sorted(faults) == sorted(english) == sorted(BROKEN)
    assert [name for name in faults if faults[name] == english[name]] == []


def test_the_faults_lead_to_their_fields_from_top_to_bottom(browser: Visitor, new: Fields) -> None:
    faulty: Fields = {
        "trl": "0",
        "target_countries": ["XX"],
        "title": "",
        "industries": ["love"],
        "ipr_notes": "x" * 1_001,
    }

    page = read_html(write(browser, new, reader="en", **faulty))

    links = [link.attributes["href"] for link in page.find("div", id="faults").find_all("a")]
    assert links == ["#title", "#ipr_notes", "#industries", "#trl", "#target_countries"]
    ids = [element.attributes.get("id") for element in page.walk()]
    assert [ids.count(link.removeprefix("#")) for link in links] == [1, 1, 1, 1, 1]
