"""What readers yield and writers take, and what they refuse."""

from dataclasses import dataclass, field
from typing import Any, Final

from market.kernel.errors import N_, Refusal

MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 400
MAX_LINE: Final = 1_000_000
"""Characters of a line, and of a row with all its lines."""

EXCERPT: Final = 100

TOO_MANY_ROWS = N_("This file has more than %(most)s rows. Please send it in parts.")
TOO_MANY_COLUMNS = N_("This file has more than %(most)s columns.")
LONG_LINE = N_("This row has more than %(most)s characters.")
CUT_OFF = N_("This file is damaged or cut off. Please send it again.")


@dataclass(slots=True)
class Row:
    """One listing as the import format has it: lists are lists, `price` and `translations` are nested. Cells of CSV and
    XLSX are text; those of JSON Lines have JSON's types. `line` is where the row begins, counted from 1.
    """

    line: int
    values: dict[str, Any]


@dataclass(slots=True)
class RowFault:
    """A row that cannot be read; those after it can. `message` is marked."""

    line: int
    message: str
    values: dict[str, Any] = field(default_factory=dict)
    excerpt: str = ""


class UnreadableFile(Refusal):
    """A file is refused as a whole; it may turn out after some of its rows. `message` is marked."""

    status = 422

    def __init__(self, message: str, **values: object) -> None:
        self.message = message
        super().__init__(**values)


def show_start(text: str) -> str:
    """What a report shows of a faulty line, without what cannot be stored."""
    return text[:EXCERPT].encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip()
