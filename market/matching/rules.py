"""Hard constraints, and who may say something of a match."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from market.kernel.viewer import Viewer
from market.listings.enums import Vocabulary
from market.listings.models import Listing
from market.matching.enums import Constraint
from market.matching.sides import Side
from market.taxonomy.values import PartnershipType as Type

MEETS: Final[Mapping[Type, frozenset[Type]]] = {
    Type.LICENCE: frozenset({Type.ASSIGNMENT, Type.MANUFACTURING, Type.COMMERCIAL_WITH_ASSISTANCE, Type.JOINT_VENTURE}),
    Type.ASSIGNMENT: frozenset({Type.LICENCE, Type.EQUITY_CONTRIBUTION}),
    Type.JOINT_VENTURE: frozenset({Type.EQUITY_CONTRIBUTION, Type.INVESTMENT, Type.LICENCE, Type.MANUFACTURING}),
    Type.EQUITY_CONTRIBUTION: frozenset({Type.JOINT_VENTURE, Type.INVESTMENT, Type.ASSIGNMENT}),
    Type.COMMERCIAL_WITH_ASSISTANCE: frozenset({Type.TECHNICAL_SERVICE, Type.SUPPLY, Type.LICENCE}),
    Type.RESEARCH_COOPERATION: frozenset({Type.TECHNICAL_SERVICE}),
    Type.TECHNICAL_SERVICE: frozenset({Type.COMMERCIAL_WITH_ASSISTANCE, Type.RESEARCH_COOPERATION, Type.SUPPLY}),
    Type.MANUFACTURING: frozenset({Type.LICENCE, Type.SUPPLY, Type.JOINT_VENTURE}),
    Type.INVESTMENT: frozenset({Type.JOINT_VENTURE, Type.EQUITY_CONTRIBUTION}),
    Type.SUPPLY: frozenset({Type.COMMERCIAL_WITH_ASSISTANCE, Type.TECHNICAL_SERVICE, Type.MANUFACTURING}),
}
"""Which types of partnership can meet, beside each with itself: ours, after what the agreements transfer. Rights to use
meet rights to own and to make; capital meets capital; what is delivered meets the help that comes with it. Research
meets services alone: who seeks a product off the shelf does not want a project."""


def find_constraint(offer: Side, demand: Side, *, today: date, is_unfit: bool) -> Constraint | None:
    """The first constraint that keeps the two apart; None where they may meet."""
    return next(_list_constraints(offer, demand, today=today, is_unfit=is_unfit), None)


def _list_constraints(offer: Side, demand: Side, *, today: date, is_unfit: bool) -> Iterator[Constraint]:
    if offer.organization_id == demand.organization_id:
        yield Constraint.OWN_ORGANIZATION
    if any(side.expires_on is not None and side.expires_on < today for side in (offer, demand)):
        yield Constraint.EXPIRED
    if not _is_meant_for(offer, demand.country):
        yield Constraint.COUNTRY_OF_DEMAND
    if not _is_meant_for(demand, offer.country):
        yield Constraint.COUNTRY_OF_OFFER
    if not can_partner(offer.list_codes(Vocabulary.PARTNERSHIP), demand.list_codes(Vocabulary.PARTNERSHIP)):
        yield Constraint.PARTNERSHIP
    if is_unfit:
        yield Constraint.NOT_FOR_US


def _is_meant_for(side: Side, country: str) -> bool:
    """Without target countries for all of them, and always for its own."""
    targets = side.list_codes(Vocabulary.TARGET_COUNTRY)
    return not targets or country in targets or country == side.country


def can_partner(offered: Iterable[str], sought: Iterable[str]) -> bool:
    """Whether a type of one side can meet one of the other; who names none is open to all."""
    wanted = {Type(code) for code in sought}
    given = {Type(code) for code in offered}
    return not wanted or not given or any(one in wanted or MEETS[one] & wanted for one in given)


def may_judge(viewer: Viewer | None, listing: Listing) -> bool:
    """Those who act for its organization say whether a match is for them."""
    return viewer is not None and viewer.is_confirmed and viewer.acts_for(listing.organization_id)


def may_propose(viewer: Viewer | None, centre_id: UUID) -> bool:
    """Members of a transfer centre bring others together, in its name."""
    return viewer is not None and centre_id in viewer.centres
