from enum import StrEnum

from market.kernel.errors import N_
from market.kernel.viewer import OFFERED_SCOPES, Scope


class TokenLifetime(StrEnum):
    """How long an API token can be used."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    UNTIL_ENDED = "until_ended"

    @property
    def days(self) -> int | None:
        return {"month": 30, "quarter": 90, "year": 365}.get(self.value)


TOKEN_LIFETIMES = {
    TokenLifetime.MONTH: N_("30 days"),
    TokenLifetime.QUARTER: N_("90 days"),
    TokenLifetime.YEAR: N_("a year"),
    TokenLifetime.UNTIL_ENDED: N_("until you end it"),
}

SCOPES = {
    Scope.LISTINGS_READ: N_("Read listings, also your drafts"),
    Scope.LISTINGS_WRITE: N_("Write and publish listings"),
    Scope.EVENTS_READ: N_("Read events"),
    Scope.EVENTS_WRITE: N_("Write events"),
}
CHOOSABLE_SCOPES = {scope: SCOPES[scope] for scope in OFFERED_SCOPES}
