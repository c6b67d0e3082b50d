from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from market.accounts.models import User
from market.events.models import Event, Interpreter
from market.kernel.clock import utc_now
from market.kernel.db import Base, Wall
from market.listings.models import Listing
from market.programme.enums import ConflictKind, DraftState, InterpretingMode, SessionKind, SessionState, Severity


class Programme(Base):
    """What an event's programme is as a whole. `version` grows with whatever its public pages show."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("day_change BETWEEN 0 AND 720", name="day_changes_by_noon"),
        CheckConstraint("travel_minutes BETWEEN 0 AND 240", name="travel_is_short"),
    )

    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    day_change: Mapped[int] = mapped_column(default=0)  # minutes after midnight at which a day of it ends
    slot_minutes: Mapped[int] = mapped_column(default=15)
    travel_minutes: Mapped[int] = mapped_column(default=10)  # from one hall to another
    severities: Mapped[dict[str, str]] = mapped_column(default=dict)  # kind of conflict → where not the usual one
    external_key: Mapped[str | None] = mapped_column(String(80), unique=True)  # the acronym of the file it came from
    current_release_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("programme_release.id", ondelete="SET NULL"), index=True
    )
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)
    checked_at: Mapped[datetime | None]  # since when conflicts are stored

    event: Mapped[Event] = relationship(lazy="raise")


class Room(Base):
    """A room of an event's venue. `names`: language → name; `name` is the one it is known by in files."""

    __tablename__ = "programme_room"
    __table_args__ = (
        UniqueConstraint("event_id", "name"),
        CheckConstraint("capacity >= 0", name="capacity_not_negative"),
        Index("ix_programme_room_event_id_position", "event_id", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    names: Mapped[dict[str, str]] = mapped_column(default=dict)
    capacity: Mapped[int | None]
    hall: Mapped[str] = mapped_column(String(80), default="")
    position: Mapped[int] = mapped_column(default=0)
    guid: Mapped[UUID] = mapped_column(default=uuid4)


class Track(Base):
    """A thread of sessions through the programme. `names` as with rooms."""

    __tablename__ = "programme_track"
    __table_args__ = (
        UniqueConstraint("event_id", "name"),
        Index("ix_programme_track_event_id_position", "event_id", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(160))
    names: Mapped[dict[str, str]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=0)


class Speaker(Base):
    """A person on an event's programme, with an account here or without. `email` is seen by the team alone."""

    __tablename__ = "programme_speaker"
    __table_args__ = (
        UniqueConstraint("event_id", "guid"),
        Index("ix_programme_speaker_event_id_name", "event_id", "name"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    guid: Mapped[UUID] = mapped_column(default=uuid4)
    number: Mapped[int | None]  # frab's id of a person
    name: Mapped[str] = mapped_column(String(160))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    language: Mapped[str] = mapped_column(String(12))  # of name and biography, and of the mails that go out
    email: Mapped[str | None] = mapped_column(String(254))
    organization: Mapped[str] = mapped_column(String(200), default="")
    biography: Mapped[str] = mapped_column(Text, default="")
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"), index=True)

    user: Mapped[User | None] = relationship(lazy="raise")

    @property
    def bound_id(self) -> UUID:
        return self.user_id or self.id


class ProgrammeSession(Base):
    """A session in the working copy. Where and when visitors see it is in `ReleasedSlot`; its words, of any language,
    are those of today.

    `starts_at` is wall time in the event's zone; `starts_utc` is derived from it.
    """

    __tablename__ = "programme_session"
    __table_args__ = (
        UniqueConstraint("event_id", "guid"),
        UniqueConstraint("event_id", "code"),
        UniqueConstraint("event_id", "number"),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="not_longer_than_a_day"),
        CheckConstraint("(starts_at IS NULL) = (starts_utc IS NULL)", name="start_has_instant"),
        Index("ix_programme_session_event_id_starts_at", "event_id", "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    guid: Mapped[UUID] = mapped_column(default=uuid4)
    code: Mapped[str] = mapped_column(String(12))  # of its address: random, never a counter
    number: Mapped[int]  # frab's id, for files alone
    kind: Mapped[SessionKind]
    state: Mapped[SessionState] = mapped_column(default=SessionState.DRAFT)
    language: Mapped[str] = mapped_column(String(12))  # of its own words, and of the floor
    interpreted: Mapped[str] = mapped_column(String(160), default="")  # languages it is interpreted into, by blanks
    interpreting: Mapped[InterpretingMode] = mapped_column(default=InterpretingMode.SIMULTANEOUS)
    track_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme_track.id", ondelete="SET NULL"), index=True)
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme_room.id", ondelete="RESTRICT"), index=True)
    starts_at: Mapped[Wall | None]
    starts_utc: Mapped[datetime | None]
    minutes: Mapped[int] = mapped_column(default=30)
    capacity: Mapped[int | None]  # where it is less than the room's
    file_kind: Mapped[str] = mapped_column(String(80), default="")  # what the file it came from called its kind
    file_slug: Mapped[str] = mapped_column(String(200), default="")
    licence: Mapped[str] = mapped_column(String(200), default="")
    logo: Mapped[str] = mapped_column(String(500), default="")
    may_not_be_recorded: Mapped[bool] = mapped_column(default=False)
    links: Mapped[list[dict[str, str]]]
    attachments: Mapped[list[dict[str, str]]]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)

    texts: Mapped[dict[str, "SessionText"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", collection_class=attribute_keyed_dict("language")
    )
    speakers: Mapped[list["SessionSpeaker"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="SessionSpeaker.position"
    )
    listings: Mapped[list["SessionListing"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="SessionListing.position"
    )
    interpreters: Mapped[list["SessionInterpreter"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="SessionInterpreter.language, SessionInterpreter.position"
    )
    room: Mapped[Room | None] = relationship(lazy="raise")
    track: Mapped[Track | None] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's interface

    @property
    def interpreted_into(self) -> list[str]:
        return self.interpreted.split()


class SessionText(Base):
    """The words of a session in one language."""

    __tablename__ = "session_text"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("programme_session.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    subtitle: Mapped[str] = mapped_column(String(300), default="")
    abstract: Mapped[str] = mapped_column(Text, default="")
    description: Mapped[str] = mapped_column(Text, default="")


class SessionSpeaker(Base):
    __tablename__ = "session_speaker"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("programme_session.id", ondelete="CASCADE"), primary_key=True)
    speaker_id: Mapped[UUID] = mapped_column(
        ForeignKey("programme_speaker.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=0)

    speaker: Mapped[Speaker] = relationship(lazy="raise")


class SessionInterpreter(Base):
    """Who interprets from the floor into which language: a channel."""

    __tablename__ = "session_interpreter"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("programme_session.id", ondelete="CASCADE"), primary_key=True)
    interpreter_id: Mapped[UUID] = mapped_column(
        ForeignKey("event_interpreter.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    language: Mapped[str] = mapped_column(String(12))
    position: Mapped[int] = mapped_column(default=0)

    interpreter: Mapped[Interpreter] = relationship(lazy="raise")


class SessionListing(Base):
    """A listing on show at a session."""

    __tablename__ = "session_listing"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("programme_session.id", ondelete="CASCADE"), primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)

    listing: Mapped[Listing] = relationship(lazy="raise")


class StoredConflict(Base):
    """A conflict of the working copy, as it was found at the last change. `name`: see `Conflict`."""

    __tablename__ = "programme_conflict"
    __table_args__ = (Index("ix_programme_conflict_event_id_severity", "event_id", "severity"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[ConflictKind]
    severity: Mapped[Severity]
    session_id: Mapped[UUID] = mapped_column(ForeignKey("programme_session.id", ondelete="CASCADE"), index=True)
    other_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme_session.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(300), default="")
    position: Mapped[int] = mapped_column(default=0)
    found_at: Mapped[datetime] = mapped_column(default=utc_now)


class Release(Base):
    """A state of the programme that was shown to everybody. `changes`: how many sessions were new, moved, cancelled."""

    __tablename__ = "programme_release"
    __table_args__ = (UniqueConstraint("event_id", "name"), UniqueConstraint("event_id", "number"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    comment: Mapped[str] = mapped_column(String(500), default="")
    released_at: Mapped[datetime] = mapped_column(default=utc_now)
    released_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    counts: Mapped[dict[str, int]]


class ReleasedSlot(Base):
    """Where and when a session is in one release. `sequence` grows with each release that moves or cancels it (RFC 5545
    §3.8.7.4); a cancelled one stands in the release that cancels it, and in all that follow."""

    __tablename__ = "released_slot"
    __table_args__ = (
        CheckConstraint("is_cancelled OR room_id IS NOT NULL", name="shown_has_room"),
        Index("ix_released_slot_release_id_starts_at", "release_id", "starts_at"),
        Index("ix_released_slot_session_id", "session_id"),
    )

    release_id: Mapped[UUID] = mapped_column(ForeignKey("programme_release.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("programme_session.id", ondelete="CASCADE"), primary_key=True)
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme_room.id", ondelete="RESTRICT"), index=True)
    starts_at: Mapped[Wall]
    starts_utc: Mapped[datetime]
    minutes: Mapped[int]
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    is_cancelled: Mapped[bool] = mapped_column(default=False)


class SessionChange(Base):
    """What a release changed of a session against the one before. What was before is empty for a new one."""

    __tablename__ = "session_change"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("programme_release.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("programme_session.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[str] = mapped_column(String(12))
    old_starts_at: Mapped[Wall | None]
    old_room: Mapped[str] = mapped_column(String(120), default="")
    new_starts_at: Mapped[Wall | None]
    new_room: Mapped[str] = mapped_column(String(120), default="")


class ReleaseNotice(Base):
    """Who was told of a release, a speaker or an interpreter. Written with the mail, so nobody is told twice."""

    __tablename__ = "release_notice"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("programme_release.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    told_at: Mapped[datetime]


_UNDER_WAY: Final[dict[str, Any]] = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), text("state IN ('asked', 'computing')")
)


class Draft(Base):
    """A proposal for the places of sessions, computed by a worker. Nothing moves until it is taken over.

    `opens` and `closes`: the hours of each day, in minutes after midnight. The figures are those of the best that was
    found so far; no proposal is worth more than `bound`.
    """

    __tablename__ = "programme_draft"
    __table_args__ = (
        CheckConstraint("opens < closes", name="closes_after_it_opens"),
        Index("uq_programme_draft_under_way", "event_id", unique=True, **_UNDER_WAY),
        Index("ix_programme_draft_event_id_asked_at", "event_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    asked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(default=utc_now)
    state: Mapped[DraftState] = mapped_column(default=DraftState.ASKED)
    is_to_stop: Mapped[bool] = mapped_column(default=False)
    opens: Mapped[int]
    closes: Mapped[int]
    track_limit: Mapped[int | None]
    replans: Mapped[bool] = mapped_column(default=False)
    sessions: Mapped[int] = mapped_column(default=0)
    placed: Mapped[int] = mapped_column(default=0)
    value: Mapped[int] = mapped_column(default=0)
    bound: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[int] = mapped_column(default=0)


class DraftPlace(Base):
    """Where a draft puts a session, or why nowhere. `version`: the session's when the draft was begun; `names`: of the
    persons that the reason speaks of."""

    __tablename__ = "programme_draft_place"

    draft_id: Mapped[UUID] = mapped_column(ForeignKey("programme_draft.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("programme_session.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    version: Mapped[int]
    starts_at: Mapped[Wall | None]
    room_id: Mapped[UUID | None] = mapped_column(ForeignKey("programme_room.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str] = mapped_column(String(20), default="")
    names: Mapped[str] = mapped_column(Text, default="")


class SessionMark(Base):
    """A session on somebody's own schedule: once, and seen by that person alone."""

    __tablename__ = "session_mark"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("programme_session.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    marked_at: Mapped[datetime]


class ScheduleFeed(Base):
    """At which address a calendar follows somebody's schedule of an event. The address is `handle`, signed
    (`feed_tokens.py`): what stands here opens nothing. `changed_at`: when marks last came or went."""

    __tablename__ = "schedule_feed"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, index=True)
    handle: Mapped[str] = mapped_column(String(22), unique=True)
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ProgrammeFile(Base):
    """A table that somebody wants to take in, kept until its columns are named; the next one takes its place."""

    __tablename__ = "programme_file"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime]
