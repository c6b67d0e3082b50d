from sqlalchemy.orm import Session

from market.events.enums import EventState
from market.events.models import Event
from market.events.queries import find_role
from market.events.rules import may_lead
from market.kernel.clock import utc_now
from market.kernel.zones import find_wall
from market.registration import queries, rules
from market.registration.enums import PARTICIPANT_STATES, ParticipantState
from market.registration.presenting import name_types
from market.web.page import Page


def registration_of_event(page: Page, session: Session, event: Event) -> str:
    """On an event's page: how to come, or why one cannot register; to who has, what became of it."""
    kinds = queries.list_types(session, event.id)
    if not kinds or event.state is EventState.CANCELLED:
        return ""
    today = find_wall(utc_now(), event.zone).date()
    return page.part(
        "registration/of_event.html",
        event=event,
        kinds=[kind for kind in kinds if rules.is_offered(kind, today)],
        names=name_types(kinds, page.language),
        left={kind.id: rules.count_left(kind) for kind in kinds},
        obstacle=rules.find_obstacle(event.state, kinds, today),
        own=queries.find_own(session, event.id, page.viewer) if page.viewer else None,
        states=PARTICIPANT_STATES,
    )


def registration_to_manage(page: Page, session: Session, event: Event) -> str:
    """On the page where organizers manage an event. That page offers to open registration where it is elsewhere, on the
    event's website; this one where it is here."""
    counts = queries.count_participants(session, event.id)
    has_types = bool(counts) or bool(queries.list_types(session, event.id))
    may_open = event.state is EventState.ANNOUNCED and not event.website and has_types
    return page.part(
        "registration/to_manage.html",
        event=event,
        has_types=has_types,
        may_open=may_open and may_lead(page.viewer, find_role(session, event.id, page.viewer)),
        counts={state: sum(n for (_type, one), n in counts.items() if one is state) for state in ParticipantState},
        states=PARTICIPANT_STATES,
    )
