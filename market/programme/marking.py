"""What visitors keep of a programme: sessions that they mark, and the address at which their calendar follows them."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from market.accounts.queries import lock_user
from market.events.models import Event
from market.kernel.errors import N_, BadInput, Refusal
from market.kernel.viewer import Viewer
from market.programme import schedules
from market.programme.feed_tokens import new_handle
from market.programme.models import Programme, ScheduleFeed, SessionMark

MOST_MARKS: Final = 300
"""Of one event: more than anybody can go to."""


class ScheduleFull(Refusal):
    status = 409
    message = N_("A schedule has at most %(most)s sessions.")


def mark_session(session: Session, programme: Programme, code: str, *, by: Viewer, now: datetime) -> None:
    """Marking twice changes nothing, also twice at once: the second waits, then finds the mark."""
    lock_user(session, by.id)
    session_id = schedules.get_released_id(session, programme.current_release_id, code)
    if session.get(SessionMark, (by.id, session_id)) is None:
        _add(session, programme, {session_id}, by=by, now=now)


def unmark_session(session: Session, programme: Programme, code: str, *, by: Viewer, now: datetime) -> None:
    """Twice is harmless."""
    session_id = schedules.get_released_id(session, programme.current_release_id, code)
    _drop(session, programme, {session_id}, by=by, now=now)


def choose_of_day(
    session: Session, programme: Programme, day: date, codes: Collection[str], *, by: Viewer, now: datetime
) -> None:
    """Of that day's sessions these are on the schedule afterwards, and no others."""
    lock_user(session, by.id)
    offered = schedules.map_released_ids(session, programme, day)
    if not offered.keys() >= set(codes):
        raise BadInput
    marked = schedules.list_marked_ids(session, programme.event_id, by.id)
    wanted = {offered[code] for code in codes}
    _add(session, programme, wanted - marked, by=by, now=now)
    _drop(session, programme, marked.intersection(offered.values()) - wanted, by=by, now=now)


def make_feed(session: Session, event: Event, *, by: Viewer, now: datetime) -> None:
    """A new address for the calendar; the last one counts no more."""
    lock_user(session, by.id)
    feed = session.get(ScheduleFeed, (by.id, event.id))
    if feed is None:
        session.add(ScheduleFeed(user_id=by.id, event_id=event.id, handle=new_handle(), made_at=now, changed_at=now))
    else:
        feed.handle, feed.made_at = new_handle(), now


def end_feed(session: Session, event: Event, *, by: Viewer) -> None:
    """Ending one that has ended is harmless."""
    session.execute(delete(ScheduleFeed).where(ScheduleFeed.user_id == by.id, ScheduleFeed.event_id == event.id))


def _add(session: Session, programme: Programme, ids: Collection[UUID], *, by: Viewer, now: datetime) -> None:
    if not ids:
        return
    if len(schedules.list_marked_ids(session, programme.event_id, by.id)) + len(ids) > MOST_MARKS:
        raise ScheduleFull(most=MOST_MARKS)
    session.add_all(SessionMark(user_id=by.id, session_id=session_id, marked_at=now) for session_id in ids)
    _note_change(session, programme, by=by, now=now)


def _drop(session: Session, programme: Programme, ids: Collection[UUID], *, by: Viewer, now: datetime) -> None:
    dropped = delete(SessionMark).where(SessionMark.user_id == by.id, SessionMark.session_id.in_(ids))
    if ids and session.scalars(dropped.returning(SessionMark.session_id)).all():
        _note_change(session, programme, by=by, now=now)


def _note_change(session: Session, programme: Programme, *, by: Viewer, now: datetime) -> None:
    """For calendars that ask by the day of the last change: when a mark has gone, what is left is older."""
    kept = (ScheduleFeed.user_id == by.id, ScheduleFeed.event_id == programme.event_id)
    session.execute(update(ScheduleFeed).where(*kept).values(changed_at=now))
