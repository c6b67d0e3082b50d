"""Registering for an event, and one's own registrations."""

from typing import Any

from fastapi import APIRouter, Response

from market.events.enums import EVENT_STATES
from market.events.kinds import EVENT_KINDS
from market.events.models import Event
from market.events.presenting import choose_words
from market.events.queries import get_event
from market.kernel.errors import Fault, Faulty
from market.kernel.zones import find_wall
from market.organizations.service import ConfirmFirst
from market.registration import queries, rules, service
from market.registration.enums import PARTICIPANT_STATES, ParticipantState
from market.registration.forms import ParticipantForm, RegistrationForm, read_registration
from market.registration.models import Participant
from market.registration.presenting import CHOICES, ask, name_in, name_types, sent_values, stored_values
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent
from market.web.page import PageRefused

router = APIRouter()

MOST_SHOWN = 100


@router.get("/events/{slug}/register", name="registration.new")
def show_new(slug: str, db: Db, viewer: SignedIn, now: Now, page: Page, type: str = "") -> Response:  # noqa: A002 - the query key
    """Filled in from the account."""
    event = get_event(db, slug, viewer=viewer)
    own = queries.find_own(db, event.id, viewer)
    if own is not None and own.state in rules.LIVE:
        return page.redirect("registration.show", participant=own.code)
    organization = queries.find_organization_of(db, viewer)
    values = {
        "type": type, "name": viewer.name, "language": viewer.language,
        "organization": organization.name if organization else "",
        "country": organization.country if organization else "",
    }  # fmt: skip
    return _new_page(db, page, event, values=values, faults={}, now=now)


@router.post("/events/{slug}/register", name="registration.register")
def register(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_event(db, slug, viewer=viewer)
    if not viewer.is_confirmed:
        raise ConfirmFirst
    try:
        form, answers = read_registration(RegistrationForm, sent, queries.list_questions(db, event.id))
        participant = service.register(db, event, form, answers, by=viewer, now=now)
    except Faulty as problem:
        refused = _new_page(db, page, event, values=sent_values(sent), faults=problem.faults, now=now, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("registration.show", participant=participant.code, notice="registered")


@router.get("/registrations", name="registration.own")
def list_own(db: Db, viewer: SignedIn, page: Page) -> Response:
    return page.render(
        "registration/own.html",
        rows=queries.list_own(db, viewer, language=page.language, limit=MOST_SHOWN),
        states=PARTICIPANT_STATES,
        event_states=EVENT_STATES,
        event_kinds=EVENT_KINDS,
    )


@router.get("/registrations/{participant}", name="registration.show")
def show_registration(participant: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    own = queries.get_own(db, participant, viewer)
    return _own_page(db, page, own, values=stored_values(own), faults={})


@router.post("/registrations/{participant}", name="registration.change")
def change_registration(participant: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    own = queries.get_own(db, participant, viewer)
    try:
        form, answers = read_registration(ParticipantForm, sent, queries.list_questions(db, own.event_id))
        service.change_registration(db, own.event, own, form, answers, by=viewer, now=now)
    except Faulty as problem:
        refused = _own_page(db, page, own, values=sent_values(sent), faults=problem.faults, status=422)
        raise PageRefused(refused) from problem
    return page.redirect("registration.show", participant=own.code, notice="saved")


@router.post("/registrations/{participant}/cancel", name="registration.cancel")
def cancel_registration(participant: str, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    own = queries.get_own(db, participant, viewer)
    service.cancel_registration(db, own.event, own, by=viewer, now=now)
    return page.redirect("registration.show", participant=own.code, notice="registration_cancelled")


def _new_page(
    db: Db, page: Page, event: Event, *, values: dict[str, Any], faults: dict[str, Fault], now: Now, status: int = 200
) -> Response:
    today = find_wall(now, event.zone).date()
    kinds = queries.list_types(db, event.id)
    offered = [kind for kind in kinds if rules.is_offered(kind, today)]
    names = name_types(offered, page.language)
    return page.render(
        "registration/new.html",
        status=status,
        event=event,
        shown=choose_words(event, page.language),
        kinds=offered,
        names=names,
        left={kind.id: rules.count_left(kind) for kind in offered},
        obstacle=rules.find_obstacle(event.state, kinds, today),
        questions=ask(queries.list_questions(db, event.id), page.reader),
        values=values,
        faults=faults,
        **CHOICES,
    )


def _own_page(
    db: Db, page: Page, own: Participant, *, values: dict[str, Any], faults: dict[str, Fault], status: int = 200
) -> Response:
    is_waiting = own.state is ParticipantState.WAITING
    return page.render(
        "registration/show.html",
        status=status,
        event=own.event,
        shown=choose_words(own.event, page.language),
        own=own,
        kind=name_in(own.type, page.language),
        place=queries.count_waiting_before(db, own) + 1 if is_waiting else None,
        may_leave=rules.may_leave(own, own.event.state),
        questions=ask(queries.list_questions(db, own.event_id), page.reader),
        values=values,
        faults=faults,
        states=PARTICIPANT_STATES,
        **CHOICES,
    )
