"""Every read of what somebody keeps: each is of one person's own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.interests.enums import AlertState, HitBy, Often
from market.interests.models import Alert, AlertReader, Bookmark, Follow, SavedSearch, SearchHit
from market.kernel.cursors import Moment
from market.kernel.db import checked_after
from market.kernel.errors import NotFound
from market.kernel.ids import hash_token
from market.kernel.viewer import Viewer
from market.listings.models import Listing
from market.listings.queries import ROWS, ListingRow, visible_to
from market.organizations.models import Organization

# Saved searches ------------------------------------------------------------------------------------------------------


def list_searches(session: Session, user_id: UUID) -> Sequence[SavedSearch]:
    """The newest first. There are few: `rules.MOST_SEARCHES`."""
    chosen = select(SavedSearch).where(SavedSearch.user_id == user_id)
    return session.scalars(chosen.order_by(SavedSearch.created_at.desc(), SavedSearch.id)).all()


def count_searches(session: Session, user_id: UUID) -> int:
    return session.scalar(select(func.count()).where(SavedSearch.user_id == user_id)) or 0


def get_search(session: Session, search_id: UUID, *, viewer: Viewer) -> SavedSearch:
    """Somebody else's is not found."""
    found = select(SavedSearch).where(SavedSearch.id == search_id, SavedSearch.user_id == viewer.id)
    search = session.scalar(found)
    if search is None:
        raise NotFound
    return search


def find_by_feed(session: Session, token: str) -> SavedSearch | None:
    """Whose feed has this address, as long as it counts."""
    return session.scalar(select(SavedSearch).where(SavedSearch.feed_hash == hash_token(token)))


def map_organizations(session: Session, slugs: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Slug → name and its language."""
    chosen = select(Organization.slug, Organization.name, Organization.language)
    rows = session.execute(chosen.where(Organization.slug.in_(set(slugs)))).all()
    return {slug: (name, language) for slug, name, language in rows}


def has_stopped(session: Session, user_id: UUID) -> bool:
    """Whether this person wants no alert mails at all."""
    stopped = select(AlertReader.user_id).where(AlertReader.user_id == user_id, AlertReader.stopped_at.is_not(None))
    return session.scalar(stopped) is not None


def has_account(session: Session, user_id: UUID) -> bool:
    return session.scalar(select(User.id).where(User.id == user_id)) is not None


# Shortlist -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """A bookmark with its listing; `row` is None where that may not be seen any more."""

    id: UUID
    reference: str
    note: str
    created_at: datetime
    row: ListingRow | None


def list_kept(
    session: Session, viewer: Viewer, *, language: str, after: Moment | None = None, limit: int
) -> Sequence[Kept]:
    """The newest first. `after` is the key of the last one shown."""
    chosen = (
        select(Bookmark.id, Bookmark.listing_id, Listing.reference, Bookmark.note, Bookmark.created_at)
        .join(Listing, Listing.id == Bookmark.listing_id)
        .where(Bookmark.user_id == viewer.id)
    )
    if after is not None:
        since, bookmark_id = after
        same = and_(Bookmark.created_at == since, Bookmark.id > bookmark_id)
        chosen = chosen.where(or_(Bookmark.created_at < since, same))
    bookmarks = session.execute(chosen.order_by(Bookmark.created_at.desc(), Bookmark.id).limit(limit)).all()
    shown = map_listings(session, [row.listing_id for row in bookmarks], viewer=viewer, language=language)
    return [
        Kept(bookmark_id, reference, note, created_at, shown.get(listing_id))
        for bookmark_id, listing_id, reference, note, created_at in bookmarks
    ]


def map_listings(
    session: Session, ids: Iterable[UUID], *, viewer: Viewer | None, language: str
) -> Mapping[UUID, ListingRow]:
    """Those that the viewer may see."""
    chosen = ROWS.where(checked_after(visible_to(viewer)), Listing.id.in_(list(ids)))
    return {row[0]: ListingRow(*row) for row in session.execute(chosen, {"reader": language})}


def count_kept(session: Session, user_id: UUID) -> int:
    return session.scalar(select(func.count()).where(Bookmark.user_id == user_id)) or 0


def find_bookmark(session: Session, user_id: UUID, listing_id: UUID) -> Bookmark | None:
    chosen = select(Bookmark).where(Bookmark.user_id == user_id, Bookmark.listing_id == listing_id)
    return session.scalar(chosen)


def get_bookmark(session: Session, bookmark_id: UUID, *, viewer: Viewer) -> Bookmark:
    """Somebody else's is not found."""
    bookmark = session.scalar(select(Bookmark).where(Bookmark.id == bookmark_id, Bookmark.user_id == viewer.id))
    if bookmark is None:
        raise NotFound
    return bookmark


def find_reference(session: Session, bookmark_id: UUID, *, viewer: Viewer) -> str | None:
    """Of the listing that was bookmarked."""
    chosen = select(Listing.reference).join(Bookmark, Bookmark.listing_id == Listing.id)
    return session.scalar(chosen.where(Bookmark.id == bookmark_id, Bookmark.user_id == viewer.id))


# Followed organizations ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Followed:
    id: UUID
    slug: str
    name: str
    language: str
    country: str
    often: Often
    created_at: datetime


def list_followed(session: Session, user_id: UUID, *, after: Moment | None = None, limit: int) -> Sequence[Followed]:
    """The newest first. `after` is the key of the last one shown."""
    chosen = (
        select(
            Organization.id, Organization.slug, Organization.name, Organization.language, Organization.country,
            Follow.often, Follow.created_at,
        )
        .join(Organization, Organization.id == Follow.organization_id)
        .where(Follow.user_id == user_id)
    )  # fmt: skip
    if after is not None:
        since, organization_id = after
        same = and_(Follow.created_at == since, Follow.organization_id > organization_id)
        chosen = chosen.where(or_(Follow.created_at < since, same))
    rows = session.execute(chosen.order_by(Follow.created_at.desc(), Follow.organization_id).limit(limit))
    return [Followed(*row) for row in rows]


def count_followed(session: Session, user_id: UUID) -> int:
    return session.scalar(select(func.count()).where(Follow.user_id == user_id)) or 0


def find_follow(session: Session, user_id: UUID, organization_id: UUID) -> Follow | None:
    return session.get(Follow, (user_id, organization_id))


# Digests -------------------------------------------------------------------------------------------------------------


def list_due_readers(session: Session, *, now: datetime, mailed_before: datetime, limit: int) -> Sequence[UUID]:
    """People to whom something is due, and no digest was written since; who has waited longest comes first."""
    rests = exists().where(AlertReader.user_id == Alert.user_id, AlertReader.mailed_at > mailed_before)
    due = select(Alert.user_id).where(Alert.state == AlertState.WAITING, Alert.due_at <= now, ~rests)
    return session.scalars(due.group_by(Alert.user_id).order_by(func.min(Alert.due_at)).limit(limit)).all()


def list_waiting(session: Session, user_id: UUID, *, until: datetime) -> Sequence[Alert]:
    """What is due to one person by then."""
    waiting = select(Alert).where(Alert.user_id == user_id, Alert.state == AlertState.WAITING, Alert.due_at <= until)
    return session.scalars(waiting.order_by(Alert.due_at, Alert.listing_id)).all()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Why a listing is told: a search of the reader that has found it, or an organization that the reader follows."""

    listing_id: UUID
    search: SavedSearch | None
    found_by: HitBy | None


def list_wanted(session: Session, user_id: UUID, listing_ids: Sequence[UUID]) -> list[Wanted]:
    """For each listing all reasons that hold now: searches in order of their names, then what is followed."""
    by_search = (
        select(SearchHit.listing_id, SavedSearch, SearchHit.found_by)
        .join(SavedSearch, SavedSearch.id == SearchHit.saved_search_id)
        .where(SavedSearch.user_id == user_id, SavedSearch.often != Often.NEVER, SearchHit.listing_id.in_(listing_ids))
        .order_by(SavedSearch.name, SavedSearch.id)
    )
    by_follow: Select[UUID] = (
        select(Listing.id)
        .join(Follow, Follow.organization_id == Listing.organization_id)
        .join(Alert, and_(Alert.user_id == Follow.user_id, Alert.listing_id == Listing.id))
        .where(Follow.user_id == user_id, Follow.often != Often.NEVER, Alert.is_followed, Listing.id.in_(listing_ids))
    )
    wanted = [Wanted(listing_id, search, found_by) for listing_id, search, found_by in session.execute(by_search)]
    return wanted + [Wanted(listing_id, None, None) for listing_id in session.scalars(by_follow)]
