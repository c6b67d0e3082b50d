"""Rooms, tracks and speakers of an event."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from market.events.models import Event
from market.events.presenting import choose_words
from market.kernel.errors import BadInput, Fault, Faulty
from market.programme import queries, service
from market.programme.forms import RoomForm, SpeakerForm, TrackForm
from market.programme.models import Speaker
from market.programme.pages.sessions import get_managed
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, SentForm, parse_form
from market.web.page import PageRefused

router = APIRouter()


@router.get("/manage/events/{slug}/programme/rooms", name="programme.rooms")
def show_rooms(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    return _rooms_page(db, page, get_managed(db, slug, viewer), values={}, faults={})


@router.post("/manage/events/{slug}/programme/rooms", name="programme.add_room")
def add_room(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    try:
        service.add_room(db, event, parse_form(RoomForm, sent), by=viewer, now=now)
    except Faulty as problem:
        values = {name: sent.first(name) for name in RoomForm.model_fields}
        refused = _rooms_page(db, page, event, values=values, faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("programme.rooms", slug=slug, notice="saved")


@router.post("/manage/events/{slug}/programme/rooms/remove", name="programme.remove_room")
def remove_room(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    service.remove_room(db, event, _read_id(sent), by=viewer, now=now)
    return page.redirect("programme.rooms", slug=slug, notice="saved")


@router.post("/manage/events/{slug}/programme/rooms/tracks", name="programme.add_track")
def add_track(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    try:
        service.add_track(
            db, event, parse_form(TrackForm, SentForm({"name": sent.all("track_name")})), by=viewer, now=now
        )
    except Faulty as problem:
        faults = {"track_name": next(iter(problem.faults.values()))}
        values = {"track_name": sent.first("track_name")}
        page.stand_at(page.url("programme.rooms", slug=slug))
        refused = _rooms_page(db, page, event, values=values, faults=faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("programme.rooms", slug=slug, notice="saved")


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


@router.get("/manage/events/{slug}/programme/speakers/{speaker_id}", name="programme.edit_speaker")
def show_speaker(slug: str, speaker_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    speaker = queries.get_speaker(db, event.id, speaker_id)
    values = {name: getattr(speaker, name) or "" for name in SpeakerForm.model_fields}
    return _speakers_page(db, page, event, speaker, values=values, faults={})


@router.post("/manage/events/{slug}/programme/speakers/{speaker_id}", name="programme.do_edit_speaker")
def edit_speaker(slug: str, speaker_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    speaker = queries.get_speaker(db, event.id, speaker_id)
    try:
        service.edit_speaker(db, event, speaker, parse_form(SpeakerForm, sent), by=viewer, now=now)
    except Faulty as problem:
        refused = _speakers_page(
            db, page, event, speaker, values=_sent_speaker(sent), faults=problem.faults, status=problem.status
        )
        raise PageRefused(refused) from problem
    return page.redirect("programme.speakers", slug=slug, notice="saved")


def _sent_speaker(sent: SentForm) -> dict[str, str]:
    return {name: sent.first(name) for name in SpeakerForm.model_fields}


def _read_id(sent: SentForm) -> UUID:
    try:
        return UUID(sent.first("id"))
    except ValueError as problem:
        raise BadInput from problem


def _rooms_page(
    db: Db, page: Page, event: Event, *, values: dict[str, Any], faults: dict[str, Fault], status: int = 200
) -> Response:
    return page.render(
        "programme/rooms.html", status=status, event=event, shown=choose_words(event, page.language),
        rooms=queries.list_rooms(db, event.id), tracks=queries.list_tracks(db, event.id), values=values, faults=faults,
    )  # fmt: skip


def _speakers_page(
    db: Db, page: Page, event: Event, speaker: Speaker | None, *, values: dict[str, Any], faults: dict[str, Fault],
    status: int = 200,
) -> Response:  # fmt: skip
    return page.render(
        "programme/speakers.html", status=status, event=event, shown=choose_words(event, page.language),
        speaker=speaker, speakers=queries.list_speakers(db, event.id), values=values, faults=faults,
    )  # fmt: skip
