"""After every change of a working copy: who is bound by it, and what is in conflict, are stored anew."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.events.commitments import Bond, list_elsewhere, replace_bonds
from market.events.enums import BoundAs, EventState
from market.events.models import Event, Interpreter, Presence
from market.events.people import list_interpreters, map_presences
from market.kernel import outbox
from market.kernel.errors import Fault, Faulty
from market.kernel.zones import find_instant
from market.programme import queries
from market.programme.conflicts import CONFLICTS, Conflict, Surroundings, find_conflicts
from market.programme.enums import ConflictKind, SessionState, Severity
from market.programme.facts import BoundElsewhere
from market.programme.models import Programme, ProgrammeSession, Speaker, StoredConflict

FIELDS: Final[Mapping[ConflictKind, str]] = {
    ConflictKind.ROOM: "room", ConflictKind.CAPACITY: "capacity", ConflictKind.OUTSIDE: "day",
    ConflictKind.UNPLACED: "day", ConflictKind.UNCONFIRMED: "state", ConflictKind.SHOWN_LISTING: "listings",
    ConflictKind.UNINTERPRETED: "interpreted", ConflictKind.INTERPRETER: "start", ConflictKind.TRAVEL: "start",
    ConflictKind.WRONG_PAIR: "language", ConflictKind.NO_REST: "start",
}  # fmt: skip
"""Kind of conflict → the field of a session's form that it is told beside; of the others it is the speakers'."""

Person = Speaker | Interpreter


HELD: Final = "checks_held"


@contextmanager
def checking_once(session: Session, event: Event, *, now: datetime) -> Iterator[None]:
    """Around many changes of one working copy: what they ask for is done once, at the end."""
    session.info[HELD] = True
    try:
        yield
    finally:
        del session.info[HELD]
    programme = queries.find_programme(session, event.id)
    if programme is not None:
        recheck(session, event, programme, now=now)


def recheck(session: Session, event: Event, programme: Programme, *, now: datetime) -> list[Conflict]:
    """Whoever changes a working copy calls it in the same transaction, so what is stored is never of another state."""
    if HELD in session.info:
        return []
    session.flush()  # what was linked is read back
    _forget_links(session)
    sessions = queries.list_plans(session, event.id)
    people = _list_people(session, event)
    presences = map_presences(session, event.id)
    wanted = [*_bind_sessions(event, sessions), *_bind_duties(event, people, presences)]
    changed = replace_bonds(session, event.id, wanted)
    _tell_other_events(session, event.id, changed)
    around = _look_around(session, event, programme, people, presences)
    found = find_conflicts(event, sessions, day_change=programme.day_change, around=around)
    _store(session, event.id, found, now=now)
    programme.checked_at = programme.checked_at or now
    return found


def _forget_links(session: Session) -> None:
    """What was linked in this transaction is read back together with what it is linked to."""
    for one in list(session.identity_map.values()):
        if isinstance(one, ProgrammeSession):
            session.expire(one, ["room", "speakers", "interpreters", "listings"])


def refuse_blocked(conflicts: Iterable[Conflict], planned: ProgrammeSession) -> None:
    """What the event's rules let nobody save: told beside the field it comes from."""
    faults: dict[str, Fault] = {}
    for one in conflicts:
        if one.severity is Severity.BLOCK and planned in (one.session, one.other):
            faults.setdefault(FIELDS.get(one.kind, "speakers"), Fault(CONFLICTS[one.kind]))
    if faults:
        raise Faulty(faults)


def _bind_sessions(event: Event, sessions: Iterable[ProgrammeSession]) -> Iterator[Bond]:
    """An event that is called off binds nobody."""
    if event.state is EventState.CANCELLED:
        return
    for one in sessions:
        if one.state is SessionState.CANCELLED or one.starts_utc is None:
            continue
        ends = one.starts_utc + timedelta(minutes=one.minutes)
        hall = one.room.hall if one.room is not None else ""
        for link in one.speakers:
            yield Bond(link.speaker.bound_id, BoundAs.SPEAKER, one.id, one.starts_utc, ends, hall)
        for channel in one.interpreters:
            yield Bond(channel.interpreter.bound_id, BoundAs.INTERPRETER, one.id, one.starts_utc, ends, hall)


def _bind_duties(
    event: Event, people: Iterable[Person], presences: Mapping[UUID, Sequence[Presence]]
) -> Iterator[Bond]:
    """As `_bind_sessions`."""
    if event.state is EventState.CANCELLED:
        return
    for person in people:
        duties = [one for one in presences.get(person.id, ()) if one.is_away]
        yield from (_bind_duty(event, person, one) for one in duties)


def _bind_duty(event: Event, person: Person, duty: Presence) -> Bond:
    starts, ends = find_instant(duty.starts_at, event.zone), find_instant(duty.ends_at, event.zone)
    return Bond(person.bound_id, BoundAs.DUTY, duty.id, starts, ends)


def look_around(session: Session, event: Event, programme: Programme) -> Surroundings:
    """As it is stored, for whoever only asks what would be."""
    return _look_around(session, event, programme, _list_people(session, event), map_presences(session, event.id))


def _list_people(session: Session, event: Event) -> Sequence[Person]:
    return [*queries.list_speakers(session, event.id), *list_interpreters(session, event.id)]


def _look_around(
    session: Session, event: Event, programme: Programme, people: Sequence[Person],
    presences: Mapping[UUID, Sequence[Presence]],
) -> Surroundings:  # fmt: skip
    """Only who has an account can be bound by another event."""
    accounts = {person.user_id for person in people if person.user_id is not None}
    bound: dict[UUID, list[Bond]] = defaultdict(list)
    for bond in [*list_elsewhere(session, event.id, accounts), *_bind_duties(event, people, presences)]:
        bound[bond.bound_id].append(bond)
    return Surroundings(
        bound=bound, presences=presences, has_interpreters=any(isinstance(one, Interpreter) for one in people),
        travel_minutes=programme.travel_minutes, severities=programme.severities,
    )  # fmt: skip


def _tell_other_events(session: Session, event_id: UUID, people: set[UUID]) -> None:
    """Their programmes are checked again, each in a transaction of its own: also those that bind the same people at the
    same moment and are not seen yet. Whoever has no account is known to no other event."""
    for other_id in queries.list_events_with(session, people) - {event_id}:
        outbox.record(session, BoundElsewhere(other_id), by=None)


def _store(session: Session, event_id: UUID, found: Sequence[Conflict], *, now: datetime) -> None:
    """What was found before keeps its row, and the time when it was found first."""
    stored = session.scalars(select(StoredConflict).where(StoredConflict.event_id == event_id)).all()
    kept: defaultdict[tuple[object, ...], list[StoredConflict]] = defaultdict(list)
    for row in stored:
        kept[row.kind, row.severity, row.session_id, row.other_id, row.name].append(row)
    for position, one in enumerate(found):
        other_id = one.other.id if one.other is not None else None
        same = kept[one.kind, one.severity, one.session.id, other_id, one.name]
        if same:
            same.pop().position = position
        else:
            row = StoredConflict(
                event_id=event_id, kind=one.kind, severity=one.severity, session_id=one.session.id, other_id=other_id,
                name=one.name, position=position, found_at=now,
            )  # fmt: skip
            session.add(row)
    for rows in kept.values():
        for row in rows:
            session.delete(row)
