"""Every read of matches; what is shown of a listing goes through the listings' own `visible_to`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from market.kernel.db import checked_after
from market.kernel.errors import BadInput
from market.kernel.viewer import Viewer
from market.listings.enums import ListingKind, ListingState
from market.listings.models import Listing, ListingText
from market.listings.queries import acted_for_by, visible_to
from market.matching.enums import Constraint, Unfit, Verdict
from market.matching.models import CurrencyRate, Match, MatchState, MatchVerdict
from market.matching.weights import SCORING

MOST_KNOWN: Final = 200
"""Matches of a listing that are looked at again when it changes: the best of them."""


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier looks said of a pair's words: the share of the listing's own, and of the other's."""

    shares: tuple[float | None, float | None]


UNKNOWN: Final = Known((None, None))


def map_known(session: Session, listing_id: UUID, kind: ListingKind) -> dict[str, Known]:
    """Reference → what is known of the listing's present matches."""
    own, other = _sides_of(kind)
    rows = session.execute(
        select(Listing.reference, Match.offer_words, Match.demand_words)
        .join(Listing, Listing.id == other)
        .where(own == listing_id)
        .order_by(Match.score.desc())
        .limit(MOST_KNOWN)
    )
    return {reference: Known((offer, demand)) for reference, offer, demand in rows}


def list_unfit(session: Session, listing_id: UUID) -> frozenset[UUID]:
    """Listings of which either side has said that the match is not for it."""
    said = select(MatchVerdict.listing_id, MatchVerdict.other_id).where(
        MatchVerdict.verdict == Verdict.NOT_FOR_US,
        or_(MatchVerdict.listing_id == listing_id, MatchVerdict.other_id == listing_id),
    )
    return frozenset(other if own == listing_id else own for own, other in session.execute(said))


def map_rates(session: Session) -> Mapping[str, Decimal]:
    return dict(session.execute(select(CurrencyRate.currency, CurrencyRate.dollars)).all())


def list_rates(session: Session) -> Sequence[CurrencyRate]:
    return session.scalars(select(CurrencyRate).order_by(CurrencyRate.currency)).all()


def list_unmatched(session: Session, *, limit: int) -> Sequence[UUID]:
    """Published listings whose matches are of an older state of theirs, or none; the newest first."""
    fresh = exists().where(
        MatchState.listing_id == Listing.id, MatchState.version >= Listing.index_version, MatchState.scoring == SCORING
    )
    chosen = select(Listing.id).where(Listing.state == ListingState.PUBLISHED, ~fresh)
    return session.scalars(chosen.order_by(Listing.published_at.desc(), Listing.id.desc()).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A match as one of its two sides sees it: `own` is the side that looks, `other` its counterpart. `is_offers` says
    that the own side is the offer.
    """

    own: str
    is_offers: bool
    other: str
    score: float
    kept_apart_by: Constraint | None
    parts: Sequence[Mapping[str, Any]]
    first_found_at: datetime
    verdict: Verdict | None
    unfit: Unfit | None
    note: str

    @property
    def pair(self) -> tuple[str, str]:
        """The references of offer and demand."""
        return (self.own, self.other) if self.is_offers else (self.other, self.own)


def list_matches(session: Session, listing: Listing, *, today: date, limit: int) -> list[MatchRow]:
    """The best first."""
    return _list_rows(session, listing, Match.kept_apart_by.is_(None), today=today, limit=limit)


def list_kept_apart(session: Session, listing: Listing, *, today: date, limit: int) -> list[MatchRow]:
    """What would be matches but for a constraint, the best first."""
    return _list_rows(session, listing, Match.kept_apart_by.is_not(None), today=today, limit=limit)


def _list_rows(
    session: Session, listing: Listing, condition: ColumnElement[bool], *, today: date, limit: int
) -> list[MatchRow]:
    own, other = _sides_of(listing.kind)
    chosen = _rows(own, other).where(own == listing.id, condition, is_open(today))
    rows = session.execute(chosen.order_by(Match.score.desc(), other).limit(limit))
    return [MatchRow(listing.reference, listing.kind is ListingKind.OFFER, *row) for row in rows]


Place = tuple[float, UUID, UUID]
"""Of a match in the list of all that are one's own: score and the two listings."""


@dataclass(frozen=True, slots=True)
class OwnMatch:
    """A match of a listing that the viewer acts for."""

    place: Place
    row: MatchRow


def list_own_matches(
    session: Session, viewer: Viewer, *, today: date, after: Place | None = None, limit: int
) -> list[OwnMatch]:
    """Of all listings that the viewer acts for, the best first. Refused ones are left out."""
    both = union_all(*(_list_of_kind(viewer, kind, today=today) for kind in ListingKind)).subquery()
    columns = both.c
    chosen = select(both)
    if after is not None:
        score, offer_id, demand_id = after
        beyond = tuple_(-columns.score, columns.offer_id, columns.demand_id) > (-score, offer_id, demand_id)
        chosen = chosen.where(beyond)
    best = chosen.order_by(columns.score.desc(), columns.offer_id, columns.demand_id).limit(limit)
    return [
        OwnMatch(
            (row.score, row.offer_id, row.demand_id),
            MatchRow(row.own, bool(row.is_offers), row.other, row.score, None, *row[6:]),
        )
        for row in session.execute(best)
    ]


def _list_of_kind(viewer: Viewer, kind: ListingKind, *, today: date) -> Select[*tuple[Any, ...]]:
    """Those of the viewer's offers, or demands. Each side has an index of its own: asked for with an *or*, neither
    would be used. A pair that is the viewer's on both sides stands among the offers.
    """
    own, other = _sides_of(kind)
    theirs, said = aliased(Listing), aliased(MatchVerdict)
    conditions = [acted_for_by(viewer), Listing.state == ListingState.PUBLISHED, is_open(today)]
    conditions += [Match.kept_apart_by.is_(None), checked_after(theirs.state == ListingState.PUBLISHED)]
    conditions += [checked_after(is_open(today, theirs))]
    if kind is ListingKind.DEMAND:
        conditions.append(theirs.organization_id.not_in(viewer.organizations))
    return (
        select(
            Match.offer_id, Match.demand_id, literal(int(kind is ListingKind.OFFER)).label("is_offers"),
            Listing.reference.label("own"), theirs.reference.label("other"), Match.score, Match.parts,
            Match.first_found_at, said.verdict, said.unfit, said.note,
        )
        .join(Listing, Listing.id == own)
        .join(theirs, theirs.id == other)
        .outerjoin(said, and_(said.listing_id == own, said.other_id == other))
        .where(*conditions)
    )  # fmt: skip


def _sides_of(kind: ListingKind) -> tuple[Any, Any]:
    """The columns of a listing of this kind, and of its counterpart."""
    sides = (Match.offer_id, Match.demand_id)
    return sides if kind is ListingKind.OFFER else (sides[1], sides[0])


def _rows(own: Any, other: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Listing.reference, Match.score, Match.kept_apart_by, Match.parts, Match.first_found_at,
            MatchVerdict.verdict, MatchVerdict.unfit, MatchVerdict.note,
        )
        .join(Listing, Listing.id == other)
        .outerjoin(MatchVerdict, and_(MatchVerdict.listing_id == own, MatchVerdict.other_id == other))
        .where(visible_to(None))
    )  # fmt: skip


def is_open(today: date, listing: type[Listing] = Listing) -> ColumnElement[bool]:
    return or_(listing.expires_on.is_(None), listing.expires_on >= today)


def write_place(place: Place) -> tuple[str, str, str]:
    score, offer_id, demand_id = place
    return repr(score), str(offer_id), str(demand_id)


def read_place(score: str, offer_id: str, demand_id: str) -> Place:
    """What a cursor of ours carries; anything else is refused."""
    try:
        place = float(score), UUID(offer_id), UUID(demand_id)
    except ValueError as problem:
        raise BadInput from problem
    if not isfinite(place[0]):
        raise BadInput
    return place


def find_own_text(session: Session, listing_id: UUID) -> tuple[str, ListingText] | None:
    """Reference and the author's own words, of one that is public."""
    row = session.execute(_OWN_TEXTS.where(Listing.id == listing_id)).one_or_none()
    return None if row is None else (row[0], row[1])


def map_own_texts(session: Session, references: Iterable[str]) -> dict[str, ListingText]:
    """Reference → the author's own words, of what is public."""
    rows = session.execute(_OWN_TEXTS.where(Listing.reference.in_(list(references))))
    return {row[0]: row[1] for row in rows}


_OWN_TEXTS = (
    select(Listing.reference, ListingText)
    .join(ListingText, and_(ListingText.listing_id == Listing.id, ListingText.language == Listing.language))
    .where(checked_after(visible_to(None)))
)


def get_verdict(session: Session, listing_id: UUID, other_id: UUID) -> MatchVerdict | None:
    return session.get(MatchVerdict, (listing_id, other_id))


def find_pair(session: Session, listing: Listing, other: Listing) -> Match | None:
    pair = (listing.id, other.id) if listing.kind is ListingKind.OFFER else (other.id, listing.id)
    return session.get(Match, pair)
