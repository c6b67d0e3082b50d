"""Every change of participants. Whoever changes one takes the event's types first (`queries.lock_types`); a seat is
taken and given back by `seats.py` alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from market.accounts.queries import find_account_id
from market.events.models import Event
from market.events.service import check_editor
from market.kernel import outbox
from market.kernel.errors import N_, Fault, Faulty, NotAllowed, NotFound, Refusal
from market.kernel.ids import new_reference_code
from market.kernel.viewer import Viewer
from market.kernel.zones import find_wall
from market.registration import queries, rules, seats
from market.registration.enums import Decision, ParticipantState
from market.registration.facts import ParticipantChanged
from market.registration.forms import AddedForm, ParticipantForm, RegistrationForm
from market.registration.models import Participant, RegistrationType

State = ParticipantState

MOST_DECIDED: Final = 100

NOT_OFFERED = N_("Please choose one of the values offered.")
REGISTERED_ALREADY = N_("This person is registered already.")


class NotOpen(Refusal):
    """`message` is why, of `rules`."""

    status = 409

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


class WasDeclined(Refusal):
    status = 409
    message = N_("The organizers could not give you a place. Please write to them.")


class TooManyChosen(Refusal):
    status = 422
    message = N_("Please choose at most %(max_length)s.")


def register(
    session: Session, event: Event, form: RegistrationForm, answers: Mapping[str, str], *, by: Viewer, now: datetime
) -> Participant:
    """Oneself. Where no place is left, on the waiting list. Registering twice changes nothing, so a repeated click is
    harmless; who left may come again."""
    if not by.is_confirmed or by.person_id is None:
        raise NotAllowed
    kinds = queries.lock_types(session, event.id)
    known = queries.find_by_email(session, event.id, by.email)
    if known is not None and known.state in rules.LIVE:
        known.user_id = known.user_id or by.person_id
        return known
    if known is not None and known.state is State.DECLINED:
        raise WasDeclined
    kind = _choose_offered(event, kinds, form.type, now=now)
    participant = known or _make(session, event, by.email, now=now)
    participant.user_id = by.person_id
    participant.registered_at = now
    _fill(participant, form, answers, now=now)
    was = participant.state if known is not None else None
    participant.type_id = kind.id
    seats.enter(session, kind, participant, was=was, needs_approval=kind.needs_approval, by=by.person_id, now=now)
    session.add(participant)
    return participant


def change_registration(
    session: Session, event: Event, participant: Participant, form: ParticipantForm, answers: Mapping[str, str], *,
    by: Viewer, now: datetime,
) -> None:  # fmt: skip
    """One's own words and answers; what one registered as stays."""
    _check_own(participant, by)
    if not rules.may_leave(participant, event.state):
        raise NotOpen(rules.CLOSED)
    _fill(participant, form, answers, now=now)
    outbox.record(session, ParticipantChanged(participant.id, participant.event_id), by=by.person_id)


def cancel_registration(session: Session, event: Event, participant: Participant, *, by: Viewer, now: datetime) -> None:
    """One's own. The seat goes to the first of the waiting list. Cancelling twice changes nothing."""
    _check_own(participant, by)
    if not rules.takes_place(event.state):
        raise NotOpen(rules.CLOSED)
    kinds = queries.lock_types(session, event.id)
    session.refresh(participant, ["state", "waits_since", "type_id"])
    _leave(session, kinds, participant, State.CANCELLED, by=by.person_id, now=now)


def add_participant(
    session: Session, event: Event, form: AddedForm, answers: Mapping[str, str], *, by: Viewer, now: datetime
) -> Participant:
    """By an organizer, who has approved of it then. Without a place, on the waiting list."""
    check_editor(session, event, by)
    kinds = queries.lock_types(session, event.id)
    kind = kinds.get(form.type)
    if kind is None:
        raise Faulty({"type": Fault(NOT_OFFERED)})
    if queries.find_by_email(session, event.id, form.email) is not None:
        raise Faulty({"email": Fault(REGISTERED_ALREADY)})
    participant = _make(session, event, form.email, now=now)
    participant.user_id = find_account_id(session, form.email)
    participant.type_id = kind.id
    _fill(participant, form, answers, now=now)
    seats.enter(session, kind, participant, was=None, needs_approval=False, by=by.person_id, now=now)
    session.add(participant)
    return participant


def decide(
    session: Session, event: Event, codes: Sequence[str], decision: Decision, *, by: Viewer, now: datetime
) -> None:
    """Of one or several, in the order in which they came. What is so already is not done again. Who has left comes back
    by registering again, not by being admitted."""
    check_editor(session, event, by)
    if len(codes) > MOST_DECIDED:
        raise TooManyChosen(max_length=MOST_DECIDED)
    kinds = queries.lock_types(session, event.id)
    for participant in queries.list_to_decide(session, event.id, codes):
        if decision is Decision.ADMIT:
            kind = kinds[participant.type_id]
            if participant.state in (State.WAITING_APPROVAL, State.DECLINED):
                seats.enter(
                    session, kind, participant, was=participant.state, needs_approval=False, by=by.person_id, now=now
                )
        else:
            state = State.DECLINED if decision is Decision.DECLINE else State.CANCELLED
            _leave(session, kinds, participant, state, by=by.person_id, now=now)


def choose_code(session: Session) -> str:
    """Never a counter."""
    while True:
        code = new_reference_code()
        if not queries.is_code_taken(session, code):
            return code


def write_search_text(participant: Participant) -> None:
    parts = (participant.name, participant.organization, participant.email, participant.code)
    participant.search_text = queries.fold_words(" ".join(parts))[:700]


def _choose_offered(
    event: Event, kinds: Mapping[UUID, RegistrationType], type_id: UUID, *, now: datetime
) -> RegistrationType:
    today = find_wall(now, event.zone).date()
    if obstacle := rules.find_obstacle(event.state, list(kinds.values()), today):
        raise NotOpen(obstacle)
    kind = kinds.get(type_id)
    if kind is None or not rules.is_offered(kind, today):
        raise Faulty({"type": Fault(NOT_OFFERED)})
    return kind


def _check_own(participant: Participant, by: Viewer) -> None:
    is_by_address = participant.user_id is None and by.is_confirmed and participant.email == by.email
    if participant.user_id != by.id and not is_by_address:
        raise NotFound


def _leave(
    session: Session, kinds: Mapping[UUID, RegistrationType], participant: Participant, state: ParticipantState, *,
    by: UUID | None, now: datetime,
) -> None:  # fmt: skip
    if participant.state in rules.LIVE:
        seats.leave(session, kinds[participant.type_id], participant, state, by=by, now=now)


def _make(session: Session, event: Event, email: str, *, now: datetime) -> Participant:
    return Participant(
        id=uuid4(), event_id=event.id, code=choose_code(session), email=email, registered_at=now, answers={},
        state=State.WAITING_APPROVAL,
    )  # fmt: skip


def _fill(participant: Participant, form: ParticipantForm, answers: Mapping[str, str], *, now: datetime) -> None:
    participant.name, participant.organization = form.name, form.organization
    participant.country, participant.language = form.country or None, form.language
    participant.answers = dict(answers)
    participant.changed_at = now
    write_search_text(participant)
