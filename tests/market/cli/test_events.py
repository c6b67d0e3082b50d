"""`market events`: programmes from files and to files, as a person or a program at a terminal has them."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.events.enums import EventState, TeamRole
from market.events.models import Event, TeamMember
from market.kernel.db import Database
from market.programme.models import Programme, ProgrammeSession, Release
from tests.make.accounts import make_user
from tests.make.commands import Market, Outcome
from tests.make.events import PROGRAMME, make_event, make_room, make_session
from tests.make.stored import count_stored, read_stored, take_stock
from tests.make.visitor import Visitor
from tests.market.programme.formats.making import EVENT, make_xml

SLUG = "kilns-2027"
BAD_DURATION = PROGRAMME.replace(b'"00:45"', b'"a while"')
XML = make_xml(EVENT)


def write(folder: Path, content: bytes, name: str = "programme.json") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def take_in(market: Market, folder: Path, content: bytes = PROGRAMME, *options: object) -> Outcome:
    return market("events", "import", write(folder, content), "--json", *options)


def test_a_programme_becomes_an_event_that_visitors_do_not_see_yet(
    market: Market, database: Database, visitor: Visitor, tmp_path: Path
) -> None:
    outcome = take_in(market, tmp_path)

    assert (outcome.code, outcome.json) == (0, {"slug": SLUG, "sessions": 1, "problems": []})
    assert read_stored(database, select(Event.state)) == [EventState.PLANNED]
    assert count_stored(database, ProgrammeSession, Release, TeamMember) == [1, 0, 0]
    pages = (f"/en/events/{SLUG}", f"/en/events/{SLUG}/programme")
    assert [visitor.get(page).status_code for page in pages] == [404, 404]


def test_a_person_reads_in_a_line_what_was_imported(market: Market, tmp_path: Path) -> None:
    outcome = market("events", "import", write(tmp_path, PROGRAMME))

    assert (outcome.code, outcome.printed, outcome.said) == (0, f"{SLUG}: 1 sessions\n", "")


def test_to_publish_announces_the_event_and_releases_its_programme(
    market: Market, database: Database, visitor: Visitor, tmp_path: Path
) -> None:
    outcome = take_in(market, tmp_path, PROGRAMME, "--publish")

    assert (outcome.code, outcome.json["slug"]) == (0, SLUG)
    assert read_stored(database, select(Release.name)) == ["1.0"]
    pages = (f"/en/events/{SLUG}", f"/en/events/{SLUG}/programme")
    assert [visitor.get(page).status_code for page in pages] == [200, 200]


@pytest.mark.parametrize("options", [(), ("--publish",)], ids=["quietly", "published"])
def test_the_same_file_again_is_the_same_event_and_makes_no_second_release(
    market: Market, database: Database, tmp_path: Path, options: tuple[str, ...]
) -> None:
    first = take_in(market, tmp_path, PROGRAMME, *options)
    before = take_stock(database)

    second = take_in(market, tmp_path, PROGRAMME, *options)

    assert (first.code, second.code, second.json) == (0, 0, first.json)
    assert take_stock(database) == before


def test_a_newer_file_changes_the_event_and_what_is_published(
    market: Market, database: Database, tmp_path: Path
) -> None:
    take_in(market, tmp_path, PROGRAMME, "--publish")
    moved = PROGRAMME.replace(b"T09:00:00+07:00", b"T10:00:00+07:00").replace(b'"start": "09:00"', b'"start": "10:00"')

    outcomes = [take_in(market, tmp_path, moved), take_in(market, tmp_path, moved, "--publish")]

    assert [outcome.json["slug"] for outcome in outcomes] == [SLUG, SLUG]
    assert count_stored(database, Event, ProgrammeSession) == [1, 1]
    assert sorted(read_stored(database, select(Release.name))) == ["1.0", "2.0"]


def test_a_programme_that_is_over_is_published_into_the_archive(
    market: Market, visitor: Visitor, tmp_path: Path
) -> None:
    take_in(market, tmp_path, PROGRAMME.replace(b"2027-03-01", b"2025-03-01"), "--publish")

    assert market("events", "list", "--json").json["items"][0]["state"] == "over"
    assert visitor.get("/en/events/kilns-2025/programme").status_code == 200


@pytest.mark.parametrize(
    ("content", "line", "place"),
    [
        (XML.replace(b"</schedule>", b""), True, False),
        (BAD_DURATION, False, True),
        (b"guid,title\n1,Kilns\n", False, False),
        (b"", False, False),
    ],
    ids=["broken XML", "bad duration", "a table", "nothing"],
)
@pytest.mark.parametrize("options", [(), ("--publish",)], ids=["quietly", "published"])
def test_a_faulty_file_is_told_in_json_and_nothing_of_it_is_imported(
    market: Market, database: Database, tmp_path: Path, content: bytes, *, line: bool, place: bool,
    options: tuple[str, ...],
) -> None:  # fmt: skip
    before = take_stock(database)

    outcome = take_in(market, tmp_path, content, *options)

    assert (outcome.code, outcome.said) == (1, "refused: nothing was imported")
    (problem,) = outcome.json.pop("problems")
    assert outcome.json | {"problems": []} == {"slug": None, "sessions": 0, "problems": []}
    assert list(problem) == ["line", "place", "message"]
    assert (bool(problem["line"]), bool(problem["place"])) == (line, place)
    assert "%(" not in problem["message"]
    assert take_stock(database) == before


def test_every_problem_of_a_file_is_told_to_a_person_in_a_line_each(market: Market, tmp_path: Path) -> None:
    outcome = market("events", "import", write(tmp_path, BAD_DURATION))

    assert (outcome.code, outcome.printed) == (1, "")
    assert outcome.lines == [
        "days[0].rooms.Hall[0].duration This is no duration like 00:45.", "refused: nothing was imported",
    ]  # fmt: skip


def test_the_account_that_is_named_leads_the_event(
    market: Market, db: Session, database: Database, tmp_path: Path
) -> None:
    lan = make_user(db, organizer=True, email="lan@example.org")

    outcomes = [take_in(market, tmp_path, PROGRAMME, "--organizer", "Lan@Example.org", "--publish") for _ in range(2)]

    assert [outcome.code for outcome in outcomes] == [0, 0]
    team = read_stored(database, select(TeamMember))
    assert [(member.user_id, member.role) for member in team] == [(lan.id, TeamRole.HEAD)]


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("nobody@example.org", "there is no account nobody@example.org"),
        ("mai@example.org", "You may not do this."),
        ("unconfirmed@example.org", "You may not do this."),
    ],
)
def test_an_account_that_is_none_or_may_not_plan_events_is_refused(
    market: Market, db: Session, database: Database, tmp_path: Path, email: str, reason: str
) -> None:
    make_user(db, email="mai@example.org")
    make_user(db, email="unconfirmed@example.org", organizer=True, confirmed=False)

    outcome = take_in(market, tmp_path, PROGRAMME, "--organizer", email)

    assert (outcome.code, outcome.said) == (1, f"refused: {reason}")
    assert count_stored(database, Event, Programme) == [0, 0]


def test_somebody_elses_event_is_not_changed_by_a_file_of_its_name(
    market: Market, db: Session, database: Database, tmp_path: Path
) -> None:
    make_user(db, organizer=True, email="lan@example.org")
    take_in(market, tmp_path, PROGRAMME)
    before = take_stock(database)

    outcome = take_in(market, tmp_path, PROGRAMME.replace(b'"Kilns"', b'"Mine"'), "--organizer", "lan@example.org")

    assert (outcome.code, outcome.said) == (1, "refused: You may not do this.")
    assert take_stock(database) == before


@pytest.mark.parametrize(
    "acronyms", [("kilns", "lab"), ("柳江", "南宁"), ("งาน", "ມື້")], ids=["Latin", "Chinese", "Thai"]
)
def test_another_programme_of_the_same_title_and_days_is_another_event(
    market: Market, db: Session, database: Database, tmp_path: Path, acronyms: tuple[str, str]
) -> None:
    make_user(db, organizer=True, email="lan@example.org")
    files = [PROGRAMME.replace(b'"acronym": "kilns"', f'"acronym": "{acronym}"'.encode()) for acronym in acronyms]
    files[1] = files[1].replace(b"3b0a4a5e", b"4b0a4a5e")

    slugs = [take_in(market, tmp_path, one, "--organizer", "lan@example.org").json["slug"] for one in files]

    assert len(set(slugs)) == 2
    assert count_stored(database, Event, ProgrammeSession) == [2, 2]


def test_the_list_has_every_event_in_every_state(market: Market, db: Session, tmp_path: Path) -> None:
    lan = make_user(db, organizer=True)
    event = make_event(db, by=lan, texts={"th": "งานแสดง", "vi": "Hội chợ sấy"}, city="Nanning")
    make_session(db, event, by=lan, room=make_room(db, event, by=lan))
    take_in(market, tmp_path)

    listed, in_json = market("events", "list", "--language", "vi"), market("events", "list", "--json")

    assert [item["slug"] for item in in_json.json["items"]] == [SLUG, event.slug]
    assert in_json.json["items"][1] == {
        "slug": event.slug, "kind": "expo", "state": "announced", "title": "งานแสดง", "language": "th",
        "country": "CN", "city": "Nanning", "zone": "Asia/Shanghai", "starts_on": event.starts_on.isoformat(),
        "ends_on": event.ends_on.isoformat(), "sessions": 1,
    }  # fmt: skip
    assert listed.printed.splitlines() == [
        f"2027-03-01  planned    {SLUG}  Kilns (1)",
        f"{event.starts_on}  announced  {event.slug}  Hội chợ sấy (1)",
    ]


def test_a_list_without_events_is_empty(market: Market) -> None:
    assert (market("events", "list").printed, market("events", "list", "--json").json) == ("", {"items": []})
