"""Somebody's own schedule of an event, choosing what is on it, and the calendar that follows it."""

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import ColumnElement

from market.events.forms import YEARS
from market.events.models import Event
from market.events.presenting import choose_words, name_offset
from market.events.queries import find_event_by_id
from market.events.rules import HIDDEN_STATES
from market.kernel.errors import N_, BadInput, NotFound
from market.kernel.zones import begin_of_day
from market.listings.feeds import Anybody
from market.programme import marking, queries, schedules
from market.programme.enums import SESSION_KINDS
from market.programme.exporting import write_own_calendar
from market.programme.feed_tokens import make_feed_token, read_feed_token
from market.programme.models import Programme, ScheduleFeed
from market.programme.pages.files import make_addresses
from market.programme.pages.public import get_released
from market.programme.times import list_days
from market.web.conditional import answer_if_changed
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent

router = APIRouter()

OWN = N_("My schedule")
SPEAKING = N_("Where I speak")


@router.get("/account/schedules", name="programme.schedules")
def list_schedules(db: Db, viewer: SignedIn, page: Page) -> Response:
    rows = schedules.list_schedules(db, viewer, language=page.language)
    return page.render("programme/schedules.html", schedules=rows)


@router.get("/account/schedules/{slug}", name="programme.schedule")
def show_schedule(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event, programme = get_released(db, slug, page)
    feed = schedules.find_feed(db, event.id, viewer.id)
    speaks = schedules.speaks_at(db, event.id, viewer.id)
    return page.render(
        "programme/schedule.html",
        **_about(page, event),
        days=schedules.present_schedule(db, event, programme, user_id=viewer.id, language=page.language),
        feed=_address(page, feed, "programme.feed") if feed else None,
        speaking_feed=_address(page, feed, "programme.speaking_feed") if feed and speaks else None,
    )


@router.get("/account/schedules/{slug}/choose", name="programme.choose")
def show_choice(slug: str, db: Db, viewer: SignedIn, page: Page, day: str = "") -> Response:
    event, programme = get_released(db, slug, page)
    days = list_days(event)
    chosen = _read_day(day) if day else days[0]
    offered = schedules.list_offered(db, event, programme, chosen, user_id=viewer.id, language=page.language)
    return page.render(
        "programme/choose.html", **_about(page, event), days=days, day=chosen, offered=offered, kinds=SESSION_KINDS
    )


@router.post("/account/schedules/{slug}/choose", name="programme.do_choose")
def choose_sessions(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """A day's sessions at once: those that are ticked, and no others of that day."""
    _event, programme = get_released(db, slug, page)
    day = _read_day(sent.first("_day"))
    marking.choose_of_day(db, programme, day, sent.all("session"), by=viewer, now=now)
    return page.redirect("programme.schedule", slug=slug, notice="saved")


@router.post("/events/{slug}/programme/{session}/mark", name="programme.mark")
def mark_session(slug: str, session: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    _event, programme = get_released(db, slug, page)
    marking.mark_session(db, programme, session, by=viewer, now=now)
    return page.redirect("programme.session", slug=slug, session=session, notice="marked")


@router.post("/events/{slug}/programme/{session}/unmark", name="programme.unmark")
def unmark_session(slug: str, session: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """On the session's page, or on the schedule itself, where one goes on."""
    _event, programme = get_released(db, slug, page)
    marking.unmark_session(db, programme, session, by=viewer, now=now)
    if sent.first("_back") == "schedule":
        return page.redirect("programme.schedule", slug=slug, notice="unmarked")
    return page.redirect("programme.session", slug=slug, session=session, notice="unmarked")


@router.post("/account/schedules/{slug}/feed", name="programme.make_feed")
def make_feed(slug: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event, _programme = get_released(db, slug, page)
    marking.make_feed(db, event, by=viewer, now=now)
    return page.redirect_to(f"{page.url('programme.schedule', slug=slug)}#feed")


@router.post("/account/schedules/{slug}/feed/end", name="programme.end_feed")
def end_feed(slug: str, _sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    event, _programme = get_released(db, slug, page)
    marking.end_feed(db, event, by=viewer)
    return page.redirect("programme.schedule", slug=slug, notice="feed_ended")


@router.get("/schedules/{token}.ics", name="programme.feed")
def show_feed(token: str, db: Db, page: Anybody) -> Response:
    """For calendars, which sign in nowhere: who knows the address may read it."""
    feed, event, programme = _find_followed(db, page, token)
    return _answer(db, page, feed, event, programme, among=schedules.marked_by(feed.user_id), name=OWN)


@router.get("/schedules/{token}/speaking.ics", name="programme.speaking_feed")
def show_speaking_feed(token: str, db: Db, page: Anybody) -> Response:
    feed, event, programme = _find_followed(db, page, token)
    return _answer(db, page, feed, event, programme, among=schedules.spoken_by(feed.user_id), name=SPEAKING)


def _find_followed(db: Db, page: Page, token: str) -> tuple[ScheduleFeed, Event, Programme]:
    """What everybody may see: the address may have gone through many hands."""
    handle = read_feed_token(page.resources.settings, token)
    feed = schedules.find_feed_by_handle(db, handle) if handle else None
    event = find_event_by_id(db, feed.event_id) if feed else None
    programme = queries.find_programme(db, event.id) if event else None
    if feed is None or event is None or programme is None or programme.current_release_id is None:
        raise NotFound
    if event.state in HIDDEN_STATES:
        raise NotFound
    return feed, event, programme


def _answer(
    db: Db, page: Page, feed: ScheduleFeed, event: Event, programme: Programme, *, among: ColumnElement[bool], name: str
) -> Response:
    content = write_own_calendar(
        db, event, programme, among, name=page.reader.gettext(name), language=page.language,
        addresses=make_addresses(page, event),
    )  # fmt: skip
    changed_at: datetime = max(feed.changed_at, programme.changed_at, event.changed_at)
    response = answer_if_changed(page.request, content, media_type="text/calendar", changed_at=changed_at, seconds=0)
    response.headers["Cache-Control"] = "private, no-cache"  # the address may be ended at any moment
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _about(page: Page, event: Event) -> dict[str, Any]:
    return {
        "event": event,
        "shown": choose_words(event, page.language),
        "offset": name_offset(event.zone, begin_of_day(event.starts_on, event.zone)),
    }


def _address(page: Page, feed: ScheduleFeed, name: str) -> str:
    return page.absolute_url(name, token=make_feed_token(page.resources.settings, feed.handle))


def _read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise BadInput from problem
    if day.year not in YEARS:
        raise BadInput
    return day
