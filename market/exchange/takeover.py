"""Staged rows become listings: all of them, or none.

New ones move in batches as *arriving*, which nobody sees. One last transaction makes them public or drafts, replaces
what changed and records the fact: a few statements, whatever the number of rows (docs/decisions/0009-exchange.md).
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from market.exchange.comparing import DESCRIBED, WORDED
from market.exchange.enums import Change, RunState
from market.exchange.facts import ListingsImported
from market.exchange.models import ImportRun, StagedCode, StagedListing, StagedText
from market.kernel import outbox
from market.kernel.errors import N_, Refusal
from market.listings.enums import ListingState
from market.listings.models import Listing, ListingCode, ListingText, ListingVector
from market.listings.rules import LONGEST_LIFE
from market.listings.service import TEXT_FIELDS

ARRIVE_AT_ONCE: Final = 2_000
_ONE_STATEMENT: Final = {"synchronize_session": False}


class ChangedSinceChecked(Refusal):
    """A listing of the file was edited, or one of a new id made, after the rows had been checked."""

    status = 409
    message = N_("Listings were changed since this file was checked. It is checked again.")


def arrive(session: Session, run: ImportRun, *, after: int, now: datetime) -> int | None:
    """Move the next new listings in, unseen. Returns the last line moved, None when all are there.

    What is there already, from an earlier turn or before the process was killed, is left as it is.
    """
    new = and_(StagedListing.run_id == run.id, StagedListing.change == Change.NEW)
    is_there = exists().where(Listing.id == StagedListing.listing_id)
    lines = session.scalars(
        select(StagedListing.line)
        .where(new, StagedListing.line > after, ~is_there)
        .order_by(StagedListing.line)
        .limit(ARRIVE_AT_ONCE)
    ).all()
    if not lines:
        return None
    window = and_(new, StagedListing.line.between(lines[0], lines[-1]))
    if _has_clash(session, run, window):
        raise ChangedSinceChecked
    session.execute(_insert_listings(run, window, now))
    session.execute(_insert_texts(and_(window, ~_is_there(ListingText))))
    session.execute(_insert_codes(and_(window, ~_is_there(ListingCode))))
    return lines[-1]


def open_to_all(session: Session, run: ImportRun, *, now: datetime) -> None:
    """The last transaction: everything shows at once. The caller commits."""
    if _has_changed_since(session, run):
        raise ChangedSinceChecked
    _change_known(session, run, now)
    _show_new(session, run, now)
    run.state = RunState.DONE
    run.finished_at = run.moved_at = now
    outbox.record(session, ListingsImported(run.id), by=run.started_by_id)


def take_back(session: Session, run: ImportRun) -> bool:
    """Take out what has arrived, some at a time; whether there may be more."""
    arrived = select(StagedListing.listing_id).where(StagedListing.run_id == run.id, StagedListing.change == Change.NEW)
    chosen = (
        select(Listing.id)
        .where(Listing.id.in_(arrived), Listing.state == ListingState.ARRIVING)
        .order_by(Listing.id)
        .limit(ARRIVE_AT_ONCE)
    )
    ids = session.scalars(chosen).all()
    if ids:
        session.execute(delete(Listing).where(Listing.id.in_(ids)).execution_options(**_ONE_STATEMENT))
    return len(ids) == ARRIVE_AT_ONCE


def _has_clash(session: Session, run: ImportRun, window: ColumnElement[bool]) -> bool:
    """Whether a new row's id, or reference, belongs to a listing that was made meanwhile."""
    same_id = and_(Listing.organization_id == run.organization_id, Listing.external_id == StagedListing.external_id)
    others = select(StagedListing.line).join(Listing, same_id).where(window, Listing.id != StagedListing.listing_id)
    return session.scalar(others.limit(1)) is not None


def _has_changed_since(session: Session, run: ImportRun) -> bool:
    staged = and_(StagedListing.run_id == run.id, StagedListing.change != Change.NEW)
    same = exists().where(Listing.id == StagedListing.listing_id, Listing.version == StagedListing.seen_version)
    return session.scalar(select(StagedListing.line).where(staged, ~same).limit(1)) is not None


def _is_there(model: type[ListingText] | type[ListingCode]) -> ColumnElement[bool]:
    return exists().where(model.listing_id == StagedListing.listing_id)


def _insert_listings(run: ImportRun, window: ColumnElement[bool], now: datetime) -> Any:
    fixed = {
        "state": literal(ListingState.ARRIVING, Listing.state.type),
        "organization_id": literal(run.organization_id, Listing.organization_id.type),
        "created_by_id": _write_id(run.started_by_id),
        "represented_by_id": _write_id(run.represented_by_id),
        "created_at": literal(now, Listing.created_at.type),
        "changed_at": literal(now, Listing.changed_at.type),
        "version": literal(1),
        "index_version": literal(1),
    }
    copied = [getattr(StagedListing, name) for name in DESCRIBED]
    chosen = select(StagedListing.listing_id, StagedListing.reference, *copied, *fixed.values()).where(
        window, ~exists().where(Listing.id == StagedListing.listing_id)
    )
    return insert(Listing).from_select(["id", "reference", *DESCRIBED, *fixed], chosen, include_defaults=False)


def _write_id(value: UUID | None) -> Any:
    return literal(value, Listing.id.type) if value else null()


def _insert_texts(window: ColumnElement[bool]) -> Any:
    same_row = and_(StagedText.run_id == StagedListing.run_id, StagedText.line == StagedListing.line)
    copied = [getattr(StagedText, name) for name in ("language", *WORDED)]
    chosen = select(StagedListing.listing_id, *copied).join(StagedText, same_row).where(window)
    return insert(ListingText).from_select(["listing_id", "language", *WORDED], chosen, include_defaults=False)


def _insert_codes(window: ColumnElement[bool]) -> Any:
    same_row = and_(StagedCode.run_id == StagedListing.run_id, StagedCode.line == StagedListing.line)
    names = ("vocabulary", "code", "position")
    copied = [getattr(StagedCode, name) for name in names]
    chosen = select(StagedListing.listing_id, *copied).join(StagedCode, same_row).where(window)
    return insert(ListingCode).from_select(["listing_id", *names], chosen, include_defaults=False)


def _change_known(session: Session, run: ImportRun, now: datetime) -> None:
    """Replace columns, codes, and the words of the languages that the file brings; other languages stay."""
    changed = and_(StagedListing.run_id == run.id, StagedListing.change == Change.CHANGED)
    ids = select(StagedListing.listing_id).where(changed)
    same_row = and_(StagedText.run_id == StagedListing.run_id, StagedText.line == StagedListing.line)
    brought = select(StagedListing.listing_id, StagedText.language).join(StagedText, same_row).where(changed)
    _forget_vectors(session, changed)
    replaced = tuple_(ListingText.listing_id, ListingText.language).in_(brought)
    session.execute(delete(ListingText).where(replaced).execution_options(**_ONE_STATEMENT))
    session.execute(delete(ListingCode).where(ListingCode.listing_id.in_(ids)).execution_options(**_ONE_STATEMENT))
    session.execute(_insert_texts(changed))
    session.execute(_insert_codes(changed))
    columns: dict[str, Any] = {name: getattr(StagedListing, name) for name in DESCRIBED}
    shows = and_(StagedListing.publishes, Listing.state == ListingState.DRAFT)
    session.execute(
        update(Listing)
        .where(Listing.id == StagedListing.listing_id, changed)
        .values(
            **columns,
            changed_at=now,
            version=Listing.version + 1,
            index_version=Listing.index_version + 1,
            state=case((shows, ListingState.PUBLISHED), else_=Listing.state),
            published_at=case((shows, literal(now, Listing.published_at.type)), else_=Listing.published_at),
        )
        .execution_options(**_ONE_STATEMENT)
    )
    _limit_lives(session, ids, now)


def _forget_vectors(session: Session, changed: ColumnElement[bool]) -> None:
    """Vectors of older words go, and are computed anew as for all listings without."""
    same_row = and_(StagedText.run_id == StagedListing.run_id, StagedText.line == StagedListing.line)
    known = and_(ListingText.listing_id == StagedListing.listing_id, ListingText.language == StagedText.language)
    differ = or_(*(getattr(StagedText, name) != getattr(ListingText, name) for name in TEXT_FIELDS))
    rewritten = select(StagedListing.listing_id, StagedText.language).join(StagedText, same_row)
    rewritten = rewritten.join(ListingText, known).where(changed, differ)
    stale = tuple_(ListingVector.listing_id, ListingVector.language).in_(rewritten)
    session.execute(delete(ListingVector).where(stale).execution_options(**_ONE_STATEMENT))


def _show_new(session: Session, run: ImportRun, now: datetime) -> None:
    new = and_(StagedListing.run_id == run.id, StagedListing.change == Change.NEW)
    published: dict[str, Any] = {
        "state": ListingState.PUBLISHED,
        "published_at": now,
        "expires_on": func.coalesce(Listing.expires_on, literal(now.date() + LONGEST_LIFE, Listing.expires_on.type)),
    }
    for shown, values in (
        (StagedListing.publishes, published),
        (~StagedListing.publishes, {"state": ListingState.DRAFT}),
    ):
        arrived = Listing.id.in_(select(StagedListing.listing_id).where(new, shown))
        session.execute(
            update(Listing)
            .where(arrived, Listing.state == ListingState.ARRIVING)
            .values(**values, changed_at=now)
            .execution_options(**_ONE_STATEMENT)
        )


def _limit_lives(session: Session, ids: Any, now: datetime) -> None:
    """What is public has a last day."""
    session.execute(
        update(Listing)
        .where(Listing.id.in_(ids), Listing.state == ListingState.PUBLISHED, Listing.expires_on.is_(None))
        .values(expires_on=now.date() + LONGEST_LIFE)
        .execution_options(**_ONE_STATEMENT)
    )
