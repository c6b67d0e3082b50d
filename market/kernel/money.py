"""Money is an integer of the smallest unit with its currency.

Minor units: ISO 4217 (2026); VND has none, all other currencies of the region two.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

MINOR_UNITS = {
    "BND": 2,
    "CNY": 2,
    "EUR": 2,
    "IDR": 2,
    "KHR": 2,
    "LAK": 2,
    "MMK": 2,
    "MYR": 2,
    "PHP": 2,
    "SGD": 2,
    "THB": 2,
    "USD": 2,
    "VND": 0,
}
CURRENCIES = tuple(MINOR_UNITS)

SHOWN_WITHOUT_DECIMALS = frozenset({"VND", "LAK", "MMK", "IDR", "KHR"})
"""Prices in these are whole in practice (countries' custom, 2026)."""

LARGEST_AMOUNT = 10**15
"""In the smallest unit: fits a JSON number and both databases' 64-bit integers."""

_AMOUNT = re.compile(r"\d+(?:\.\d{1,2})?|\d{1,3}(?:[, \u00a0]\d{2,3})*[, \u00a0]\d{3}(?:\.\d{1,2})?")
"""Groups of three, or of two as in India, the last one of three. '1.500' and '1,5' mean something else in half the
region, so neither is guessed at.
"""


@dataclass(frozen=True, slots=True)
class Money:
    amount: int
    currency: str

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount).scaleb(-MINOR_UNITS[self.currency])


class UnreadableAmount(ValueError):
    """Not a number, negative, too precise for the currency, or too large."""


def parse_money(amount: str, currency: str) -> Money:
    """Digits of any script with an optional dot; spaces and commas may separate the thousands."""
    if currency not in MINOR_UNITS or not _AMOUNT.fullmatch(amount.strip()):
        raise UnreadableAmount(amount)
    minor = Decimal(re.sub("[, \u00a0]", "", amount)).scaleb(MINOR_UNITS[currency])
    if minor > LARGEST_AMOUNT or minor != minor.to_integral_value():
        raise UnreadableAmount(amount)
    return Money(int(minor), currency)
