"""Sessions moved: one on the board or by its form, many as a block; all or none, and nothing over what others did."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from httpx2 import Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.programme import queries
from market.programme.board import lay_out
from market.programme.enums import Severity
from market.programme.models import ProgrammeSession, Room
from market.programme.moving import Move, MovedMeanwhile, move_sessions
from market.programme.service import cancel_session
from tests.make.crowd import post_together
from tests.make.events import make_release, make_room, make_session, make_speaker, make_track
from tests.make.organizations import make_viewer
from tests.make.reading import Element, read_form, read_html
from tests.make.stored import read_stored
from tests.make.visitor import Visitor
from tests.market.programme.channels import decide
from tests.market.programme.fair import Fair
from tests.market.programme.plain import MORNING, plan_plainly


@pytest.fixture
def other(db: Session, fair: Fair) -> Room:
    return make_room(db, fair.event, by=fair.organizer, name="Hall B")


@pytest.fixture
def browser(fair: Fair, sign_in: Callable[..., Visitor]) -> Visitor:
    return sign_in(fair.organizer)


def list_places(database: Database, fair: Fair) -> dict[str, str]:
    """Title → day of the event, time and room, as they are stored."""
    with database.reading() as session:
        return {
            one.texts["en"].title: f"{(one.starts_at.date() - fair.event.starts_on).days + 1} {one.starts_at:%H:%M}"
            f" {one.room.name if one.room else '-'}"
            if one.starts_at
            else "-"
            for one in queries.list_sessions(session, fair.event.id)
        }


def find_part(page: Response) -> Element:
    """The part of a board that holds the form of one session."""
    return read_html(page).find("section", id="move")


def test_a_session_is_moved_by_the_form_on_the_board(
    db: Session, fair: Fair, other: Room, browser: Visitor, database: Database
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    board = f"/en/manage{fair.address}/board"
    form = read_form(find_part(browser.get(f"{board}?move={planned.code}")), "/board")
    day = (fair.event.starts_on + timedelta(days=1)).isoformat()

    answer = browser.post(form.address, form.filled({"day": day, "start": "14:00", "room": str(other.id)}))

    assert answer.url.path == board
    assert answer.url.params["day"] == day
    assert list_places(database, fair) == {"Drying roots": "2 14:00 Hall B"}


def test_a_session_is_taken_from_its_place_and_waits_beside_the_board(
    db: Session, fair: Fair, browser: Visitor, database: Database
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    board = f"/en/manage{fair.address}/board"

    answer = browser.post(board, {"_session": planned.code, "_version": str(planned.version)})

    assert list_places(database, fair) == {"Drying roots": "-"}
    beside = read_html(answer).find("section", css="beside")
    assert [block.find_all("a")[0].text for block in beside.find_all("div", css="block")] == ["Drying roots"]


def test_visitors_see_a_moved_session_where_it_was_until_the_next_release(
    db: Session, fair: Fair, browser: Visitor, visitor: Visitor
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    make_release(db, fair.event, by=fair.organizer)
    day = fair.event.starts_on.isoformat()
    sent = {"_session": planned.code, "_version": str(planned.version), "day": day, "start": "16:45"}

    browser.post(f"/en/manage{fair.address}/board", sent)

    shown = visitor.get(f"/en{fair.address}").text
    assert ("9:30" in shown, "4:45" in shown) == (True, False)


def test_of_two_who_move_one_session_the_second_sees_where_it_is_now(
    db: Session, fair: Fair, other: Room, browser: Visitor, database: Database
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    board, day = f"/en/manage{fair.address}/board", fair.event.starts_on.isoformat()
    seen = {"_session": planned.code, "_version": str(planned.version), "day": day}
    browser.post(board, {**seen, "start": "11:00", "room": str(fair.room.id)})

    refused = browser.post(board, {**seen, "start": "12:00", "room": str(other.id)})

    assert refused.status_code == 409
    rows = find_part(refused).find("tbody").find_all("tr")
    cells = [[cell.text for tag in ("th", "td") for cell in row.find_all(tag)] for row in rows]
    assert cells == [["Starts at", "12:00", "11:00"], ["Room", "Hall B", "Hall A"]]
    assert list_places(database, fair) == {"Drying roots": "1 11:00 Hall A"}
    again = read_form(find_part(refused), "/board")
    browser.post(again.address, again.values)
    assert list_places(database, fair) == {"Drying roots": "1 12:00 Hall B"}


def test_of_people_who_move_one_session_at_the_same_moment_one_does(
    db: Session, fair: Fair, browser: Visitor, database: Database
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    seen = {"_session": planned.code, "_version": str(planned.version), "day": fair.event.starts_on.isoformat()}
    address, before = f"/en/manage{fair.address}/board", planned.version

    answers = post_together([(browser, address, {**seen, "start": start}) for start in ("10:00", "11:00", "12:00")])

    assert sorted(answer.status_code for answer in answers) == [303, 409, 409]
    assert read_stored(database, select(ProgrammeSession.version)) == [before + 1]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("start", "25:00", "Please write a time like 09:30."),
        ("start", "", "Please write when it starts."),
        ("day", "", "Please choose the day too."),
        ("room", "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "Please choose one of the values offered."),
    ],
    ids=["no time", "without time", "without day", "room of nobody"],
)
def test_what_is_wrong_with_a_place_is_told_beside_its_field(
    db: Session, fair: Fair, browser: Visitor, database: Database, field: str, value: str, sentence: str
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    usual = {"day": fair.event.starts_on.isoformat(), "start": "10:00", "room": str(fair.room.id)}
    sent = {"_session": planned.code, "_version": str(planned.version), **usual, field: value}

    answer = browser.post(f"/en/manage{fair.address}/board", sent)

    assert answer.status_code == 422
    assert read_html(answer).find("p", id=f"{field}-fault").text == sentence
    assert list_places(database, fair) == {"Drying roots": "1 09:30 Hall A"}


def test_a_board_marks_sessions_that_cannot_be_at_once(db: Session, fair: Fair, browser: Visitor) -> None:
    for title, start in (("First", "09:00"), ("Second", "09:30"), ("Third", "15:00")):
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title=title, start=start)

    page = read_html(browser.get(f"/en/manage{fair.address}/board"))

    clashing = page.find("table", css="board").find_all("div", css="clashing")
    assert [block.find_all("a")[0].text for block in clashing] == ["First", "Second"]


def test_a_block_is_shown_with_the_conflicts_that_it_would_make_and_then_moved(
    db: Session, fair: Fair, other: Room, browser: Visitor, database: Database
) -> None:
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan")
    for title, start in (("First", "09:00"), ("Second", "10:00")):
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title=title, start=start, speakers=[lan])
    make_session(db, fair.event, by=fair.organizer, room=other, title="Other", start="11:00", speakers=[lan])
    address = f"/en/manage{fair.address}/block"
    listed = read_form(browser.get(f"{address}?room={fair.room.id}"), "/block#preview")

    preview = browser.get(f"{address}?" + listed_query(listed.filled({"minutes": "90", "to_room": str(other.id)})))

    assert read_html(preview).find("ul", css="conflicts").texts("li") == [
        "Two sessions in one room at the same time (Hall B): First · Other",
        "Two sessions in one room at the same time (Hall B): Other · Second",
        "A speaker in two sessions at the same time (Lan): First · Other",
        "A speaker in two sessions at the same time (Lan): Other · Second",
    ]
    assert list_places(database, fair)["First"] == "1 09:00 Hall A"
    form = read_form(read_html(preview).find("section", id="preview"), "/block")
    browser.post(form.address, form.values)
    assert list_places(database, fair) == {
        "First": "1 10:30 Hall B", "Second": "1 11:30 Hall B", "Other": "1 11:00 Hall B"
    }  # fmt: skip


def listed_query(values: dict[str, list[str]]) -> str:
    return "&".join(f"{name}={value}" for name, chosen in values.items() for value in chosen)


def test_a_block_goes_to_another_day_at_the_same_times(
    db: Session, fair: Fair, browser: Visitor, database: Database
) -> None:
    sessions = [
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title=title, start=start)
        for title, start in (("First", "09:00"), ("Second", "10:00"))
    ]
    day = (fair.event.starts_on + timedelta(days=1)).isoformat()
    asked = f"preview=1&minutes=-30&to_day={day}&" + "&".join(f"session={one.code}" for one in sessions)
    preview = read_html(browser.get(f"/en/manage{fair.address}/block?{asked}"))
    form = read_form(preview.find("section", id="preview"), "/block")

    answer = browser.post(form.address, form.values)

    assert [box.attributes["value"] for box in preview.find_all("input", type="checkbox")] == [
        one.code for one in sessions
    ]
    assert answer.url.params["day"] == day
    assert list_places(database, fair) == {"First": "2 08:30 Hall A", "Second": "2 09:30 Hall A"}


def test_a_list_is_narrowed_down_by_day_room_and_track(db: Session, fair: Fair, other: Room, browser: Visitor) -> None:
    track = make_track(db, fair.event, by=fair.organizer)
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Of the track", track=track.id)
    make_session(db, fair.event, by=fair.organizer, room=other, title="Elsewhere")
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Next day", day=2, track=track.id)
    address = f"/en/manage{fair.address}/block"

    found = [
        [text.split(" · ")[1] for text in read_html(browser.get(f"{address}?{query}")).texts("label", css="check")]
        for query in ("", f"room={other.id}", f"track={track.id}", f"day={fair.event.ends_on}")
    ]

    assert found == [["Of the track", "Elsewhere"], ["Elsewhere"], ["Of the track"], ["Next day"]]


def test_nothing_of_a_block_moves_when_one_was_changed_or_is_gone(
    db: Session, fair: Fair, browser: Visitor, database: Database
) -> None:
    sessions = [
        make_session(db, fair.event, by=fair.organizer, room=fair.room, title=title, start=start)
        for title, start in (("First", "09:00"), ("Second", "10:00"))
    ]
    seen = " ".join(f"{one.code}:{one.version}" for one in sessions)
    address = f"/en/manage{fair.address}/block"
    browser.post(address, {"_seen": seen.split()[1], "minutes": "60"})

    changed = browser.post(address, {"_seen": seen, "minutes": "15"})
    db.expire_all()
    cancel_session(db, fair.event, sessions[1], by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()
    gone = browser.post(address, {"_seen": seen, "minutes": "15"})

    assert (changed.status_code, gone.status_code) == (409, 409)
    sentence = "Nothing was moved, because somebody else has changed these sessions meanwhile: "
    told = [read_html(answer).find("p", css="bad").text for answer in (changed, gone)]
    assert told == [f"{sentence}Second", f"{sentence}…"]
    assert list_places(database, fair) == {"First": "1 09:00 Hall A"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "minutes"),
        ({"minutes": "1441"}, "minutes"),
        ({"to_day": "2020-01-01"}, "to_day"),
        ({"to_room": "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60"}, "to_room"),
    ],
    ids=["nowhere", "too far", "a day of no event", "a room of nobody"],
)
def test_where_no_block_can_go_is_told_beside_the_field(
    db: Session, fair: Fair, browser: Visitor, fields: dict[str, str], field: str
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    address = f"/en/manage{fair.address}/block"

    answers = [
        browser.get(f"{address}?preview=1&session={planned.code}&" + "&".join(f"{k}={v}" for k, v in fields.items())),
        browser.post(address, {"_seen": f"{planned.code}:{planned.version}", **fields}),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert all(read_html(answer).find("p", id=f"{field}-fault") for answer in answers)


def test_a_block_of_nothing_is_asked_about(fair: Fair, db: Session, browser: Visitor) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room)

    answer = browser.get(f"/en/manage{fair.address}/block?preview=1&minutes=5")

    assert read_html(answer).find("p", id="session-fault").text == "Please choose at least 1."


@pytest.mark.parametrize("query", ["day=soon", "room=x", "track=x"], ids=["day", "room", "track"])
def test_what_no_form_of_ours_would_ask_for_is_refused(fair: Fair, browser: Visitor, query: str) -> None:
    assert browser.get(f"/en/manage{fair.address}/block?{query}").status_code == 400


def test_moving_to_where_a_session_is_changes_nothing(db: Session, fair: Fair, facts: Callable[[], list[str]]) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    before, version = facts(), planned.version
    move = Move(planned.id, version, planned.starts_at, planned.room_id)

    moved = move_sessions(db, fair.event, [move], by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()

    assert (moved, facts(), planned.version) == (0, before, version)


def test_a_session_that_was_called_off_is_not_moved(db: Session, fair: Fair) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room)
    make_release(db, fair.event, by=fair.organizer)
    viewer = make_viewer(db, fair.organizer)
    cancel_session(db, fair.event, queries.get_session(db, fair.event.id, planned.code), by=viewer, now=utc_now())
    db.commit()

    with pytest.raises(MovedMeanwhile):
        move_sessions(db, fair.event, [Move(planned.id, planned.version, None, None)], by=viewer, now=utc_now())


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(-600, 900), st.integers(1, 600)), max_size=15))
def test_every_row_of_a_board_is_as_wide_as_the_rooms(plans: list[tuple[int, int, int]]) -> None:
    rooms = [Room(id=UUID(int=number), name=str(number)) for number in range(2)]
    sessions = []
    for number, (room, start, minutes) in enumerate(plans):
        one = plan_plainly(number, start, minutes)
        one.id, one.room_id = UUID(int=100 + number), rooms[room].id
        one.starts_at = max(
            MORNING.replace(tzinfo=None) + timedelta(minutes=start), MORNING.replace(tzinfo=None, hour=0)
        )
        sessions.append(one)

    board = lay_out(rooms, sessions, MORNING.date(), day_change=0, slot_minutes=15)

    wide = [0] * len(board.rows)
    for place, row in enumerate(board.rows):
        for cell in row.cells:
            for below in range(cell.rows):
                wide[place + below] += 1
    assert set(wide) == {2}
    shown = [one.number for row in board.rows for cell in row.cells for one in cell.sessions]
    assert sorted(shown) == [one.number for one in sessions if one.starts_at and one.starts_at.date() == MORNING.date()]


def test_where_an_event_refuses_to_save_a_conflict_nothing_moves_into_it(
    db: Session, fair: Fair, browser: Visitor, database: Database
) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="There", start="14:00")
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Moves", start="09:00")
    decide(db, fair, room=Severity.BLOCK)
    form = read_form(find_part(browser.get(f"/en/manage{fair.address}/board?move={planned.code}")), "/board")

    answer = browser.post(form.address, form.filled({"start": "14:30"}))

    assert answer.status_code == 422
    assert "Two sessions in one room at the same time" in answer.text
    assert list_places(database, fair)["Moves"] == "1 09:00 Hall A"
