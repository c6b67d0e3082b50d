"""Sessions of the working copy to other places: one or many, all of them or none, and what would come of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from market.events.models import Event
from market.events.service import check_editor
from market.kernel import outbox
from market.kernel.errors import N_, BadInput, Fault, Faulty, Refusal
from market.kernel.viewer import Viewer
from market.programme import queries
from market.programme.checking import look_around, recheck, refuse_blocked
from market.programme.conflicts import Conflict, Surroundings, find_conflicts
from market.programme.enums import SessionState
from market.programme.facts import SessionChanged
from market.programme.formats.times import find_day
from market.programme.forms import BlockForm, PlaceForm
from market.programme.models import Programme, ProgrammeSession, Room
from market.programme.service import NOT_OF_EVENT, check_place, open_programme, place_session
from market.programme.times import list_days

LONGEST_LIST: Final = 5

NOWHERE = N_("Please say where to: a day, a room, or some minutes.")


class MovedMeanwhile(Refusal):
    status = 409
    message = N_("Nothing was moved, because somebody else has changed these sessions meanwhile: %(names)s")


@dataclass(frozen=True, slots=True)
class Move:
    """`version`: the one that whoever moves it saw. Without a start it waits for a place again."""

    session_id: UUID
    version: int
    starts_at: datetime | None
    room_id: UUID | None


def find_move(
    session: Session, event: Event, programme: Programme, planned: ProgrammeSession, *, form: PlaceForm, version: int
) -> Move:
    """What a form asks for, checked."""
    starts_at, faults = check_place(session, event, programme, form)
    if faults:
        raise Faulty(faults)
    return Move(planned.id, version, starts_at, form.room)


def find_block(
    event: Event, rooms: Sequence[Room], sessions: Iterable[ProgrammeSession], *, form: BlockForm, day_change: int
) -> list[Move]:
    """Where each of these goes as one block, from where it is."""
    faults = {}
    if form.to_day is not None and form.to_day not in list_days(event):
        faults["to_day"] = Fault(NOT_OF_EVENT)
    if form.to_room is not None and form.to_room not in {room.id for room in rooms}:
        faults["to_room"] = Fault(NOT_OF_EVENT)
    if not form.minutes and form.to_day is None and form.to_room is None:
        faults["minutes"] = Fault(NOWHERE)
    if faults:
        raise Faulty(faults)
    return [
        Move(one.id, one.version, _shift(one.starts_at, form, day_change), form.to_room or one.room_id)
        for one in sessions
    ]


def _shift(starts_at: datetime | None, form: BlockForm, day_change: int) -> datetime | None:
    if starts_at is None:
        return None
    days = _count_days(starts_at, form.to_day, day_change) if form.to_day else 0
    return starts_at + timedelta(days=days, minutes=form.minutes)


def _count_days(starts_at: datetime, day: date, day_change: int) -> int:
    return (day - find_day(starts_at, day_change)).days


def move_sessions(session: Session, event: Event, moves: Sequence[Move], *, by: Viewer, now: datetime) -> int:
    """How many were elsewhere before. One that was changed since it was seen, or called off, and none is moved."""
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    planned = queries.map_sessions_anew(session, event.id, {move.session_id for move in moves})
    _refuse_changed(session, planned, moves)
    rooms = {room.id for room in queries.list_rooms(session, event.id)}
    if any(move.room_id is not None and move.room_id not in rooms for move in moves):
        raise BadInput
    moved = [move for move in moves if _is_elsewhere(planned[move.session_id], move)]
    for move in moved:
        _put(planned[move.session_id], move, zone=event.zone)
        planned[move.session_id].changed_at = now
        outbox.record(session, SessionChanged(move.session_id, event.id), by=by.person_id)
    found = recheck(session, event, programme, now=now)
    for move in moved:
        refuse_blocked(found, planned[move.session_id])
    return len(moved)


def _refuse_changed(session: Session, planned: Mapping[UUID, ProgrammeSession], moves: Sequence[Move]) -> None:
    changed = [move.session_id for move in moves if not _is_as_seen(planned.get(move.session_id), move)]
    if changed:
        names = queries.list_titles(session, changed)
        shown = names[:LONGEST_LIST] + ["…"] * (len(names) != len(changed) or len(names) > LONGEST_LIST)
        raise MovedMeanwhile(names=", ".join(shown))


def _is_as_seen(planned: ProgrammeSession | None, move: Move) -> bool:
    return planned is not None and planned.version == move.version and planned.state is not SessionState.CANCELLED


def _is_elsewhere(planned: ProgrammeSession, move: Move) -> bool:
    return (planned.starts_at, planned.room_id) != (move.starts_at, move.room_id)


def _put(planned: ProgrammeSession, move: Move, *, zone: str) -> None:
    planned.room_id = move.room_id
    if move.starts_at is None:
        planned.starts_at = planned.starts_utc = None
    else:
        place_session(planned, move.starts_at, zone=zone)


def find_new_conflicts(
    session: Session, event: Event, moves: Sequence[Move]
) -> tuple[Sequence[ProgrammeSession], list[Conflict]]:
    """All sessions, and the conflicts that there would be and are not. The sessions that move are taken out of the
    database's session and stand in their new places afterwards."""
    sessions = queries.list_sessions(session, event.id)
    programme = queries.find_programme(session, event.id)
    day_change = programme.day_change if programme else 0
    around = look_around(session, event, programme) if programme else Surroundings()
    rooms = {room.id: room for room in queries.list_rooms(session, event.id)}
    before = {_name(one) for one in find_conflicts(event, sessions, day_change=day_change, around=around)}
    wanted = {move.session_id: move for move in moves}
    for one in sessions:
        if move := wanted.get(one.id):
            session.expunge(one)
            _put(one, move, zone=event.zone)
            one.room = rooms[move.room_id] if move.room_id else None
    after = find_conflicts(event, sessions, day_change=day_change, around=around)
    return sessions, [one for one in after if _name(one) not in before]


def _name(one: Conflict) -> tuple[str, frozenset[UUID], str]:
    """The same conflict before and after, whichever of two sessions begins first. Two in one room are the same two
    only in the same room."""
    return one.kind, frozenset({one.session.id} | ({one.other.id} if one.other else set())), one.name
