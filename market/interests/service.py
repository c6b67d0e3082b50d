"""Every change of what somebody keeps. Nobody needs an organization, or a confirmed address, to keep something; mails
go to confirmed addresses alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from market.accounts.queries import lock_user
from market.interests import queries, rules
from market.interests.enums import Often
from market.interests.facts import AlertsResumed, AlertsStopped, SearchSaved
from market.interests.models import AlertReader, Bookmark, Follow, PreparedSearch, SavedSearch
from market.kernel import outbox
from market.kernel.errors import N_, NotFound, Refusal
from market.kernel.ids import hash_token, new_token
from market.kernel.viewer import Viewer
from market.listings.models import Listing
from market.organizations.models import Organization


class TooManySearches(Refusal):
    status = 409
    message = N_("You have saved %(most)s searches already. Please delete one of them first.")


class ShortlistFull(Refusal):
    status = 409
    message = N_("Your shortlist has %(most)s listings already. Please remove some of them first.")


class TooManyFollowed(Refusal):
    status = 409
    message = N_("You follow %(most)s organizations already. Please stop following one of them first.")


def save_search(
    session: Session, *, search_id: UUID, name: str, words: str, filters: Mapping[str, Any], language: str,
    often: Often, by: Viewer, now: datetime,
) -> SavedSearch:  # fmt: skip
    """The same `search_id` again answers the search already saved: a form sent twice saves one."""
    lock_user(session, by.id)
    existing = session.get(SavedSearch, search_id)
    if existing is not None:
        if existing.user_id != by.id:
            raise NotFound
        return existing
    if queries.count_searches(session, by.id) >= rules.MOST_SEARCHES:
        raise TooManySearches(most=rules.MOST_SEARCHES)
    search = SavedSearch(
        id=search_id, user_id=by.id, name=name, words=words, filters=dict(filters), language=language, often=often,
        created_at=now, waits_since=now,
    )  # fmt: skip
    session.add(search)
    outbox.record(session, SearchSaved(search.id), by=by.id)
    return search


def change_search(session: Session, search: SavedSearch, *, name: str, words: str, often: Often, now: datetime) -> None:
    """With other words it is another search: it reports what is published from now on."""
    search.name, search.often = name, often
    if search.words == words:
        return
    search.words, search.waits_since = words, now
    session.execute(delete(PreparedSearch).where(PreparedSearch.saved_search_id == search.id))
    outbox.record(session, SearchSaved(search.id), by=search.user_id)


def delete_search(session: Session, search: SavedSearch) -> None:
    """Its feed ends with it. What its owner was told stays told."""
    session.delete(search)


def make_feed(search: SavedSearch, *, now: datetime) -> str:
    """A token for the address of its feed, shown this once. The last one counts no more."""
    token = new_token()
    search.feed_hash, search.feed_made_at = hash_token(token), now
    return token


def end_feed(search: SavedSearch) -> None:
    """Ending one that has ended is harmless."""
    search.feed_hash = search.feed_made_at = None


def stop_alerts(session: Session, user_id: UUID, *, now: datetime) -> None:
    """No mail is written any more, whatever is saved or followed. Twice is harmless."""
    lock_user(session, user_id)
    reader = session.get(AlertReader, user_id)
    if reader is None:
        reader = AlertReader(user_id=user_id)
        session.add(reader)
    if reader.stopped_at is None:
        reader.stopped_at = now
        outbox.record(session, AlertsStopped(user_id), by=user_id)


def resume_alerts(session: Session, user_id: UUID) -> None:
    """What was published meanwhile is not told. Twice is harmless."""
    reader = session.get(AlertReader, user_id)
    if reader is not None and reader.stopped_at is not None:
        reader.stopped_at = None
        outbox.record(session, AlertsResumed(user_id), by=user_id)


def keep_listing(session: Session, listing: Listing, *, by: Viewer, now: datetime) -> Bookmark:
    """Put it on the shortlist; one that is there stays as it is."""
    lock_user(session, by.id)
    bookmark = queries.find_bookmark(session, by.id, listing.id)
    if bookmark is not None:
        return bookmark
    if queries.count_kept(session, by.id) >= rules.MOST_BOOKMARKS:
        raise ShortlistFull(most=rules.MOST_BOOKMARKS)
    bookmark = Bookmark(user_id=by.id, listing_id=listing.id, note="", created_at=now)
    session.add(bookmark)
    return bookmark


def change_note(bookmark: Bookmark, note: str) -> None:
    bookmark.note = note


def drop_bookmark(session: Session, bookmark_id: UUID, *, by: Viewer) -> None:
    """Dropping one that is not there is harmless; somebody else's is not touched."""
    session.execute(delete(Bookmark).where(Bookmark.id == bookmark_id, Bookmark.user_id == by.id))


def follow_organization(session: Session, organization: Organization, *, by: Viewer, now: datetime) -> None:
    """Following twice changes nothing."""
    lock_user(session, by.id)
    if queries.find_follow(session, by.id, organization.id) is not None:
        return
    if queries.count_followed(session, by.id) >= rules.MOST_FOLLOWED:
        raise TooManyFollowed(most=rules.MOST_FOLLOWED)
    session.add(Follow(user_id=by.id, organization_id=organization.id, often=Often.DAILY, created_at=now))


def change_follow(session: Session, organization: Organization, *, often: Often, by: Viewer) -> None:
    """One that is not followed is not found."""
    changed = session.scalar(
        update(Follow)
        .where(Follow.user_id == by.id, Follow.organization_id == organization.id)
        .values(often=often)
        .returning(Follow.user_id)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise NotFound


def unfollow_organization(session: Session, organization: Organization, *, by: Viewer) -> None:
    """Twice is harmless."""
    session.execute(delete(Follow).where(Follow.user_id == by.id, Follow.organization_id == organization.id))
