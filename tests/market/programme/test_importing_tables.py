"""A programme as a table, into an event that is there."""

from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy.orm import Session

from market.kernel.db import Database
from market.programme import queries
from market.programme.models import ProgrammeFile
from market.web.tokens import FORM_TOKEN
from tests.make.accounts import make_user
from tests.make.events import make_event, make_release, make_session, make_speaker, make_track
from tests.make.reading import read_faults, read_html
from tests.make.stored import count_stored, take_stock
from tests.make.visitor import Visitor
from tests.market.programme.fair import Fair

ADDRESS = "/en/manage/events/import"
CHINESE = "主题,会场,日期,开始时间,时长\n木薯烘干,一号厅,{day},09:30,45\n"
UNKNOWN = "Was,Wo,Tag,Um,Dauer,Sonst\nKilns,Hall A,{day},09:30,45,x\n"


def take_in(browser: Visitor, content: bytes, slug: str) -> Response:
    """As the page of imports sends it."""
    return browser.client.post(
        ADDRESS, data={FORM_TOKEN: browser.form_token(), "event": slug}, files={"file": ("plan.csv", content)},
        headers={"sec-fetch-site": "same-origin"},
    )  # fmt: skip


def list_sessions(db: Session, fair: Fair) -> list[tuple[str, str, str, int]]:
    db.expire_all()
    return [
        (one.texts[one.language].title, one.room.name if one.room else "", f"{one.starts_at:%d %H:%M}", one.minutes)
        for one in queries.list_sessions(db, fair.event.id)
    ]


@pytest.fixture
def head(fair: Fair, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(fair.organizer)


def test_a_table_with_headers_that_we_know_is_taken_into_the_event(db: Session, fair: Fair, head: Visitor) -> None:
    content = CHINESE.format(day=fair.event.starts_on).encode()

    answer = take_in(head, content, fair.event.slug)

    assert answer.url.path == f"/en/manage/events/{fair.event.slug}/programme"
    assert list_sessions(db, fair) == [("木薯烘干", "一号厅", f"{fair.event.starts_on:%d} 09:30", 45)]


def test_our_own_table_changes_nothing_and_keeps_what_it_has_no_column_for(
    db: Session, database: Database, fair: Fair, head: Visitor
) -> None:
    speaker = make_speaker(db, fair.event, by=fair.organizer, email="wei@example.org", biography="Dries roots.")
    track = make_track(db, fair.event, by=fair.organizer)
    planned = make_session(
        db, fair.event, by=fair.organizer, room=fair.room, speakers=[speaker], track=track.id, kind="forum",
        abstract="All about roots.",
    )  # fmt: skip
    planned.links = [{"title": "Slides", "address": "https://example.org/slides"}]
    planned.licence = "CC0"
    programme = queries.find_programme(db, fair.event.id)
    assert programme is not None
    programme.day_change, programme.slot_minutes = 120, 5
    db.commit()
    make_release(db, fair.event, by=fair.organizer)
    content = head.get(f"/en{fair.address}.csv").content
    before = take_stock(database)

    take_in(head, content, fair.event.slug)

    assert take_stock(database) == before


def test_a_table_without_guids_knows_sessions_by_their_titles(db: Session, fair: Fair, head: Visitor) -> None:
    """And says nothing of what it has no column for: the abstract and the speaker stay."""
    speaker = make_speaker(db, fair.event, by=fair.organizer)
    planned = make_session(
        db, fair.event, by=fair.organizer, room=fair.room, speakers=[speaker], abstract="All about roots."
    )
    content = f"title,room,date,start,minutes\nDrying roots,Hall Z,{fair.event.starts_on},11:00,20\n".encode()

    for _time in range(2):
        take_in(head, content, fair.event.slug)

    assert list_sessions(db, fair) == [("Drying roots", "Hall Z", f"{fair.event.starts_on:%d} 11:00", 20)]
    kept = queries.get_session(db, fair.event.id, planned.code)
    assert (kept.texts["en"].abstract, [link.speaker.name for link in kept.speakers]) == (
        "All about roots.",
        ["Wei Lan"],
    )


def test_columns_that_we_do_not_know_are_named_by_the_organizer(
    db: Session, database: Database, fair: Fair, head: Visitor
) -> None:
    content = UNKNOWN.format(day=fair.event.starts_on).encode()

    asked = take_in(head, content, fair.event.slug)
    labels = [label.text for label in read_html(asked).find("div", css="mapping").find_all("label")]
    chosen = {f"column-{place}": name for place, name in enumerate(("title", "room", "date", "start", "minutes"))}
    answer = head.post(f"{ADDRESS}/columns", chosen)

    assert (asked.url.path, labels) == (f"{ADDRESS}/columns", ["Was", "Wo", "Tag", "Um", "Dauer", "Sonst"])
    assert answer.url.path == f"/en/manage/events/{fair.event.slug}/programme"
    assert list_sessions(db, fair) == [("Kilns", "Hall A", f"{fair.event.starts_on:%d} 09:30", 45)]
    assert count_stored(database, ProgrammeFile) == [0]


@pytest.mark.parametrize(
    ("chosen", "status"),
    [(["title", "title"], 422), (["title"], 422), (["kiln"], 400)],
    ids=["one of ours twice", "one that is needed left out", "none of ours"],
)
def test_columns_that_are_named_wrongly_are_refused_and_the_file_stays(
    database: Database, fair: Fair, head: Visitor, chosen: list[str], status: int
) -> None:
    take_in(head, UNKNOWN.format(day=fair.event.starts_on).encode(), fair.event.slug)
    before = take_stock(database)

    refused = head.post(f"{ADDRESS}/columns", {f"column-{place}": name for place, name in enumerate(chosen)})

    assert refused.status_code == status
    assert take_stock(database) == before


def test_faults_are_told_by_line_and_column_and_nothing_is_imported(
    database: Database, fair: Fair, head: Visitor
) -> None:
    day = fair.event.starts_on
    content = f"title,room,date,start,minutes\nA,Hall,{day},09:30,30\nB,Hall,soon,09:30,30\nC,Hall,{day},9 o,30\n"
    before = take_stock(database)

    refused = take_in(head, content.encode(), fair.event.slug)

    told = [item.text for item in read_html(refused).find("div", id="faults").find_all("li")]
    assert [one.split()[:3] for one in told] == [["Line", "3:", "date"], ["Line", "4:", "start"]]
    assert take_stock(database) == before


@pytest.mark.parametrize(("slug", "status"), [("", 422), ("nobodys", 404)])
def test_a_table_needs_an_event_of_ones_own(
    db: Session, database: Database, fair: Fair, head: Visitor, slug: str, status: int
) -> None:
    other = make_event(db, by=make_user(db, organizer=True), texts={"en": "Fair of others"})
    before = take_stock(database)
    content = CHINESE.format(day=fair.event.starts_on).encode()

    refused = take_in(head, content, other.slug if slug else "")

    assert refused.status_code == status
    assert list(read_faults(refused)) == ([] if slug else ["event"])
    assert take_stock(database) == before


def test_an_event_that_is_named_takes_no_name_from_its_file(db: Session, fair: Fair, head: Visitor) -> None:
    """Two events may be called alike: the second would clash with the first."""
    content = CHINESE.format(day=fair.event.starts_on).encode()
    second = make_event(db, by=fair.organizer, texts={"en": "Another fair"})

    for event in (fair.event, second):
        take_in(head, content, event.slug)

    programmes = [queries.find_programme(db, event.id) for event in (fair.event, second)]
    assert [one and one.external_key for one in programmes] == [None, None]
