"""What an organizer may send of a programme."""

import re
from datetime import date, time
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, field_validator

from locales import LANGUAGES
from market.accounts.forms import MAIL_ADDRESS_OR_NONE
from market.events.forms import YEARS
from market.kernel.errors import N_
from market.programme.enums import SEVERITIES, ConflictKind, InterpretingMode, SessionKind, SessionState, Severity
from market.web.forms import (
    CLOCK_TIME,
    KNOWN_LANGUAGE,
    LINE,
    MESSAGES,
    PARAGRAPHS,
    READABLE_LINE,
    FieldProblem,
    Form,
    check_offered,
)

MAX_TITLE: Final = 300
MAX_ABSTRACT: Final = 4_000
MAX_DESCRIPTION: Final = 20_000
MAX_LISTINGS: Final = 20
MAX_SPEAKERS: Final = 30
LONGEST_SESSION: Final = 24 * 60
LARGEST_ROOM: Final = 100_000
MAX_NAME: Final = 120
MAX_CHANNELS: Final = 40
LONGEST_WAY: Final = 240

ONE_CHANNEL = N_("An interpreter works into one language at a time.")
UNKNOWN_REFERENCE = N_("Please write references like TO-CN-7F3K9Q, one a line.")
_REFERENCE: Final = re.compile(r"T[OD]-[A-Z]{2}-[0-9A-Z]{6}")


def count_minutes(clock: str) -> int:
    """Of a time like 09:30, after midnight."""
    hours, _colon, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


class SessionTextForm(Form):
    """The words of a session in one language."""

    title: Annotated[str, Field(min_length=2, max_length=MAX_TITLE), READABLE_LINE]
    subtitle: Annotated[str, Field(max_length=MAX_TITLE), LINE] = ""
    abstract: Annotated[str, Field(max_length=MAX_ABSTRACT), PARAGRAPHS] = ""
    description: Annotated[str, Field(max_length=MAX_DESCRIPTION), PARAGRAPHS] = ""


class PlaceForm(Form):
    """Where and when a session is. One without a day waits for its place in the programme."""

    room: UUID | None = None
    day: date | None = None
    start: Annotated[str, CLOCK_TIME] = ""

    @field_validator("day")
    @classmethod
    def _near_year(cls, value: date | None) -> date | None:
        if value is not None and value.year not in YEARS:
            raise FieldProblem(MESSAGES["date_parsing"])
        return value

    @property
    def start_time(self) -> time | None:
        return time.fromisoformat(self.start) if self.start else None


class BlockForm(Form):
    """How the sessions of a block move: to another day and another room where these are given, and by minutes."""

    minutes: Annotated[int, Field(ge=-LONGEST_SESSION, le=LONGEST_SESSION)] = 0
    to_day: date | None = None
    to_room: UUID | None = None


class DraftForm(Form):
    """Between which hours a draft places sessions, and which."""

    opens: Annotated[str, CLOCK_TIME] = "09:00"
    closes: Annotated[str, CLOCK_TIME] = "18:00"
    track_limit: Annotated[int, Field(ge=1, le=100)] | None = None
    replans: Literal["", "1"] = ""

    @property
    def opens_minutes(self) -> int:
        return count_minutes(self.opens)

    @property
    def closes_minutes(self) -> int:
        return count_minutes(self.closes)


class SessionForm(SessionTextForm, PlaceForm):
    """A session as the organizer fills it in."""

    kind: SessionKind
    state: SessionState = SessionState.DRAFT
    language: Annotated[str, KNOWN_LANGUAGE]
    interpreted: Annotated[list[str], Field(default_factory=list, max_length=len(LANGUAGES))]
    track: UUID | None = None
    minutes: Annotated[int, Field(ge=1, le=LONGEST_SESSION)] = 30
    capacity: Annotated[int, Field(ge=1, le=LARGEST_ROOM)] | None = None
    speakers: Annotated[list[UUID], Field(default_factory=list, max_length=MAX_SPEAKERS)]
    listings: str = ""

    @field_validator("interpreted")
    @classmethod
    def _known_languages(cls, value: list[str]) -> list[str]:
        return [check_offered(code, LANGUAGES) for code in value]

    @field_validator("listings")
    @classmethod
    def _readable_references(cls, value: str) -> str:
        references = value.upper().split()
        if len(references) > MAX_LISTINGS or not all(_REFERENCE.fullmatch(one) for one in references):
            raise FieldProblem(UNKNOWN_REFERENCE)
        return "\n".join(dict.fromkeys(references))

    @property
    def references(self) -> list[str]:
        return self.listings.split()


class RoomForm(Form):
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME), READABLE_LINE]
    capacity: Annotated[int, Field(ge=0, le=LARGEST_ROOM)] | None = None
    hall: Annotated[str, Field(max_length=80), LINE] = ""


class TrackForm(Form):
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME), READABLE_LINE]


class SpeakerForm(Form):
    name: Annotated[str, Field(min_length=2, max_length=160), READABLE_LINE]
    name_en: Annotated[str, Field(max_length=160), LINE] = ""
    language: Annotated[str, KNOWN_LANGUAGE]
    email: Annotated[str, Field(max_length=254), MAIL_ADDRESS_OR_NONE] = ""
    organization: Annotated[str, Field(max_length=200), LINE] = ""
    biography: Annotated[str, Field(max_length=MAX_ABSTRACT), PARAGRAPHS] = ""


class ReleaseForm(Form):
    name: Annotated[str, Field(max_length=80), LINE] = ""
    comment: Annotated[str, Field(max_length=500), LINE] = ""


class InterpretingForm(Form):
    """Who interprets a session. A channel is a language and an interpreter: `vi 1c9e…`."""

    interpreting: InterpretingMode = InterpretingMode.SIMULTANEOUS
    channels: Annotated[list[str], Field(default_factory=list, max_length=MAX_CHANNELS)]

    @field_validator("channels")
    @classmethod
    def _readable_channels(cls, value: list[str]) -> list[str]:
        pairs = [_read_channel(one) for one in value]
        people = [person for _language, person in pairs]
        if len(set(people)) < len(people):
            raise FieldProblem(ONE_CHANNEL)
        return value

    @property
    def by_person(self) -> dict[UUID, str]:
        return {person: language for language, person in map(_read_channel, self.channels)}


def _read_channel(text: str) -> tuple[str, UUID]:
    language, _, person = text.partition(" ")
    try:
        return check_offered(language, LANGUAGES), UUID(person)
    except ValueError as problem:
        raise FieldProblem(MESSAGES["enum"]) from problem


class RulesForm(Form):
    """What an event makes of each kind of conflict: the answers in the order of `ConflictKind`."""

    travel_minutes: Annotated[int, Field(ge=0, le=LONGEST_WAY)] = 0
    severities: Annotated[list[Severity], Field(min_length=len(ConflictKind), max_length=len(ConflictKind))]

    @property
    def by_kind(self) -> dict[str, str]:
        """Those that are not the usual ones."""
        chosen = dict(zip(ConflictKind, self.severities, strict=True))
        return {kind.value: one.value for kind, one in chosen.items() if one is not SEVERITIES[kind]}
