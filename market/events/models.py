from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from market.accounts.models import User
from market.events.enums import BoundAs, EventKind, EventState, TeamRole
from market.kernel.clock import utc_now
from market.kernel.db import Base, Wall
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


class Interpreter(Base):
    """Who interprets at an event, with an account here or without. `email` is seen by the team alone.

    `pairs`: "vi zh-Hans", the two languages in the order of their codes; whoever works between two works both ways.
    """

    __tablename__ = "event_interpreter"
    __table_args__ = (Index("ix_event_interpreter_event_id_name", "event_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(160))
    language: Mapped[str] = mapped_column(String(12))  # of the mails that go out
    email: Mapped[str | None] = mapped_column(String(254))
    pairs: Mapped[list[str]] = mapped_column(default=list)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)

    user: Mapped[User | None] = relationship(lazy="raise")

    @property
    def bound_id(self) -> UUID:
        return self.user_id or self.id


class Presence(Base):
    """From when to when somebody who speaks or interprets at an event is there, or bound by something else.

    `person_id`: of the speaker or the interpreter. Both times are wall time in the event's zone.
    """

    __tablename__ = "event_presence"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        UniqueConstraint("person_id", "is_away", "starts_at", "ends_at"),
        Index("ix_event_presence_event_id", "event_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    person_id: Mapped[UUID]
    is_away: Mapped[bool]
    starts_at: Mapped[Wall]
    ends_at: Mapped[Wall]
    note: Mapped[str] = mapped_column(String(200), default="")


class Commitment(Base):
    """Who is bound when and where. Every part of every event writes it, and every check reads it.

    `bound_id`: of the account where there is one, so that one person is found at two events; else of the speaker or
    interpreter. `source_id`: of the session or the presence that binds.
    """

    __tablename__ = "event_commitment"
    __table_args__ = (
        UniqueConstraint("source_id", "bound_id", "bound_as"),
        Index("ix_event_commitment_bound_id_starts_utc", "bound_id", "starts_utc"),
        Index("ix_event_commitment_event_id", "event_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    bound_id: Mapped[UUID]
    bound_as: Mapped[BoundAs]
    source_id: Mapped[UUID]
    starts_utc: Mapped[datetime]
    ends_utc: Mapped[datetime]
    hall: Mapped[str] = mapped_column(String(80), default="")
