from typing import Annotated, Literal

from pydantic import Field, field_validator

from locales import LANGUAGES
from market.kernel.errors import N_
from market.kernel.text import clean_line, clean_text
from market.organizations import rules
from market.taxonomy.values import COUNTRIES, OrganizationKind
from market.web.forms import FieldProblem, Form, check_offered, check_readable


class OrganizationForm(Form):
    name: Annotated[str, Field(min_length=2, max_length=160)]
    name_en: Annotated[str, Field(max_length=160)] = ""
    kind: OrganizationKind
    country: str
    city: Annotated[str, Field(max_length=80)] = ""
    website: Annotated[str, Field(max_length=300)] = ""
    language: str
    description: Annotated[str, Field(max_length=4_000)] = ""

    @field_validator("name_en", "city", mode="before")
    @classmethod
    def _clean_line(cls, value: object) -> object:
        return clean_line(value) if isinstance(value, str) else value

    @field_validator("description", mode="before")
    @classmethod
    def _clean_text(cls, value: object) -> object:
        return clean_text(value) if isinstance(value, str) else value

    @field_validator("name", mode="before")
    @classmethod
    def _readable_name(cls, value: object) -> object:
        return check_readable(clean_line(value)) if isinstance(value, str) else value

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        return check_offered(value, COUNTRIES)

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        return check_offered(value, LANGUAGES)

    @field_validator("website")
    @classmethod
    def _plain_website(cls, value: str) -> str:
        if value and not rules.is_website(value):
            raise FieldProblem(N_("Please write a web address like https://www.example.org."))
        return value


class MemberForm(Form):
    email: Annotated[str, Field(min_length=3, max_length=254)]
    role: Literal["member", "owner"] = "member"
