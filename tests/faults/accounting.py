"""Whether what people were told is true: everything acknowledged is there once, nothing else, and the index agrees."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.cli.parts import open_search
from market.kernel.outbox import FactRow
from market.listings import rules
from market.listings.comparing import compare_index
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.listings.queries import with_parts
from market.notifications.models import Mail
from search.embedding import load_embedder
from tests.faults.running import NO_EMBEDDER, Installation

UNKNOWN = None
"""Asked, and the answer never came: done wholly or not at all."""


@dataclass
class Asked:
    """One listing as its author knows it. `titles`: those it may have, the last acknowledged one first."""

    titles: list[str]
    is_there: bool | None = UNKNOWN
    is_withdrawn: bool | None = False
    reference: str = ""


@dataclass
class Ledger:
    """What people asked for and what they were told. Listings by the number of their form, registrations by address."""

    registered: dict[str, bool | None] = field(default_factory=dict)
    listings: dict[str, Asked] = field(default_factory=dict)

    def settle(self, session: Session) -> None:
        """Compare with what is stored, and take note of how the unknown came out."""
        self._settle_registrations(session)
        stored = {str(row.id): row for row in session.scalars(with_parts(select(Listing)))}
        facts = Counter((subject, name) for subject, name in session.execute(select(FactRow.subject_id, FactRow.name)))
        assert set(stored) <= set(self.listings)
        for form_id, asked in self.listings.items():
            row = stored.get(form_id)
            if asked.is_there is not UNKNOWN:
                assert (row is not None) == asked.is_there, asked
            asked.is_there = row is not None
            if row is not None:
                _settle_listing(asked, row)
                assert [facts[row.id, name] for name in ("ListingDrafted", "ListingPublished")] == [1, 1]
                assert facts[row.id, "ListingWithdrawn"] == (row.state is ListingState.WITHDRAWN)

    def _settle_registrations(self, session: Session) -> None:
        counted = dict(session.execute(select(User.email, func.count()).group_by(User.email)).all())
        asked_mails = select(User.email, func.count()).join(FactRow, FactRow.subject_id == User.id)
        confirmations = asked_mails.where(FactRow.name == "ConfirmationAsked").group_by(User.email)
        asked_once = dict(session.execute(confirmations).all())
        for email, is_done in self.registered.items():
            if is_done is not UNKNOWN:
                assert counted.get(email, 0) == is_done, email
            self.registered[email] = email in counted
        assert asked_once == {email: 1 for email, is_done in self.registered.items() if is_done}

    def list_published(self) -> set[str]:
        return {asked.titles[0] for asked in self.listings.values() if asked.is_there and not asked.is_withdrawn}


def _settle_listing(asked: Asked, row: Listing) -> None:
    """Nothing unfinished: its words, its codes and its state belong together."""
    text = row.texts[row.language]
    assert text.title in asked.titles, (text.title, asked)
    assert list(row.texts) == [row.language]
    assert row.published_at is not None
    assert rules.missing_for_publication(row, today=row.published_at.date()) == {}
    assert row.state in (ListingState.PUBLISHED, ListingState.WITHDRAWN)
    if asked.is_withdrawn is not UNKNOWN:
        assert (row.state is ListingState.WITHDRAWN) == asked.is_withdrawn, asked
    asked.titles = [text.title]
    asked.is_withdrawn = row.state is ListingState.WITHDRAWN
    asked.reference = row.reference


def count_mails(session: Session) -> Counter[str]:
    """How many were written to each address."""
    return Counter(session.scalars(select(Mail.recipient)))


def find_index_differences(installation: Installation) -> list[str]:
    """As `market index verify` finds them, without a process for it."""
    url = installation.environment()["MARKET_EMBEDDINGS_URL"]
    embedder = None if url == NO_EMBEDDER else load_embedder(url or None)
    with installation.database() as database, database.reading() as session:
        engine = open_search(installation.configuration, database, embedder, write=False)
        try:
            model = embedder.name if embedder else None
            return [str(found) for found in compare_index(session, engine, model=model, limit=20).differences]
        finally:
            engine.close()
