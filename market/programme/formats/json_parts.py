"""From JSON to parts. Types are checked here: a number where a text should be is a fault of its part, told in its turn.
Null stands for nothing.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from market.kernel.errors import N_
from market.programme.formats.limits import MOST_PARTS, MOST_VALUES, TOO_MUCH
from market.programme.formats.parts import Part
from market.programme.formats.problems import NOWHERE, Problems, Where, make_problem

BROKEN_JSON = N_("This is no whole JSON. It goes wrong at character %(column)s of this line.")
NO_JSON = N_("This is no JSON that we can read: a number in it is none or too large, or it is nested too deeply.")
NO_UNICODE = N_("This is not written in Unicode.")
TWICE = N_("The name %(name)s stands twice in one object.")
NO_TEXT = N_("There should be a text here.")
NO_WHOLE = N_("There should be a whole number here.")
NO_TRUTH = N_("There should be true or false here.")
NO_LIST = N_("There should be a list here.")
NO_OBJECT = N_("There should be an object here.")

_LONGEST_LABEL: Final = 80
_MOST_DIGITS: Final = 18


class TooManyParts(Exception):
    """Nothing of the file is read."""


class _NoNumber(ValueError):
    """NaN, infinity, and what nobody counts with."""


class _Twice(ValueError):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Shape:
    """What an object may hold, under which name of ours. Others are passed over; of two that become the same one the
    later wins.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    truths: Mapping[str, str] = field(default_factory=dict)
    lists: "Mapping[str, Shape]" = field(default_factory=dict)
    """Lists of objects, which become parts."""
    named: "Mapping[str, tuple[str, Shape]]" = field(default_factory=dict)
    """Objects of lists: each name becomes a part, which has its list under a name of ours."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What the file calls what we call otherwise."""


def load_json(content: bytes, problems: Problems) -> object:
    """None where it is none; then the problems say why."""
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        problems.add(NOWHERE, TOO_MUCH)
        return None
    try:
        loaded: object = _DECODER.decode(content.decode(json.detect_encoding(content)))
    except json.JSONDecodeError as problem:
        problems.add(Where(problem.lineno), BROKEN_JSON, column=problem.colno)
    except UnicodeDecodeError:
        problems.add(NOWHERE, NO_UNICODE)
    except _Twice as problem:
        problems.add(NOWHERE, TWICE, name=problem.name[:_LONGEST_LABEL])
    except (ValueError, RecursionError):
        problems.add(NOWHERE, NO_JSON)
    else:
        if loaded is None:
            problems.add(NOWHERE, NO_OBJECT)
        return loaded
    return None


class PartMaker:
    """Makes the parts of one file, as many as a programme can hold."""

    def __init__(self) -> None:
        self._count = 0

    def make(self, values: Mapping[str, Any], path: str, shape: Shape) -> Part:
        part = self._begin(path, shape)
        for key, name in shape.texts.items():
            _set(part, name, values.get(key), str)
        for key, name in shape.numbers.items():
            _set(part, name, _to_whole(values.get(key)), int)
        for key, name in shape.truths.items():
            _set(part, name, values.get(key), bool)
        for key, inner in shape.lists.items():
            self._add_list(part, key, values.get(key), inner)
        for key, (kind, inner) in shape.named.items():
            self._add_named(part, key, values.get(key), kind, inner)
        return part

    def _begin(self, path: str, shape: Shape) -> Part:
        self._count += 1
        if self._count > MOST_PARTS:
            raise TooManyParts
        return Part(path, labels=shape.labels)

    def _add_list(self, part: Part, kind: str, values: object, shape: Shape, *, path: str = "") -> None:
        """`path` is where the list stands, if that is not under its kind."""
        if values is None:
            return
        if not isinstance(values, list):
            part.faults[kind] = make_problem(Where(None, path or part.at(kind).place), NO_LIST)
            return
        for index, value in enumerate(values):
            place = f"{path or part.at(kind).place}[{index}]"
            if isinstance(value, dict):
                part.parts.setdefault(kind, []).append(self.make(value, place, shape))
            else:
                part.faults[place] = make_problem(Where(None, place), NO_OBJECT)

    def _add_named(self, part: Part, key: str, values: object, kind: str, shape: Shape) -> None:
        place = part.at(key)
        if values is None:
            return
        if not isinstance(values, dict):
            part.faults[key] = make_problem(place, NO_OBJECT)
            return
        for name, members in values.items():
            inner = self._begin(f"{place.place}.{name[:_LONGEST_LABEL]}", _NAMELESS)
            inner.texts["name"] = name
            self._add_list(inner, kind, members, shape, path=inner.path)
            part.parts.setdefault(key, []).append(inner)


def _set(part: Part, name: str, value: object, kind: type) -> None:
    if value is None:
        return
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        part.texts[name] = str(value)
        part.faults.pop(name, None)
    else:
        part.faults[name] = make_problem(part.at(name), _EXPECTED[kind])


def _to_whole(value: object) -> object:
    """`200.0` is as good as 200."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read_integer(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise _NoNumber(text[:_LONGEST_LABEL])
    return int(text)


def _read_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _NoNumber(text[:_LONGEST_LABEL])
    return number


def _refuse_constant(name: str) -> None:
    raise _NoNumber(name)


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise _Twice(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return values


_NAMELESS: Final = Shape()
_EXPECTED: Final[Mapping[type, str]] = {str: NO_TEXT, int: NO_WHOLE, bool: NO_TRUTH}
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_make_object,
    parse_int=_read_integer,
    parse_float=_read_float,
    parse_constant=_refuse_constant,
    strict=False,
)
