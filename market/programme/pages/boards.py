"""The working copy as a board: a day of it, one session moved, and many moved as a block."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Response

from market.events.models import Event
from market.events.presenting import choose_words
from market.kernel.errors import BadInput, Fault, Faulty
from market.programme import moving, queries, service
from market.programme.board import lay_out, list_of_day
from market.programme.conflicts import CONFLICTS, Conflict, blocks_release
from market.programme.formats.times import find_day
from market.programme.forms import BlockForm, PlaceForm
from market.programme.models import Programme, ProgrammeSession
from market.programme.pages.sessions import get_managed
from market.programme.presenting import choose_session_words, name_in, show_conflicts
from market.programme.times import list_days
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import MESSAGES, Sent, SentForm, parse_form
from market.web.notices import NOTICES
from market.web.page import NOTICE, PageRefused

router = APIRouter()

PLACE_FIELDS = tuple(PlaceForm.model_fields)
BLOCK_FIELDS = tuple(BlockForm.model_fields)
SHOWN_CONFLICTS = 500
SAVED = "saved"
assert SAVED in NOTICES  # noqa: S101 - an address of ours carries it


@router.get("/manage/events/{slug}/programme/board", name="programme.board")
def show_board(slug: str, db: Db, viewer: SignedIn, page: Page, day: str = "", move: str = "") -> Response:
    """`move`: the session whose form is shown."""
    event = get_managed(db, slug, viewer)
    values: dict[str, str] = {}
    chosen = queries.get_session(db, event.id, move) if move else None
    if chosen is not None:
        values = _place_values(chosen, day_change=_day_change(queries.find_programme(db, event.id)))
    return _board_page(db, page, event, _read_day(event, day or values.get("day", "")), chosen=chosen, values=values)


@router.post("/manage/events/{slug}/programme/board", name="programme.move_session")
def move_session(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    code, version, day = sent.first("_session"), sent.number("_version"), _read_day(event, sent.first("_day"))
    values = {name: sent.first(name) for name in PLACE_FIELDS}
    planned = queries.get_session(db, event.id, code)
    try:
        programme = service.open_programme(db, event, now=now)
        form = parse_form(PlaceForm, sent)
        move = moving.find_move(db, event, programme, planned, form=form, version=version)
        moving.move_sessions(db, event, [move], by=viewer, now=now)
    except Faulty as problem:
        shown = _board_page(
            db, page, event, day, chosen=planned, values=values, faults=problem.faults, status=problem.status,
            version=version,
        )  # fmt: skip
        raise PageRefused(shown) from problem
    except moving.MovedMeanwhile as stale:
        db.expire_all()
        planned = queries.get_session_anew(db, event.id, code)
        stored = _place_values(planned, day_change=programme.day_change)
        shown = _board_page(
            db, page, event, day, chosen=planned, values=values, status=stale.status, stored=stored
        )  # fmt: skip
        raise PageRefused(shown) from stale
    return _back_to_board(page, slug, form.day or day)


@router.get("/manage/events/{slug}/programme/block", name="programme.block")
def show_block(
    slug: str, db: Db, viewer: SignedIn, page: Page, day: str = "", room: str = "", track: str = "",
    session: Annotated[Sequence[str], Query()] = (), minutes: str = "", to_day: str = "", to_room: str = "",
    preview: str = "",
) -> Response:  # fmt: skip
    """A day's sessions to choose from; with `preview` what moving the chosen ones would make."""
    event = get_managed(db, slug, viewer)
    asked = _Block(_read_day(event, day), _read_id(room), _read_id(track))
    values = {"minutes": minutes, "to_day": to_day, "to_room": to_room}
    if not preview:
        return _block_page(db, page, event, asked, values=values, chosen=None)
    try:
        sent = SentForm({name: [value] for name, value in values.items()})
        moves = _find_moves(db, event, session, parse_form(BlockForm, sent))
    except Faulty as problem:
        return _block_page(
            db, page, event, asked, values=values, chosen=session, faults=problem.faults, status=problem.status
        )
    return _block_page(db, page, event, asked, values=values, chosen=session, moves=moves)


@router.post("/manage/events/{slug}/programme/block", name="programme.move_block")
def move_block(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    asked = _Block(_read_day(event, sent.first("_day")), _read_id(sent.first("_room")), _read_id(sent.first("_track")))
    values = {name: sent.first(name) for name in BLOCK_FIELDS}
    seen = _read_seen(sent.first("_seen"))
    try:
        form = parse_form(BlockForm, sent)
        moves = _find_moves(db, event, list(seen), form, seen=seen)
        moving.move_sessions(db, event, moves, by=viewer, now=now)
    except Faulty as problem:
        shown = _block_page(
            db, page, event, asked, values=values, chosen=list(seen), faults=problem.faults, status=problem.status
        )
        raise PageRefused(shown) from problem
    except moving.MovedMeanwhile as stale:
        db.expire_all()
        shown = _block_page(
            db, page, event, asked, values=values, chosen=list(seen), status=stale.status, refusal=page.say(stale)
        )
        raise PageRefused(shown) from stale
    return _back_to_board(page, slug, form.to_day or asked.day)


@dataclass(frozen=True, slots=True)
class _Block:
    """What a list of a day's sessions is narrowed down by."""

    day: date
    room: UUID | None
    track: UUID | None

    def holds(self, one: ProgrammeSession) -> bool:
        return self.room in (None, one.room_id) and self.track in (None, one.track_id)


def _find_moves(
    db: Db, event: Event, codes: Sequence[str], form: BlockForm, *, seen: dict[str, int] | None = None
) -> list[moving.Move]:
    """Of those that were chosen, as they are now or, with `seen`, as they were shown."""
    day_change = _day_change(queries.find_programme(db, event.id))
    chosen = [one for one in queries.list_plans(db, event.id) if one.code in set(codes)]
    if not chosen:
        raise Faulty({"session": Fault(MESSAGES["too_short"], min_length=1)})
    rooms = queries.list_rooms(db, event.id)
    moves = moving.find_block(event, rooms, chosen, form=form, day_change=day_change)
    if seen is None:
        return moves
    versions = {one.id: seen[one.code] for one in chosen}
    gone = len(seen) - len(chosen)
    if gone:
        raise moving.MovedMeanwhile(names="…")
    return [moving.Move(one.session_id, versions[one.session_id], one.starts_at, one.room_id) for one in moves]


def _board_page(
    db: Db, page: Page, event: Event, day: date, *, chosen: ProgrammeSession | None, values: dict[str, str],
    faults: dict[str, Fault] | None = None, status: int = 200, version: int | None = None,
    stored: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    programme = queries.find_programme(db, event.id)
    day_change = _day_change(programme)
    sessions, rooms = queries.list_sessions(db, event.id), queries.list_rooms(db, event.id)
    conflicts = show_conflicts(queries.list_conflicts(db, event.id, limit=SHOWN_CONFLICTS), sessions)
    shown = {one.id for one in list_of_day(sessions, day, day_change=day_change)}
    return page.render(
        "programme/board.html", status=status, event=event, shown=choose_words(event, page.language), day=day,
        days=list_days(event), day_options=_name_days(page, event), room_options=_name_rooms(page, rooms),
        board=lay_out(
            rooms, sessions, day, day_change=day_change, slot_minutes=programme.slot_minutes if programme else 15
        ),
        may_drop=lambda row: find_day(row.starts_at, day_change) == day,
        room_names=[name_in(room, page.language) for room in rooms],
        titles={one.id: choose_session_words(one.texts, one.language, page.language) for one in sessions},
        conflicts=[one for one in conflicts if _is_about(one, shown)], conflict_names=CONFLICTS,
        clashing={id_ for one in conflicts if blocks_release([one]) for id_ in _list_ids(one)},
        chosen=chosen, values=values, faults=faults or {}, version=version or (chosen.version if chosen else 0),
        stored=_say_place(page, event, rooms, stored) if stored else None,
        mine=_say_place(page, event, rooms, values) if stored else None,
    )  # fmt: skip


def _block_page(
    db: Db, page: Page, event: Event, asked: _Block, *, values: dict[str, str], chosen: Sequence[str] | None,
    faults: dict[str, Fault] | None = None, status: int = 200, moves: Sequence[moving.Move] = (), refusal: str = "",
) -> Response:  # fmt: skip
    """`chosen`: codes of those that are ticked; all where nothing was sent yet."""
    day_change = _day_change(queries.find_programme(db, event.id))
    rooms, tracks = queries.list_rooms(db, event.id), queries.list_tracks(db, event.id)
    plans = queries.list_plans(db, event.id)
    before = {one.id: (one.starts_at, one.room_id) for one in plans}
    listed = [one.id for one in list_of_day(plans, asked.day, day_change=day_change) if asked.holds(one)]
    db.expunge_all()  # read again with all their parts, and then put where they would be
    sessions, made = moving.find_new_conflicts(db, event, moves)
    by_id = {one.id: one for one in sessions}
    moved = {move.session_id: move for move in moves}
    return page.render(
        "programme/block.html", status=status, event=event, shown=choose_words(event, page.language), asked=asked,
        days=list_days(event), day_options=_name_days(page, event), room_options=_name_rooms(page, rooms),
        track_options=_name_rooms(page, tracks), room_names={room.id: name_in(room, page.language) for room in rooms},
        listed=[by_id[one] for one in listed], moved=[one for one in sessions if one.id in moved], before=before,
        ticked={by_id[one].code for one in listed} if chosen is None else set(chosen), made=made,
        titles={one.id: choose_session_words(one.texts, one.language, page.language) for one in sessions},
        conflict_names=CONFLICTS,
        seen=" ".join(f"{one.code}:{moved[one.id].version}" for one in sessions if one.id in moved),
        values=values, faults=faults or {}, refusal=refusal,
    )  # fmt: skip


def _back_to_board(page: Page, slug: str, day: date) -> Response:
    query = urlencode({"day": day.isoformat(), NOTICE: SAVED})
    return page.redirect_to(f"{page.url('programme.board', slug=slug)}?{query}")


def _is_about(one: Conflict, shown: set[UUID]) -> bool:
    return any(session_id in shown for session_id in _list_ids(one))


def _list_ids(one: Conflict) -> list[UUID]:
    return [each.id for each in (one.session, one.other) if each is not None]


def _day_change(programme: Programme | None) -> int:
    return programme.day_change if programme else 0


def _read_day(event: Event, text: str) -> date:
    """Of the event; the first one where none of it is asked for."""
    try:
        day = date.fromisoformat(text) if text else event.starts_on
    except ValueError as problem:
        raise BadInput from problem
    return day if event.starts_on <= day <= event.ends_on else event.starts_on


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as problem:
        raise BadInput from problem


def _read_seen(text: str) -> dict[str, int]:
    """Code of a session → the version that was shown."""
    pairs = [part.partition(":") for part in text.split()]
    return {code: SentForm({"version": [version]}).number("version") for code, _colon, version in pairs}


def _place_values(planned: ProgrammeSession, *, day_change: int) -> dict[str, str]:
    starts = planned.starts_at
    return {
        "day": find_day(starts, day_change).isoformat() if starts else "", "start": f"{starts:%H:%M}" if starts else "",
        "room": str(planned.room_id or ""),
    }  # fmt: skip


def _name_days(page: Page, event: Event) -> list[tuple[str, str]]:
    return [(day.isoformat(), page.reader.format.weekday(day)) for day in list_days(event)]


def _name_rooms(page: Page, named: Sequence[Any]) -> list[tuple[str, str]]:
    return [(str(one.id), name_in(one, page.language)) for one in named]


def _say_place(page: Page, event: Event, rooms: Sequence[Any], values: dict[str, str]) -> dict[str, str]:
    names = {"day": dict(_name_days(page, event)), "room": dict(_name_rooms(page, rooms))}
    return {name: names.get(name, {}).get(value, value) for name, value in values.items()}
