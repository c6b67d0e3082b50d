"""A worker at a draft: how far it is, who stops it, what is left when it ends early; and what it begins with."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import RecordedFact
from market.kernel.work import Interrupted, Work
from market.programme.drafting.computing import compute_drafts
from market.programme.drafting.loading import Grid, load_problem
from market.programme.drafting.problem import Span
from market.programme.drafts import list_places
from market.programme.enums import DraftState
from market.programme.models import Draft
from tests.make.events import make_room, make_session, make_speaker
from tests.make.reading import read_html
from tests.make.visitor import Visitor
from tests.market.programme.drafting.asking import ask, begin, make_many, page_of, press, read_draft
from tests.market.programme.fair import Fair


def test_a_search_that_is_stopped_keeps_the_best_so_far(
    db: Session, fair: Fair, browser: Visitor, work: Work, database: Database
) -> None:
    make_many(db, fair)
    ask(browser, fair)
    thread = begin(work, read_draft(database, fair))
    while read_draft(database, fair).placed == 0:
        thread.join(0.1)

    press(browser, fair, "stop")
    thread.join()

    draft = read_draft(database, fair)
    assert draft.state is DraftState.STOPPED
    assert 0 < draft.placed < draft.sessions == 40
    assert draft.value <= draft.bound
    assert "It was stopped" in browser.get(page_of(fair)).text


def test_a_search_whose_draft_was_discarded_ends_and_leaves_nothing(
    db: Session, fair: Fair, browser: Visitor, work: Work, database: Database
) -> None:
    make_many(db, fair)
    ask(browser, fair)
    thread = begin(work, read_draft(database, fair))
    while read_draft(database, fair).state is not DraftState.COMPUTING:
        thread.join(0.05)

    press(browser, fair, "discard")
    thread.join()

    draft = read_draft(database, fair)
    assert draft.state is DraftState.DISCARDED
    with database.reading() as session:
        assert list_places(session, draft) == []


def test_a_worker_that_is_to_stop_lets_go_and_the_next_one_begins_anew(
    db: Session, fair: Fair, browser: Visitor, quick: Work, database: Database
) -> None:
    make_many(db, fair)
    ask(browser, fair)
    draft = read_draft(database, fair)
    fact = RecordedFact(draft.id, "DraftAsked", draft.id, {}, utc_now(), 0)
    stopping = threading.Event()
    stopping.set()

    with pytest.raises(Interrupted):
        compute_drafts(replace(quick, stopping=stopping), [fact])
    left = read_draft(database, fair).state
    compute_drafts(quick, [fact])

    assert (left, read_draft(database, fair).state) == (DraftState.COMPUTING, DraftState.READY)


def test_a_draft_of_a_worker_that_was_killed_is_taken_up_and_a_second_run_of_one_that_is_ready_changes_nothing(
    db: Session, fair: Fair, browser: Visitor, quick: Work, database: Database
) -> None:
    make_session(db, fair.event, by=fair.organizer, title="To place")
    ask(browser, fair)
    db.execute(update(Draft).values(state=DraftState.COMPUTING, placed=1))
    db.commit()
    draft = read_draft(database, fair)
    fact = RecordedFact(draft.id, "DraftAsked", draft.id, {}, utc_now(), 1)

    compute_drafts(quick, [fact, fact])

    assert read_draft(database, fair).state is DraftState.READY
    with database.reading() as session:
        assert len(list_places(session, draft)) == 1


def test_what_the_solver_cannot_do_is_said_and_another_draft_may_be_asked_for(
    db: Session, fair: Fair, browser: Visitor, quick: Work, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_session(db, fair.event, by=fair.organizer, title="To place")
    ask(browser, fair)
    draft = read_draft(database, fair)
    fact = RecordedFact(draft.id, "DraftAsked", draft.id, {}, utc_now(), 0)
    with monkeypatch.context() as broken:
        broken.setattr("market.programme.drafting.solve.build_model", lambda _part: 1 / 0)
        compute_drafts(quick, [fact])

    shown = read_html(browser.get(page_of(fair)))

    assert read_draft(database, fair).state is DraftState.FAILED
    assert shown.find("p", css="bad").text == "The draft could not be computed. Please try again."
    ask(browser, fair)
    assert read_draft(database, fair).state is DraftState.ASKED


def test_slots_are_counted_through_the_hours_of_all_days(fair: Fair) -> None:
    first = fair.event.starts_on
    grid = Grid([first, first + timedelta(days=1)], 9 * 60, 12, 15)
    morning = grid.find_wall(0)

    assert grid.find_wall(13) == morning + timedelta(days=1, minutes=15)
    assert grid.list_spans(morning + timedelta(minutes=10), 10) == [Span(0, 2)]
    assert grid.list_spans(morning - timedelta(hours=1), 30) == []
    assert grid.list_spans(morning + timedelta(hours=2), 24 * 60) == [Span(8, 12), Span(12, 20)]
    assert grid.find_slot(morning + timedelta(minutes=20)) == (1, 5)
    assert grid.find_slot(morning + timedelta(hours=5)) == (24, 0)


def test_a_problem_has_rooms_persons_and_what_is_taken(db: Session, fair: Fair) -> None:
    lan = make_speaker(db, fair.event, by=fair.organizer, name="Lan")
    make_session(db, fair.event, by=fair.organizer, room=fair.room, speakers=[lan], interpreted=["vi"])
    free = make_session(db, fair.event, by=fair.organizer, title="Free", minutes=50, capacity=30, state="draft")
    make_session(db, fair.event, by=fair.organizer, title="Kept free", kind="blocker")
    make_room(db, fair.event, by=fair.organizer, name="Hall B", capacity=None)

    problem = load_problem(db, fair.event, Draft(event_id=fair.event.id, opens=540, closes=1080)).problem

    assert [room.capacity for room in problem.rooms] == [80, None]
    assert [(one.id, one.length, one.size, one.weight) for one in problem.sessions] == [(free.id, 4, 30, 2)]
    taken = problem.taken[0]
    assert (taken.span, taken.room, taken.persons, taken.interpreted) == (
        Span(2, 6), fair.room.id, frozenset({str(lan.id)}), frozenset({"en-vi"})
    )  # fmt: skip
    assert problem.persons[str(lan.id)].name == "Lan"
