"""Every read of the broker's desk. None grows with the market: pairs are walked along an index, a stretch at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from market.kernel.cursors import Moment
from market.kernel.db import checked_after
from market.listings.enums import ListingKind, ListingState, Vocabulary
from market.listings.models import Listing, ListingCode
from market.matching.enums import Unfit, Verdict
from market.matching.models import DemandHeat, Match, MatchVerdict, Proposal
from market.matching.queries import MatchRow, Place, is_open
from market.organizations.models import Organization

STRETCH: Final = 5_000
"""Pairs that one page of the desk looks through at most, however few of them fit the filters."""


@dataclass(frozen=True, slots=True)
class DeskFilters:
    """What a broker narrows the pairs down by; each that is empty asks for nothing. A pair is of a field of technology
    when one of its two listings is.
    """

    field: str = ""
    offer_country: str = ""
    demand_country: str = ""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Pairs as the offer's side sees them, the strongest first. `further` is where to go on, None at the end; where
    `is_cut`, a stretch was looked through and more of the kind may lie beyond it.
    """

    rows: Sequence[MatchRow]
    further: Place | None
    is_cut: bool


def list_unseen(session: Session, filters: DeskFilters, *, today: date, after: Place | None, limit: int) -> Unseen:
    """Public pairs that may meet, of which no side has said anything and that no centre has proposed."""
    place = tuple_(Match.score, Match.offer_id, Match.demand_id)
    offer, demand = aliased(Listing), aliased(Listing)
    bounds: list[ColumnElement[bool]] = [Match.kept_apart_by.is_(None)]
    if after is not None:
        bounds.append(place < after)
    strongest = (Match.score.desc(), Match.offer_id.desc(), Match.demand_id.desc())
    places = select(Match.score, Match.offer_id, Match.demand_id).where(*bounds).order_by(*strongest)
    last = session.execute(places.offset(STRETCH - 1).limit(1)).first()
    if last is not None:
        bounds.append(place >= tuple(last))
    chosen = (
        select(Match.score, Match.offer_id, Match.demand_id, offer.reference, demand.reference, Match.parts,
               Match.first_found_at)
        .join(offer, offer.id == Match.offer_id)
        .join(demand, demand.id == Match.demand_id)
        .where(*bounds, *_list_conditions(filters, offer, demand, today=today))
        .order_by(*strongest)
        .limit(limit + 1)
    )  # fmt: skip
    found = session.execute(chosen).all()
    rows = [make_row(row[3], row[4], score=row.score, parts=row.parts, found_at=row[6]) for row in found[:limit]]
    if len(found) > limit:
        return Unseen(rows, _place(found[limit - 1]), is_cut=False)
    return Unseen(rows, _place(last) if last else None, is_cut=last is not None)


def make_row(
    offer: str, demand: str, *, score: float, parts: Sequence[Mapping[str, Any]], found_at: datetime
) -> MatchRow:
    """A pair as the offer's side sees it, of which nobody has said anything."""
    return MatchRow(offer, True, demand, score, None, parts, found_at, None, None, "")


def find_pair(session: Session, offer: str, demand: str, *, today: date) -> Match | None:
    """By reference; None where one of the two is not public, or they are no pair (any more)."""
    own, other = aliased(Listing), aliased(Listing)
    return session.scalar(
        select(Match)
        .join(own, own.id == Match.offer_id)
        .join(other, other.id == Match.demand_id)
        .where(own.reference == offer, other.reference == demand, *_list_public(own, other, today=today))
    )


def _place(row: Any) -> Place:
    return row[0], row[1], row[2]


def _list_conditions(
    filters: DeskFilters, offer: type[Listing], demand: type[Listing], *, today: date
) -> list[ColumnElement[bool]]:
    sides = (Match.offer_id, Match.demand_id)
    said = [and_(MatchVerdict.listing_id == own, MatchVerdict.other_id == other) for own, other in (sides, sides[::-1])]
    proposed = and_(Proposal.offer_id == Match.offer_id, Proposal.demand_id == Match.demand_id)
    conditions = _list_public(offer, demand, today=today)
    # One by one: PostgreSQL would look through all verdicts where either of two could be meant.
    conditions += [~exists().where(one) for one in (*said, proposed)]
    if filters.offer_country:
        conditions.append(checked_after(offer.country == filters.offer_country))
    if filters.demand_country:
        conditions.append(checked_after(demand.country == filters.demand_country))
    if filters.field:
        coded = and_(ListingCode.listing_id.in_(sides), ListingCode.vocabulary == Vocabulary.FIELD)
        conditions.append(checked_after(exists().where(coded, ListingCode.code == filters.field)))
    return conditions


def _list_public(*sides: type[Listing], today: date) -> list[ColumnElement[bool]]:
    return [checked_after(and_(side.state == ListingState.PUBLISHED, is_open(today, side))) for side in sides]


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal with what became of it. `offer` and `demand` are references."""

    id: UUID
    proposed_at: datetime
    note: str
    offer: str
    demand: str
    centre: str
    centre_language: str
    offer_verdict: Verdict | None
    offer_unfit: Unfit | None
    demand_verdict: Verdict | None
    demand_unfit: Unfit | None


def list_proposals(
    session: Session, centres: Collection[UUID], *, after: Moment | None = None, limit: int
) -> list[ProposalRow]:
    """Of these centres, the newest first."""
    offer, demand = aliased(Listing), aliased(Listing)
    by_offer, by_demand = aliased(MatchVerdict), aliased(MatchVerdict)
    chosen = (
        select(
            Proposal.id, Proposal.proposed_at, Proposal.note, offer.reference, demand.reference, Organization.name,
            Organization.language, by_offer.verdict, by_offer.unfit, by_demand.verdict, by_demand.unfit,
        )
        .join(offer, offer.id == Proposal.offer_id)
        .join(demand, demand.id == Proposal.demand_id)
        .join(Organization, Organization.id == Proposal.centre_id)
        .outerjoin(by_offer, and_(by_offer.listing_id == offer.id, by_offer.other_id == demand.id))
        .outerjoin(by_demand, and_(by_demand.listing_id == demand.id, by_demand.other_id == offer.id))
        .where(Proposal.centre_id.in_(centres))
    )  # fmt: skip
    if after is not None:
        chosen = chosen.where(tuple_(Proposal.proposed_at, Proposal.id) < after)
    rows = session.execute(chosen.order_by(Proposal.proposed_at.desc(), Proposal.id.desc()).limit(limit))
    return [ProposalRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Proposed:
    """As the two sides see it."""

    centre: str
    slug: str
    language: str
    note: str


Pair = tuple[str, str]
"""References of an offer and a demand."""


def map_proposals(session: Session, pairs: Collection[Pair]) -> Mapping[Pair, list[Proposed]]:
    """What centres have said of these pairs, the earliest first. One statement for a whole page."""
    if not pairs:
        return {}
    offer, demand = aliased(Listing), aliased(Listing)
    rows = session.execute(
        select(
            offer.reference, demand.reference, Organization.name, Organization.slug, Organization.language,
            Proposal.note,
        )
        .join(offer, offer.id == Proposal.offer_id)
        .join(demand, demand.id == Proposal.demand_id)
        .join(Organization, Organization.id == Proposal.centre_id)
        .where(offer.reference.in_({pair[0] for pair in pairs}), demand.reference.in_({pair[1] for pair in pairs}))
        .order_by(Proposal.proposed_at, Proposal.id)
    )  # fmt: skip
    found: dict[Pair, list[Proposed]] = {}
    for own, other, *said in rows:
        found.setdefault((own, other), []).append(Proposed(*said))
    return found


def find_proposal(session: Session, offer_id: UUID, demand_id: UUID, centre_id: UUID) -> Proposal | None:
    chosen = select(Proposal).filter_by(offer_id=offer_id, demand_id=demand_id, centre_id=centre_id)
    return session.scalar(chosen)


@dataclass(frozen=True, slots=True)
class Heat:
    """How many open demands a country has in a field of technology."""

    country: str
    field: str
    demands: int


def count_demands(session: Session, *, today: date) -> list[Heat]:
    """Of the whole market: for a job."""
    rows = session.execute(
        select(Listing.country, ListingCode.code, func.count())
        .join(ListingCode, and_(ListingCode.listing_id == Listing.id, ListingCode.vocabulary == Vocabulary.FIELD))
        .where(Listing.state == ListingState.PUBLISHED, Listing.kind == ListingKind.DEMAND, is_open(today))
        .group_by(Listing.country, ListingCode.code)
    )
    return [Heat(*row) for row in rows]


def list_heat(session: Session) -> Iterable[Heat]:
    rows = session.execute(select(DemandHeat.country, DemandHeat.field, DemandHeat.demands))
    return [Heat(*row) for row in rows]
