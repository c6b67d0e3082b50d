"""The rooms of a file in the order in which it names them."""

from collections.abc import Iterable
from uuid import UUID

from market.kernel.errors import N_
from market.programme.formats.identifiers import read_guid
from market.programme.formats.limits import LONGEST_ROOM, MOST_ROOMS
from market.programme.formats.neutral import FileRoom
from market.programme.formats.parts import Part
from market.programme.formats.problems import Problems
from market.programme.formats.reading import NO_GUID, PartReader

TOO_MANY_ROOMS = N_("This programme has more than %(most)s rooms.")


class Rooms:
    """A room is known by its name. What is said of it anywhere is kept. A guid of two rooms is that of the first."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._rooms: dict[str, FileRoom] = {}
        self._guids: dict[UUID, str] = {}

    def add_all(self, parts: Iterable[Part]) -> None:
        for part in parts:
            PartReader(part, self._problems).tell_faults()
            self.add(part)

    def add(self, part: Part) -> str:
        """Its name, or nothing where it has none."""
        reader = PartReader(part, self._problems)
        name = reader.line("name", LONGEST_ROOM)
        capacity = reader.number("capacity", least=0)
        guid = self._read_guid(reader, name)
        if name:
            known = self._note(part, name)
            self._rooms[name] = FileRoom(
                name, known.guid or guid, capacity if known.capacity is None else known.capacity
            )
        return name

    def note(self, part: Part, name: str) -> None:
        """One that is named by a session alone; `part` is the session."""
        self._note(part, name)

    def list_all(self) -> tuple[FileRoom, ...]:
        return tuple(self._rooms.values())

    def _note(self, part: Part, name: str) -> FileRoom:
        if name not in self._rooms:
            if len(self._rooms) == MOST_ROOMS:
                self._problems.add(part.where, TOO_MANY_ROOMS, most=MOST_ROOMS)
            self._rooms[name] = FileRoom(name)
        return self._rooms[name]

    def _read_guid(self, reader: PartReader, name: str) -> UUID | None:
        if not (text := reader.part.text("guid").strip()):
            return None
        guid = read_guid(text)
        if guid is None:
            reader.add("guid", NO_GUID)
            return None
        return guid if self._guids.setdefault(guid, name) == name else None
