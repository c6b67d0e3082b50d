"""Who speaks: a person that a file names with several sessions is one, and the same everywhere."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from market.kernel.text import clean_line, clean_text
from market.programme.formats.identifiers import read_guid, read_number
from market.programme.formats.limits import LARGEST_NUMBER
from market.programme.formats.neutral import FilePerson
from market.programme.formats.parts import Part


@dataclass(slots=True)
class _Seen:
    name: str
    guid: UUID | None
    number: int | None
    biography: str


class People:
    """All persons of a file. They are told apart by guid, else by number, else by name as it is written: Mo and mo may
    be two. Of several biographies the longest is taken.
    """

    def __init__(self, parts: Iterable[Part]) -> None:
        self._guids: dict[int, UUID] = {}
        seen = [_look_at(part) for part in parts]
        for person in seen:
            if person.guid and person.number is not None:
                self._guids.setdefault(person.number, person.guid)
        self._persons: dict[UUID | int | str, FilePerson] = {}
        for person in seen:
            self._add(person)

    def find(self, part: Part) -> FilePerson:
        return self._persons[self._key(_look_at(part))]

    def _add(self, person: _Seen) -> None:
        key = self._key(person)
        known = self._persons.get(key)
        self._persons[key] = FilePerson(
            name=known.name if known and known.name else person.name,
            guid=known.guid if known and known.guid else person.guid,
            number=known.number if known and known.number is not None else person.number,
            biography=max(known.biography if known else "", person.biography, key=len),
        )

    def _key(self, person: _Seen) -> UUID | int | str:
        if person.guid:
            return person.guid
        if person.number is None:
            return person.name
        return self._guids.get(person.number, person.number)


def read_person_number(text: str) -> int | None:
    return read_number(text, least=-LARGEST_NUMBER)


def _look_at(part: Part) -> _Seen:
    return _Seen(
        name=clean_line(part.text("name")),
        guid=read_guid(part.text("guid")),
        number=read_person_number(part.text("id")),
        biography=clean_text(part.text("biography")),
    )
