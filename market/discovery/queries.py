"""Figures and newest listings for the home page."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.listings.enums import ListingKind
from market.listings.models import Listing
from market.listings.queries import ListingFilters, ListingRow, list_published, visible_to
from market.organizations.models import Organization

NEWEST = 4


@dataclass(frozen=True, slots=True)
class HomeFigures:
    offers: int
    demands: int
    organizations: int


def count_home_figures(session: Session) -> HomeFigures:
    kinds = dict(
        session.execute(select(Listing.kind, func.count()).where(visible_to(None)).group_by(Listing.kind)).all()
    )
    organizations = session.scalar(select(func.count()).select_from(Organization)) or 0
    return HomeFigures(kinds.get(ListingKind.OFFER, 0), kinds.get(ListingKind.DEMAND, 0), organizations)


def list_newest(session: Session, kind: ListingKind, *, language: str) -> Sequence[ListingRow]:
    return list_published(session, ListingFilters(kinds=(kind.value,)), language=language, limit=NEWEST)
