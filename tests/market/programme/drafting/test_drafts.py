"""An automatic draft: asked for on a page, computed by the worker, and nothing moves until somebody takes it over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.programme import queries
from market.programme.drafts import list_places
from market.programme.enums import DraftState
from market.programme.models import Draft, ProgrammeSession, Room
from market.programme.service import remove_room
from tests.make.accounts import make_user
from tests.make.crowd import post_together
from tests.make.events import make_event, make_interpreter, make_presence, make_room, make_session, make_speaker
from tests.make.organizations import make_viewer
from tests.make.reading import read_html
from tests.make.stored import read_stored
from tests.make.visitor import Visitor
from tests.market.programme.channels import assign
from tests.market.programme.drafting.asking import ask, list_stored, page_of, press, read_draft
from tests.market.programme.fair import Fair

Deliver = Callable[[], None]


def test_a_draft_is_asked_for_computed_looked_at_and_taken_over(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database
) -> None:
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan")
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="There", start="09:00", speakers=[lan])
    make_session(db, fair.event, by=fair.organizer, title="To place", speakers=[lan], minutes=40)
    make_session(db, fair.event, by=fair.organizer, title="Too big", capacity=5_000)
    ask(browser, fair)
    asked = read_html(browser.get(page_of(fair)))
    deliver()

    shown = read_html(browser.get(page_of(fair)))

    assert asked.find("p", css="notice").text.startswith("The draft is being computed.")
    assert shown.find("dl", css="figures").texts("dd")[0] == "1 / 2"
    assert [part.texts("h2") for part in shown.find_all("section", css="form-part")] == [
        ["New places"], ["What did not fit"]
    ]  # fmt: skip
    reason = shown.find_all("section", css="form-part")[1].texts("li")
    assert reason == ["Too big No room is big enough."]
    assert list_stored(database, fair)["To place"] == ("", "")
    assert press(browser, fair, "take-over") == 200
    assert list_stored(database, fair) == {
        "There": ("09:00", "Hall A"), "To place": ("09:00", "Hall A"), "Too big": ("", "")
    }  # fmt: skip
    assert read_draft(database, fair).state is DraftState.APPLIED


def test_a_draft_that_was_discarded_moves_nothing(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database
) -> None:
    make_session(db, fair.event, by=fair.organizer, title="To place")
    ask(browser, fair)
    deliver()
    draft = read_draft(database, fair)

    press(browser, fair, "discard")
    late = browser.post(f"{page_of(fair)}/take-over", {"_draft": str(draft.id)})

    assert late.status_code == 409
    assert list_stored(database, fair) == {"To place": ("", "")}
    with database.reading() as session:
        assert list_places(session, draft) == []


def test_nothing_is_taken_over_when_a_session_was_changed_since_the_draft_was_begun(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database
) -> None:
    sessions = [make_session(db, fair.event, by=fair.organizer, title=title) for title in ("First", "Second")]
    ask(browser, fair)
    deliver()
    day = fair.event.starts_on.isoformat()
    sent = {"_session": sessions[1].code, "_version": str(sessions[1].version), "day": day, "start": "17:00"}
    browser.post(f"/en/manage{fair.address}/board", {**sent, "room": str(fair.room.id)})

    draft = read_draft(database, fair)
    refused = browser.post(f"{page_of(fair)}/take-over", {"_draft": str(draft.id)})

    assert refused.status_code == 409
    assert read_html(refused).find("p", css="bad").text.endswith("meanwhile: Second")
    assert list_stored(database, fair) == {"First": ("", ""), "Second": ("17:00", "Hall A")}


def test_a_draft_is_not_taken_over_into_a_room_that_is_gone(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database
) -> None:
    make_session(db, fair.event, by=fair.organizer, title="To place")
    ask(browser, fair)
    deliver()
    db.expire_all()
    remove_room(db, fair.event, fair.room.id, by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()

    assert press(browser, fair, "take-over") == 409
    assert list_stored(database, fair) == {"To place": ("", "")}


def test_of_people_who_ask_at_the_same_moment_one_draft_comes(
    db: Session, fair: Fair, browser: Visitor, database: Database
) -> None:
    make_session(db, fair.event, by=fair.organizer, title="To place")

    answers = post_together([(browser, page_of(fair), {"opens": "09:00", "closes": "12:00"})] * 3)

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert read_stored(database, select(func.count()).select_from(Draft)) == [1]


def test_the_database_keeps_two_drafts_of_one_event_from_being_under_way(db: Session, fair: Fair) -> None:
    db.add_all(Draft(event_id=fair.event.id, opens=0, closes=60, state=state) for state in ("asked", "computing"))

    with pytest.raises(IntegrityError):
        db.flush()


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"opens": "soon"}, "opens", "Please write a time like 09:30."),
        ({"opens": "12:00"}, "closes", "The days must end after they begin."),
        ({"track_limit": "0"}, "track_limit", "This must be at least 1."),
    ],
    ids=["no time", "backwards", "no limit"],
)
def test_what_is_wrong_with_the_hours_is_told_beside_its_field(
    db: Session, fair: Fair, browser: Visitor, fields: dict[str, str], field: str, sentence: str
) -> None:
    make_session(db, fair.event, by=fair.organizer, title="To place")

    answer = browser.post(page_of(fair), {"opens": "09:00", "closes": "12:00", **fields})

    assert answer.status_code == 422
    assert read_html(answer).find("p", id=f"{field}-fault").text == sentence


def test_sessions_that_are_not_confirmed_are_placed_anew_where_that_is_asked_and_the_others_stay(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database
) -> None:
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Confirmed", start="09:30", minutes=150)
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Draft", start="10:00", state="draft")
    ask(browser, fair, replans="1")
    deliver()

    press(browser, fair, "take-over")

    with database.reading() as session:
        confirmed, draft = queries.list_sessions(session, fair.event.id)
        assert f"{confirmed.starts_at:%H:%M}" == "09:30"
        assert draft.starts_at is not None
        assert draft.starts_at.date() == fair.event.starts_on + timedelta(days=1)


def test_one_that_finds_no_place_gives_up_its_own_and_keeps_what_was_only_wished(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database
) -> None:
    taken = [make_session(db, fair.event, by=fair.organizer, room=fair.room, title=f"Day {day}", day=day, start="09:00",
                          minutes=180) for day in (1, 2)]  # fmt: skip
    make_session(db, fair.event, by=fair.organizer, room=fair.room, title="Draft", start="10:00", state="draft")
    waiting = make_session(db, fair.event, by=fair.organizer, title="Waiting")
    db.execute(update(ProgrammeSession).where(ProgrammeSession.id == waiting.id).values(room_id=fair.room.id))
    db.commit()
    ask(browser, fair, replans="1")
    deliver()

    press(browser, fair, "take-over")

    stored = list_stored(database, fair)
    assert len(taken) == 2
    assert (stored["Draft"], stored["Waiting"]) == (("", ""), ("", "Hall A"))


def test_a_draft_of_another_event_is_not_there(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database, sign_in: Callable[..., Visitor]
) -> None:
    make_session(db, fair.event, by=fair.organizer, title="To place")
    ask(browser, fair)
    deliver()
    stranger = make_user(db, organizer=True)
    other = make_event(db, by=stranger, texts={"en": "Other fair"})
    sent = {"_draft": str(read_draft(database, fair).id)}

    answers = [
        sign_in(stranger).post(f"/en/manage/events/{other.slug}/programme/draft/{action}", sent).status_code
        for action in ("stop", "discard", "take-over")
    ]

    assert answers == [404, 404, 404]
    assert read_draft(database, fair).state is DraftState.READY


def test_a_time_without_a_room_is_kept_to_the_minute(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database
) -> None:
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room, title="At its time", start="10:10")
    board, day = f"/en/manage{fair.address}/board", fair.event.starts_on.isoformat()
    browser.post(board, {"_session": planned.code, "_version": str(planned.version), "day": day, "start": "10:10"})
    ask(browser, fair)
    deliver()

    press(browser, fair, "take-over")

    assert list_stored(database, fair) == {"At its time": ("10:10", "Hall A")}


def test_a_room_of_a_draft_is_forgotten_with_the_room(
    db: Session, fair: Fair, deliver: Deliver, browser: Visitor
) -> None:
    make_session(db, fair.event, by=fair.organizer, title="To place")
    ask(browser, fair)
    deliver()
    db.expire_all()

    db.delete(db.get_one(Room, fair.room.id))
    db.commit()

    assert browser.get(page_of(fair)).status_code == 200


def test_a_proposal_of_many_sessions_asks_as_little_as_one_of_few(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, count_queries: Callable[[], int]
) -> None:
    counts = []
    for number in range(1, 4):
        make_session(db, fair.event, by=fair.organizer, title=f"To place {number}")
        make_session(db, fair.event, by=fair.organizer, title=f"Too big {number}", capacity=5_000)
        ask(browser, fair)
        deliver()
        count_queries()
        shown = read_html(browser.get(page_of(fair)))
        counts.append(count_queries())
        assert len([one for part in shown.find_all("ul", css="changes") for one in part.texts("li")]) == 2 * number

    assert len(set(counts)) == 1


def test_nobody_is_planned_for_when_they_are_away_or_bound_elsewhere(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database
) -> None:
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan")
    binh = make_interpreter(db, fair.event, by=fair.organizer, name="Binh")
    for day in (1, 2):
        make_presence(db, fair.event, lan.id, by=fair.organizer, day=day, start="10:00", end="18:00")
        make_presence(db, fair.event, binh.id, by=fair.organizer, day=day, start="10:00", end="11:00", is_away=True)
    planned = make_session(
        db, fair.event, by=fair.organizer, title="Both", speakers=[lan], interpreted=["vi"], minutes=30
    )
    assign(db, fair, planned, [f"vi {binh.id}"])

    ask(browser, fair)
    deliver()
    press(browser, fair, "take-over")

    assert list_stored(database, fair) == {"Both": ("11:00", "Hall A")}


def test_who_speaks_in_one_session_and_interprets_in_another_is_one_person(
    db: Session, fair: Fair, browser: Visitor, deliver: Deliver, database: Database
) -> None:
    make_room(db, fair.event, by=fair.organizer, name="Hall B")
    person = make_user(db)
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan", email=person.email)
    also = make_interpreter(db, fair.event, by=fair.organizer, name="Lan", email=person.email)
    make_session(db, fair.event, by=fair.organizer, title="Speaks", speakers=[lan], minutes=180)
    planned = make_session(db, fair.event, by=fair.organizer, title="Interprets", interpreted=["vi"], minutes=180)
    assign(db, fair, planned, [f"vi {also.id}"], mode="consecutive")

    ask(browser, fair)
    deliver()
    press(browser, fair, "take-over")

    assert all(room for _start, room in list_stored(database, fair).values())
    assert queries.count_conflicts(db, fair.event.id) == 0
