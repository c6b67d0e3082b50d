"""Every change of events."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.queries import find_user, lock_user
from market.events import queries, rules
from market.events.enums import EventState, TeamRole
from market.events.facts import EventChanged, EventCopied, EventPlanned, EventStateChanged, TeamJoined, TeamLeft
from market.events.forms import DaysForm, EventForm, EventTextForm, TeamForm
from market.events.models import Event, EventText, TeamMember
from market.kernel import outbox
from market.kernel.errors import N_, Fault, Faulty, NotAllowed, Refusal
from market.kernel.ids import new_reference_code
from market.kernel.text import hash_texts, slugify
from market.kernel.viewer import Viewer
from market.kernel.zones import find_wall
from market.listings.enums import Provenance
from market.organizations.service import NO_ACCOUNT, ChangedMeanwhile

TEXT_FIELDS: Final = tuple(EventTextForm.model_fields)
MOVED_AT_ONCE: Final = 200
EARLIEST_ZONE: Final = "Pacific/Kiritimati"
"""Where every day begins."""


class WrongState(Refusal):
    status = 409
    message = N_("The event is in another state meanwhile. Please look again.")


class LastHead(Refusal):
    status = 409
    message = N_("An event needs at least one head.")


class OriginalStays(Refusal):
    status = 409
    message = N_("These are the organizer's own words. They are changed on the event's own form.")


def plan_event(session: Session, form: EventForm, *, by: Viewer, now: datetime, slug: str = "") -> Event:
    """Seen by its team alone until it is announced. Who plans it leads it. `slug`: the address asked for, of which
    another is made where it is taken. The same form again answers the event already planned: sent twice it makes one.
    """
    if not rules.may_plan(by):
        raise NotAllowed
    lock_user(session, by.id)
    if not slug and (existing := queries.find_planned(session, form, by=by)):
        return existing
    event = _make_event(session, form, slug=slug, by=by, now=now)
    event.texts[form.language] = EventText(
        language=form.language, **{name: getattr(form, name) for name in TEXT_FIELDS}
    )
    outbox.record(session, EventPlanned(event.id), by=by.person_id)
    return event


def copy_event(session: Session, event: Event, form: DaysForm, *, by: Viewer, now: datetime) -> Event:
    """A new edition: the words and the place of this one, its team, other days. What goes on at it is copied by the
    rooms that know it."""
    if not rules.may_plan(by):
        raise NotAllowed
    check_editor(session, event, by)
    lock_user(session, by.id)
    if existing := queries.find_copy(session, event.id, form, by=by):
        return existing
    copy = Event(
        slug=_choose_slug(session, _without_year(event), form.starts_on.year), kind=event.kind,
        language=event.language, country=event.country, zone=event.zone, starts_on=form.starts_on,
        ends_on=form.ends_on, website=event.website, previous_id=event.id, created_by_id=by.person_id, created_at=now,
        changed_at=now, texts={},
    )  # fmt: skip
    for language, text in event.texts.items():
        copy.texts[language] = EventText(
            language=language, provenance=text.provenance, source_hash=text.source_hash,
            **{name: getattr(text, name) for name in TEXT_FIELDS},
        )  # fmt: skip
    session.add(copy)
    session.flush()  # its team needs its id
    for member in queries.list_team(session, event.id):
        if member.user_id != by.id:
            session.add(TeamMember(event_id=copy.id, user_id=member.user_id, role=member.role, joined_at=now))
    _lead(session, copy, by=by, now=now)
    outbox.record(session, EventCopied(copy.id, event.id), by=by.person_id)
    return copy


def edit_event(session: Session, event: Event, form: EventForm, *, version: int, by: Viewer, now: datetime) -> bool:
    """`version` is the one the editor saw; a newer one is refused. What is stored already is not saved again, so a
    repeated click is harmless. Whether anything was changed."""
    check_editor(session, event, by)
    wanted = {name: getattr(form, name) for name in EventForm.model_fields if name not in TEXT_FIELDS}
    wanted["country"] = form.country or None
    words = {name: getattr(form, name) for name in TEXT_FIELDS}
    text = event.texts.get(form.language)
    is_stored = text is not None and all(getattr(text, name) == value for name, value in words.items())
    if is_stored and all(getattr(event, name) == value for name, value in wanted.items()):
        return False
    if event.version != version:
        raise ChangedMeanwhile
    for name, value in wanted.items():
        setattr(event, name, value)
    _write_text(event, form.language, form, Provenance.AUTHOR)
    _note_change(session, event, by=by, now=now)
    reached = _find_reached(event, event.state, now=now)
    if reached is not event.state:
        _enter_state(session, event, reached, by=by.person_id, now=now)
    return True


def write_words(
    session: Session, event: Event, form: EventTextForm, *, language: str, version: int, by: Viewer, now: datetime
) -> None:
    """The words in one more language, written by a person."""
    check_editor(session, event, by)
    if language == event.language:
        raise OriginalStays
    source = hash_original(event)
    text = event.texts.get(language)
    is_current = text is not None and text.source_hash == source
    if is_current and all(getattr(text, name) == getattr(form, name) for name in TEXT_FIELDS):
        return
    if event.version != version:
        raise ChangedMeanwhile
    _write_text(event, language, form, Provenance.HUMAN)
    event.texts[language].source_hash = source
    _note_change(session, event, by=by, now=now)


def change_state(session: Session, event: Event, state: EventState, *, by: Viewer, now: datetime) -> None:
    """By an organizer. Asking for the state it has changes nothing, so a repeated click is harmless."""
    if not rules.may_lead(by, queries.find_role(session, event.id, by)):
        raise NotAllowed
    today = find_wall(now, event.zone).date()
    reached = _find_reached(event, state, now=now)
    # It has begun or ended since it was asked for.
    is_there = event.state is reached and reached in rules.BEGUN and state is not EventState.OVER
    if event.state is state or is_there:
        return
    if state not in rules.list_offered_states(event.state, ends_on=event.ends_on, today=today):
        raise WrongState
    _enter_state(session, event, reached, by=by.person_id, now=now)


def bring_into_the_open(session: Session, event: Event, *, by: Viewer, now: datetime) -> None:
    """Announced, or what its dates make of that: also what is over, so that the archive can be brought in."""
    if not rules.may_lead(by, queries.find_role(session, event.id, by)):
        raise NotAllowed
    if event.state is not EventState.PLANNED:
        return
    reached = _find_reached(event, EventState.ANNOUNCED, now=now)
    _enter_state(session, event, reached, by=by.person_id, now=now)


def move_events_on(session: Session, *, now: datetime, after: queries.Key | None = None) -> queries.Key | None:
    """Some of those that begin or end by their dates, from the key `after` on. The key of the last one that was looked
    at; none when there are no more. Safe to repeat."""
    tomorrow = find_wall(now, EARLIEST_ZONE).date()
    events = queries.list_to_move_on(session, tomorrow=tomorrow, after=after, limit=MOVED_AT_ONCE)
    for event in events:
        reached = _find_reached(event, event.state, now=now)
        if reached is not event.state:
            _enter_state(session, event, reached, by=None, now=now)
    return (events[-1].starts_on, events[-1].id) if events else None


def add_to_team_by_address(session: Session, event: Event, form: TeamForm, *, by: Viewer, now: datetime) -> None:
    """Somebody who has a confirmed account. Adding somebody who is in already gives the role asked for."""
    if not rules.may_lead(by, queries.find_role(session, event.id, by)):
        raise NotAllowed
    user = find_user(session, form.email)
    if user is None or user.confirmed_at is None:
        raise Faulty({"email": Fault(NO_ACCOUNT)})
    queries.lock_event(session, event.id)
    member = session.get(TeamMember, (event.id, user.id), populate_existing=True)
    role = TeamRole(form.role)
    if member is not None and member.role is role:
        return
    if member is None:
        session.add(TeamMember(event_id=event.id, user_id=user.id, role=role, joined_at=now))
    else:
        _keep_a_head(session, member)
        member.role = role
    outbox.record(session, TeamJoined(event.id, user.id, role.value), by=by.person_id)


def remove_from_team(session: Session, event: Event, user: User, *, by: Viewer) -> None:
    """A head removes others; everybody may leave. Removing somebody who has left is harmless."""
    if not (rules.may_lead(by, queries.find_role(session, event.id, by)) or by.id == user.id):
        raise NotAllowed
    queries.lock_event(session, event.id)
    member = session.get(TeamMember, (event.id, user.id), populate_existing=True)
    if member is None:
        return
    _keep_a_head(session, member)
    session.delete(member)
    outbox.record(session, TeamLeft(event.id, user.id), by=by.person_id)


def hash_original(event: Event) -> str:
    """What a translation was made from; differs once the original has changed."""
    text = event.texts[event.language]
    return hash_texts(*(getattr(text, name) for name in TEXT_FIELDS))


def check_editor(session: Session, event: Event, by: Viewer) -> None:
    """Refuse whoever is not of the event's team: for this room, and those that change what belongs to an event."""
    if not rules.may_edit(by, queries.find_role(session, event.id, by)):
        raise NotAllowed


def _find_reached(event: Event, state: EventState, *, now: datetime) -> EventState:
    """What the day at its place makes of an event in that state."""
    today = find_wall(now, event.zone).date()
    return rules.find_state_by_dates(state, starts_on=event.starts_on, ends_on=event.ends_on, today=today)


def _keep_a_head(session: Session, member: TeamMember) -> None:
    if member.role is TeamRole.HEAD and queries.count_heads(session, member.event_id) == 1:
        raise LastHead


def _make_event(session: Session, form: EventForm, *, slug: str, by: Viewer, now: datetime) -> Event:
    base = slug or slugify(form.title, fallback="")
    event = Event(
        slug=_choose_slug(session, base or form.kind.value.replace("_", "-"), form.starts_on.year), kind=form.kind,
        language=form.language, country=form.country or None, zone=form.zone,
        starts_on=form.starts_on, ends_on=form.ends_on, website=form.website, created_by_id=by.person_id,
        created_at=now, changed_at=now, texts={},
    )  # fmt: skip
    session.add(event)
    session.flush()  # its team and the fact need its id
    _lead(session, event, by=by, now=now)
    return event


def _lead(session: Session, event: Event, *, by: Viewer, now: datetime) -> None:
    """Whoever founds an event leads it. What the operator brings in has no team; staff look after it."""
    if by.person_id is not None:
        session.add(TeamMember(event_id=event.id, user_id=by.person_id, role=TeamRole.HEAD, joined_at=now))


def _write_text(event: Event, language: str, form: EventTextForm, provenance: Provenance) -> None:
    text = event.texts.get(language)
    if text is None:
        text = event.texts[language] = EventText(language=language)
    text.provenance = provenance
    text.source_hash = None  # the organizer's own are made from nothing; a translator's are given theirs
    for name in TEXT_FIELDS:
        setattr(text, name, getattr(form, name))


def _enter_state(session: Session, event: Event, state: EventState, *, by: UUID | None, now: datetime) -> None:
    event.state = state
    event.changed_at = now
    if state not in rules.HIDDEN_STATES and event.announced_at is None:
        event.announced_at = now
    outbox.record(session, EventStateChanged(event.id, state.value), by=by)


def _note_change(session: Session, event: Event, *, by: Viewer, now: datetime) -> None:
    """Words stand in another table: the row itself changes too, so that its version grows."""
    event.changed_at = now
    outbox.record(session, EventChanged(event.id), by=by.person_id)


def _choose_slug(session: Session, base: str, year: int) -> str:
    """`base` with the year, where it has none; with a code behind it where that is taken."""
    wanted = base if str(year) in base else f"{base}-{year}"
    taken = queries.list_taken_slugs(session, wanted)
    slug = wanted
    while slug in taken:
        slug = f"{wanted}-{new_reference_code().lower()}"
    return slug


def _without_year(event: Event) -> str:
    """Its address without the year of its days."""
    parts = [part for part in event.slug.split("-") if part != str(event.starts_on.year)]
    return "-".join(parts) or event.slug
