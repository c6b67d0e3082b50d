"""What each door reads of a request, learnt by listening: a new route, key, header or field is known without a list."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from starlette.datastructures import Headers, QueryParams
from starlette.requests import HTTPConnection

from market.web.forms import Form, SentForm
from market.web.tokens import FORM_TOKEN
from tests.house.opening import MOUNTED, House
from tests.house.walking import Door, Role, usual_case


class Part(StrEnum):
    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"
    FIELD = "field"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something may be put into a request for a door."""

    door: Door
    part: Part
    name: str

    def __str__(self) -> str:
        return f"{self.door} {self.part} {self.name}"


Heard = set[tuple[Part, str]]

FILE = "file"
"""The part of a path that a mounted folder reads."""

TELLING = {"range": "bytes=0-1"}
"""Without it a folder does not look for what goes with it."""


def list_places(house: House) -> list[Place]:
    """Goes through every door in several ways; the house is as furnished afterwards."""
    places = []
    for door in house.doors:
        with _listen() as heard:
            _try(house, door)
        house.reset()
        heard |= {(Part.PATH, name) for name in _list_parts(door)}
        if not door.is_safe:
            heard.add((Part.FIELD, FORM_TOKEN))
        places += [Place(door, part, name) for part, name in heard]
    return sorted(places)


def _try(house: House, door: Door) -> None:
    case = usual_case(door)
    house.use(door, Role.OWNER, case)
    house.send(Role.OWNER, door.verb, house.address(door, case), headers=TELLING)  # a form with nothing in it
    if door.is_safe:
        house.send(Role.VISITOR, door.verb, house.address(door, case))


def _list_parts(door: Door) -> list[str]:
    return [FILE] if door.name in MOUNTED else re.findall(r"{(\w+)", door.path)


@contextmanager
def _listen() -> Iterator[Heard]:
    heard: Heard = set()
    with pytest.MonkeyPatch.context() as patch:
        _overhear(patch, QueryParams, ("get", "getlist", "__getitem__"), Part.QUERY, heard)
        _overhear(patch, Headers, ("getlist", "__getitem__", "__contains__"), Part.HEADER, heard)
        _overhear(patch, SentForm, ("first", "all", "number"), Part.FIELD, heard)
        _overhear_forms(patch, heard)
        _overhear_cookies(patch, heard)
        yield heard


def _overhear(patch: pytest.MonkeyPatch, kind: type, names: tuple[str, ...], part: Part, heard: Heard) -> None:
    """Headers of an answer that is put together (`MutableHeaders`) are nobody's but ours."""

    def listen_to(original: Callable[..., Any]) -> Callable[..., Any]:
        def look_up(self: object, key: str, *rest: object) -> object:
            if type(self) is kind:
                heard.add((part, key.lower() if part is Part.HEADER else key))
            return original(self, key, *rest)

        return look_up

    for name in names:
        patch.setattr(kind, name, listen_to(getattr(kind, name)))


def _overhear_forms(patch: pytest.MonkeyPatch, heard: Heard) -> None:
    validate = Form.model_validate.__func__  # type: ignore[attr-defined] # it is bound to the class

    def note_and_validate(form: type[Form], values: object) -> object:
        heard.update((Part.FIELD, name) for name in form.model_fields)
        return validate(form, values)

    patch.setattr(Form, "model_validate", classmethod(note_and_validate))


def _overhear_cookies(patch: pytest.MonkeyPatch, heard: Heard) -> None:
    read = HTTPConnection.cookies.fget  # type: ignore[attr-defined] # a property

    class Noted(dict[str, str]):
        def get(self, key: str, default: Any = None) -> Any:
            heard.add((Part.COOKIE, key))
            return super().get(key, default)

    patch.setattr(HTTPConnection, "cookies", property(lambda connection: Noted(read(connection))))
