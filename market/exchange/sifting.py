"""The values of a row by their types. JSON has lists, truth values and objects where the import format has text, and it
can name characters that no encoding carries.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from market.exchange.enums import Verdict
from market.exchange.formats.columns import COLUMNS, LISTS, TRANSLATED, split_list
from market.exchange.repairing import CHARACTERS, LEFT_OUT, Problem, shorten
from market.kernel.errors import Fault
from market.kernel.text import UNSTORABLE, clean_line

NEEDED: Final = frozenset({"id", "title"})
"""A row that has something else in their place is refused: another id, or title, would be nobody's."""

LONGEST_COLUMN: Final = 60
_EMPTY: Final[tuple[object, ...]] = (None, "", [], {})


def sift_row(row: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The row without what cannot be taken, and what was wrong with that. Columns of others stay as they are."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name == "price" and isinstance(value, Mapping):
            values[name] = _sift_each(name, value, frozenset(value), problems)
        elif name == "translations":
            values[name] = _sift_translations(value, problems)
        elif name in COLUMNS:
            values[name] = _sift(name, value, problems)
        else:
            values[name] = value
    return values, problems


def read_id(values: Mapping[str, Any]) -> str | None:
    """Return the importer's own id of a row, None where it has none."""
    value = _sift("id", values.get("id"), [])
    return clean_line(str(value)) or None if value is not None else None


def _sift_translations(value: object, problems: list[Problem]) -> Any:
    if not isinstance(value, Mapping):
        return _tell("translations", value, problems) if value not in _EMPTY else None
    names = frozenset(TRANSLATED)
    return {
        code: _sift_each(f"translations.{code}", words, names, problems) if isinstance(words, Mapping) else words
        for code, words in value.items()
    }


def _sift_each(
    column: str, values: Mapping[str, Any], names: frozenset[str], problems: list[Problem]
) -> dict[str, Any]:
    return {
        name: _sift(f"{column}.{name}", value, problems) if name in names else value for name, value in values.items()
    }


def _sift(column: str, value: object, problems: list[Problem]) -> Any:
    if column in LISTS or column.endswith(".keywords"):
        items = split_list(value) if isinstance(value, str) else value if isinstance(value, list) else [value]
        return [one for item in items if (one := _sift_one(column, item, problems)) is not None]
    return _sift_one(column, value, problems)


def _sift_one(column: str, value: object, problems: list[Problem]) -> Any:
    if value in _EMPTY:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        return _tell(column, value, problems)
    if isinstance(value, str) and UNSTORABLE.search(value):
        _note(column, CHARACTERS, "", problems)
        return UNSTORABLE.sub("", value)
    return value


def _tell(column: str, value: object, problems: list[Problem]) -> None:
    _note(column, LEFT_OUT, value, problems)


def _note(column: str, message: str, excerpt: object, problems: list[Problem]) -> None:
    refuses = column in NEEDED and message == LEFT_OUT
    verdict = Verdict.REFUSED if refuses else Verdict.REPAIRED
    problem = Problem(name_column(column), verdict, Fault(message), shorten(excerpt))
    if problem not in problems:
        problems.append(problem)


def name_column(column: str) -> str:
    """As a report can store it: codes of translations are the file's own."""
    return UNSTORABLE.sub("\ufffd", column)[:LONGEST_COLUMN]
