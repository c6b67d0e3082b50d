"""The value lists that the templates of this room show."""

from typing import Any

from market.kernel.errors import N_
from market.kernel.money import CURRENCIES
from market.listings.enums import LISTING_KINDS, LISTING_STATES
from market.taxonomy.fields import FIELDS, SECTORS
from market.taxonomy.values import (
    COUNTRIES,
    INDUSTRIES,
    IPR_STATUSES,
    PARTNERSHIP_TYPES,
    PRICE_BASES,
    SDGS,
    STAGES,
    TRL,
)
from search.port import Sort

SORTS = {
    Sort.RELEVANCE: N_("Best match"),
    Sort.NEWEST: N_("Newest"),
    Sort.EXPIRING: N_("Expiring soon"),
}

CHOICES: dict[str, Any] = {
    "kinds": LISTING_KINDS,
    "states": LISTING_STATES,
    "all_fields": FIELDS,
    "sectors": SECTORS,
    "countries": COUNTRIES,
    "all_industries": INDUSTRIES,
    "ipr_statuses": IPR_STATUSES,
    "all_partnerships": PARTNERSHIP_TYPES,
    "price_bases": PRICE_BASES,
    "all_sdgs": SDGS,
    "stages": STAGES,
    "trl_levels": TRL,
    "currencies": CURRENCIES,
}
