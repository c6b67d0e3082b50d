from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.interests.enums import AlertState, HitBy, Often
from market.kernel.clock import utc_now
from market.kernel.db import Base


class SavedSearch(Base):
    """What somebody has asked the browse page, kept under a name. `language` is the reader's, `filters` are codes by
    facet, with `trl_min` and `organization` (a slug).

    It reports what was published after `waits_since`: what was there before, its owner has seen. The feed's address
    holds a token, of which we hold the hash.
    """

    __tablename__ = "saved_search"
    __table_args__ = (Index("ix_saved_search_user_id_created_at", "user_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(Text, default="")
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    often: Mapped[Often]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    waits_since: Mapped[datetime]
    feed_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    feed_made_at: Mapped[datetime | None]


class PreparedSearch(Base):
    """What the words of a saved search are matched by: worked out of them, to be thrown away at any time.

    `words_hash` says of which words, `analysis` by which version of the cutting. The vector is the model's own (raw),
    as those of listings, so that new means ask for nothing.
    """

    __tablename__ = "prepared_search"

    saved_search_id: Mapped[UUID] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True)
    words_hash: Mapped[str] = mapped_column(String(32))
    analysis: Mapped[int]
    language: Mapped[str] = mapped_column(String(12))  # of the words
    sentence: Mapped[float]
    needs: Mapped[list[Any]] = mapped_column(JSON)
    model: Mapped[str | None] = mapped_column(String(80))
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)


class SearchHit(Base):
    """A saved search has found a listing: once, whatever becomes of either."""

    __tablename__ = "search_hit"

    saved_search_id: Mapped[UUID] = mapped_column(ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True, index=True)
    found_by: Mapped[HitBy]
    found_at: Mapped[datetime]


class Alert(Base):
    """A person is to hear of a listing, or has: once, however many searches find it and however often it changes.

    Which searches want it is read from their hits when the mail is written. `is_followed`: it is of an organization
    that the person followed then.
    """

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_state_due_at", "state", "due_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True, index=True)
    state: Mapped[AlertState] = mapped_column(default=AlertState.WAITING)
    is_followed: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime]
    mail_id: Mapped[UUID | None]  # which told; the mail itself may be gone


class AlertReader(Base):
    """When somebody got the last digest, and since when no more are wanted. Without a row: never, and they are."""

    __tablename__ = "alert_reader"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    mailed_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]


class ProspectedImport(Base):
    """How far the listings of an import were matched with the saved searches."""

    __tablename__ = "prospected_import"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True)
    after_id: Mapped[UUID | None]  # the last listing that was
    is_done: Mapped[bool] = mapped_column(default=False)


class Bookmark(Base):
    """A listing on somebody's shortlist. The note is its owner's alone."""

    __tablename__ = "bookmark"
    __table_args__ = (
        UniqueConstraint("user_id", "listing_id"),
        Index("ix_bookmark_user_id_created_at_id", "user_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]


class Follow(Base):
    """Somebody wants to hear of what an organization publishes."""

    __tablename__ = "follow"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organization.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    often: Mapped[Often]
    created_at: Mapped[datetime]
