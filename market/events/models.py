from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from market.accounts.models import User
from market.events.enums import EventKind, EventState, TeamRole
from market.kernel.clock import utc_now
from market.kernel.db import Base
from market.listings.enums import Provenance


class Event(Base):
    """What people attend. Its words are in EventText, a row per language; its days are those of its zone.

    `version` guards editors against overwriting each other.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="ends_after_start"),
        Index("ix_event_state_ends_on_id", "state", "ends_on", "id"),
        Index("ix_event_ends_on_id", "ends_on", "id"),
        Index("ix_event_starts_on_id", "starts_on", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[EventKind]
    state: Mapped[EventState] = mapped_column(default=EventState.PLANNED)
    language: Mapped[str] = mapped_column(String(12))  # of the organizer's own words
    country: Mapped[str | None] = mapped_column(String(2))  # none for a fair outside our twelve
    zone: Mapped[str] = mapped_column(String(64))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    website: Mapped[str] = mapped_column(String(300), default="")
    previous_id: Mapped[UUID | None] = mapped_column(  # the edition before
        ForeignKey("event.id", ondelete="SET NULL"), index=True
    )
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)
    announced_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    texts: Mapped[dict[str, "EventText"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", collection_class=attribute_keyed_dict("language")
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface

    def words_in(self, language: str) -> "EventText":
        """In that language where there are any, else the organizer's own."""
        return self.texts.get(language) or self.texts[self.language]


class EventText(Base):
    """The words of an event in one language. `source_hash` tells which original a translation was made from."""

    __tablename__ = "event_text"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    provenance: Mapped[Provenance] = mapped_column(default=Provenance.AUTHOR)
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")
    city: Mapped[str] = mapped_column(String(80), default="")
    venue: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    source_hash: Mapped[str | None] = mapped_column(String(32))


class TeamMember(Base):
    """Who organizes an event. A head also changes its state and its team."""

    __tablename__ = "event_team"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[TeamRole]
    joined_at: Mapped[datetime] = mapped_column(default=utc_now)

    user: Mapped[User] = relationship(lazy="raise")
