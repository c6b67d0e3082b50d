"""Every read of events; each that a visitor may reach begins with `visible_to`."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from market.accounts.models import User
from market.events.enums import EventKind, EventState, TeamRole
from market.events.forms import DaysForm, EventForm
from market.events.models import Event, EventText, TeamMember
from market.events.rules import HIDDEN_STATES, NOT_BEGUN, may_edit
from market.kernel.errors import BadInput, NotFound
from market.kernel.viewer import Viewer

READER = bindparam("reader", type_=String)
"""The reader's language in `ROWS`."""

Key = tuple[date, UUID]
ONE_DAY = timedelta(days=1)


def visible_to(viewer: Viewer | None) -> ColumnElement[bool]:
    """What is announced is for everybody, also when it is over or called off; the rest for its team and for staff."""
    public = Event.state.not_in(HIDDEN_STATES)
    if viewer is None:
        return public
    if viewer.is_staff:
        return Event.id.is_not(None)
    return or_(public, organized_by(viewer))


def organized_by(viewer: Viewer) -> ColumnElement[bool]:
    return exists().where(TeamMember.event_id == Event.id, TeamMember.user_id == viewer.id)


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event as lists show it. `language` is that of `title`, `summary` and `venue`, not always the reader's."""

    id: UUID
    slug: str
    kind: EventKind
    state: EventState
    country: str | None
    zone: str
    starts_on: date
    ends_on: date
    written_in: str
    version: int
    language: str
    title: str
    summary: str
    city: str
    venue: str


@dataclass(frozen=True, slots=True)
class EventFilters:
    """`month` is the first day of one: events that have a day in it. Codes of no list of ours match nothing."""

    kinds: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    month: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.kinds:
            conditions.append(Event.kind.in_(self.kinds))
        if self.countries:
            conditions.append(Event.country.in_(self.countries))
        if self.month is not None:
            last = self.month.replace(day=calendar.monthrange(self.month.year, self.month.month)[1])
            conditions += [Event.starts_on <= last, Event.ends_on >= self.month]
        return conditions


def list_coming(
    session: Session, filters: EventFilters, *, language: str, today: date, after: Key | None = None, limit: int
) -> list[EventRow]:
    """What is announced and not over, in order of its last day: what ends soonest stands first. `today` in UTC; at some
    places it is still the day before."""
    chosen = ROWS.where(visible_to(None), Event.ends_on >= today - ONE_DAY, ~_is_past(today), *filters.conditions())
    if after is not None:
        day, event_id = after
        chosen = chosen.where(or_(Event.ends_on > day, and_(Event.ends_on == day, Event.id > event_id)))
    rows = session.execute(chosen.order_by(Event.ends_on, Event.id).limit(limit), {"reader": language})
    return [EventRow(*row) for row in rows]


def list_past(
    session: Session, filters: EventFilters, *, language: str, today: date, after: Key | None = None, limit: int
) -> list[EventRow]:
    """Newest first. `today` in UTC; at some places it is the day after already."""
    chosen = ROWS.where(visible_to(None), Event.ends_on <= today + ONE_DAY, _is_past(today), *filters.conditions())
    if after is not None:
        day, event_id = after
        chosen = chosen.where(or_(Event.ends_on < day, and_(Event.ends_on == day, Event.id < event_id)))
    rows = session.execute(chosen.order_by(Event.ends_on.desc(), Event.id.desc()).limit(limit), {"reader": language})
    return [EventRow(*row) for row in rows]


def _is_past(today: date) -> ColumnElement[bool]:
    """Events are moved on by the day at their place; what was called off is not."""
    called_off = and_(Event.state == EventState.CANCELLED, Event.ends_on < today)
    forgotten = Event.ends_on < today - ONE_DAY  # also where no worker has moved it on
    return or_(Event.state == EventState.OVER, called_off, forgotten)


def write_key(row: EventRow) -> tuple[str, str]:
    return row.ends_on.isoformat(), str(row.id)


def read_key(day: str, event_id: str) -> Key:
    """Anything that we did not write is refused."""
    try:
        return date.fromisoformat(day), UUID(event_id)
    except (ValueError, OverflowError) as problem:
        raise BadInput from problem


def list_organized(session: Session, viewer: Viewer, *, language: str, limit: int) -> list[EventRow]:
    """Of whose team the viewer is, in every state; the last day that is furthest ahead first. Staff see all."""
    mine = visible_to(viewer) if viewer.is_staff else organized_by(viewer)
    rows = session.execute(
        ROWS.where(mine).order_by(Event.ends_on.desc(), Event.id.desc()).limit(limit), {"reader": language}
    )
    return [EventRow(*row) for row in rows]


def get_event(session: Session, slug: str, *, viewer: Viewer | None) -> Event:
    """With its words. What may not be seen is not found."""
    event = session.scalar(
        select(Event).options(selectinload(Event.texts)).where(Event.slug == slug, visible_to(viewer))
    )
    if event is None:
        raise NotFound
    return event


def find_event(session: Session, slug: str) -> Event | None:
    """Whoever asks: for commands."""
    return session.scalar(select(Event).options(selectinload(Event.texts)).where(Event.slug == slug))


def find_event_by_id(session: Session, event_id: UUID) -> Event | None:
    return session.scalar(select(Event).options(selectinload(Event.texts)).where(Event.id == event_id))


def get_organized(session: Session, slug: str, viewer: Viewer) -> Event:
    """Of whose team the viewer is. For others it is not there, also where they may see it."""
    event = get_event(session, slug, viewer=viewer)
    if not may_edit(viewer, find_role(session, event.id, viewer)):
        raise NotFound
    return event


def get_event_to_change(session: Session, slug: str, *, viewer: Viewer) -> Event:
    """As `get_event`, and kept from others until the transaction ends: a second editor waits, then sees what the first
    one saved."""
    session.execute(select(Event.id).where(Event.slug == slug).with_for_update(key_share=True))
    chosen = select(Event).options(selectinload(Event.texts)).where(Event.slug == slug, visible_to(viewer))
    event = session.scalar(chosen.execution_options(populate_existing=True))  # what was read before the wait is old
    if event is None:
        raise NotFound
    return event


def lock_event(session: Session, event_id: UUID) -> None:
    """Of two who change one team the second waits, then sees what the first one did."""
    session.execute(select(Event.id).where(Event.id == event_id).with_for_update(key_share=True))


def find_row(session: Session, event_id: UUID, *, language: str) -> EventRow | None:
    row = session.execute(ROWS.where(Event.id == event_id), {"reader": language}).one_or_none()
    return EventRow(*row) if row else None


def list_editions(session: Session, event: Event, *, viewer: Viewer | None, language: str) -> list[EventRow]:
    """The edition before and those made after this one."""
    near = Event.previous_id == event.id
    if event.previous_id is not None:
        near = or_(near, Event.id == event.previous_id)
    rows = session.execute(
        ROWS.where(near, visible_to(viewer)).order_by(Event.starts_on).limit(10), {"reader": language}
    )
    return [EventRow(*row) for row in rows]


def find_role(session: Session, event_id: UUID, viewer: Viewer | None) -> TeamRole | None:
    if viewer is None:
        return None
    return session.scalar(
        select(TeamMember.role).where(TeamMember.event_id == event_id, TeamMember.user_id == viewer.id)
    )


IS_ON_TEAM = exists().where(TeamMember.user_id == User.id)
"""For who signs in: whether there is any event to organize."""


def list_team(session: Session, event_id: UUID) -> Sequence[TeamMember]:
    chosen = select(TeamMember).options(joinedload(TeamMember.user)).where(TeamMember.event_id == event_id)
    return session.scalars(chosen.order_by(TeamMember.joined_at, TeamMember.user_id)).all()


def count_heads(session: Session, event_id: UUID) -> int:
    counted = select(func.count()).select_from(TeamMember)
    return session.scalar(counted.where(TeamMember.event_id == event_id, TeamMember.role == TeamRole.HEAD)) or 0


def list_to_move_on(session: Session, *, tomorrow: date, after: Key | None, limit: int) -> Sequence[Event]:
    """Live ones that have begun or are over, somewhere on earth: the rest is decided by the day at their place."""
    begins = and_(Event.state.in_(NOT_BEGUN), Event.starts_on <= tomorrow)
    ends = and_(Event.state == EventState.RUNNING, Event.ends_on < tomorrow)
    chosen = select(Event).where(or_(begins, ends))
    if after is not None:
        day, event_id = after
        chosen = chosen.where(or_(Event.starts_on > day, and_(Event.starts_on == day, Event.id > event_id)))
    return session.scalars(chosen.order_by(Event.starts_on, Event.id).limit(limit)).all()


def find_planned(session: Session, form: EventForm, *, by: Viewer) -> Event | None:
    """What this person has planned with the same form, and not announced."""
    chosen = (
        select(Event)
        .options(selectinload(Event.texts))
        .join(EventText, and_(EventText.event_id == Event.id, EventText.language == form.language))
        .where(
            Event.created_by_id == by.person_id, Event.state == EventState.PLANNED, Event.kind == form.kind,
            Event.starts_on == form.starts_on, Event.ends_on == form.ends_on, Event.language == form.language,
            EventText.title == form.title,
        )
    )  # fmt: skip
    return session.scalar(chosen.limit(1)) if by.person_id else None


def find_copy(session: Session, event_id: UUID, form: DaysForm, *, by: Viewer) -> Event | None:
    """The next edition that this person has made for the same days, and not announced."""
    chosen = select(Event).options(selectinload(Event.texts))
    mine = chosen.where(
        Event.previous_id == event_id, Event.starts_on == form.starts_on, Event.ends_on == form.ends_on,
        Event.state == EventState.PLANNED, Event.created_by_id == by.person_id,
    )  # fmt: skip
    return session.scalar(mine.limit(1))


def list_taken_slugs(session: Session, base: str) -> set[str]:
    return set(session.scalars(select(Event.slug).where(Event.slug.startswith(base, autoescape=True))))


def map_slugs(session: Session, ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """In whatever state: for staff and commands."""
    return dict(session.execute(select(Event.id, Event.slug).where(Event.id.in_(list(ids)))).all())


def map_changes(session: Session, ids: Iterable[UUID]) -> Mapping[UUID, tuple[datetime, int]]:
    """Event → when it was last changed, and how often before."""
    rows = session.execute(select(Event.id, Event.changed_at, Event.version).where(Event.id.in_(list(ids))))
    return {event_id: (changed_at, version - 1) for event_id, changed_at, version in rows}


def _make_rows() -> Select[*tuple[Any, ...]]:
    """Columns of `EventRow` in their order."""
    original, translated = aliased(EventText), aliased(EventText)
    return (
        select(
            Event.id, Event.slug, Event.kind, Event.state, Event.country, Event.zone, Event.starts_on,
            Event.ends_on, Event.language, Event.version,
            func.coalesce(translated.language, original.language),
            func.coalesce(translated.title, original.title),
            func.coalesce(translated.summary, original.summary),
            func.coalesce(func.nullif(translated.city, ""), original.city),
            func.coalesce(func.nullif(translated.venue, ""), original.venue),
        )
        .join(original, and_(original.event_id == Event.id, original.language == Event.language))
        .outerjoin(translated, and_(translated.event_id == Event.id, translated.language == READER))
    )  # fmt: skip


ROWS = _make_rows()
"""Built once: putting a statement together costs more than running it."""
