from enum import StrEnum

from market.kernel.errors import N_


class ListingKind(StrEnum):
    OFFER = "offer"
    DEMAND = "demand"


class ListingState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    ARRIVING = "arriving"
    """Of an import that is being taken over: nobody sees it before all of them are there."""


class Vocabulary(StrEnum):
    """Which value list a code of a listing comes from."""

    FIELD = "field"
    IPC = "ipc"
    INDUSTRY = "industry"
    PARTNERSHIP = "partnership"
    SDG = "sdg"
    TARGET_COUNTRY = "target_country"


class Provenance(StrEnum):
    """Where words in a language come from. The author's own are the original."""

    AUTHOR = "author"
    HUMAN = "human"
    MACHINE = "machine"


LISTING_KINDS = {ListingKind.OFFER: N_("Technology offer"), ListingKind.DEMAND: N_("Technology demand")}
LISTING_STATES = {
    ListingState.DRAFT: N_("Draft"),
    ListingState.PUBLISHED: N_("Published"),
    ListingState.WITHDRAWN: N_("Withdrawn"),
    ListingState.EXPIRED: N_("Expired"),
}
