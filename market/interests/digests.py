"""One mail that joins all that is due to a person. What was told is marked in the transaction that writes the mail, so
it is told exactly once, whenever a worker is killed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.queries import lock_user
from market.interests import queries, rules
from market.interests.asking import browse_again
from market.interests.enums import AlertState, HitBy
from market.interests.facts import DigestsDue
from market.interests.models import Alert, AlertReader, SavedSearch
from market.interests.queries import Wanted
from market.interests.unsubscribing import make_stop_token
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.outbox import RecordedFact
from market.kernel.work import Interrupted, Work
from market.listings.enums import LISTING_KINDS
from market.listings.queries import ListingRow
from market.notifications.service import write_mail

TURN_SECONDS: Final = 5.0
READERS_AT_ONCE: Final = 100
SHOWN: Final = 10
"""Listings of one search in a mail; the others are a link."""


@dataclass(slots=True)
class Part:
    """What one search has found, or what one organization that is followed has published. `query` leads to the whole
    list on the browse page.
    """

    search: SavedSearch | None
    organization: str
    query: str
    rows: list[tuple[ListingRow, HitBy | None]] = field(default_factory=list)

    @property
    def shown(self) -> Sequence[tuple[ListingRow, HitBy | None]]:
        return self.rows[:SHOWN]

    @property
    def more(self) -> int:
        return len(self.rows) - len(self.shown)


def find_due_digests(work: Work, now: datetime) -> None:
    """Have digests written where some are due. A read first: most minutes nothing is."""
    with work.database.reading() as session:
        if not _list_due(session, now, limit=1):
            return
    with work.database.transaction() as session:
        if not outbox.is_under_way(session, DigestsDue):
            outbox.record(session, DigestsDue(uuid4()), by=None)


def write_digests(work: Work, _facts: Sequence[RecordedFact]) -> None:
    """For a turn; who is left is asked for again. Each person has a transaction of the own."""
    turn = work.begin_turn(TURN_SECONDS)
    while readers := _list_readers(work):
        for user_id in readers:
            with work.database.transaction() as session:
                write_digest(session, work, user_id, now=utc_now())
            if turn.is_cut_short():
                raise Interrupted
            if turn.is_over():
                _ask_again(work)
                return


def _list_readers(work: Work) -> Sequence[UUID]:
    with work.database.reading() as session:
        return _list_due(session, utc_now(), limit=READERS_AT_ONCE)


def _ask_again(work: Work) -> None:
    with work.database.transaction() as session:
        outbox.record(session, DigestsDue(uuid4()), by=None)


def write_digest(session: Session, work: Work, user_id: UUID, *, now: datetime) -> None:
    """What is due to this person, and what would be within the moments that such things are gathered for."""
    lock_user(session, user_id)  # of two workers the second one finds nothing left
    alerts = queries.list_waiting(session, user_id, until=now + rules.GATHERED)
    if not alerts:
        return
    user = session.get_one(User, user_id)
    parts = _gather(session, user, alerts) if _can_be_written_to(session, user) else []
    told = {row.id for part in parts for row, _by in part.rows}
    mail_id = _write(session, work, user, parts, now=now) if told else None
    for alert in alerts:
        alert.state = AlertState.TOLD if alert.listing_id in told else AlertState.MISSED
        alert.mail_id = mail_id if alert.listing_id in told else None


def _list_due(session: Session, now: datetime, *, limit: int) -> Sequence[UUID]:
    return queries.list_due_readers(session, now=now, mailed_before=now - rules.BETWEEN_MAILS, limit=limit)


def _can_be_written_to(session: Session, user: User) -> bool:
    return user.confirmed_at is not None and user.disabled_at is None and not queries.has_stopped(session, user.id)


def _gather(session: Session, user: User, alerts: Sequence[Alert]) -> list[Part]:
    """What is public at this moment and still wanted, each listing once: under the first search that found it."""
    ids = [alert.listing_id for alert in alerts]
    rows = queries.map_listings(session, ids, viewer=None, language=user.language)
    parts: dict[UUID | str, Part] = {}
    placed: set[UUID] = set()
    for wanted in queries.list_wanted(session, user.id, ids):
        row = rows.get(wanted.listing_id)
        if row is None or row.id in placed:
            continue
        placed.add(row.id)
        key = wanted.search.id if wanted.search else row.organization_slug
        part = parts.setdefault(key, _open_part(wanted, row))
        part.rows.append((row, wanted.found_by))
    for part in parts.values():
        part.rows.sort(key=lambda pair: (pair[0].published_at, pair[0].id), reverse=True)
    return list(parts.values())


def _open_part(wanted: Wanted, row: ListingRow) -> Part:
    if wanted.search is None:
        return Part(None, row.organization, urlencode({"organization": row.organization_slug}))
    return Part(wanted.search, "", urlencode(browse_again(wanted.search).list_pairs()))


def _write(session: Session, work: Work, user: User, parts: Sequence[Part], *, now: datetime) -> UUID:
    token = make_stop_token(work.settings, user.id)
    subject, body = work.letters.compose(
        "interests/digest.txt", language=user.language, name=user.name, parts=parts, token=token, kinds=LISTING_KINDS,
        count=sum(len(part.rows) for part in parts),
    )  # fmt: skip
    stop = work.letters.link("interests.unsubscribe", language=user.language, token=token)
    mail = write_mail(
        session, recipient=user.email, language=user.language, subject=subject, body=body, now=now, unsubscribe=stop
    )
    reader = session.get(AlertReader, user.id)
    if reader is None:
        reader = AlertReader(user_id=user.id)
        session.add(reader)
    reader.mailed_at = now
    return mail.id
