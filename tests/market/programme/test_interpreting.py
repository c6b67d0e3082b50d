"""Channels and who serves them."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.events.forms import DaysForm, InterpreterForm
from market.events.people import list_interpreters
from market.events.service import copy_event
from market.kernel.clock import utc_now
from market.notifications.models import Mail
from market.programme import queries
from market.programme.interpreting import edit_interpreter, remove_interpreter
from market.programme.models import ProgrammeSession
from market.programme.releasing import ReleaseBlocked
from market.programme.service import cancel_session
from tests.make.events import NEXT_MONTH, make_interpreter, make_release, make_room, make_session
from tests.make.organizations import make_viewer
from tests.make.visitor import Visitor
from tests.market.programme.channels import assign
from tests.market.programme.fair import Fair
from tests.market.programme.stored import list_conflicts


def plan(
    db: Session, fair: Fair, title: str = "Heard in two", *, start: str = "09:30", minutes: int = 60
) -> ProgrammeSession:
    return make_session(
        db, fair.event, by=fair.organizer, room=fair.room, title=title, start=start, minutes=minutes,
        interpreted=["vi"],
    )  # fmt: skip


def test_an_event_that_keeps_no_interpreters_here_is_told_of_none(db: Session, fair: Fair) -> None:
    plan(db, fair)

    assert list_conflicts(db, fair.event) == []


@pytest.mark.parametrize(
    ("minutes", "mode", "needed"),
    [(60, "simultaneous", 2), (31, "simultaneous", 2), (30, "simultaneous", 1), (180, "consecutive", 1)],
)
def test_a_channel_needs_a_team_that_takes_turns(db: Session, fair: Fair, minutes: int, mode: str, needed: int) -> None:
    planned = plan(db, fair, minutes=minutes)
    people = [make_interpreter(db, fair.event, by=fair.organizer, name=name) for name in ("An", "Binh")]

    for number in range(needed):
        assign(db, fair, planned, [f"vi {one.id}" for one in people[:number]], mode=mode)
        assert list_conflicts(db, fair.event) == [("uninterpreted", "Heard in two", "", "vi")]
    assign(db, fair, planned, [f"vi {one.id}" for one in people[:needed]], mode=mode)

    assert list_conflicts(db, fair.event) == []


def test_nobody_interprets_in_two_rooms_and_no_release_has_it(db: Session, fair: Fair) -> None:
    other = make_room(db, fair.event, by=fair.organizer, name="Hall B")
    an = make_interpreter(db, fair.event, by=fair.organizer, name="An")
    first = plan(db, fair, "One", minutes=30)
    second = make_session(
        db, fair.event, by=fair.organizer, room=other, title="Two", start="09:45", minutes=30, interpreted=["vi"]
    )

    for planned in (first, second):
        assign(db, fair, planned, [f"vi {an.id}"])

    assert list_conflicts(db, fair.event) == [("interpreter", "One", "Two", "An")]
    with pytest.raises(ReleaseBlocked):
        make_release(db, fair.event, by=fair.organizer)


def test_who_does_not_work_between_these_languages_any_more_is_told(db: Session, fair: Fair) -> None:
    an = make_interpreter(db, fair.event, by=fair.organizer, name="An")
    planned = plan(db, fair, minutes=30)
    assign(db, fair, planned, [f"vi {an.id}"])

    form = InterpreterForm(name="An", language="vi", pairs=["vi zh-Hans"])
    edit_interpreter(db, fair.event, an, form, by=make_viewer(db, fair.organizer), now=utc_now())

    assert list_conflicts(db, fair.event) == [("wrong_pair", "Heard in two", "", "An")]


def test_three_hours_without_a_break_are_too_long_and_told_once(db: Session, fair: Fair) -> None:
    an = make_interpreter(db, fair.event, by=fair.organizer, name="An")
    for number, start in enumerate(("09:00", "10:10", "11:20", "12:30")):  # ten minutes between them are no break
        assign(db, fair, plan(db, fair, f"Part {number}", start=start), [f"vi {an.id}"], mode="consecutive")
    assign(db, fair, plan(db, fair, "After lunch", start="13:45"), [f"vi {an.id}"], mode="consecutive")

    assert list_conflicts(db, fair.event) == [("no_rest", "Part 2", "", "An")]


def test_an_interpreter_who_is_removed_leaves_a_channel_without_one(db: Session, fair: Fair) -> None:
    an = make_interpreter(db, fair.event, by=fair.organizer, name="An")
    make_interpreter(db, fair.event, by=fair.organizer, name="Binh")
    assign(db, fair, plan(db, fair, minutes=30), [f"vi {an.id}"])

    remove_interpreter(db, fair.event, an, by=make_viewer(db, fair.organizer), now=utc_now())

    assert list_conflicts(db, fair.event) == [("uninterpreted", "Heard in two", "", "vi")]


def test_who_interprets_a_moved_or_cancelled_session_is_told_once_in_the_own_language(
    db: Session, fair: Fair, deliver: Callable[[], None], sign_in: Callable[..., Visitor]
) -> None:
    an = make_interpreter(db, fair.event, by=fair.organizer, name="An", language="vi", email="an@example.org")
    planned = plan(db, fair, minutes=30)
    assign(db, fair, planned, [f"vi {an.id}"])
    make_release(db, fair.event, by=fair.organizer)
    cancel_session(db, fair.event, planned, by=make_viewer(db, fair.organizer), now=utc_now())

    make_release(db, fair.event, by=fair.organizer)
    deliver()

    told = db.scalars(select(Mail).where(Mail.recipient == "an@example.org").order_by(Mail.created_at)).all()
    assert [mail.language for mail in told] == ["vi", "vi"]
    assert "Hội chợ sấy" in told[1].subject + told[1].body


def test_the_next_edition_begins_with_the_same_interpreters(
    db: Session, fair: Fair, deliver: Callable[[], None]
) -> None:
    an = make_interpreter(db, fair.event, by=fair.organizer, name="An")
    assign(db, fair, plan(db, fair, minutes=30), [f"vi {an.id}"])
    days = DaysForm(starts_on=NEXT_MONTH, ends_on=NEXT_MONTH)

    copy = copy_event(db, fair.event, days, by=make_viewer(db, fair.organizer), now=utc_now())
    db.commit()
    deliver()

    (copied,) = list_interpreters(db, copy.id)
    (planned,) = queries.list_sessions(db, copy.id)
    assert (copied.name, copied.pairs) == ("An", ["en vi"])
    assert [(one.language, one.interpreter_id) for one in planned.interpreters] == [("vi", copied.id)]


def test_the_page_of_a_session_offers_those_who_work_between_its_languages(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor]
) -> None:
    an = make_interpreter(db, fair.event, by=fair.organizer, name="An")
    make_interpreter(db, fair.event, by=fair.organizer, name="Bao", pairs=["vi zh-Hans"])
    planned = plan(db, fair)
    organizer = sign_in(fair.organizer)
    address = f"/en/manage{fair.address}/{planned.code}/interpreters"

    page = organizer.get(address).text
    assert f"vi {an.id}" in page
    assert "Bao" not in page
    fields = {"_version": str(planned.version), "interpreting": "simultaneous", "channels": [f"vi {an.id}"]}
    organizer.post(address, fields)
    stale = organizer.post(address, fields)

    db.expire_all()
    assert [one.interpreter_id for one in queries.get_session(db, fair.event.id, planned.code).interpreters] == [an.id]
    assert stale.status_code == 409


def test_an_interpreter_works_into_one_language_of_a_session(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor]
) -> None:
    an = make_interpreter(db, fair.event, by=fair.organizer, name="An", pairs=["en vi", "en th"])
    planned = make_session(db, fair.event, by=fair.organizer, room=fair.room, interpreted=["vi", "th"])

    answer = sign_in(fair.organizer).post(
        f"/en/manage{fair.address}/{planned.code}/interpreters",
        {"_version": str(planned.version), "channels": [f"vi {an.id}", f"th {an.id}"]},
    )

    assert answer.status_code == 422
    assert "An interpreter works into one language at a time." in answer.text


def test_a_language_that_is_not_interpreted_any_more_has_no_interpreters(
    db: Session, fair: Fair, sign_in: Callable[..., Visitor]
) -> None:
    an = make_interpreter(db, fair.event, by=fair.organizer, name="An")
    planned = plan(db, fair)
    assign(db, fair, planned, [f"vi {an.id}"])
    fields = {"title": "Heard in one", "kind": "talk", "state": "confirmed", "language": "en", "minutes": "60"}

    answer = sign_in(fair.organizer).post(
        f"/en/manage{fair.address}/{planned.code}", {**fields, "_version": str(planned.version)}
    )

    assert answer.status_code == 200
    db.expire_all()
    assert queries.get_session(db, fair.event.id, planned.code).interpreters == []
