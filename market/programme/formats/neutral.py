"""A programme as files carry it, whatever their format."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from market.kernel.errors import Fault


@dataclass(frozen=True, slots=True)
class FilePerson:
    """Somebody who speaks. Files know people by a guid, by a number, or by the name alone."""

    name: str
    guid: UUID | None = None
    number: int | None = None
    biography: str = ""


@dataclass(frozen=True, slots=True)
class FileLink:
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class FileSession:
    """One session. `starts_at` is wall time in the programme's zone, without a zone of its own; one after midnight has
    the date of the morning it is on, whichever day of the programme it belongs to.
    """

    guid: UUID
    number: int
    """frab's `id`: positive, unique in the programme."""
    title: str
    room: str
    starts_at: datetime
    minutes: int
    code: str = ""
    """pretalx's `code`: six of A–Z and 0–9, or nothing."""
    slug: str = ""
    subtitle: str = ""
    track: str = ""
    kind: str = ""
    """As the file has it: `lecture`, `devroom` …"""
    language: str = ""
    """As the file has it; empty where it says nothing."""
    abstract: str = ""
    description: str = ""
    persons: tuple[FilePerson, ...] = ()
    links: tuple[FileLink, ...] = ()
    attachments: tuple[FileLink, ...] = ()
    url: str = ""
    logo: str = ""
    licence: str = ""
    may_not_be_recorded: bool = False
    line: int | None = None
    """Where it stands in the file that was read."""


@dataclass(frozen=True, slots=True)
class FileRoom:
    name: str
    guid: UUID | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class FileProgramme:
    """`day_change` is how many minutes after midnight the programme's day ends."""

    acronym: str
    title: str
    starts_on: date
    ends_on: date
    zone: str
    version: str = ""
    day_change: int = 0
    slot_minutes: int = 15
    venue: str = ""
    city: str = ""
    url: str = ""
    base_url: str = ""
    rooms: tuple[FileRoom, ...] = ()
    """In the order of the file."""
    tracks: tuple[str, ...] = ()
    """In the order of the file."""
    sessions: tuple[FileSession, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """What a reader could not take. `place` says which session or element, as the file calls it."""

    fault: Fault
    line: int | None = None
    place: str = ""


@dataclass(slots=True)
class ReadProgramme:
    """What came of reading a file: no programme where it is none, else one with all sessions that are whole. Whoever
    imports takes nothing of a file that has problems.
    """

    programme: FileProgramme | None = None
    problems: list[Problem] = field(default_factory=list)
    columns: frozenset[str] = frozenset()
    """Of a table: those of ours that it has."""
