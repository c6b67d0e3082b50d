from dataclasses import dataclass
from uuid import UUID

from market.kernel.outbox import Fact


@dataclass(frozen=True, slots=True)
class ListingDrafted(Fact):
    listing_id: UUID


@dataclass(frozen=True, slots=True)
class ListingChanged(Fact):
    listing_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class ListingPublished(Fact):
    listing_id: UUID


@dataclass(frozen=True, slots=True)
class ListingWithdrawn(Fact):
    listing_id: UUID


@dataclass(frozen=True, slots=True)
class ListingExpired(Fact):
    listing_id: UUID


@dataclass(frozen=True, slots=True)
class ListingDeleted(Fact):
    """A draft thrown away. A published listing is withdrawn, never deleted."""

    listing_id: UUID


@dataclass(frozen=True, slots=True)
class ListingRemoved(Fact):
    """Gone from the database altogether; the index is to forget it, as of this version of its document."""

    listing_id: UUID
    reference: str
    index_version: int


@dataclass(frozen=True, slots=True)
class ListingEmbedded(Fact):
    listing_id: UUID


@dataclass(frozen=True, slots=True)
class EmbeddingsMissed(Fact):
    """Listings are public without vectors of the present model: imported, or the model was away, or is a new one.
    Recorded again while there are some.
    """

    request_id: UUID


@dataclass(frozen=True, slots=True)
class IndexRebuildAsked(Fact):
    """Whoever holds the index's lock is to build it anew."""

    request_id: UUID
