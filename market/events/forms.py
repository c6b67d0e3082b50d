"""What an organizer may send."""

from datetime import date, datetime, time, timedelta
from itertools import combinations
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from locales import LANGUAGES
from market.accounts.forms import MAIL_ADDRESS_OR_NONE
from market.events.enums import EventKind
from market.kernel.errors import N_
from market.kernel.zones import is_zone
from market.organizations.forms import WEBSITE
from market.taxonomy.values import COUNTRIES
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

MAX_TITLE: Final = 200
MAX_SUMMARY: Final = 500
MAX_DESCRIPTION: Final = 20_000
MAX_ADDRESS: Final = 300
LONGEST_EVENT: Final = timedelta(days=60)

ENDS_TOO_SOON = N_("The last day is not before the first.")
TOO_LONG = N_("An event has at most %(days)s days.")

MOST_PAIRS: Final = 6
LANGUAGE_PAIRS: Final = tuple(" ".join(pair) for pair in combinations(sorted(LANGUAGES), 2))
"""Two languages in the order of their codes, as interpreters' pairs are stored."""

ENDS_BEFORE_IT_STARTS = N_("It ends before it starts.")

YEARS: Final = range(1990, 2101)


class EventTextForm(Form):
    """The words of an event in one language."""

    title: Annotated[str, Field(min_length=2, max_length=MAX_TITLE), READABLE_LINE]
    summary: Annotated[str, Field(max_length=MAX_SUMMARY), PARAGRAPHS] = ""
    description: Annotated[str, Field(max_length=MAX_DESCRIPTION), PARAGRAPHS] = ""
    city: Annotated[str, Field(max_length=80), LINE] = ""
    venue: Annotated[str, Field(max_length=MAX_TITLE), LINE] = ""
    address: Annotated[str, Field(max_length=MAX_ADDRESS), LINE] = ""


class DaysForm(Form):
    """When it is. A copy of an edition asks for nothing else."""

    starts_on: date
    ends_on: date

    @field_validator("starts_on", "ends_on")
    @classmethod
    def _near_year(cls, value: date) -> date:
        if value.year not in YEARS:
            raise FieldProblem(MESSAGES["date_parsing"])
        return value

    @field_validator("ends_on")
    @classmethod
    def _after_start(cls, value: date, info: ValidationInfo) -> date:
        start = info.data.get("starts_on")
        if start is not None and value < start:
            raise FieldProblem(ENDS_TOO_SOON)
        if start is not None and value - start >= LONGEST_EVENT:
            raise FieldProblem(TOO_LONG, days=LONGEST_EVENT.days)
        return value


class EventForm(EventTextForm, DaysForm):
    """An event as its organizer fills it in: the words in `language`, and everything else."""

    kind: EventKind
    language: Annotated[str, KNOWN_LANGUAGE]
    country: str = ""
    zone: str
    website: Annotated[str, Field(max_length=300), WEBSITE] = ""

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        return check_offered(value, ("", *COUNTRIES))

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if not is_zone(value):
            raise FieldProblem(MESSAGES["enum"])
        return value


class TeamForm(Form):
    email: Annotated[str, Field(min_length=3, max_length=254)]
    role: Literal["head", "editor"] = "editor"


class InterpreterForm(Form):
    name: Annotated[str, Field(min_length=2, max_length=160), READABLE_LINE]
    language: Annotated[str, KNOWN_LANGUAGE]
    email: Annotated[str, Field(max_length=254), MAIL_ADDRESS_OR_NONE] = ""
    pairs: Annotated[list[str], Field(default_factory=list, min_length=1, max_length=MOST_PAIRS, validate_default=True)]

    @field_validator("pairs")
    @classmethod
    def _known_pairs(cls, value: list[str]) -> list[str]:
        return sorted({check_offered(pair, LANGUAGE_PAIRS) for pair in value})


class PresenceForm(Form):
    """When somebody is there, or bound by something else. Both clock times belong to that day, by the clocks at the
    place."""

    is_away: Literal["", "away"] = ""
    day: date
    start: Annotated[str, CLOCK_TIME]
    end: Annotated[str, CLOCK_TIME]
    note: Annotated[str, Field(max_length=200), LINE] = ""

    @field_validator("end")
    @classmethod
    def _after_start(cls, value: str, info: ValidationInfo) -> str:
        start = info.data.get("start")
        if start is not None and value <= start:
            raise FieldProblem(ENDS_BEFORE_IT_STARTS)
        return value

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.day, time.fromisoformat(self.start))

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.day, time.fromisoformat(self.end))
