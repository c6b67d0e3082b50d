"""Who may do what with an event, and which state may follow which."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from market.events.enums import EventState, TeamRole
from market.kernel.viewer import Viewer

State = EventState

NEXT_STATES: Final[Mapping[EventState, frozenset[EventState]]] = {
    State.PLANNED: frozenset({State.ANNOUNCED, State.CANCELLED}),
    State.ANNOUNCED: frozenset({State.OPEN, State.PLANNED, State.CANCELLED}),
    State.OPEN: frozenset({State.ANNOUNCED, State.CANCELLED}),
    State.RUNNING: frozenset({State.CANCELLED}),
    State.OVER: frozenset(),
    State.CANCELLED: frozenset({State.ANNOUNCED}),
}
"""What an organizer may turn an event into. It begins and ends by its dates (`find_state_by_dates`)."""

HIDDEN_STATES: Final = frozenset({State.PLANNED})
"""Seen by its team alone."""

NOT_BEGUN: Final = frozenset({State.ANNOUNCED, State.OPEN})
BEGUN: Final = frozenset({State.RUNNING, State.OVER})


def may_plan(viewer: Viewer | None) -> bool:
    """Whether this person may found events."""
    return viewer is not None and viewer.is_confirmed and (viewer.is_organizer or viewer.is_staff)


def may_edit(viewer: Viewer | None, role: TeamRole | None) -> bool:
    """`role`: the viewer's in the event's team."""
    return viewer is not None and (role is not None or viewer.is_staff)


def may_lead(viewer: Viewer | None, role: TeamRole | None) -> bool:
    """Whether this person may change the event's state and its team."""
    return viewer is not None and (role is TeamRole.HEAD or viewer.is_staff)


def find_state_by_dates(state: EventState, *, starts_on: date, ends_on: date, today: date) -> EventState:
    """What the dates make of an event. `today` is the day at its place. What was over and is put off has been
    announced; whether one may register is for its organizer to say again."""
    if state in (State.PLANNED, State.CANCELLED):
        return state
    if today > ends_on:
        return State.OVER
    if today >= starts_on:
        return State.RUNNING
    return State.ANNOUNCED if state in (State.RUNNING, State.OVER) else state


def list_offered_states(state: EventState, *, ends_on: date, today: date) -> list[EventState]:
    """What its page offers as next, in the order of an event's life. What is past is not called off any more, and what
    was called off is not announced again after its days."""
    is_past = today > ends_on
    return [] if is_past else [one for one in State if one in NEXT_STATES[state]]
