"""Countries that a listing may come from: all of ISO 3166-1. Forms offer those of `values.COUNTRIES`."""

from functools import cache

from babel import Locale

_NO_COUNTRIES = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"],
)
"""Codes of two letters that CLDR has beside those of ISO 3166-1: regions, parts of countries, groups, examples."""


@cache
def _list_codes() -> frozenset[str]:
    codes = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES  # noqa: PLR2004 - alpha-2


def is_country(code: str) -> bool:
    """Whether it is a country's code of two capital letters."""
    return code in _list_codes()
