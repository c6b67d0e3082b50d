"""The automatic draft of a programme: asked for, watched, looked at beside what is there, taken over or not."""

from typing import Any

from fastapi import APIRouter, Response

from market.events.models import Event
from market.events.presenting import choose_words
from market.kernel.errors import Fault, Faulty
from market.programme import drafts, moving, queries
from market.programme.conflicts import CONFLICTS
from market.programme.drafting.loading import is_to_place
from market.programme.enums import DraftState
from market.programme.forms import DraftForm
from market.programme.models import Draft
from market.programme.pages.parts import read_id
from market.programme.pages.sessions import get_managed
from market.programme.presenting import choose_session_words, name_in
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, parse_form
from market.web.page import PageRefused

router = APIRouter()

USUAL = {"opens": "09:00", "closes": "18:00"}


@router.get("/manage/events/{slug}/programme/draft", name="programme.draft")
def show_draft(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    return _draft_page(db, page, get_managed(db, slug, viewer), values=USUAL)


@router.post("/manage/events/{slug}/programme/draft", name="programme.ask_draft")
def ask_for_draft(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    try:
        drafts.ask_for_draft(db, event, parse_form(DraftForm, sent), by=viewer, now=now)
    except Faulty as problem:
        values = {name: sent.first(name) for name in DraftForm.model_fields}
        shown = _draft_page(db, page, event, values=values, faults=problem.faults, status=problem.status)
        raise PageRefused(shown) from problem
    return page.redirect("programme.draft", slug=slug)


@router.post("/manage/events/{slug}/programme/draft/stop", name="programme.stop_draft")
def stop_draft(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    drafts.stop_draft(db, event, read_id(sent, "_draft"), by=viewer)
    return page.redirect("programme.draft", slug=slug)


@router.post("/manage/events/{slug}/programme/draft/discard", name="programme.discard_draft")
def discard_draft(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    drafts.discard_draft(db, event, read_id(sent, "_draft"), by=viewer)
    return page.redirect("programme.draft", slug=slug)


@router.post("/manage/events/{slug}/programme/draft/take-over", name="programme.take_over_draft")
def take_over_draft(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    try:
        drafts.take_over_draft(db, event, read_id(sent, "_draft"), by=viewer, now=now)
    except moving.MovedMeanwhile as stale:
        db.expire_all()
        page.stand_at(page.url("programme.draft", slug=slug))
        shown = _draft_page(db, page, event, values=USUAL, status=stale.status, refusal=page.say(stale))
        raise PageRefused(shown) from stale
    except Faulty as problem:  # a conflict that nobody may save here
        db.expire_all()
        page.stand_at(page.url("programme.draft", slug=slug))
        shown = _draft_page(db, page, event, values=USUAL, faults=problem.faults, status=problem.status)
        raise PageRefused(shown) from problem
    return page.redirect("programme.board", slug=slug, notice="saved")


def _draft_page(
    db: Db, page: Page, event: Event, *, values: dict[str, str], faults: dict[str, Fault] | None = None,
    status: int = 200, refusal: str = "",
) -> Response:  # fmt: skip
    draft = drafts.find_last_draft(db, event.id)
    plans = {one.id: one for one in queries.list_plans(db, event.id)}
    return page.render(
        "programme/draft.html", status=status, event=event, shown=choose_words(event, page.language), draft=draft,
        is_moving=draft is not None and draft.state in drafts.UNDER_WAY,
        is_shown=draft is not None and draft.state in drafts.SHOWN,
        has_failed=draft is not None and draft.state is DraftState.FAILED,
        waiting=sum(is_to_place(one, replans=False) for one in plans.values()),
        may_replan=any(is_to_place(one, replans=True) for one in plans.values()),
        gap=_find_gap(draft), values=values, faults=faults or {}, refusal=refusal, reasons=drafts.REASONS,
        conflict_names=CONFLICTS, **_present_proposal(db, page, event, draft),
    )  # fmt: skip


def _find_gap(draft: Draft | None) -> float:
    """In hundredths of the bound."""
    return 100 * (draft.bound - draft.value) / draft.bound if draft is not None and draft.bound else 0.0


def _present_proposal(db: Db, page: Page, event: Event, draft: Draft | None) -> dict[str, Any]:
    """New places beside those that are there, what found none, and the conflicts that it would make."""
    if draft is None or draft.state not in drafts.SHOWN:
        return {"moved": [], "unplaced": [], "made": [], "before": {}, "titles": {}, "room_names": {}}
    places = drafts.list_places(db, draft)
    rooms = {room.id: name_in(room, page.language) for room in queries.list_rooms(db, event.id)}
    plans = {one.id: one for one in queries.list_plans(db, event.id)}
    before = {one.id: (one.starts_at, one.room_id) for one in plans.values()}
    there = [move for move in drafts.list_moves(places, plans) if move.starts_at is None or move.room_id in rooms]
    moves = [move for move in there if before.get(move.session_id) != (move.starts_at, move.room_id)]
    db.expunge_all()  # read again with all their parts, and then put where they would be
    sessions, made = moving.find_new_conflicts(db, event, moves)
    moved = {move.session_id for move in moves}
    by_id = {one.id: one for one in sessions}
    return {
        "moved": [one for one in sessions if one.id in moved],
        "unplaced": [(by_id[one.session_id], one) for one in places if one.reason and one.session_id in by_id],
        "made": made, "before": before, "room_names": rooms,
        "titles": {one.id: choose_session_words(one.texts, one.language, page.language) for one in sessions},
    }  # fmt: skip
