from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from market.kernel.clock import utc_now
from market.kernel.db import Base
from market.listings.enums import ListingKind, ListingState, Provenance, Vocabulary
from market.organizations.models import Organization
from market.taxonomy.values import IprStatus, PriceBasis, Stage


class Described:
    """What an author says of a technology beside its words. Columns of `Listing` and of what is staged for it."""

    kind: Mapped[ListingKind]
    language: Mapped[str] = mapped_column(String(12))  # of the author's own words
    country: Mapped[str] = mapped_column(String(2))
    external_id: Mapped[str | None] = mapped_column(String(200))  # the importer's own, unique within the organization
    contact_email: Mapped[str | None] = mapped_column(String(254))  # for those who act for the organization alone
    stage: Mapped[Stage | None]
    trl: Mapped[int | None]  # technology readiness level, 1–9
    ipr_status: Mapped[IprStatus | None]
    price_amount: Mapped[int | None] = mapped_column(BigInteger)  # smallest unit; a demand's is its budget
    price_currency: Mapped[str | None] = mapped_column(String(3))
    price_basis: Mapped[PriceBasis | None]
    expires_on: Mapped[date | None]  # the last day it is shown


class Worded:
    """The words of a listing in one language. `source_hash` tells which original a translation was made from."""

    provenance: Mapped[Provenance] = mapped_column(default=Provenance.AUTHOR)
    title: Mapped[str] = mapped_column(String(300))
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    advantages: Mapped[str] = mapped_column(Text, default="")
    technical_specification: Mapped[str] = mapped_column(Text, default="")  # of a demand: the expertise sought
    expected_partner: Mapped[str] = mapped_column(Text, default="")
    ipr_notes: Mapped[str] = mapped_column(Text, default="")
    keywords: Mapped[str] = mapped_column(Text, default="")  # one a line
    source_hash: Mapped[str | None] = mapped_column(String(32))


class Listing(Described, Base):
    """A technology offered or wanted. Its words are in ListingText, a row per language.

    `version` counts what authors change and guards against overwriting each other; `index_version` counts whatever
    changes the search document, so that the newest state wins in the index.
    """

    __tablename__ = "listing"
    __table_args__ = (
        CheckConstraint("trl BETWEEN 1 AND 9", name="trl_scale"),
        CheckConstraint("(price_amount IS NULL) = (price_currency IS NULL)", name="price_has_currency"),
        CheckConstraint("price_amount >= 0", name="price_not_negative"),
        CheckConstraint("state <> 'published' OR published_at IS NOT NULL", name="published_has_time"),
        Index("ix_listing_state_published_at_id", "state", "published_at", "id"),
        Index("ix_listing_state_kind_published_at_id", "state", "kind", "published_at", "id"),
        Index("ix_listing_state_country_published_at_id", "state", "country", "published_at", "id"),
        Index("ix_listing_state_expires_on_id", "state", "expires_on", "id"),
        Index("ix_listing_organization_id_changed_at", "organization_id", "changed_at"),
        Index("ix_listing_organization_id_state_published_at_id", "organization_id", "state", "published_at", "id"),
        Index("ix_listing_changed_at_id", "changed_at", "id"),
        UniqueConstraint("organization_id", "external_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    reference: Mapped[str] = mapped_column(String(16), unique=True)  # TO-CN-7F3K9Q, never a counter
    state: Mapped[ListingState] = mapped_column(default=ListingState.DRAFT)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    represented_by_id: Mapped[UUID | None] = mapped_column(  # the centre as whose member its author wrote it
        ForeignKey("organization.id", ondelete="SET NULL")
    )
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    index_version: Mapped[int] = mapped_column(default=1)

    organization: Mapped[Organization] = relationship(lazy="raise", foreign_keys=organization_id)
    texts: Mapped[dict[str, "ListingText"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", collection_class=attribute_keyed_dict("language")
    )
    codes: Mapped[list["ListingCode"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="ListingCode.position"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface

    def list_codes(self, vocabulary: Vocabulary) -> list[str]:
        return [row.code for row in self.codes if row.vocabulary is vocabulary]


class ListingText(Worded, Base):
    """The words of a listing in one language."""

    __tablename__ = "listing_text"

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)

    @property
    def keyword_list(self) -> list[str]:
        return self.keywords.split("\n") if self.keywords else []


class ListingCode(Base):
    """One code of one value list. A single narrow table: every facet is the same query."""

    __tablename__ = "listing_code"
    __table_args__ = (Index("ix_listing_code_vocabulary_code_listing_id", "vocabulary", "code", "listing_id"),)

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    vocabulary: Mapped[Vocabulary] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class ListingVector(Base):
    """The raw (uncentred) vector of a listing's words in one language, kept so that new means are a mere rebuild."""

    __tablename__ = "listing_vector"

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    model: Mapped[str] = mapped_column(String(80))
    text_hash: Mapped[str] = mapped_column(String(32))
    vector: Mapped[bytes] = mapped_column(LargeBinary)
