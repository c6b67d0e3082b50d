from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from market.kernel.errors import N_
from market.organizations import rules
from market.taxonomy.values import COUNTRIES, OrganizationKind
from market.web.forms import KNOWN_LANGUAGE, LINE, PARAGRAPHS, READABLE_LINE, FieldProblem, Form, check_offered

NO_WEBSITE = N_("Please write a web address like https://www.example.org.")


def _check_website(address: str) -> str:
    if address and not rules.is_website(address):
        raise FieldProblem(NO_WEBSITE)
    return address


WEBSITE = AfterValidator(_check_website)
"""Of a field that may stay empty."""


class OrganizationForm(Form):
    name: Annotated[str, Field(min_length=2, max_length=160), READABLE_LINE]
    name_en: Annotated[str, Field(max_length=160), LINE] = ""
    kind: OrganizationKind
    country: str
    city: Annotated[str, Field(max_length=80), LINE] = ""
    website: Annotated[str, Field(max_length=300), WEBSITE] = ""
    language: Annotated[str, KNOWN_LANGUAGE]
    description: Annotated[str, Field(max_length=4_000), PARAGRAPHS] = ""

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        return check_offered(value, COUNTRIES)


class MemberForm(Form):
    email: Annotated[str, Field(min_length=3, max_length=254)]
    role: Literal["member", "owner"] = "member"
