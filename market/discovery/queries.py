"""Figures and newest listings for the home page; what stands in the sitemaps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from market.listings.enums import ListingKind
from market.listings.models import Listing, ListingText
from market.listings.queries import ListingFilters, ListingRow, list_published, visible_to
from market.organizations.models import Organization

NEWEST = 4
SITEMAP_SIZE = 5_000
"""Of a file's listings; with twelve translations each it stays below the 50 MB that search engines take."""


@dataclass(frozen=True, slots=True)
class HomeFigures:
    offers: int
    demands: int
    organizations: int


def count_home_figures(session: Session) -> HomeFigures:
    kinds = dict(
        session.execute(select(Listing.kind, func.count()).where(visible_to(None)).group_by(Listing.kind)).all()
    )
    return HomeFigures(kinds.get(ListingKind.OFFER, 0), kinds.get(ListingKind.DEMAND, 0), count_organizations(session))


def list_newest(session: Session, kind: ListingKind, *, language: str) -> Sequence[ListingRow]:
    return list_published(session, ListingFilters(kinds=(kind.value,)), language=language, limit=NEWEST)


@dataclass(frozen=True, slots=True)
class MonthCount:
    first_day: datetime
    listings: int


@dataclass(frozen=True, slots=True)
class SitemapListing:
    """`languages`: those it has words in, its own among them."""

    reference: str
    language: str
    changed_at: datetime
    languages: Sequence[str]


@dataclass(frozen=True, slots=True)
class SitemapOrganization:
    slug: str
    language: str


def count_listings_by_month(session: Session) -> list[MonthCount]:
    """Of publication, oldest first; months without any are left out. Two statements, each along the same index."""
    first = select(func.min(Listing.published_at)).where(visible_to(None)).scalar_subquery()
    last = select(func.max(Listing.published_at)).where(visible_to(None)).scalar_subquery()
    oldest, newest = session.execute(select(first, last)).one()
    if oldest is None or newest is None:
        return []
    months = list(_list_months(oldest, newest))
    counts = [
        select(func.count()).select_from(Listing).where(_is_of_month(month)).scalar_subquery() for month in months
    ]
    figures = session.execute(select(*counts)).one()
    return [MonthCount(month, figure) for month, figure in zip(months, figures, strict=True) if figure]


def list_listings_for_sitemap(session: Session, month: datetime, *, part: int) -> list[SitemapListing]:
    """Those published in this month, `SITEMAP_SIZE` a part, oldest first."""
    order = (Listing.published_at, Listing.id)
    chosen = select(Listing.id, Listing.reference, Listing.language, Listing.changed_at, Listing.published_at)
    some = chosen.where(_is_of_month(month)).order_by(*order).offset((part - 1) * SITEMAP_SIZE).limit(SITEMAP_SIZE)
    of = some.subquery().c
    rows = session.execute(
        select(of.reference, of.language, of.changed_at, ListingText.language)
        .join(ListingText, ListingText.listing_id == of.id)
        .order_by(of.published_at, of.id, ListingText.language)
    )
    return [
        SitemapListing(reference, language, changed_at, [code for *_listing, code in texts])
        for (reference, language, changed_at), texts in groupby(rows, key=lambda row: (row[0], row[1], row[2]))
    ]


def count_organizations(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Organization)) or 0


def list_organizations_for_sitemap(session: Session, *, part: int) -> list[SitemapOrganization]:
    """Everybody may see organizations."""
    chosen = select(Organization.slug, Organization.language).order_by(Organization.slug)
    rows = session.execute(chosen.offset((part - 1) * SITEMAP_SIZE).limit(SITEMAP_SIZE))
    return [SitemapOrganization(*row) for row in rows]


def _list_months(oldest: datetime, newest: datetime) -> Iterator[datetime]:
    month = _find_month(oldest)
    while month <= newest:
        yield month
        month = _follow(month)


def _find_month(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, 1, tzinfo=UTC)


def _follow(month: datetime) -> datetime:
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)


def _is_of_month(month: datetime) -> ColumnElement[bool]:
    return and_(visible_to(None), Listing.published_at >= month, Listing.published_at < _follow(month))
