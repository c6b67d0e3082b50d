"""What an organizer may send of a programme."""

import re
from datetime import date, time
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, field_validator

from locales import LANGUAGES
from market.accounts.forms import MAIL_ADDRESS_OR_NONE
from market.kernel.errors import N_
from market.programme.enums import SessionKind, SessionState
from market.web.forms import KNOWN_LANGUAGE, LINE, PARAGRAPHS, READABLE_LINE, FieldProblem, Form, check_offered

MAX_TITLE: Final = 300
MAX_ABSTRACT: Final = 4_000
MAX_DESCRIPTION: Final = 20_000
MAX_LISTINGS: Final = 20
MAX_SPEAKERS: Final = 30
LONGEST_SESSION: Final = 24 * 60
LARGEST_ROOM: Final = 100_000
MAX_NAME: Final = 120

NO_TIME = N_("Please write a time like 09:30.")
UNKNOWN_REFERENCE = N_("Please write references like TO-CN-7F3K9Q, one a line.")
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
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
    start: str = ""

    @field_validator("start")
    @classmethod
    def _readable_start(cls, value: str) -> str:
        if value and not _TIME.fullmatch(value):
            raise FieldProblem(NO_TIME)
        return value

    @property
    def start_time(self) -> time | None:
        return time.fromisoformat(self.start.zfill(5)) if self.start else None


class BlockForm(Form):
    """How the sessions of a block move: to another day and another room where these are given, and by minutes."""

    minutes: Annotated[int, Field(ge=-LONGEST_SESSION, le=LONGEST_SESSION)] = 0
    to_day: date | None = None
    to_room: UUID | None = None


class DraftForm(Form):
    """Between which hours a draft places sessions, and which."""

    opens: str = "09:00"
    closes: str = "18:00"
    track_limit: Annotated[int, Field(ge=1, le=100)] | None = None
    replans: Literal["", "1"] = ""

    @field_validator("opens", "closes")
    @classmethod
    def _readable_time(cls, value: str) -> str:
        if not _TIME.fullmatch(value):
            raise FieldProblem(NO_TIME)
        return value

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
