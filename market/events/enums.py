from enum import StrEnum

from market.kernel.errors import N_


class EventKind(StrEnum):
    EXPO = "expo"
    CONFERENCE = "conference"
    MATCHMAKING = "matchmaking"
    TAKING_PART = "taking_part"


class EventState(StrEnum):
    """`RUNNING` and `OVER` follow from the dates (`service.move_events_on`)."""

    PLANNED = "planned"
    ANNOUNCED = "announced"
    OPEN = "open"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


class TeamRole(StrEnum):
    HEAD = "head"
    EDITOR = "editor"


class BoundAs(StrEnum):
    """`DUTY`: by something else than a session."""

    SPEAKER = "speaker"
    INTERPRETER = "interpreter"
    DUTY = "duty"


class EventPart(StrEnum):
    """What may belong to an event. Each has a room of its own."""

    PROGRAMME = "programme"
    BOOTHS = "booths"
    MEETINGS = "meetings"


EVENT_STATES = {
    EventState.PLANNED: N_("Planned"),
    EventState.ANNOUNCED: N_("Announced"),
    EventState.OPEN: N_("Registration open"),
    EventState.RUNNING: N_("On now"),
    EventState.OVER: N_("Over"),
    EventState.CANCELLED: N_("Cancelled"),
}

TEAM_ROLES = {TeamRole.EDITOR: N_("Editor"), TeamRole.HEAD: N_("Head")}
"""The one that is chosen unless somebody says otherwise stands first."""
