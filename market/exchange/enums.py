from enum import StrEnum

from market.kernel.errors import N_


class RunState(StrEnum):
    """received → checking → checked → taking over → done; a run ends early as refused, stopped or failed.

    One whose encoding or columns are not known waits as `unmapped` until a person has named them.
    """

    RECEIVED = "received"
    CHECKING = "checking"
    UNMAPPED = "unmapped"
    CHECKED = "checked"
    TAKING_OVER = "taking_over"
    DONE = "done"
    REFUSED = "refused"
    STOPPED = "stopped"
    FAILED = "failed"


OPEN_STATES = (RunState.RECEIVED, RunState.CHECKING, RunState.UNMAPPED, RunState.CHECKED, RunState.TAKING_OVER)


class FileFormat(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"


class Verdict(StrEnum):
    """What became of a row: taken as it is, taken after a repair, or left out."""

    TAKEN = "taken"
    REPAIRED = "repaired"
    REFUSED = "refused"


class Change(StrEnum):
    """What taking over a row does to the market."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


RUN_STATES = {
    RunState.RECEIVED: N_("Waiting to be read"),
    RunState.CHECKING: N_("Being checked"),
    RunState.UNMAPPED: N_("Columns to be named"),
    RunState.CHECKED: N_("Checked, not imported yet"),
    RunState.TAKING_OVER: N_("Being imported"),
    RunState.DONE: N_("Imported"),
    RunState.REFUSED: N_("Refused"),
    RunState.STOPPED: N_("Stopped"),
    RunState.FAILED: N_("Failed"),
}
