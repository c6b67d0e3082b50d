from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.exchange.enums import Change, FileFormat, RunState, Verdict
from market.kernel.clock import utc_now
from market.kernel.db import Base
from market.listings.enums import Vocabulary
from market.listings.models import Described, Worded
from market.organizations.models import Organization


class ImportRun(Base):
    """One file on its way into the market, for one organization. `file_hash` tells a file sent again.

    `options` are those of the sender (`forms.ImportOptions`), `columns` says which column of the file is which of ours.
    Rows up to `checked_rows` are staged: a run that was cut off goes on behind them. `layout` is what the file turned
    out to be (`layout.py`), `failure` why a person is asked or why nothing came of it.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        Index("ix_import_run_organization_id_created_at", "organization_id", "created_at"),
        # One at a time: two that take over rows of one organization would not see each other's new ones.
        Index(
            "uq_import_run_taking_over",
            "organization_id",
            unique=True,
            sqlite_where=text("state = 'taking_over'"),
            postgresql_where=text("state = 'taking_over'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id", ondelete="CASCADE"))
    started_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    represented_by_id: Mapped[UUID | None] = mapped_column(  # the centre as whose member the sender wrote
        ForeignKey("organization.id", ondelete="SET NULL")
    )
    state: Mapped[RunState] = mapped_column(default=RunState.RECEIVED)
    file_name: Mapped[str] = mapped_column(String(200))
    file_format: Mapped[FileFormat]
    file_hash: Mapped[str] = mapped_column(String(64), index=True)
    options: Mapped[dict[str, Any]]
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    layout: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checked_rows: Mapped[int] = mapped_column(default=0)
    total_rows: Mapped[int | None]  # known once the file was read to its end
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    failure: Mapped[str | None] = mapped_column(Text)  # a marked message, for the one who sent the file
    failure_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    moved_at: Mapped[datetime] = mapped_column(default=utc_now)  # of the last progress
    finished_at: Mapped[datetime | None]

    organization: Mapped[Organization] = relationship(lazy="raise", foreign_keys=[organization_id])


class StagedListing(Described, Base):
    """A row of a file, read and checked. `listing_id` and `reference` are those that it will have, or has already."""

    __tablename__ = "staged_listing"
    __table_args__ = (Index("ix_staged_listing_run_id_change", "run_id", "change"),)

    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[UUID] = mapped_column(index=True)
    reference: Mapped[str] = mapped_column(String(16))
    change: Mapped[Change]
    verdict: Mapped[Verdict]
    publishes: Mapped[bool]  # taking it over makes it public, which it is not yet
    seen_version: Mapped[int | None]  # of the listing it changes, when it was checked


class StagedText(Worded, Base):
    __tablename__ = "staged_text"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "line"], ["staged_listing.run_id", "staged_listing.line"], ondelete="CASCADE"),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)


class StagedCode(Base):
    __tablename__ = "staged_code"
    __table_args__ = (
        ForeignKeyConstraint(["run_id", "line"], ["staged_listing.run_id", "staged_listing.line"], ondelete="CASCADE"),
    )

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    vocabulary: Mapped[Vocabulary] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)


class ImportProblem(Base):
    """What was repaired or refused in a row, at which column; `row_id` is the importer's own."""

    __tablename__ = "import_problem"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    row_id: Mapped[str] = mapped_column(String(200), default="")
    column: Mapped[str] = mapped_column(String(60), default="")
    verdict: Mapped[Verdict]
    message: Mapped[str] = mapped_column(Text)  # marked
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    excerpt: Mapped[str] = mapped_column(String(120), default="")
