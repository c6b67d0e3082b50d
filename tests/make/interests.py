"""Saved searches, bookmarks and follows, made as a page makes them; what is due, and mails about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.interests import service
from market.interests.digests import find_due_digests, write_digests
from market.interests.enums import Often
from market.interests.models import Alert, AlertReader, Bookmark, Follow, SavedSearch
from market.interests.queries import find_follow
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.work import Work
from market.listings.models import Listing
from market.notifications.models import Mail
from market.organizations.models import Organization
from tests.make.organizations import make_viewer

LONG_AGO = timedelta(days=60)


def make_search(
    db: Session, *, by: User, words: str = "", name: str = "Kilns", often: Often = Often.AT_ONCE, language: str = "en",
    now: datetime | None = None, **filters: Any,
) -> SavedSearch:  # fmt: skip
    """Saved a while ago, so that what is published now is news."""
    search = service.save_search(
        db, search_id=uuid4(), name=name, words=words, filters=filters, language=language, often=often,
        by=make_viewer(db, by), now=now or utc_now() - LONG_AGO,
    )  # fmt: skip
    db.commit()
    return search


def make_bookmark(db: Session, listing: Listing, *, by: User, note: str = "", now: datetime | None = None) -> Bookmark:
    bookmark = service.keep_listing(db, listing, by=make_viewer(db, by), now=now or utc_now())
    service.change_note(bookmark, note)
    db.commit()
    return bookmark


def make_follow(db: Session, organization: Organization, *, by: User, often: Often = Often.AT_ONCE) -> Follow:
    service.follow_organization(db, organization, by=make_viewer(db, by), now=utc_now() - LONG_AGO)
    service.change_follow(db, organization, often=often, by=make_viewer(db, by))
    follow = find_follow(db, by.id, organization.id)
    assert follow is not None
    db.commit()
    return follow


def list_alerts(database: Database) -> list[tuple[str, str, str]]:
    """(mail address, reference, state) in order."""
    with database.reading() as session:
        rows = session.execute(
            select(User.email, Listing.reference, Alert.state)
            .join(User, User.id == Alert.user_id)
            .join(Listing, Listing.id == Alert.listing_id)
        )
        return sorted((email, reference, state.value) for email, reference, state in rows)


def let_time_pass(database: Database, *, by: timedelta = timedelta(days=8)) -> None:
    """As if everything about alerts had happened so much earlier."""
    with database.transaction() as session:
        for alert in session.scalars(select(Alert)):
            alert.due_at -= by
        for reader in session.scalars(select(AlertReader).where(AlertReader.mailed_at.is_not(None))):
            assert reader.mailed_at is not None
            reader.mailed_at -= by


def write_due_digests(work: Work) -> list[Mail]:
    """What the worker writes of all that is due now: the new mails, in order of their recipients."""
    with work.database.reading() as session:
        before = set(session.scalars(select(Mail.id)))
    find_due_digests(work, utc_now())
    write_digests(work, ())
    with work.database.reading() as session:
        mails = session.scalars(select(Mail).order_by(Mail.recipient, Mail.created_at)).all()
    return [mail for mail in mails if mail.id not in before]


def tell(work: Work) -> list[Mail]:
    """The mails of all that waits, whenever it is due."""
    let_time_pass(work.database)
    return write_due_digests(work)


def publish_again(db: Session, listing: Listing, *, published_at: datetime) -> None:
    """As if it had been published then."""
    db.execute(update(Listing).where(Listing.id == listing.id).values(published_at=published_at))
    db.commit()


def list_bodies(mails: Sequence[Mail]) -> list[str]:
    return [mail.body for mail in mails]
