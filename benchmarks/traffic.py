"""People on a market while something else goes on: a search and a change so many times a second, each in a thread.

A marked listing has a word of its own and one that all marked ones share, and nobody changes it: a search for either
tells whether something was missed. Changes are edits, withdrawals, publications of what was withdrawn, and new
listings: no words change but those of new ones, so that nothing else needs the model.
"""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.viewer import MemberRole, Viewer
from market.listings import queries, service
from market.listings.enums import ListingState
from market.listings.forms import ListingForm
from market.listings.indexing import FACETS
from market.listings.models import Listing, ListingText
from market.listings.presenting import form_values
from market.organizations.models import Organization
from search.port import Engine, Query, QueryRefused, SearchUnavailable

SHARED = "quivermark"
MARKED = 500
MOVING = 2_000
NEW_ONE_OF = 25
LETTERS = "bcdfghjklmnpqrstvwxz"


@dataclass
class Account:
    """What became of it all, by the second it took."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def mark_listings(database: Database) -> dict[str, str]:
    """Word → reference of the listing that alone has it."""
    chance = random.Random(4)
    marks: dict[str, str] = {}
    english = select(Listing.id, Listing.reference).where(
        Listing.state == ListingState.PUBLISHED, Listing.language == "en"
    )
    with database.transaction() as session:
        rows = session.execute(english.order_by(Listing.id)).all()
        for listing_id, reference in chance.sample(rows, min(MARKED, len(rows) // 2)):
            word = "".join(chance.choices(LETTERS, k=10))
            marks[word] = reference
            session.execute(
                update(ListingText)
                .where(ListingText.listing_id == listing_id, ListingText.language == "en")
                .values(keywords=f"{word}\n{SHARED}")
            )
    return marks


@contextmanager
def people_on(
    database: Database, engine: Engine, marks: dict[str, str], *, each_second: float
) -> Iterator[tuple[Account, Account]]:
    """Searches and changes until this ends."""
    searches, changes = Account(), Account()
    done = threading.Event()
    pause = 1 / each_second
    threads = [
        threading.Thread(target=_keep_searching, args=(engine, marks, searches, done, pause)),
        threading.Thread(target=_keep_changing, args=(database, marks, changes, done, pause)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield searches, changes
    finally:
        done.set()
        for thread in threads:
            thread.join()


def _keep_searching(
    engine: Engine, marks: dict[str, str], account: Account, done: threading.Event, pause: float
) -> None:
    chance = random.Random(5)
    words = list(marks)
    for number in _tick(done, pause):
        word = SHARED if number % 5 == 0 else chance.choice(words)
        started = time.perf_counter()
        try:
            answer = engine.search(Query(word, "en", facets=FACETS))
        except (SearchUnavailable, QueryRefused) as problem:
            account.errors.append(f"{time.perf_counter() - started:.2f} s: {problem!r}")
            continue
        finally:
            account.seconds.append(time.perf_counter() - started)
        if word == SHARED and answer.total != len(marks):
            account.missed.append(f"{answer.total} of {len(marks)}")
        if word != SHARED and marks[word] not in {hit.id for hit in answer.hits}:
            account.missed.append(marks[word])


def _keep_changing(
    database: Database, marks: dict[str, str], account: Account, done: threading.Event, pause: float
) -> None:
    chance = random.Random(6)
    with database.reading() as session:
        chosen = select(Listing.id).where(
            Listing.state == ListingState.PUBLISHED, Listing.reference.not_in(list(marks.values()))
        )
        moving = chance.sample(session.scalars(chosen.order_by(Listing.id)).all(), MOVING)
        by = _make_author(session.scalars(select(Organization.id)).all())
    for number in _tick(done, pause):
        started = time.perf_counter()
        try:
            with database.transaction() as session:
                _change(session, chance.choice(moving), by, number)
        except SQLAlchemyError as problem:
            account.errors.append(f"{time.perf_counter() - started:.2f} s: {problem!r}")
        account.seconds.append(time.perf_counter() - started)


def _make_author(organizations: Sequence[UUID]) -> Viewer:
    """One who may change every listing; no such person is stored, and none is asked for."""
    return Viewer(
        id=uuid4(), session_id=uuid4(), name="", email="", language="en", is_confirmed=True,
        memberships=dict.fromkeys(organizations, MemberRole.MEMBER),
    )  # fmt: skip


def _change(session: Session, listing_id: UUID, by: Viewer, number: int) -> None:
    now = utc_now()
    listing = session.scalars(queries.with_parts(select(Listing)).where(Listing.id == listing_id)).one()
    if listing.state is not ListingState.PUBLISHED:
        service.publish_listing(session, listing, by=by, now=now)
    elif number % NEW_ONE_OF == 0:
        copy = service.copy_listing(session, listing, by=by, now=now)
        copy.created_by_id = None
        service.publish_listing(session, copy, by=by, now=now)
    elif number % 2:
        service.withdraw_listing(session, listing, by=by, now=now)
    else:
        stored = {name: value for name, value in form_values(listing).items() if value}
        form = ListingForm.model_validate(stored | {"trl": (listing.trl or 0) % 9 + 1})
        service.edit_listing(session, listing, form, version=listing.version, by=by, now=now)


def _tick(done: threading.Event, pause: float) -> Iterator[int]:
    """So often a second, as long as what is done each time takes less than that."""
    following = time.monotonic()
    for number in count():
        if done.wait(max(0.0, following - time.monotonic())):
            return
        following = max(following + pause, time.monotonic())
        yield number
