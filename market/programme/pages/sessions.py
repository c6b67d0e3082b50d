"""The organizers' working copy: all sessions, those without a place first, and the form of each."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Response

from locales import LANGUAGES
from market.events.enums import EventPart
from market.events.kinds import has_part
from market.events.models import Event
from market.events.presenting import choose_words
from market.events.queries import get_organized
from market.kernel.errors import Fault, Faulty, NotFound
from market.kernel.viewer import Viewer
from market.organizations.service import ChangedMeanwhile
from market.programme import queries, service
from market.programme.conflicts import CONFLICTS
from market.programme.enums import SESSION_KINDS, SESSION_STATES
from market.programme.formats.times import find_day
from market.programme.forms import SessionForm, SessionTextForm
from market.programme.models import ProgrammeSession
from market.programme.presenting import choose_session_words, name_in, show_conflicts
from market.programme.times import list_days
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, SentForm, parse_form
from market.web.page import PageRefused

router = APIRouter()

MANY = ("interpreted", "speakers")
SHOWN_CONFLICTS = 50


def get_managed(db: Db, slug: str, viewer: Viewer) -> Event:
    """Of whose team the viewer is, and that may have a programme. For others it is not there."""
    event = get_organized(db, slug, viewer)
    if not has_part(event.kind, EventPart.PROGRAMME):
        raise NotFound
    return event


@router.get("/manage/events/{slug}/programme", name="programme.manage")
def manage_programme(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    programme = queries.find_programme(db, event.id)
    day_change = programme.day_change if programme else 0
    sessions = queries.list_sessions(db, event.id)
    placed = [one for one in sessions if one.starts_at is not None]
    days = [(day, list(rows)) for day, rows in groupby(placed, key=lambda one: _day_of(one, day_change))]
    return page.render(
        "programme/manage.html",
        event=event,
        shown=choose_words(event, page.language),
        days=days,
        unplaced=[one for one in sessions if one.starts_at is None],
        titles={one.id: choose_session_words(one.texts, one.language, page.language) for one in sessions},
        conflicts=show_conflicts(queries.list_conflicts(db, event.id, limit=SHOWN_CONFLICTS), sessions),
        conflict_count=queries.count_conflicts(db, event.id),
        conflict_names=CONFLICTS,
        rooms=queries.list_rooms(db, event.id),
        has_release=programme is not None and programme.current_release_id is not None,
        kinds=SESSION_KINDS,
        states=SESSION_STATES,
    )


@router.get("/manage/events/{slug}/programme/new", name="programme.new_session")
def show_new_session(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    values: dict[str, Any] = {"language": event.language, "minutes": "30", "state": "draft"}
    return _form_page(db, page, event, None, values=values, faults={})


@router.post("/manage/events/{slug}/programme/new", name="programme.plan_session")
def plan_session(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    try:
        service.plan_session(db, event, parse_form(SessionForm, sent), by=viewer, now=now)
    except Faulty as problem:
        refused = _form_page(db, page, event, None, values=_sent_values(sent), faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("programme.manage", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/programme/{session}", name="programme.edit_session")
def show_edit_session(slug: str, session: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    planned = queries.get_session(db, event.id, session)
    programme = queries.find_programme(db, event.id)
    values = _stored_values(planned, day_change=programme.day_change if programme else 0)
    return _form_page(db, page, event, planned, values=values, faults={}, version=planned.version)


@router.post("/manage/events/{slug}/programme/{session}", name="programme.do_edit_session")
def edit_session(slug: str, session: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    planned = queries.get_session(db, event.id, session)
    version = sent.number("_version")
    try:
        form = parse_form(SessionForm, sent)
        service.edit_session(db, event, planned, form, version=version, by=viewer, now=now)
    except Faulty as problem:
        refused = _form_page(
            db, page, event, planned, values=_sent_values(sent), faults=problem.faults, status=problem.status,
            version=version,
        )  # fmt: skip
        raise PageRefused(refused) from problem
    except ChangedMeanwhile as stale:
        raise PageRefused(_stale_page(db, page, event, session, sent, stale)) from stale
    return page.redirect("programme.manage", slug=slug, notice="saved")


@router.post("/manage/events/{slug}/programme/{session}/cancel", name="programme.cancel_session")
def cancel_session(slug: str, session: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    service.cancel_session(db, event, queries.get_session(db, event.id, session), by=viewer, now=now)
    return page.redirect("programme.manage", slug=slug, notice="session_cancelled")


@router.get("/manage/events/{slug}/programme/{session}/words/{code}", name="programme.words")
def show_words(slug: str, session: str, code: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    planned = _get_to_translate(db, event, session, code)
    text = planned.texts.get(code)
    values = {name: getattr(text, name) if text else "" for name in SessionTextForm.model_fields}
    return _words_page(page, event, planned, code, values=values, faults={})


@router.post("/manage/events/{slug}/programme/{session}/words/{code}", name="programme.write_words")
def write_words(
    slug: str, session: str, code: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page
) -> Response:
    event = get_managed(db, slug, viewer)
    planned = _get_to_translate(db, event, session, code)
    try:
        form = parse_form(SessionTextForm, sent)
        service.write_session_words(db, event, planned, form, language=code, by=viewer, now=now)
    except Faulty as problem:
        values = {name: sent.first(name) for name in SessionTextForm.model_fields}
        refused = _words_page(page, event, planned, code, values=values, faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("programme.edit_session", slug=slug, session=session, notice="saved")


def _get_to_translate(db: Db, event: Event, session: str, language: str) -> ProgrammeSession:
    planned = queries.get_session(db, event.id, session)
    if language not in LANGUAGES or language == planned.language:
        raise NotFound
    return planned


def _day_of(planned: ProgrammeSession, day_change: int) -> date:
    assert planned.starts_at is not None  # noqa: S101 - only placed ones are asked
    return find_day(planned.starts_at, day_change)


def _form_page(
    db: Db, page: Page, event: Event, planned: ProgrammeSession | None, *, values: dict[str, Any],
    faults: dict[str, Fault], status: int = 200, version: int = 1, stored: dict[str, Any] | None = None,
) -> Response:  # fmt: skip
    """`stored`: what somebody else has saved since, to be compared with the values."""
    days = [(day.isoformat(), page.reader.format.weekday(day)) for day in list_days(event)]
    rooms = _name_options(queries.list_rooms(db, event.id), page.language)
    tracks = _name_options(queries.list_tracks(db, event.id), page.language)
    speakers = [(str(one.id), one.name) for one in queries.list_speakers(db, event.id)]
    named = {"day": dict(days), "room": dict(rooms), "track": dict(tracks), "speakers": dict(speakers)}
    return page.render(
        "programme/session_form.html",
        status=status,
        event=event,
        shown=choose_words(event, page.language),
        session=planned,
        values=values,
        faults=faults,
        version=version,
        stored=_say_values(page, stored, named) if stored else None,
        mine=_say_values(page, values, named) if stored else None,
        days=days,
        rooms=rooms,
        tracks=tracks,
        all_speakers=speakers,
        kinds=SESSION_KINDS,
        states={code: name for code, name in SESSION_STATES.items() if code != "cancelled" or _is_off(planned)},
    )


def _stale_page(db: Db, page: Page, event: Event, code: str, sent: SentForm, stale: ChangedMeanwhile) -> Response:
    """What the editor typed beside what is stored by now: saved again, it takes its place."""
    planned = queries.get_session_anew(db, event.id, code)
    programme = queries.find_programme(db, event.id)
    stored = _stored_values(planned, day_change=programme.day_change if programme else 0)
    return _form_page(
        db, page, event, planned, values=_sent_values(sent), faults={}, status=stale.status, version=planned.version,
        stored=stored,
    )  # fmt: skip


def _say_values(page: Page, values: dict[str, Any], named: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Values of the form as its lists name them."""
    reader = page.reader
    languages = {code: reader.format.language(code) for code in LANGUAGES}
    names: dict[str, Mapping[str, str]] = {
        **named,
        "kind": {code: reader.gettext(label) for code, label in SESSION_KINDS.items()},
        "state": {code: reader.gettext(label) for code, label in SESSION_STATES.items()},
        "language": languages,
        "interpreted": languages,
    }
    said = {}
    for name, value in values.items():
        chosen = value if isinstance(value, list) else [value]
        said[name] = reader.format.join(names.get(name, {}).get(one, one) for one in chosen)
    return said


def _is_off(planned: ProgrammeSession | None) -> bool:
    return planned is not None and planned.state == "cancelled"


def _name_options(named: Sequence[Any], language: str) -> list[tuple[str, str]]:
    return [(str(one.id), name_in(one, language)) for one in named]


def _words_page(
    page: Page, event: Event, planned: ProgrammeSession, code: str, *, values: dict[str, str],
    faults: dict[str, Fault], status: int = 200,
) -> Response:  # fmt: skip
    return page.render(
        "programme/session_words.html", status=status, event=event, session=planned, code=code, values=values,
        faults=faults, shown=choose_words(event, page.language), original=planned.texts[planned.language],
    )  # fmt: skip


def _sent_values(sent: SentForm) -> dict[str, Any]:
    return {name: sent.all(name) if name in MANY else sent.first(name) for name in SessionForm.model_fields}


def _stored_values(planned: ProgrammeSession, *, day_change: int) -> dict[str, Any]:
    text = planned.texts[planned.language]
    starts = planned.starts_at
    return {
        **{name: getattr(text, name) for name in SessionTextForm.model_fields},
        "kind": planned.kind.value, "state": planned.state.value, "language": planned.language,
        "interpreted": planned.interpreted_into, "track": str(planned.track_id or ""),
        "room": str(planned.room_id or ""), "day": find_day(starts, day_change).isoformat() if starts else "",
        "start": f"{starts:%H:%M}" if starts else "", "minutes": str(planned.minutes),
        "capacity": str(planned.capacity or ""), "speakers": [str(link.speaker_id) for link in planned.speakers],
        "listings": "\n".join(link.listing.reference for link in planned.listings),
    }  # fmt: skip
