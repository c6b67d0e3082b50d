from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.events.models import Event
from market.kernel.clock import utc_now
from market.kernel.db import Base
from market.registration.enums import ParticipantState, QuestionKind


class RegistrationType(Base):
    """What one may register as for an event. `names`: language → name; `name` is the organizer's own.

    `admitted` is the number of seats taken: it changes in the transaction that admits or frees one.
    """

    __tablename__ = "registration_type"
    __table_args__ = (
        UniqueConstraint("event_id", "name"),
        CheckConstraint("admitted >= 0", name="admitted_not_negative"),
        CheckConstraint("capacity IS NULL OR admitted <= capacity", name="not_beyond_capacity"),
        CheckConstraint("opens_on IS NULL OR closes_on IS NULL OR opens_on <= closes_on", name="closes_after_opening"),
        Index("ix_registration_type_event_id_position", "event_id", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    names: Mapped[dict[str, str]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int | None]
    admitted: Mapped[int] = mapped_column(default=0)
    needs_approval: Mapped[bool] = mapped_column(default=False)
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    is_open: Mapped[bool] = mapped_column(default=True)


class Question(Base):
    """Asked of everybody who registers. `names` as with types; `choices`: the organizer's own word under `value`, and
    what it is in other languages under their codes."""

    __tablename__ = "registration_question"
    __table_args__ = (Index("ix_registration_question_event_id_position", "event_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[QuestionKind]
    name: Mapped[str] = mapped_column(String(200))
    names: Mapped[dict[str, str]] = mapped_column(default=dict)
    choices: Mapped[list[dict[str, str]]] = mapped_column(default=list)
    is_required: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)


class ParticipantImport(Base):
    """A table of participants that waits for somebody to say which column is which: its cells as they stood in the
    file, by their place. An event has one at most."""

    __tablename__ = "participant_import"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), unique=True)
    file_name: Mapped[str] = mapped_column(String(200))
    columns: Mapped[list[dict[str, str]]]  # the `name` of each
    rows: Mapped[list[dict[str, str]]]  # `line`, and cells by their place
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class Participant(Base):
    """Somebody who comes, or wants to. `email` is folded, as with accounts; `search_text` is what the team's search
    looks at. `answers`: id of a question → what was answered."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("event_id", "email"),
        CheckConstraint("(state = 'waiting') = (waits_since IS NOT NULL)", name="waits_since_when_waiting"),
        Index("ix_participant_event_id_registered_at_id", "event_id", "registered_at", "id"),
        Index("ix_participant_type_id_state_waits_since", "type_id", "state", "waits_since"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    type_id: Mapped[UUID] = mapped_column(ForeignKey("registration_type.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(160))
    organization: Mapped[str] = mapped_column(String(200), default="")
    country: Mapped[str | None] = mapped_column(String(2))
    email: Mapped[str] = mapped_column(String(254), index=True)
    language: Mapped[str] = mapped_column(String(12))
    state: Mapped[ParticipantState]
    waits_since: Mapped[datetime | None]
    answers: Mapped[dict[str, str]] = mapped_column(default=dict)
    search_text: Mapped[str] = mapped_column(String(700), default="")
    registered_at: Mapped[datetime] = mapped_column(default=utc_now)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)

    event: Mapped[Event] = relationship(lazy="raise")
    type: Mapped[RegistrationType] = relationship(lazy="raise")
