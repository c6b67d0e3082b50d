"""The demo accounts keep something, so that the pages and the mails have something to show."""

import pytest
from sqlalchemy import func, select
from starlette.datastructures import QueryParams

from market.accounts.models import User
from market.interests.asking import browse_again, filter_by, keep_filters
from market.interests.models import Bookmark, Follow, SavedSearch
from market.kernel.db import Database
from market.listings.browsing import read_browse
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.seed.stages import ACCOUNTS
from tests.make.stored import read_stored

pytestmark = pytest.mark.xdist_group("seeded")


def test_every_demo_account_has_saved_two_or_three_searches(seeded: Database) -> None:
    counted = select(func.count(SavedSearch.id)).select_from(User).outerjoin(SavedSearch)
    wanted = User.email.in_([account.email for account in ACCOUNTS])

    counts = read_stored(seeded, counted.where(wanted).group_by(User.id))

    assert len(counts) == len(ACCOUNTS)
    assert all(2 <= count <= 3 for count in counts)


def test_bookmarks_are_of_what_is_public_and_somebody_follows_somebody(seeded: Database) -> None:
    states = read_stored(seeded, select(Listing.state).join(Bookmark, Bookmark.listing_id == Listing.id))

    assert len(states) >= 6
    assert set(states) == {ListingState.PUBLISHED}
    assert len(read_stored(seeded, select(Follow.often))) >= 5


def test_what_is_saved_is_what_the_browse_page_shows_at_its_address(seeded: Database) -> None:
    for search in read_stored(seeded, select(SavedSearch)):
        browse = browse_again(search)
        again = read_browse(QueryParams(browse.list_pairs()), language=search.language)

        assert (again.words, keep_filters(again)) == (search.words, search.filters)
        assert filter_by(search.filters) == browse.engine_filters
