"""What one may register as, and what is asked: every change of types and questions."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from market.events.models import Event
from market.events.queries import lock_event
from market.events.service import check_editor
from market.kernel import outbox
from market.kernel.errors import N_, Fault, Faulty, Refusal
from market.kernel.viewer import Viewer
from market.registration import queries, seats
from market.registration.facts import RegistrationSetUp
from market.registration.forms import QuestionForm, TypeForm
from market.registration.models import Question, RegistrationType

TAKEN_NAME = N_("There is one of this name already.")
TOO_FEW = N_("%(number)s are admitted already.")


class TypeUsed(Refusal):
    status = 409
    message = N_("Somebody has registered with it. You can close it instead.")


def add_type(session: Session, event: Event, form: TypeForm, *, by: Viewer) -> RegistrationType:
    check_editor(session, event, by)
    lock_event(session, event.id)
    kinds = queries.list_types(session, event.id)
    if any(kind.name == form.name for kind in kinds):
        raise Faulty({"name": Fault(TAKEN_NAME)})
    position = max((kind.position for kind in kinds), default=-1) + 1
    kind = RegistrationType(id=uuid4(), event_id=event.id, position=position, admitted=0)
    _fill_type(kind, form)
    session.add(kind)
    outbox.record(session, RegistrationSetUp(event.id), by=by.person_id)
    return kind


def edit_type(session: Session, event: Event, type_id: UUID, form: TypeForm, *, by: Viewer, now: datetime) -> None:
    """More places let people move up from the waiting list at once."""
    check_editor(session, event, by)
    kinds = queries.lock_types(session, event.id)
    kind = queries.get_type(session, event.id, type_id)
    if any(other.name == form.name for other in kinds.values() if other.id != kind.id):
        raise Faulty({"name": Fault(TAKEN_NAME)})
    if form.capacity is not None and form.capacity < kind.admitted:
        raise Faulty({"capacity": Fault(TOO_FEW, number=kind.admitted)})
    _fill_type(kind, form)
    session.flush()  # seats are counted by the database
    seats.fill_seats(session, kind, by=by.person_id, now=now)
    outbox.record(session, RegistrationSetUp(event.id), by=by.person_id)


def remove_type(session: Session, event: Event, type_id: UUID, *, by: Viewer) -> None:
    """One with participants is kept."""
    check_editor(session, event, by)
    queries.lock_types(session, event.id)
    kind = queries.get_type(session, event.id, type_id)
    if queries.has_participants(session, kind.id):
        raise TypeUsed
    session.delete(kind)
    outbox.record(session, RegistrationSetUp(event.id), by=by.person_id)


def add_question(session: Session, event: Event, form: QuestionForm, *, by: Viewer) -> Question:
    check_editor(session, event, by)
    lock_event(session, event.id)
    questions = queries.list_questions(session, event.id)
    if any(one.name == form.name for one in questions):
        raise Faulty({"name": Fault(TAKEN_NAME)})
    position = max((one.position for one in questions), default=-1) + 1
    question = Question(id=uuid4(), event_id=event.id, position=position)
    _fill_question(question, form)
    session.add(question)
    outbox.record(session, RegistrationSetUp(event.id), by=by.person_id)
    return question


def edit_question(session: Session, event: Event, question_id: UUID, form: QuestionForm, *, by: Viewer) -> None:
    check_editor(session, event, by)
    lock_event(session, event.id)
    question = queries.get_question(session, event.id, question_id)
    if any(one.name == form.name for one in queries.list_questions(session, event.id) if one.id != question.id):
        raise Faulty({"name": Fault(TAKEN_NAME)})
    _fill_question(question, form)
    outbox.record(session, RegistrationSetUp(event.id), by=by.person_id)


def remove_question(session: Session, event: Event, question_id: UUID, *, by: Viewer) -> None:
    """What was answered is shown no more."""
    check_editor(session, event, by)
    session.delete(queries.get_question(session, event.id, question_id))
    outbox.record(session, RegistrationSetUp(event.id), by=by.person_id)


def copy_registration(session: Session, source: Event, copy: Event) -> None:
    """Types and questions of an edition for the next one, without days. Safe to repeat."""
    lock_event(session, copy.id)
    if queries.list_types(session, copy.id) or queries.list_questions(session, copy.id):
        return
    for kind in queries.list_types(session, source.id):
        session.add(
            RegistrationType(
                event_id=copy.id, name=kind.name, names=dict(kind.names), position=kind.position, admitted=0,
                capacity=kind.capacity, needs_approval=kind.needs_approval, is_open=kind.is_open,
            )
        )  # fmt: skip
    for one in queries.list_questions(session, source.id):
        session.add(
            Question(
                event_id=copy.id, kind=one.kind, name=one.name, names=dict(one.names), choices=list(one.choices),
                is_required=one.is_required, position=one.position,
            )
        )  # fmt: skip


def _fill_type(kind: RegistrationType, form: TypeForm) -> None:
    kind.name, kind.names, kind.capacity = form.name, form.other_names, form.capacity
    kind.needs_approval, kind.is_open = bool(form.needs_approval), bool(form.is_open)
    kind.opens_on, kind.closes_on = form.opens_on, form.closes_on


def _fill_question(question: Question, form: QuestionForm) -> None:
    question.kind, question.name, question.names = form.kind, form.name, form.other_names
    question.choices, question.is_required = form.list_of_choices, bool(form.is_required)
