from dataclasses import dataclass
from uuid import UUID

from market.kernel.outbox import Fact


@dataclass(frozen=True, slots=True)
class MatchesMissed(Fact):
    """Listings are public whose matches were looked for before they changed, or by another scoring, or never. Recorded
    again while there are some.
    """

    request_id: UUID


@dataclass(frozen=True, slots=True)
class MatchJudged(Fact):
    """A side has said what it thinks of a match, or taken it back (`verdict` is empty then)."""

    listing_id: UUID
    other_id: UUID
    verdict: str


@dataclass(frozen=True, slots=True)
class PairProposed(Fact):
    """A centre has proposed a pair to both sides."""

    proposal_id: UUID


@dataclass(frozen=True, slots=True)
class RateChanged(Fact):
    """Staff have put down what a currency is worth."""

    request_id: UUID
    currency: str
