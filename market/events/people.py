"""Those who work at an event: its interpreters, and when somebody who speaks or interprets is there. Who may change
an event was asked before by `service.check_editor`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from market.accounts.queries import find_account_id
from market.events.forms import InterpreterForm, PresenceForm
from market.events.models import Event, Interpreter, Presence
from market.kernel.errors import N_, Fault, Faulty, NotFound, Refusal

MOST_INTERPRETERS: Final = 500
MOST_PRESENCES: Final = 100
"""Of one person at one event."""

OUTSIDE_EVENT = N_("Please choose a day of the event.")


class TooManyPeople(Refusal):
    status = 409
    message = N_("There are %(number)s of them already. Please remove some first.")


def list_interpreters(session: Session, event_id: UUID) -> Sequence[Interpreter]:
    chosen = select(Interpreter).where(Interpreter.event_id == event_id)
    return session.scalars(chosen.order_by(Interpreter.name, Interpreter.id)).all()


def get_interpreter(session: Session, event_id: UUID, interpreter_id: UUID) -> Interpreter:
    found = session.get(Interpreter, interpreter_id)
    if found is None or found.event_id != event_id:
        raise NotFound
    return found


def add_interpreter(session: Session, event: Event, form: InterpreterForm) -> Interpreter:
    counted = select(func.count()).select_from(Interpreter).where(Interpreter.event_id == event.id)
    if (session.scalar(counted) or 0) >= MOST_INTERPRETERS:
        raise TooManyPeople(number=MOST_INTERPRETERS)
    added = Interpreter(id=uuid4(), event_id=event.id, name=form.name, language=form.language, pairs=[])
    fill_interpreter(session, added, form)
    session.add(added)
    return added


def fill_interpreter(session: Session, interpreter: Interpreter, form: InterpreterForm) -> None:
    """With an account here, where the address has one: then somebody bound at two events at once is found."""
    interpreter.name, interpreter.language, interpreter.pairs = form.name, form.language, list(form.pairs)
    interpreter.email = form.email or None
    interpreter.user_id = find_account_id(session, form.email)


def remove_interpreter(session: Session, interpreter: Interpreter) -> None:
    session.execute(delete(Presence).where(Presence.person_id == interpreter.id))
    session.delete(interpreter)


def map_presences(session: Session, event_id: UUID) -> Mapping[UUID, Sequence[Presence]]:
    """Person → when the person is there or away, in order of time; who says nothing is always there."""
    chosen = select(Presence).where(Presence.event_id == event_id).order_by(Presence.starts_at, Presence.ends_at)
    found: defaultdict[UUID, list[Presence]] = defaultdict(list)
    for one in session.scalars(chosen):
        found[one.person_id].append(one)
    return found


def list_presences(session: Session, person_id: UUID) -> Sequence[Presence]:
    chosen = select(Presence).where(Presence.person_id == person_id).order_by(Presence.starts_at, Presence.ends_at)
    return session.scalars(chosen).all()


def add_presence(session: Session, event: Event, person_id: UUID, form: PresenceForm) -> None:
    """The same again changes nothing."""
    if not event.starts_on <= form.day <= event.ends_on:
        raise Faulty({"day": Fault(OUTSIDE_EVENT)})
    kept = list_presences(session, person_id)
    wanted = (form.is_away == "away", form.starts_at, form.ends_at)
    if wanted in {(one.is_away, one.starts_at, one.ends_at) for one in kept}:
        return
    if len(kept) >= MOST_PRESENCES:
        raise TooManyPeople(number=MOST_PRESENCES)
    presence = Presence(event_id=event.id, person_id=person_id, note=form.note)
    presence.is_away, presence.starts_at, presence.ends_at = wanted
    session.add(presence)


def remove_presence(session: Session, event: Event, presence_id: UUID) -> None:
    """Removing one that is gone is harmless."""
    found = session.get(Presence, presence_id)
    if found is not None and found.event_id == event.id:
        session.delete(found)
