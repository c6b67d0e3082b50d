"""`market events` and files: what is packed, and what is written."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy.orm import Session

from market.events.models import Event
from market.kernel.db import Database
from market.programme.formats.detecting import read_programme
from tests.make.accounts import make_user
from tests.make.commands import Market, Outcome
from tests.make.events import PROGRAMME, make_event, make_release, make_room, make_session
from tests.make.stored import count_stored, take_stock
from tests.market.programme.formats.making import EVENT, make_xml

SLUG = "kilns-2027"
XML = make_xml(EVENT)


def take_in(market: Market, folder: Path, content: bytes, *options: object) -> Outcome:
    path = folder / "programme.json"
    path.write_bytes(content)
    return market("events", "import", path, "--json", *options)


@pytest.mark.parametrize("content", [PROGRAMME, XML], ids=["JSON", "XML"])
def test_a_packed_file_is_read_as_what_is_in_it_whatever_its_name(
    market: Market, database: Database, tmp_path: Path, content: bytes
) -> None:
    plain = take_in(market, tmp_path, content)
    before = take_stock(database)

    packed = take_in(market, tmp_path, gzip.compress(content))

    assert (packed.code, packed.json) == (0, plain.json)
    assert take_stock(database) == before


def test_a_packed_file_that_is_cut_off_is_refused(market: Market, database: Database, tmp_path: Path) -> None:
    outcome = take_in(market, tmp_path, gzip.compress(PROGRAMME)[:-20])

    assert (outcome.code, outcome.printed) == (1, "")
    assert outcome.said.endswith("programme.json cannot be unpacked")
    assert count_stored(database, Event) == [0]


@pytest.mark.parametrize("size", [20_500_000, 21_500_000], ids=["as large as may be", "too large"])
def test_a_packed_file_may_hold_as_much_as_another_one(market: Market, tmp_path: Path, size: int) -> None:
    content = b" " * (size - len(PROGRAMME)) + PROGRAMME

    plain, packed = take_in(market, tmp_path, content), take_in(market, tmp_path, gzip.compress(content))

    assert (packed.code, packed.json) == (plain.code, plain.json)


def read_export(form: str, content: bytes) -> list[str]:
    """Titles of the sessions as another program reads them."""
    if form == "ical":
        return [str(entry["SUMMARY"]) for entry in Calendar.from_ical(content).walk("VEVENT")]
    if form == "csv":
        return [row["title"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))]
    read = read_programme(content)
    assert read.programme is not None
    assert (content.lstrip()[:1] == b"<") == (form == "frab-xml")
    return [one.title for one in read.programme.sessions]


@pytest.mark.parametrize("form", ["frab-xml", "frab-json", "ical", "csv"])
def test_a_released_programme_is_written_in_every_format(
    market: Market, db: Session, tmp_path: Path, form: str
) -> None:
    lan = make_user(db, organizer=True)
    event = make_event(db, by=lan)
    room = make_room(db, event, by=lan)
    make_session(db, event, by=lan, room=room, title="Drying roots")
    make_release(db, event, by=lan)
    make_session(db, event, by=lan, room=room, title="Not released", start="12:00")
    path = tmp_path / "out"

    outcome = market("events", "export", event.slug, path, "--format", form)

    assert (outcome.code, outcome.printed) == (0, "")
    assert outcome.said.startswith(f"{path}: ")
    assert read_export(form, path.read_bytes()) == ["Drying roots"]


@pytest.mark.parametrize("form", ["frab-xml", "frab-json"])
def test_an_export_goes_in_again_and_changes_nothing(
    market: Market, database: Database, tmp_path: Path, form: str
) -> None:
    take_in(market, tmp_path, PROGRAMME, "--publish")
    market("events", "export", SLUG, tmp_path / "out", "--format", form)
    before = take_stock(database)

    outcome = market("events", "import", tmp_path / "out", "--publish", "--json")

    assert (outcome.code, outcome.json) == (0, {"slug": SLUG, "sessions": 1, "problems": []})
    assert take_stock(database) == before


@pytest.mark.parametrize("slug", ["nowhere", "planned-fair-2027", SLUG, ""])
def test_what_has_no_released_programme_is_not_exported(market: Market, db: Session, tmp_path: Path, slug: str) -> None:
    make_event(db).slug = "planned-fair-2027"
    db.commit()
    take_in(market, tmp_path, PROGRAMME)

    outcome = market("events", "export", slug, tmp_path / "out")

    said = " ".join(f"refused: there is no event {slug} with a released programme".split())
    assert (outcome.code, outcome.said) == (1, said)
    assert not (tmp_path / "out").exists()


def test_an_export_to_where_nothing_can_be_written_is_refused(market: Market, tmp_path: Path) -> None:
    take_in(market, tmp_path, PROGRAMME, "--publish")
    place = tmp_path / "nowhere" / "out.xml"

    outcome = market("events", "export", SLUG, place)

    assert (outcome.code, outcome.said) == (1, f"refused: {place}: No such file or directory")


def test_a_table_goes_into_the_event_that_is_named(market: Market, db: Session, tmp_path: Path) -> None:
    event = make_event(db)
    day = event.starts_on
    path = tmp_path / "plan.csv"
    path.write_text(f"Topic,Wo,Date,Start,Length\nKilns,Hall A,{day},09:30,45\n")

    unnamed = market("events", "import", path)
    unknown = market("events", "import", path, "--event", "no-such-event")
    incomplete = market("events", "import", path, "--event", event.slug, "--json")
    wrong = market("events", "import", path, "--event", event.slug, "--column", "kiln=Wo")
    taken = market("events", "import", path, "--event", event.slug, "--column", "room=Wo", "--json")

    assert (unnamed.code, "--event SLUG" in unnamed.said) == (1, True)
    assert (unknown.code, unknown.said.endswith("there is no event no-such-event")) == (1, True)
    assert (incomplete.code, incomplete.json["problems"]) == (
        1, [{"line": 1, "place": "", "message": "This table has no column for room."}],
    )  # fmt: skip
    assert (wrong.code, "--column takes one of guid" in wrong.said) == (1, True)
    assert (taken.code, taken.json) == (0, {"slug": event.slug, "sessions": 1, "problems": []})
