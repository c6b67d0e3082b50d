"""Interpreters of an event and of its sessions, when somebody is there, and what counts as a conflict. Each change is
followed by `recheck`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from market.events import people
from market.events.forms import InterpreterForm, PresenceForm
from market.events.models import Event, Interpreter
from market.events.service import check_editor
from market.kernel import outbox
from market.kernel.errors import Fault, Faulty
from market.kernel.viewer import Viewer
from market.organizations.service import ChangedMeanwhile
from market.programme.checking import recheck, refuse_blocked
from market.programme.facts import SessionChanged
from market.programme.forms import InterpretingForm, RulesForm
from market.programme.models import ProgrammeSession, SessionInterpreter
from market.programme.service import NOT_OF_EVENT, open_programme


def add_interpreter(session: Session, event: Event, form: InterpreterForm, *, by: Viewer, now: datetime) -> Interpreter:
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    added = people.add_interpreter(session, event, form)
    recheck(session, event, programme, now=now)
    return added


def edit_interpreter(
    session: Session, event: Event, interpreter: Interpreter, form: InterpreterForm, *, by: Viewer, now: datetime
) -> None:
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    people.fill_interpreter(session, interpreter, form)
    recheck(session, event, programme, now=now)


def remove_interpreter(session: Session, event: Event, interpreter: Interpreter, *, by: Viewer, now: datetime) -> None:
    """Also from the sessions: they are told as conflicts then."""
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    session.execute(delete(SessionInterpreter).where(SessionInterpreter.interpreter_id == interpreter.id))
    people.remove_interpreter(session, interpreter)
    recheck(session, event, programme, now=now)


def assign_interpreters(
    session: Session, event: Event, planned: ProgrammeSession, form: InterpretingForm, *, version: int, by: Viewer,
    now: datetime,
) -> None:  # fmt: skip
    """`version`: of the session as the editor saw it."""
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    session.refresh(planned, ["version"])
    if planned.version != version:
        raise ChangedMeanwhile
    wanted = form.by_person
    known = {one.id for one in people.list_interpreters(session, event.id)}
    if not wanted.keys() <= known or not set(wanted.values()) <= set(planned.interpreted_into):
        raise Faulty({"channels": Fault(NOT_OF_EVENT)})
    planned.interpreting = form.interpreting
    _link(planned, wanted)
    planned.changed_at = now
    refuse_blocked(recheck(session, event, programme, now=now), planned)
    outbox.record(session, SessionChanged(planned.id, event.id), by=by.person_id)


def add_presence(
    session: Session, event: Event, person_id: UUID, form: PresenceForm, *, by: Viewer, now: datetime
) -> None:
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    people.add_presence(session, event, person_id, form)
    recheck(session, event, programme, now=now)


def remove_presence(session: Session, event: Event, presence_id: UUID, *, by: Viewer, now: datetime) -> None:
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    people.remove_presence(session, event, presence_id)
    recheck(session, event, programme, now=now)


def set_rules(session: Session, event: Event, form: RulesForm, *, by: Viewer, now: datetime) -> None:
    check_editor(session, event, by)
    programme = open_programme(session, event, now=now)
    programme.travel_minutes, programme.severities = form.travel_minutes, form.by_kind
    recheck(session, event, programme, now=now)


def _link(planned: ProgrammeSession, wanted: dict[UUID, str]) -> None:
    """As `service.link_speakers`: rows of those that stay are kept."""
    kept = {one.interpreter_id: one for one in planned.interpreters}
    planned.interpreters = [kept.get(person) or SessionInterpreter(interpreter_id=person) for person in wanted]
    order: Sequence[str] = planned.interpreted_into
    for position, one in enumerate(planned.interpreters):
        one.language, one.position = wanted[one.interpreter_id], position
    planned.interpreters.sort(key=lambda one: (order.index(one.language), one.position))
