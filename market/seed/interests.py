"""What the demo accounts keep: saved searches, bookmarks with notes, followed organizations."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from market.accounts.queries import find_user
from market.interests import service
from market.interests.enums import Often
from market.kernel.viewer import Viewer
from market.listings.queries import get_listing_by_id
from market.organizations.queries import snapshot_viewer
from market.seed.listings import find_id
from market.seed.organizations import Owner
from market.seed.reading import read_interests

SINCE = timedelta(days=10)
"""Their searches wait for so long: some of what was published since is told by mail soon after the first start."""


def seed_interests(session: Session, owners: Mapping[str, Owner], *, now: datetime) -> None:
    for email, kept in read_interests().items():
        user = find_user(session, email)
        if user is None:
            continue
        viewer = snapshot_viewer(session, user, session_id=user.id)
        for row in kept.get("searches", ()):
            service.save_search(
                session, search_id=uuid4(), name=row["name"], words=row.get("words", ""),
                filters=row.get("filters", {}), language=user.language, often=Often(row["often"]), by=viewer,
                now=now - SINCE,
            )  # fmt: skip
        for place, row in enumerate(kept.get("bookmarks", ())):
            _bookmark(session, row, viewer, now=now - timedelta(days=place + 1))
        for row in kept.get("follows", ()):
            organization = owners[row["key"]].organization
            service.follow_organization(session, organization, by=viewer, now=now - SINCE)
            session.flush()  # what is changed next is read from the database
            service.change_follow(session, organization, often=Often(row["often"]), by=viewer)


def _bookmark(session: Session, row: Mapping[str, str], viewer: Viewer, *, now: datetime) -> None:
    listing = get_listing_by_id(session, find_id(row["key"]), viewer=viewer)
    bookmark = service.keep_listing(session, listing, by=viewer, now=now)
    service.change_note(bookmark, row.get("note", ""))
