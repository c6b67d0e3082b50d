"""Programmes of real conferences through the market and out again, from a folder outside this project."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from market.events.models import Event
from market.events.service import bring_into_the_open
from market.kernel.clock import utc_now
from market.kernel.viewer import OPERATOR
from market.programme import queries
from market.programme.enums import FileForm
from market.programme.exporting import Addresses, write_programme
from market.programme.formats.detecting import read_programme
from market.programme.formats.neutral import FileProgramme
from market.programme.formats.times import find_day
from market.programme.forms import ReleaseForm
from market.programme.releasing import release_programme
from market.programme.takeover import take_over_programme
from market.web.middleware import AnonymousCache
from tests.make.visitor import Visitor

DATA = Path(os.environ.get("MARKET_TEST_DATA", "")) / "schedules"
FOSDEM = "fosdem2025.xml.gz"
ADDRESSES = Addresses(
    "https://market.example",
    "https://market.example/programme",
    lambda code: f"https://market.example/programme/{code}",
)
MOST_OF_ALL_DAYS, MOST_OF_A_DAY = 350_000, 200_000
"""Bytes of a page, uncompressed."""

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="MARKET_TEST_DATA names no folder with schedules")

Identity = dict[str, tuple[str, str, int, str, list[str]]]


def load(name: str) -> FileProgramme:
    content = (DATA / name).read_bytes()
    read = read_programme(gzip.decompress(content) if name.endswith(".gz") else content)
    assert read.problems == []
    assert read.programme is not None
    return read.programme


def bring_in(db: Session, name: str) -> Event:
    taken = take_over_programme(db, load(name), by=OPERATOR, now=utc_now())
    bring_into_the_open(db, taken.event, by=OPERATOR, now=utc_now())
    release_programme(db, taken.event, ReleaseForm(), by=OPERATOR, now=utc_now(), despite_conflicts=True)
    db.commit()
    return taken.event


def identify(programme: FileProgramme) -> Identity:
    """Guid → day of the programme, start, minutes, room and persons."""
    return {
        str(one.guid): (
            find_day(one.starts_at, programme.day_change).isoformat(), one.starts_at.isoformat(), one.minutes, one.room,
            [person.name for person in one.persons],
        )
        for one in programme.sessions
    }  # fmt: skip


@pytest.mark.parametrize("name", [FOSDEM, "frab_camp2019.json", "pretalx_democon.json"])
@pytest.mark.parametrize("form", [FileForm.FRAB_XML, FileForm.FRAB_JSON])
def test_what_goes_in_comes_out_and_goes_in_again_as_it_was(db: Session, name: str, form: FileForm) -> None:
    event = bring_in(db, name)
    programme = queries.find_programme(db, event.id)
    assert programme is not None

    written = write_programme(db, event, programme, form, language="en", addresses=ADDRESSES)
    again = read_programme(written)

    assert again.problems == []
    assert again.programme is not None
    assert identify(again.programme) == identify(load(name))
    taken = take_over_programme(db, again.programme, by=OPERATOR, now=utc_now())
    assert taken.event.id == event.id
    assert {str(one.guid) for one in queries.list_sessions(db, event.id)} == set(identify(again.programme))


def test_a_thousand_sessions_are_one_light_page_with_as_many_statements_as_a_few(
    db: Session, visitor: Visitor, count_queries: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AnonymousCache, "_keep", lambda *_anything: None)
    large, small = bring_in(db, FOSDEM), bring_in(db, "pretalx_democon.json")

    counts, sizes = [], []
    for event in (large, small):
        count_queries()
        sizes.append(len(visitor.get(f"/en/events/{event.slug}/programme").content))
        counts.append(count_queries())
    days = [visitor.get(f"/en/events/{large.slug}/programme?day=2025-02-0{day}").content for day in (1, 2)]

    assert counts[0] == counts[1]
    assert sizes[0] <= MOST_OF_ALL_DAYS
    assert max(len(day) for day in days) <= MOST_OF_A_DAY
