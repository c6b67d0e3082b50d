"""What an author may send: shared by pages, import and API. A draft needs a title only; publishing asks for more
(`rules`).
"""

import re
from collections.abc import Container
from datetime import date
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from market.accounts.forms import MAIL_ADDRESS_OR_NONE
from market.kernel.errors import N_
from market.kernel.money import CURRENCIES, Money, UnreadableAmount, parse_money
from market.kernel.text import clean_line
from market.listings.enums import ListingKind
from market.taxonomy.fields import FIELDS, normalize_ipc
from market.taxonomy.values import (
    COUNTRIES,
    INDUSTRIES,
    MAX_FIELDS,
    MAX_INDUSTRIES,
    MAX_IPC,
    MAX_KEYWORDS,
    MAX_PARTNERSHIP_TYPES,
    MAX_SDGS,
    SDGS,
    IprStatus,
    PartnershipType,
    PriceBasis,
    Stage,
)
from market.web.forms import KNOWN_LANGUAGE, LINE, PARAGRAPHS, READABLE_LINE, FieldProblem, Form

MAX_TITLE = 300
MAX_SUMMARY = 500
MAX_DESCRIPTION = 32_767
"""As much as a cell of a spreadsheet holds."""
MAX_LONG = 4_000
MAX_NOTES = 1_000
MAX_KEYWORD = 60

UNKNOWN_VALUE = N_("Please choose one of the values offered.")
NO_AMOUNT = N_("Please write an amount like 120000 or 1500.50.")
_KEYWORD_BREAK = re.compile(r"[\n,;，；、،]+")

Mode = Literal["add", "set"]
"""Whether what is chosen joins what a listing has, or takes its place."""

Long = Annotated[str, Field(max_length=MAX_LONG), PARAGRAPHS]


class TextForm(Form):
    """The words of a listing in one language."""

    title: Annotated[str, Field(min_length=2, max_length=MAX_TITLE), READABLE_LINE]
    summary: Annotated[str, Field(max_length=MAX_SUMMARY), PARAGRAPHS] = ""
    description: Annotated[str, Field(max_length=MAX_DESCRIPTION), PARAGRAPHS] = ""
    advantages: Long = ""
    technical_specification: Long = ""
    expected_partner: Long = ""
    ipr_notes: Annotated[str, Field(max_length=MAX_NOTES), PARAGRAPHS] = ""
    keywords: Annotated[str, Field(max_length=MAX_KEYWORDS * (MAX_KEYWORD + 2))] = ""

    @field_validator("keywords")
    @classmethod
    def _one_a_line(cls, value: str) -> str:
        return _split_keywords(value)


class ListingForm(TextForm):
    """A listing as its author fills it in: the words in `language`, and everything structured."""

    language: Annotated[str, KNOWN_LANGUAGE]
    stage: Stage | None = None
    trl: Annotated[int, Field(ge=1, le=9)] | None = None
    ipr_status: IprStatus | None = None
    partnership_types: Annotated[list[PartnershipType], Field(default_factory=list, max_length=MAX_PARTNERSHIP_TYPES)]
    fields: Annotated[list[int], Field(default_factory=list, max_length=MAX_FIELDS)]
    ipc: str = ""
    industries: Annotated[list[str], Field(default_factory=list, max_length=MAX_INDUSTRIES)]
    sdgs: Annotated[list[str], Field(default_factory=list, max_length=MAX_SDGS)]
    target_countries: Annotated[list[str], Field(default_factory=list)]
    price_amount: Annotated[str, Field(max_length=30)] = ""
    price_currency: str = ""
    price_basis: PriceBasis | None = None
    expires_on: date | None = None
    contact_email: Annotated[str, Field(max_length=254), MAIL_ADDRESS_OR_NONE] = ""

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, value: list[int]) -> list[int]:
        return _check_known(value, FIELDS)

    @field_validator("industries")
    @classmethod
    def _known_industries(cls, value: list[str]) -> list[str]:
        return _check_known(value, INDUSTRIES)

    @field_validator("target_countries")
    @classmethod
    def _known_countries(cls, value: list[str]) -> list[str]:
        return _check_known(value, COUNTRIES)

    @field_validator("sdgs")
    @classmethod
    def _known_sdgs(cls, value: list[str]) -> list[str]:
        return _check_known(value, SDGS)

    @field_validator("partnership_types")
    @classmethod
    def _once_each(cls, value: list[PartnershipType]) -> list[PartnershipType]:
        return list(dict.fromkeys(value))

    @field_validator("ipc")
    @classmethod
    def _known_ipc(cls, value: str) -> str:
        symbols = [normalize_ipc(part) for part in re.split(r"[,;\n，；、]+", value) if part.strip()]
        if None in symbols:
            raise FieldProblem(N_("Please write IPC symbols like A23B 7/154, separated by commas."))
        if len(symbols) > MAX_IPC:
            raise FieldProblem(N_("Please choose at most %(max_length)s."), max_length=MAX_IPC)
        return ", ".join(dict.fromkeys(symbol for symbol in symbols if symbol))

    @field_validator("price_currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        if value and value not in CURRENCIES:
            raise FieldProblem(UNKNOWN_VALUE)
        return value

    @model_validator(mode="before")
    @classmethod
    def _readable_amount(cls, values: object) -> object:
        """A currency without an amount says nothing and is dropped: the form offers one beforehand."""
        if isinstance(values, dict) and not str(values.get("price_amount") or "").strip():
            return {name: value for name, value in values.items() if name not in ("price_amount", "price_currency")}
        return values

    @field_validator("price_amount")
    @classmethod
    def _plain_amount(cls, value: str) -> str:
        if value:
            try:
                parse_money(value, "USD")
            except UnreadableAmount as problem:
                raise FieldProblem(NO_AMOUNT) from problem
        return value

    @property
    def ipc_symbols(self) -> list[str]:
        return self.ipc.split(", ") if self.ipc else []

    @property
    def price(self) -> Money | None:
        """US dollars where an amount has no currency."""
        if not self.price_amount:
            return None
        try:
            return parse_money(self.price_amount, self.price_currency or "USD")
        except UnreadableAmount:  # decimals in a currency that has none: cut off
            return parse_money(self.price_amount.split(".", maxsplit=1)[0], self.price_currency)


class IdentifiedListingForm(ListingForm):
    """As a program sends it: with the sender's own number of the listing, and whom to ask about it."""

    external_id: Annotated[str, Field(max_length=200), LINE] = ""


class NewListingForm(ListingForm):
    """`form_id` is made with the form: sending the same form twice makes one listing."""

    form_id: UUID
    kind: ListingKind
    organization: str


class TogetherForm(Form):
    """One change to many listings: what is left empty stays as it is with each of them."""

    stage: Stage | None = None
    partnership_types: Annotated[list[PartnershipType], Field(default_factory=list, max_length=MAX_PARTNERSHIP_TYPES)]
    partnership_types_mode: Mode = "add"
    industries: Annotated[list[str], Field(default_factory=list, max_length=MAX_INDUSTRIES)]
    industries_mode: Mode = "add"
    target_countries: Annotated[list[str], Field(default_factory=list)]
    target_countries_mode: Mode = "add"
    keywords: Annotated[str, Field(max_length=MAX_KEYWORDS * (MAX_KEYWORD + 2))] = ""
    keywords_mode: Mode = "add"
    expires_on: date | None = None
    contact_email: Annotated[str, Field(max_length=254), MAIL_ADDRESS_OR_NONE] = ""

    @field_validator("industries")
    @classmethod
    def _known_industries(cls, value: list[str]) -> list[str]:
        return _check_known(value, INDUSTRIES)

    @field_validator("target_countries")
    @classmethod
    def _known_countries(cls, value: list[str]) -> list[str]:
        return _check_known(value, COUNTRIES)

    @field_validator("keywords")
    @classmethod
    def _one_a_line(cls, value: str) -> str:
        return _split_keywords(value)

    @property
    def changes(self) -> dict[str, object]:
        """What is to be changed; empty where nothing was filled in."""
        sent = self.model_dump(exclude={name for name in type(self).model_fields if name.endswith("_mode")})
        return {name: value for name, value in sent.items() if value}


CodeT = TypeVar("CodeT", int, str)


def _split_keywords(value: str) -> str:
    words = list(dict.fromkeys(word for part in _KEYWORD_BREAK.split(value) if (word := clean_line(part))))
    if len(words) > MAX_KEYWORDS:
        raise FieldProblem(N_("Please choose at most %(max_length)s."), max_length=MAX_KEYWORDS)
    if any(len(word) > MAX_KEYWORD for word in words):
        raise FieldProblem(
            N_("Please shorten each keyword to at most %(max_length)s characters."), max_length=MAX_KEYWORD
        )
    return "\n".join(words)


def _check_known(values: list[CodeT], known: Container[CodeT]) -> list[CodeT]:
    if any(value not in known for value in values):
        raise FieldProblem(UNKNOWN_VALUE)
    return list(dict.fromkeys(values))
