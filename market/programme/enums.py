from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from market.kernel.errors import N_


class SessionKind(StrEnum):
    FORUM = "forum"
    MATCHMAKING = "matchmaking"
    PROMOTION = "promotion"
    SIGNING = "signing"
    TALK = "talk"
    BREAK = "break"
    BLOCKER = "blocker"


class SessionState(StrEnum):
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class ChangeKind(StrEnum):
    NEW = "new"
    MOVED = "moved"
    CANCELLED = "cancelled"


class DraftState(StrEnum):
    """`STOPPED`: with the best that was found until then."""

    ASKED = "asked"
    COMPUTING = "computing"
    READY = "ready"
    STOPPED = "stopped"
    FAILED = "failed"
    APPLIED = "applied"
    DISCARDED = "discarded"


class FileForm(StrEnum):
    """How a programme is written to a file."""

    FRAB_XML = "frab-xml"
    FRAB_JSON = "frab-json"
    ICAL = "ical"
    CSV = "csv"


class InterpretingMode(StrEnum):
    """`CONSECUTIVE`: after the speaker, in turns; `SIMULTANEOUS`: meanwhile, from a booth."""

    SIMULTANEOUS = "simultaneous"
    CONSECUTIVE = "consecutive"


class ConflictKind(StrEnum):
    ROOM = "room"
    SPEAKER = "speaker"
    INTERPRETER = "interpreter"
    OUTSIDE = "outside"
    ABSENT = "absent"
    DUTY = "duty"
    TRAVEL = "travel"
    CAPACITY = "capacity"
    UNINTERPRETED = "uninterpreted"
    WRONG_PAIR = "wrong_pair"
    NO_REST = "no_rest"
    UNPLACED = "unplaced"
    UNCONFIRMED = "unconfirmed"
    SHOWN_LISTING = "shown_listing"


class Severity(StrEnum):
    """`BLOCK`: no session is saved that has it. `BLOCK_RELEASE`: the working copy may have it, a release may not."""

    BLOCK = "block"
    BLOCK_RELEASE = "block_release"
    WARN = "warn"
    IGNORE = "ignore"


SESSION_KINDS: Final[Mapping[SessionKind, str]] = {
    SessionKind.FORUM: N_("Forum"),
    SessionKind.MATCHMAKING: N_("Matchmaking session"),
    SessionKind.PROMOTION: N_("Promotion talk"),
    SessionKind.SIGNING: N_("Signing ceremony"),
    SessionKind.TALK: N_("Talk"),
    SessionKind.BREAK: N_("Break"),
    SessionKind.BLOCKER: N_("Blocker"),
}

SESSION_STATES: Final[Mapping[SessionState, str]] = {
    SessionState.DRAFT: N_("Draft"),
    SessionState.CONFIRMED: N_("Confirmed"),
    SessionState.CANCELLED: N_("Cancelled"),
}

CHANGES: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.NEW: N_("New"),
    ChangeKind.MOVED: N_("Moved"),
    ChangeKind.CANCELLED: N_("Cancelled"),
}

SEVERITIES: Final[Mapping[ConflictKind, Severity]] = {
    ConflictKind.ROOM: Severity.BLOCK_RELEASE,
    ConflictKind.SPEAKER: Severity.BLOCK_RELEASE,
    ConflictKind.INTERPRETER: Severity.BLOCK_RELEASE,
    ConflictKind.OUTSIDE: Severity.BLOCK_RELEASE,
    ConflictKind.ABSENT: Severity.WARN,
    ConflictKind.DUTY: Severity.WARN,
    ConflictKind.TRAVEL: Severity.WARN,
    ConflictKind.CAPACITY: Severity.WARN,
    ConflictKind.UNINTERPRETED: Severity.WARN,
    ConflictKind.WRONG_PAIR: Severity.WARN,
    ConflictKind.NO_REST: Severity.WARN,
    ConflictKind.UNPLACED: Severity.WARN,
    ConflictKind.UNCONFIRMED: Severity.WARN,
    ConflictKind.SHOWN_LISTING: Severity.WARN,
}
"""What a kind of conflict is unless an event says otherwise."""

SEVERITY_NAMES: Final[Mapping[Severity, str]] = {
    Severity.BLOCK: N_("Refuse to save it"),
    Severity.BLOCK_RELEASE: N_("Refuse to release it"),
    Severity.WARN: N_("Warn"),
    Severity.IGNORE: N_("Ignore"),
}

INTERPRETING_MODES: Final[Mapping[InterpretingMode, str]] = {
    InterpretingMode.SIMULTANEOUS: N_("Simultaneous"),
    InterpretingMode.CONSECUTIVE: N_("Consecutive"),
}
