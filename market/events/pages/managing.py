"""What organizers do with events: plan, edit, translate, announce, copy."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Response

from locales import LANGUAGES
from market.events import queries, rules, service
from market.events.enums import EVENT_STATES, TEAM_ROLES, EventState
from market.events.forms import DaysForm, EventForm, EventTextForm
from market.events.kinds import KINDS
from market.events.models import Event
from market.events.presenting import CHOICES, choose_words, sent_values, stored_values
from market.kernel.errors import BadInput, Fault, Faulty, NotAllowed, NotFound
from market.kernel.viewer import Viewer
from market.kernel.zones import find_wall
from market.organizations.service import ChangedMeanwhile
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, SentForm, parse_form
from market.web.page import PageRefused

router = APIRouter()

MOST_SHOWN = 200


@router.get("/manage/events", name="events.managed")
def list_managed(db: Db, viewer: SignedIn, page: Page) -> Response:
    rows = queries.list_organized(db, viewer, language=page.language, limit=MOST_SHOWN)
    if not rows and not rules.may_plan(viewer):
        raise NotAllowed
    return page.render(
        "events/managed.html", events=rows, may_plan=rules.may_plan(viewer), event_states=EVENT_STATES, **CHOICES
    )


@router.get("/manage/events/new", name="events.new")
def show_new(viewer: SignedIn, page: Page) -> Response:
    if not rules.may_plan(viewer):
        raise NotAllowed
    values = {"language": page.language, "zone": CHOICES["zones"][0]}
    return page.render("events/new.html", values=values, faults={}, **CHOICES)


@router.post("/manage/events/new", name="events.plan")
def plan_event(sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    if not rules.may_plan(viewer):
        raise NotAllowed
    try:
        event = service.plan_event(db, parse_form(EventForm, sent), by=viewer, now=now)
    except Faulty as problem:
        raise page.refusal("events/new.html", values=sent_values(sent), faults=problem.faults, **CHOICES) from problem
    return page.redirect("events.manage", slug=event.slug, notice="event_planned")


@router.get("/manage/events/{slug}", name="events.manage")
def manage_event(slug: str, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = queries.get_organized(db, slug, viewer)
    return _manage_page(db, page, event, viewer, now=now)


@router.post("/manage/events/{slug}/state", name="events.change_state")
def change_state(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    queries.get_organized(db, slug, viewer)
    event = queries.get_event_to_change(db, slug, viewer=viewer)
    asked = sent.first("state")
    if asked not in set(EventState):
        raise BadInput
    service.change_state(db, event, EventState(asked), by=viewer, now=now)
    return page.redirect("events.manage", slug=slug, notice="saved")


@router.post("/manage/events/{slug}/copy", name="events.copy")
def copy_event(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = queries.get_organized(db, slug, viewer)
    try:
        copy = service.copy_event(db, event, parse_form(DaysForm, sent), by=viewer, now=now)
    except Faulty as problem:
        values = {name: sent.first(name) for name in DaysForm.model_fields}
        refused = _manage_page(db, page, event, viewer, now=now, values=values, faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("events.manage", slug=copy.slug, notice="event_copied")


@router.get("/manage/events/{slug}/edit", name="events.edit")
def show_edit(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = queries.get_organized(db, slug, viewer)
    return _edit_page(page, event, values=stored_values(event), faults={}, version=event.version)


@router.post("/manage/events/{slug}/edit", name="events.do_edit")
def edit_event(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    queries.get_organized(db, slug, viewer)
    event = queries.get_event_to_change(db, slug, viewer=viewer)
    version = sent.number("_version")
    try:
        service.edit_event(db, event, parse_form(EventForm, sent), version=version, by=viewer, now=now)
    except Faulty as problem:
        refused = _edit_page(page, event, values=sent_values(sent), faults=problem.faults, version=version, status=422)
        raise PageRefused(refused) from problem
    except ChangedMeanwhile as stale:
        db.refresh(event)
        raise PageRefused(_stale_page(page, event, sent, stale)) from stale
    return page.redirect("events.manage", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/words/{code}", name="events.words")
def show_words(slug: str, code: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = _get_to_translate(db, slug, code, viewer)
    text = event.texts.get(code)
    values = {name: getattr(text, name) if text else "" for name in EventTextForm.model_fields}
    return _words_page(page, event, code, values=values, faults={}, version=event.version)


@router.post("/manage/events/{slug}/words/{code}", name="events.write_words")
def write_words(slug: str, code: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    _get_to_translate(db, slug, code, viewer)
    event = queries.get_event_to_change(db, slug, viewer=viewer)
    version = sent.number("_version")
    try:
        form = parse_form(EventTextForm, sent)
        service.write_words(db, event, form, language=code, version=version, by=viewer, now=now)
    except Faulty as problem:
        values = {name: sent.first(name) for name in EventTextForm.model_fields}
        refused = _words_page(page, event, code, values=values, faults=problem.faults, version=version, status=422)
        raise PageRefused(refused) from problem
    except ChangedMeanwhile as stale:
        values = {name: sent.first(name) for name in EventTextForm.model_fields}
        stored = {name: getattr(event.texts.get(code), name, "") for name in EventTextForm.model_fields}
        refused = _words_page(
            page, event, code, values=values, faults={}, version=event.version, status=stale.status, stored=stored
        )
        raise PageRefused(refused) from stale
    return page.redirect("events.manage", slug=slug, notice="saved")


def _get_to_translate(db: Db, slug: str, code: str, viewer: Viewer) -> Event:
    event = queries.get_organized(db, slug, viewer)
    if code not in LANGUAGES or code == event.language:
        raise NotFound
    return event


def _manage_page(
    db: Db, page: Page, event: Event, viewer: Viewer, *, now: Now, values: dict[str, str] | None = None,
    faults: dict[str, Fault] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    role = queries.find_role(db, event.id, viewer)
    today = find_wall(now, event.zone).date()
    may_lead = rules.may_lead(viewer, role)
    return page.render(
        "events/manage.html",
        status=status,
        event=event,
        shown=choose_words(event, page.language),
        kind_label=KINDS[event.kind].label,
        offered=_list_offered(event, today) if may_lead else [],
        team=queries.list_team(db, event.id),
        may_lead=may_lead,
        may_copy=rules.may_plan(viewer),
        panels=page.show_panels("events.manage", db, event),
        stale=[code for code, text in event.texts.items() if _is_stale(event, text.language)],
        values=values or {},
        faults=faults or {},
        event_states=EVENT_STATES,
        roles=TEAM_ROLES,
        **CHOICES,
    )


def _list_offered(event: Event, today: date) -> list[EventState]:
    """Registration is opened where there is a place to register at: the organizer's website."""
    offered = rules.list_offered_states(event.state, ends_on=event.ends_on, today=today)
    return [state for state in offered if state is not EventState.OPEN or event.website]


def _is_stale(event: Event, code: str) -> bool:
    text = event.texts[code]
    return text.source_hash is not None and text.source_hash != service.hash_original(event)


def _edit_page(
    page: Page, event: Event, *, values: dict[str, str], faults: dict[str, Fault], version: int, status: int = 200,
    stored: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    return page.render(
        "events/edit.html", status=status, event=event, shown=choose_words(event, page.language), values=values,
        faults=faults, version=version, stored=stored, **CHOICES,
    )  # fmt: skip


def _stale_page(page: Page, event: Event, sent: SentForm, stale: ChangedMeanwhile) -> Response:
    return _edit_page(
        page, event, values=sent_values(sent), faults={}, version=event.version, status=stale.status,
        stored=stored_values(event),
    )  # fmt: skip


def _words_page(
    page: Page, event: Event, code: str, *, values: dict[str, str], faults: dict[str, Fault], version: int,
    status: int = 200, stored: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    return page.render(
        "events/words.html", status=status, event=event, code=code, values=values, faults=faults, version=version,
        shown=choose_words(event, page.language), original=event.texts[event.language], stored=stored,
    )  # fmt: skip
