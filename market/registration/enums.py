from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from market.kernel.errors import N_


class ParticipantState(StrEnum):
    """`WAITING`: on the waiting list, for a seat."""

    WAITING_APPROVAL = "waiting_approval"
    ADMITTED = "admitted"
    WAITING = "waiting"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class QuestionKind(StrEnum):
    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    YES_NO = "yes_no"


class Decision(StrEnum):
    """What organizers do with participants."""

    ADMIT = "admit"
    DECLINE = "decline"
    CANCEL = "cancel"


class YesNo(StrEnum):
    """Answers as they are kept."""

    YES = "yes"
    NO = "no"


PARTICIPANT_STATES: Final[Mapping[ParticipantState, str]] = {
    ParticipantState.WAITING_APPROVAL: N_("Awaiting approval"),
    ParticipantState.ADMITTED: N_("Admitted"),
    ParticipantState.WAITING: N_("On the waiting list"),
    ParticipantState.DECLINED: N_("Declined"),
    ParticipantState.CANCELLED: N_("Cancelled"),
}

QUESTION_KINDS: Final[Mapping[QuestionKind, str]] = {
    QuestionKind.LINE: N_("A line"),
    QuestionKind.TEXT: N_("Several lines"),
    QuestionKind.CHOICE: N_("A choice"),
    QuestionKind.YES_NO: N_("Yes or no"),
}

YES_OR_NO: Final[Mapping[YesNo, str]] = {YesNo.YES: N_("Yes"), YesNo.NO: N_("No")}
