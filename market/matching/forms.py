import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, field_validator

from market.kernel.errors import N_
from market.kernel.money import CURRENCIES
from market.matching.enums import Unfit, Verdict
from market.web.forms import LINE, PARAGRAPHS, READABLE_LINE, FieldProblem, Form, check_offered

LEAST, MOST = Decimal("0.0000001"), Decimal(10_000)
PLAIN = re.compile(r"[0-9]{1,5}([.,][0-9]{1,10})?")
"""With a point or, as in half the region, a comma."""


def _read(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


class VerdictForm(Form):
    verdict: Verdict
    unfit: Unfit | None = None
    note: Annotated[str, Field(max_length=500), LINE] = ""


class ProposalForm(Form):
    """A pair by its references; `centre` is the slug of the one that proposes it, where a broker is of several."""

    offer: Annotated[str, Field(max_length=16)]
    demand: Annotated[str, Field(max_length=16)]
    centre: str = ""
    note: Annotated[str, Field(max_length=1_000), PARAGRAPHS] = ""


class RateForm(Form):
    """`dollars`: what one unit of the currency is worth in US dollars, as it was typed; `worth` is the number."""

    currency: str
    dollars: str
    source: Annotated[str, Field(min_length=2, max_length=200), READABLE_LINE]
    stated_on: date

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        return check_offered(value, CURRENCIES)

    @field_validator("dollars")
    @classmethod
    def _plain_number(cls, value: str) -> str:
        if not PLAIN.fullmatch(value) or not LEAST <= _read(value) <= MOST:
            raise FieldProblem(N_("Please write a number like 0.139."))
        return value

    @property
    def worth(self) -> Decimal:
        return _read(self.dollars)
