"""Builders of matches: a pair as the worker would keep it, and what a side says of it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from market.listings.enums import ListingKind
from market.listings.models import Listing
from market.matching.enums import Constraint, Unfit, Verdict
from market.matching.models import CurrencyRate, DemandHeat, Match, MatchVerdict, Proposal
from market.matching.sides import Side
from market.organizations.models import Organization

FOUND_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
PARTS: list[dict[str, Any]] = [
    {"part": "meaning", "value": 0.8, "facts": {"passages": [0, 0]}},
    {"part": "languages", "value": -0.5, "facts": {"codes": []}},
]


def make_match(
    db: Session, offer: Listing, demand: Listing, *, score: float = 0.9, apart: Constraint | None = None,
    parts: list[dict[str, Any]] | None = None,
) -> Match:  # fmt: skip
    assert (offer.kind, demand.kind) == (ListingKind.OFFER, ListingKind.DEMAND)
    match = Match(
        offer_id=offer.id, demand_id=demand.id, score=score, kept_apart_by=apart, parts=parts or PARTS,
        offer_version=offer.index_version, demand_version=demand.index_version, first_found_at=FOUND_AT,
    )  # fmt: skip
    match = db.merge(match)
    db.commit()
    return match


def say(
    db: Session, listing: Listing, other: Listing, verdict: Verdict = Verdict.INTERESTED, *, unfit: Unfit | None = None
) -> None:
    db.add(
        MatchVerdict(listing_id=listing.id, other_id=other.id, verdict=verdict, unfit=unfit, note="", given_at=FOUND_AT)
    )
    db.commit()


def make_proposal(
    db: Session, offer: Listing, demand: Listing, *, centre: Organization, note: str = "Both work with roots.",
    now: datetime = FOUND_AT,
) -> Proposal:  # fmt: skip
    """Of a pair that is there; nobody is told."""
    proposal = Proposal(
        offer_id=offer.id, demand_id=demand.id, centre_id=centre.id, proposed_by_id=None, note=note, proposed_at=now
    )
    db.add(proposal)
    db.commit()
    return proposal


def make_heat(db: Session, *, country: str, field: str, demands: int = 1) -> None:
    db.merge(DemandHeat(country=country, field=field, demands=demands))
    db.commit()


def make_rate(db: Session, currency: str, dollars: str) -> None:
    db.add(
        CurrencyRate(
            currency=currency, dollars=Decimal(dollars), source="Bank of the tests", stated_on=date(2026, 11, 20)
        )
    )
    db.commit()


def make_side(kind: str = "offer", **changes: Any) -> Side:
    """A listing as matching sees it: nothing said beyond what every listing has."""
    ours: dict[str, Any] = {
        "id": uuid4(),
        "reference": "TO-CN-7F3K9Q" if kind == "offer" else "TD-VN-7F3K9Q",
        "kind": ListingKind(kind),
        "version": 1,
        "country": "CN" if kind == "offer" else "VN",
        "organization_id": uuid4(),
        "language": "zh-Hans" if kind == "offer" else "vi",
        "languages": frozenset({"en"}),
        "codes": {},
        "keywords": (),
        "readiness": None,
        "price": None,
        "price_basis": None,
        "published_at": FOUND_AT,
        "expires_on": None,
        "fullness": 0.5,
        "level": None,
        "passages": None,
    }
    return Side(**(ours | changes))
