from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.kernel.clock import utc_now
from market.kernel.db import Base
from market.matching.enums import Constraint, Unfit, Verdict


class Match(Base):
    """An offer and a demand that are near each other, with what speaks for and against them.

    Where a constraint keeps them apart it stands here by name: it is shown to the owners, never as a match. `parts` are
    what `scoring.score_pair` said. The versions are those of the listings' search documents that it was said of, so
    that what was computed of older ones never takes the place of newer.
    """

    __tablename__ = "match"
    __table_args__ = (
        Index("ix_match_offer_id_kept_apart_by_score", "offer_id", "kept_apart_by", "score"),
        Index("ix_match_demand_id_kept_apart_by_score", "demand_id", "kept_apart_by", "score"),
        Index(  # all that may meet, by strength: PostgreSQL would sort behind an index that begins with `kept_apart_by`
            "ix_match_score_offer_id_demand_id",
            "score",
            "offer_id",
            "demand_id",
            sqlite_where=text("kept_apart_by IS NULL"),
            postgresql_where=text("kept_apart_by IS NULL"),
        ),
    )

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    demand_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[float]
    kept_apart_by: Mapped[Constraint | None]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    offer_words: Mapped[float | None]  # share of the offer's telling words that the demand has; None: never asked
    demand_words: Mapped[float | None]
    offer_version: Mapped[int]
    demand_version: Mapped[int]
    first_found_at: Mapped[datetime] = mapped_column(default=utc_now)


class MatchState(Base):
    """Up to which version of its search document a listing's matches were looked for, and by which scoring.

    `level` is how near the listing is to its nearest counterparts on the whole: some are near to everything, which says
    nothing of any of them.
    """

    __tablename__ = "match_state"

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int]
    scoring: Mapped[int]
    level: Mapped[float | None]


class MatchVerdict(Base):
    """What the side of `listing` says of its match with `other`."""

    __tablename__ = "match_verdict"
    __table_args__ = (CheckConstraint("(verdict = 'not_for_us') = (unfit IS NOT NULL)", name="unfit_has_reason"),)

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True, index=True)
    verdict: Mapped[Verdict]
    unfit: Mapped[Unfit | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    given_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    given_at: Mapped[datetime]


class Proposal(Base):
    """A transfer centre has told both sides of a pair that they should meet."""

    __tablename__ = "proposal"
    __table_args__ = (
        UniqueConstraint("offer_id", "demand_id", "centre_id"),
        Index("ix_proposal_centre_id_proposed_at_id", "centre_id", "proposed_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"))
    demand_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"))
    proposed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(String(1_000), default="")
    proposed_at: Mapped[datetime]


class DemandHeat(Base):
    """How many open demands a country has in a field of technology. A copy that a job replaces whole."""

    __tablename__ = "demand_heat"

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    field: Mapped[str] = mapped_column(String(40), primary_key=True)  # WIPO's number, as listings have it
    demands: Mapped[int]


class CurrencyRate(Base):
    """What one unit of a currency is worth in US dollars, who says so and as of which day. Staff keep them."""

    __tablename__ = "currency_rate"
    __table_args__ = (CheckConstraint("dollars > 0", name="rate_is_positive"),)

    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    dollars: Mapped[Decimal] = mapped_column(Numeric(20, 10))
    source: Mapped[str] = mapped_column(String(200))
    stated_on: Mapped[date]

    @property
    def shown_dollars(self) -> str:
        return format(self.dollars.normalize(), "f")
