"""Rooms and tracks of an event."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from market.events.models import Event
from market.events.presenting import choose_words
from market.kernel.errors import BadInput, Fault, Faulty
from market.programme import queries, service
from market.programme.forms import RoomForm, TrackForm
from market.programme.models import Room
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


@router.get("/manage/events/{slug}/programme/rooms/{room_id}/edit", name="programme.edit_room")
def show_room(slug: str, room_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    room = queries.get_room(db, event.id, room_id)
    values = {"name": room.name, "hall": room.hall, "capacity": str(room.capacity or "")}
    return _rooms_page(db, page, event, values=values, faults={}, room=room)


@router.post("/manage/events/{slug}/programme/rooms/remove", name="programme.remove_room")
def remove_room(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    service.remove_room(db, event, read_id(sent), by=viewer, now=now)
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


@router.post("/manage/events/{slug}/programme/rooms/{room_id}/edit", name="programme.do_edit_room")
def edit_room(slug: str, room_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    room = queries.get_room(db, event.id, room_id)
    try:
        service.edit_room(db, event, room, parse_form(RoomForm, sent), by=viewer, now=now)
    except Faulty as problem:
        values = {name: sent.first(name) for name in RoomForm.model_fields}
        refused = _rooms_page(db, page, event, values=values, faults=problem.faults, status=problem.status, room=room)
        raise PageRefused(refused) from problem
    return page.redirect("programme.rooms", slug=slug, notice="saved")


def read_id(sent: SentForm, name: str = "id") -> UUID:
    try:
        return UUID(sent.first(name))
    except ValueError as problem:
        raise BadInput from problem


def _rooms_page(
    db: Db, page: Page, event: Event, *, values: dict[str, Any], faults: dict[str, Fault], status: int = 200,
    room: Room | None = None,
) -> Response:  # fmt: skip
    """`room`: that is edited."""
    return page.render(
        "programme/rooms.html", status=status, event=event, room=room, shown=choose_words(event, page.language),
        rooms=queries.list_rooms(db, event.id), tracks=queries.list_tracks(db, event.id), values=values, faults=faults,
    )  # fmt: skip
