"""Releases: what visitors, calendars and other programs see. Each says what it changed against the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from market.events.models import Event
from market.events.service import check_editor
from market.kernel import outbox
from market.kernel.errors import N_, Fault, Faulty, Refusal
from market.kernel.viewer import Viewer
from market.programme import queries, released, rules
from market.programme.checking import recheck
from market.programme.enums import ChangeKind
from market.programme.facts import ProgrammeReleased
from market.programme.forms import ReleaseForm
from market.programme.models import (
    Programme,
    ProgrammeSession,
    Release,
    ReleasedSlot,
    SessionChange,
)
from market.programme.service import TAKEN_NAME, open_programme


class NothingChanged(Refusal):
    status = 409
    message = N_("Nothing has changed since the last release.")


class ReleaseBlocked(Refusal):
    status = 409
    message = N_("There are conflicts that no release may have. They are listed on the programme's page.")


@dataclass(frozen=True, slots=True)
class Change:
    """`before`: its slot in the release before; none for a new one."""

    kind: ChangeKind
    session: ProgrammeSession
    before: ReleasedSlot | None


def find_changes(sessions: Sequence[ProgrammeSession], before: Mapping[UUID, ReleasedSlot]) -> list[Change]:
    """What a release made now would change, in the order of the sessions."""
    changes = []
    for one in sessions:
        slot = before.get(one.id)
        was_shown = slot is not None and not slot.is_cancelled
        if rules.is_releasable(one):
            if not was_shown:
                changes.append(Change(ChangeKind.NEW, one, slot))
            elif slot is not None and rules.is_moved(slot, one):
                changes.append(Change(ChangeKind.MOVED, one, slot))
        elif was_shown:
            changes.append(Change(ChangeKind.CANCELLED, one, slot))
    return changes


def map_slots(session: Session, programme: Programme | None) -> dict[UUID, ReleasedSlot]:
    """Session → its slot in the current release."""
    if programme is None or programme.current_release_id is None:
        return {}
    return released.map_released(session, programme.current_release_id)


def release_programme(
    session: Session, event: Event, form: ReleaseForm, *, by: Viewer, now: datetime, despite_conflicts: bool = False
) -> Release:
    """Shows the working copy to everybody. One transaction: who reads meanwhile sees the release before, whole."""
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    sessions = queries.list_plans(session, event.id)
    if programme.checked_at is None:
        recheck(session, event, programme, now=now)
    if queries.has_grave_conflict(session, event.id) and not despite_conflicts:
        raise ReleaseBlocked
    before = map_slots(session, programme)
    changes = find_changes(sessions, before)
    if not changes and programme.current_release_id is not None:
        raise NothingChanged
    release = _make_release(session, event, form, changes, by=by, now=now)
    _write_slots(session, release, sessions, before, changes, now=now)
    _write_changes(session, event, release, changes)
    programme.current_release_id = release.id
    programme.version += 1
    programme.changed_at = now
    outbox.record(session, ProgrammeReleased(release.id, event.id), by=by.person_id)
    return release


def _make_release(
    session: Session, event: Event, form: ReleaseForm, changes: Sequence[Change], *, by: Viewer, now: datetime
) -> Release:
    releases = queries.list_releases(session, event.id, limit=1)
    number = releases[0].number + 1 if releases else 1
    name = form.name or f"{number}.0"
    if queries.is_release_named(session, event.id, name):
        raise Faulty({"name": Fault(TAKEN_NAME)})
    counts = {kind.value: sum(change.kind is kind for change in changes) for kind in ChangeKind}
    release = Release(
        id=uuid4(), event_id=event.id, number=number, name=name, comment=form.comment, released_at=now,
        released_by_id=by.person_id, counts=counts,
    )  # fmt: skip
    session.add(release)
    session.flush()  # slots and changes need it
    return release


def _write_slots(
    session: Session, release: Release, sessions: Sequence[ProgrammeSession], before: Mapping[UUID, ReleasedSlot],
    changes: Sequence[Change], *, now: datetime,
) -> None:  # fmt: skip
    """What is shown, and what was called off in this release or before: calendars have to hear of it as long as they
    ask."""
    changed = {change.session.id for change in changes}
    rows = []
    for one in sessions:
        slot = before.get(one.id)
        is_shown = rules.is_releasable(one)
        if not is_shown and slot is None:
            continue
        sequence = slot.sequence + 1 if slot is not None and one.id in changed else (slot.sequence if slot else 0)
        source = one if is_shown else slot
        assert source is not None  # noqa: S101 - see the loop's first question
        rows.append(
            {
                "release_id": release.id, "session_id": one.id, "room_id": source.room_id,
                "starts_at": source.starts_at, "starts_utc": source.starts_utc, "minutes": source.minutes,
                "sequence": sequence, "is_cancelled": not is_shown,
                "changed_at": now if slot is None or one.id in changed else slot.changed_at,
            }
        )  # fmt: skip
    if rows:
        session.execute(insert(ReleasedSlot), rows)


def _write_changes(session: Session, event: Event, release: Release, changes: Sequence[Change]) -> None:
    rooms = {room.id: room.name for room in queries.list_rooms(session, event.id)}
    rows = []
    for change in changes:
        one, slot = change.session, change.before
        is_known, is_gone = change.kind is not ChangeKind.NEW, change.kind is ChangeKind.CANCELLED
        rows.append(
            {
                "release_id": release.id, "session_id": one.id, "kind": change.kind.value,
                "old_starts_at": slot.starts_at if is_known and slot else None,
                "old_room": rooms.get(slot.room_id, "") if is_known and slot and slot.room_id else "",
                "new_starts_at": None if is_gone else one.starts_at,
                "new_room": "" if is_gone or one.room_id is None else rooms.get(one.room_id, ""),
            }
        )  # fmt: skip
    if rows:
        session.execute(insert(SessionChange), rows)
