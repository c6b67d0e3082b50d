"""What an organizer may send."""

from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from market.events.enums import EventKind
from market.kernel.errors import N_
from market.kernel.zones import is_zone
from market.organizations.forms import WEBSITE
from market.taxonomy.values import COUNTRIES
from market.web.forms import (
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

_YEARS: Final = range(1990, 2101)


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
        if value.year not in _YEARS:
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
