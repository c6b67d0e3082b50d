"""When one may register, and what a place on the list means."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from market.events.enums import EventState
from market.events.rules import HIDDEN_STATES
from market.kernel.errors import N_
from market.registration.enums import ParticipantState
from market.registration.models import Participant, RegistrationType

LIVE: Final = frozenset({ParticipantState.WAITING_APPROVAL, ParticipantState.ADMITTED, ParticipantState.WAITING})
"""Who comes, or may still come."""

NOT_YET = N_("Registration is not open yet.")
CLOSED = N_("Registration is closed.")

_BEFORE: Final = frozenset({EventState.PLANNED, EventState.ANNOUNCED})


def is_offered(kind: RegistrationType, today: date) -> bool:
    """Whether one may register with it on that day at the event's place."""
    has_begun = kind.opens_on is None or kind.opens_on <= today
    return kind.is_open and has_begun and (kind.closes_on is None or today <= kind.closes_on)


def find_obstacle(state: EventState, kinds: Sequence[RegistrationType], today: date) -> str | None:
    """Why one may not register for an event in that state; none where one may."""
    if state in _BEFORE:
        return NOT_YET
    if state is not EventState.OPEN:
        return CLOSED
    if any(is_offered(kind, today) for kind in kinds):
        return None
    is_to_come = any(kind.is_open and kind.opens_on is not None and kind.opens_on > today for kind in kinds)
    return NOT_YET if is_to_come else CLOSED


def count_left(kind: RegistrationType) -> int | None:
    """Places that are left; none where there is no limit."""
    return None if kind.capacity is None else kind.capacity - kind.admitted


def takes_place(state: EventState) -> bool:
    """Whether it is still worth telling anybody of a place."""
    return state not in (EventState.OVER, EventState.CANCELLED)


def may_tell(state: EventState) -> bool:
    """Whether those who come may be written to: nobody hears of an event that its team alone sees."""
    return takes_place(state) and state not in HIDDEN_STATES


def may_leave(participant: Participant, event_state: EventState) -> bool:
    """Whether there is anything left to cancel."""
    return participant.state in LIVE and takes_place(event_state)
