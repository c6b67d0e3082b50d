from enum import StrEnum

from market.kernel.errors import N_


class Often(StrEnum):
    """How often somebody wants to hear of what is new."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


OFTEN = {
    # Translators: how often somebody wants mails about new listings
    Often.AT_ONCE: N_("at once"),
    Often.DAILY: N_("once a day"),
    Often.WEEKLY: N_("once a week"),
    Often.NEVER: N_("no mails"),
}


class HitBy(StrEnum):
    """How a saved search found a listing; by its filters where it has no words."""

    WORDS = "words"
    MEANING = "meaning"
    FILTERS = "filters"


class AlertState(StrEnum):
    WAITING = "waiting"
    TOLD = "told"
    MISSED = "missed"  # when its mail was written, the listing was not public, or nobody wanted to hear of it
