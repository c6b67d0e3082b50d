"""Figures and newest listings for the home page; what stands in the sitemaps."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from market.events.models import Event
from market.events.queries import visible_to as events_visible_to
from market.listings.enums import ListingKind
from market.listings.models import Listing, ListingText
from market.listings.queries import ListingFilters, ListingRow, list_published, visible_to
from market.organizations.models import Organization
from market.programme.models import Programme, ProgrammeSession, ReleasedSlot

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


@dataclass(frozen=True, slots=True)
class SitemapEvent:
    """`programme_changed_at`: of one whose programme was released."""

    slug: str
    language: str
    changed_at: datetime
    programme_changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SitemapSession:
    slug: str
    code: str
    language: str
    changed_at: datetime


def count_events(session: Session) -> tuple[int, int]:
    """(events that everybody may see, sessions of their released programmes)"""
    events = select(func.count()).select_from(Event).where(events_visible_to(None)).scalar_subquery()
    sessions = _select_shown(func.count()).scalar_subquery()
    row = session.execute(select(events, sessions)).one()
    return row[0], row[1]


def list_events_for_sitemap(session: Session, *, part: int) -> list[SitemapEvent]:
    is_released = and_(Programme.event_id == Event.id, Programme.current_release_id.is_not(None))
    chosen = (
        select(Event.slug, Event.language, Event.changed_at, Programme.changed_at)
        .outerjoin(Programme, is_released)
        .where(events_visible_to(None))
        .order_by(Event.starts_on, Event.id)
    )
    rows = session.execute(chosen.offset((part - 1) * SITEMAP_SIZE).limit(SITEMAP_SIZE))
    return [SitemapEvent(*row) for row in rows]


def list_sessions_for_sitemap(session: Session, *, part: int) -> list[SitemapSession]:
    """What current releases show, without what they call off: an event after the other."""
    one = ProgrammeSession
    chosen = _select_shown(Event.slug, one.code, one.language, one.changed_at, ReleasedSlot.changed_at)
    some = chosen.order_by(Event.starts_on, Event.id, one.number).offset((part - 1) * SITEMAP_SIZE).limit(SITEMAP_SIZE)
    rows: Iterable[Sequence[Any]] = session.execute(some)
    return [SitemapSession(slug, code, language, max(words, place)) for slug, code, language, words, place in rows]


def _select_shown(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*columns)
        .select_from(Event)
        .join(Programme, Programme.event_id == Event.id)
        .join(ReleasedSlot, ReleasedSlot.release_id == Programme.current_release_id)
        .join(ProgrammeSession, ProgrammeSession.id == ReleasedSlot.session_id)
        .where(events_visible_to(None), ~ReleasedSlot.is_cancelled)
    )


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
