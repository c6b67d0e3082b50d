"""Speakers and interpreters of an event, and when they are there."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from market.events import people
from market.events.forms import LANGUAGE_PAIRS, MOST_PAIRS, InterpreterForm, PresenceForm
from market.events.models import Event, Interpreter, Presence
from market.events.presenting import choose_words
from market.kernel.errors import Fault, Faulty
from market.programme import interpreting, queries, service
from market.programme.forms import SpeakerForm
from market.programme.models import Speaker
from market.programme.pages.parts import read_id
from market.programme.pages.sessions import get_managed
from market.programme.times import list_days
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, SentForm, parse_form
from market.web.page import PageRefused

router = APIRouter()


@router.get("/manage/events/{slug}/programme/speakers", name="programme.speakers")
def show_speakers(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    return _speakers_page(db, page, event, None, values={"language": event.language}, faults={})


@router.post("/manage/events/{slug}/programme/speakers", name="programme.add_speaker")
def add_speaker(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    try:
        service.add_speaker(db, event, parse_form(SpeakerForm, sent), by=viewer, now=now)
    except Faulty as problem:
        refused = _speakers_page(
            db, page, event, None, values=_sent_speaker(sent), faults=problem.faults, status=problem.status
        )
        raise PageRefused(refused) from problem
    return page.redirect("programme.speakers", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/programme/speakers/{person_id}", name="programme.edit_speaker")
def show_speaker(slug: str, person_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    speaker = queries.get_speaker(db, event.id, person_id)
    return _speakers_page(db, page, event, speaker, values=_stored_speaker(speaker), faults={})


@router.post("/manage/events/{slug}/programme/speakers/{person_id}", name="programme.do_edit_speaker")
def edit_speaker(slug: str, person_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    speaker = queries.get_speaker(db, event.id, person_id)
    try:
        service.edit_speaker(db, event, speaker, parse_form(SpeakerForm, sent), by=viewer, now=now)
    except Faulty as problem:
        refused = _speakers_page(
            db, page, event, speaker, values=_sent_speaker(sent), faults=problem.faults, status=problem.status
        )
        raise PageRefused(refused) from problem
    return page.redirect("programme.speakers", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/programme/interpreters", name="programme.interpreters")
def show_interpreters(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    return _interpreters_page(db, page, event, None, values={"language": event.language}, faults={})


@router.post("/manage/events/{slug}/programme/interpreters", name="programme.add_interpreter")
def add_interpreter(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    try:
        interpreting.add_interpreter(db, event, parse_form(InterpreterForm, sent), by=viewer, now=now)
    except Faulty as problem:
        refused = _interpreters_page(
            db, page, event, None, values=_sent_interpreter(sent), faults=problem.faults, status=problem.status
        )
        raise PageRefused(refused) from problem
    return page.redirect("programme.interpreters", slug=slug, notice="saved")


@router.get("/manage/events/{slug}/programme/interpreters/{person_id}", name="programme.edit_interpreter")
def show_interpreter(slug: str, person_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    interpreter = people.get_interpreter(db, event.id, person_id)
    return _interpreters_page(db, page, event, interpreter, values=_stored_interpreter(interpreter), faults={})


@router.post("/manage/events/{slug}/programme/interpreters/{person_id}", name="programme.do_edit_interpreter")
def edit_interpreter(
    slug: str, person_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page
) -> Response:
    event = get_managed(db, slug, viewer)
    interpreter = people.get_interpreter(db, event.id, person_id)
    try:
        form = parse_form(InterpreterForm, sent)
        interpreting.edit_interpreter(db, event, interpreter, form, by=viewer, now=now)
    except Faulty as problem:
        refused = _interpreters_page(
            db, page, event, interpreter, values=_sent_interpreter(sent), faults=problem.faults, status=problem.status
        )
        raise PageRefused(refused) from problem
    return page.redirect("programme.interpreters", slug=slug, notice="saved")


@router.post("/manage/events/{slug}/programme/interpreters/{person_id}/remove", name="programme.remove_interpreter")
def remove_interpreter(
    slug: str, person_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page
) -> Response:
    event = get_managed(db, slug, viewer)
    interpreter = people.get_interpreter(db, event.id, person_id)
    interpreting.remove_interpreter(db, event, interpreter, by=viewer, now=now)
    return page.redirect("programme.interpreters", slug=slug, notice="saved")


@router.post("/manage/events/{slug}/programme/people/{person_id}/times", name="programme.add_times")
def add_times(slug: str, person_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    person = _get_person(db, event, person_id)
    try:
        interpreting.add_presence(db, event, person_id, parse_form(PresenceForm, sent), by=viewer, now=now)
    except Faulty as problem:
        times = {name: sent.first(name) for name in PresenceForm.model_fields}
        page.stand_at(page.url(_page_of(person), slug=slug, person_id=str(person_id)))
        refused = _person_page(db, page, event, person, times=times, faults=problem.faults, status=problem.status)
        raise PageRefused(refused) from problem
    return page.redirect(_page_of(person), slug=slug, person_id=str(person_id), notice="saved")


@router.post("/manage/events/{slug}/programme/people/{person_id}/times/remove", name="programme.remove_times")
def remove_times(slug: str, person_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    person = _get_person(db, event, person_id)
    interpreting.remove_presence(db, event, read_id(sent), by=viewer, now=now)
    return page.redirect(_page_of(person), slug=slug, person_id=str(person_id), notice="saved")


def _get_person(db: Db, event: Event, person_id: UUID) -> Speaker | Interpreter:
    speaker = db.get(Speaker, person_id)
    if speaker is not None and speaker.event_id == event.id:
        return speaker
    return people.get_interpreter(db, event.id, person_id)


def _page_of(person: Speaker | Interpreter) -> str:
    return "programme.edit_speaker" if isinstance(person, Speaker) else "programme.edit_interpreter"


def _person_page(
    db: Db, page: Page, event: Event, person: Speaker | Interpreter, *, times: dict[str, str],
    faults: dict[str, Fault], status: int,
) -> Response:  # fmt: skip
    """Of the one or the other, with times that were refused."""
    if isinstance(person, Speaker):
        values = _stored_speaker(person)
        return _speakers_page(db, page, event, person, values=values, times=times, faults=faults, status=status)
    stored = _stored_interpreter(person)
    return _interpreters_page(db, page, event, person, values=stored, times=times, faults=faults, status=status)


def _stored_speaker(speaker: Speaker) -> dict[str, str]:
    return {name: getattr(speaker, name) or "" for name in SpeakerForm.model_fields}


def _sent_speaker(sent: SentForm) -> dict[str, str]:
    return {name: sent.first(name) for name in SpeakerForm.model_fields}


def _stored_interpreter(interpreter: Interpreter) -> dict[str, Any]:
    return {
        "name": interpreter.name, "language": interpreter.language, "email": interpreter.email or "",
        "pairs": interpreter.pairs,
    }  # fmt: skip


def _sent_interpreter(sent: SentForm) -> dict[str, Any]:
    return {**{name: sent.first(name) for name in ("name", "language", "email")}, "pairs": sent.all("pairs")}


def _speakers_page(
    db: Db, page: Page, event: Event, speaker: Speaker | None, *, values: dict[str, str], faults: dict[str, Fault],
    status: int = 200, times: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    return page.render(
        "programme/speakers.html", status=status, event=event, shown=choose_words(event, page.language),
        person=speaker, speakers=queries.list_speakers(db, event.id), values=values, faults=faults,
        **_say_times(db, page, event, speaker, times),
    )  # fmt: skip


def _interpreters_page(
    db: Db, page: Page, event: Event, interpreter: Interpreter | None, *, values: dict[str, Any],
    faults: dict[str, Fault], status: int = 200, times: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    names = {pair: " – ".join(map(page.reader.format.language, pair.split())) for pair in LANGUAGE_PAIRS}
    return page.render(
        "programme/interpreters.html", status=status, event=event, shown=choose_words(event, page.language),
        person=interpreter, interpreters=people.list_interpreters(db, event.id), values=values, faults=faults,
        pair_names=names, pairs=sorted(names.items(), key=lambda pair: pair[1]), most_pairs=MOST_PAIRS,
        **_say_times(db, page, event, interpreter, times),
    )  # fmt: skip


def _say_times(
    db: Db, page: Page, event: Event, person: Speaker | Interpreter | None, times: dict[str, str] | None
) -> dict[str, Any]:
    stored: Sequence[Presence] = people.list_presences(db, person.id) if person is not None else ()
    days = [(day.isoformat(), page.reader.format.weekday(day)) for day in list_days(event)]
    return {"presences": stored, "times": times or {}, "days": days}
