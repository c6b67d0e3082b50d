"""What was just published is matched with all saved searches, and with what is followed: the listing comes to the
searches, no search goes to an index. Alerts are rows; their mails are written later (`digests.py`).

Handlers may run twice and in any order: a search finds a listing once, and a person is told of it once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, and_, insert, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from market.accounts.models import User
from market.exchange.facts import ListingsImported
from market.exchange.models import ImportRun
from market.interests import rules
from market.interests.enums import AlertState, HitBy, Often
from market.interests.facts import ProspectingAsked
from market.interests.models import Alert, AlertReader, Follow, PreparedSearch, ProspectedImport, SavedSearch, SearchHit
from market.interests.preparing import make_query
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.outbox import RecordedFact
from market.kernel.work import Work
from market.listings import indexing
from market.listings.models import Listing, ListingText, ListingVector
from market.listings.queries import visible_to
from market.listings.service import TEXT_FIELDS
from market.organizations.models import Membership, Representation
from search.centring import load_centring
from search.port import Document, Vector
from search.prospecting import Prospector, Surroundings, survey

TURN_SECONDS: Final = 5.0
MATCHED_AT_ONCE: Final = 200
SEARCHES_AT_ONCE: Final = 5_000
CHECKED_AT_ONCE: Final = 1_000
SURVEYED: Final = 200
"""Newest listings from which is learnt what is usual: some hundred vectors."""


@dataclass(frozen=True, slots=True)
class News:
    """A listing that was published lately. `keepers` act for its organization: nobody is told of the own."""

    id: UUID
    organization_id: UUID
    published_at: datetime
    keepers: frozenset[UUID]
    document: Document


@dataclass(frozen=True, slots=True)
class Match:
    """A reason to tell somebody of a listing; without a search it is of an organization that is followed."""

    user_id: UUID
    listing_id: UUID
    often: Often
    search_id: UUID | None = None
    found_by: HitBy | None = None


def find_alerts(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Of listings that were published, changed, or whose meaning is known now."""
    match_listings(work, list(dict.fromkeys(fact.subject_id for fact in facts)))


def match_imports(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Of all that an import made public, in turns."""
    for fact in facts:
        with work.database.transaction() as session:
            goes_on = _take_up(session, fact)
        if goes_on:
            _match_import(work, fact.subject_id)


def _take_up(session: Session, fact: RecordedFact) -> bool:
    """Whether this fact is to go on with its import. `ListingsImported` comes again and again while the index is fed:
    only the first one begins, or one that was cut off, which has counted an attempt.
    """
    if session.get(ImportRun, fact.subject_id) is None:
        return False
    progress = session.get(ProspectedImport, fact.subject_id)
    if progress is None:
        session.add(ProspectedImport(run_id=fact.subject_id))
        return True
    return not progress.is_done and (fact.name != ListingsImported.__name__ or fact.attempts > 0)


def match_listings(work: Work, ids: Sequence[UUID]) -> None:
    """Write down who is to hear of these."""
    now = utc_now()
    with work.database.reading() as session:
        news = list_news(session, ids, model=work.embedder.name if work.embedder else None, now=now)
        matches = _match_all(work, session, news) if news else []
    if matches:
        with work.database.transaction() as session:
            note_matches(session, matches, now=now)


def list_news(session: Session, ids: Sequence[UUID], *, model: str | None, now: datetime) -> list[News]:
    """Those that are public, and have been for a short while only."""
    chosen = select(Listing.id, Listing.reference, Listing.organization_id, Listing.published_at).where(
        Listing.id.in_(ids), visible_to(None), Listing.published_at > now - rules.NEWS
    )
    rows = session.execute(chosen.order_by(Listing.id)).all()
    documents, _gone = indexing.load_documents(session, [row.id for row in rows], model=model)
    by_reference = {document.id: document for document in documents}
    keepers = _map_keepers(session, {row.organization_id for row in rows})
    return [
        News(row.id, row.organization_id, row.published_at, keepers.get(row.organization_id, frozenset()), document)
        for row in rows
        if (document := by_reference.get(row.reference))
    ]


def note_matches(session: Session, matches: Sequence[Match], *, now: datetime) -> None:
    """What was noted already is left as it is. What somebody was to be told and was not, because it was withdrawn just
    then, is to be told when it comes back.
    """
    listings = _list_there(session, Listing.id, {match.listing_id for match in matches})
    searches = _list_there(session, SavedSearch.id, {match.search_id for match in matches if match.search_id})
    valid = [
        match
        for match in matches
        if match.listing_id in listings and (match.search_id is None or match.search_id in searches)
    ]
    known = select(SearchHit.saved_search_id, SearchHit.listing_id).where(SearchHit.listing_id.in_(listings))
    noted = {(search_id, listing_id) for search_id, listing_id in session.execute(known)}
    hits = [
        {
            "saved_search_id": match.search_id,
            "listing_id": match.listing_id,
            "found_by": match.found_by,
            "found_at": now,
        }
        for match in valid
        if match.search_id is not None and (match.search_id, match.listing_id) not in noted
    ]
    if hits:
        session.execute(insert(SearchHit), hits)
    _note_alerts(session, _plan_alerts(valid, now), listings)


def _plan_alerts(matches: Sequence[Match], now: datetime) -> dict[tuple[UUID, UUID], tuple[datetime, bool]]:
    """Person and listing → when it is due, and whether for being followed: the first of several reasons counts."""
    planned: dict[tuple[UUID, UUID], tuple[datetime, bool]] = {}
    for match in matches:
        due = rules.find_due(match.often, now=now)
        if due is not None:
            key = (match.user_id, match.listing_id)
            earlier, is_followed = planned.get(key, (due, False))
            planned[key] = min(due, earlier), is_followed or match.search_id is None
    return planned


def _note_alerts(
    session: Session, planned: Mapping[tuple[UUID, UUID], tuple[datetime, bool]], listings: set[UUID]
) -> None:
    columns = Alert.user_id, Alert.listing_id, Alert.state, Alert.due_at, Alert.is_followed
    noted = {
        (user_id, listing_id): (state, due, is_followed)
        for user_id, listing_id, state, due, is_followed in session.execute(
            select(*columns).where(Alert.listing_id.in_(listings))
        )
    }
    new = []
    for (user_id, listing_id), (due, is_followed) in planned.items():
        state, earlier, was_followed = noted.get((user_id, listing_id), (None, due, False))
        values = {"state": AlertState.WAITING, "due_at": due, "is_followed": is_followed}
        if state is AlertState.WAITING:
            values |= {"due_at": min(due, earlier), "is_followed": is_followed or was_followed}
        if state is None:
            new.append({"user_id": user_id, "listing_id": listing_id, **values})
        elif state is not AlertState.TOLD and values != {
            "state": state,
            "due_at": earlier,
            "is_followed": was_followed,
        }:
            session.execute(
                update(Alert)
                .where(Alert.user_id == user_id, Alert.listing_id == listing_id)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
    if new:
        session.execute(insert(Alert), new)


def _list_there(session: Session, column: InstrumentedAttribute[UUID], ids: Iterable[UUID]) -> set[UUID]:
    """Those that are still there: between reading and writing somebody may have deleted some."""
    wanted = list(ids)
    there: set[UUID] = set()
    for first in range(0, len(wanted), CHECKED_AT_ONCE):
        there.update(session.scalars(select(column).where(column.in_(wanted[first : first + CHECKED_AT_ONCE]))))
    return there


def _match_all(work: Work, session: Session, news: Sequence[News]) -> list[Match]:
    matches = [*_match_followers(session, news)]
    around: Surroundings | None = None
    for rows in _iterate_waiting(session):
        if around is None:
            around = _survey(work, session, rows)
        matches += _match_searches(news, rows, around)
    return matches


def _match_searches(news: Sequence[News], rows: Sequence[RowMapping], around: Surroundings | None) -> Iterator[Match]:
    model = around.centring.embedder if around else None
    queries = [make_query(row, model=model) for row in rows]
    for found in Prospector(queries, around).find([one.document for one in news]):
        row, one = rows[found.query], news[found.document]
        if one.published_at > row["waits_since"] and row["user_id"] not in one.keepers:
            by = HitBy(found.by) if found.by else HitBy.FILTERS
            yield Match(row["user_id"], one.id, row["often"], row["id"], by)


def _match_followers(session: Session, news: Sequence[News]) -> Iterator[Match]:
    chosen = select(Follow.user_id, Follow.organization_id, Follow.often, Follow.created_at).where(
        Follow.organization_id.in_({one.organization_id for one in news}), Follow.often != Often.NEVER
    )
    followers = session.execute(_of_readers(chosen, Follow.user_id)).all()
    for one in news:
        for user_id, organization_id, often, since in followers:
            if organization_id == one.organization_id and one.published_at > since and user_id not in one.keepers:
                yield Match(user_id, one.id, often)


def _iterate_waiting(session: Session) -> Iterator[Sequence[RowMapping]]:
    """Saved searches whose owners want mails, with what is prepared of them; in batches, so that memory does not grow
    with their number.
    """
    after: UUID | None = None
    while True:
        chosen = select(*_WAITING).outerjoin(PreparedSearch, PreparedSearch.saved_search_id == SavedSearch.id)
        chosen = _of_readers(chosen.where(SavedSearch.often != Often.NEVER), SavedSearch.user_id)
        if after is not None:
            chosen = chosen.where(SavedSearch.id > after)
        rows = session.execute(chosen.order_by(SavedSearch.id).limit(SEARCHES_AT_ONCE)).mappings().all()
        if not rows:
            return
        yield rows
        after = rows[-1]["id"]


_WAITING = (
    SavedSearch.id, SavedSearch.user_id, SavedSearch.words, SavedSearch.filters, SavedSearch.language,
    SavedSearch.often, SavedSearch.waits_since, PreparedSearch.words_hash, PreparedSearch.analysis,
    PreparedSearch.language.label("query_language"), PreparedSearch.sentence, PreparedSearch.needs,
    PreparedSearch.model, PreparedSearch.vector,
)  # fmt: skip


def _of_readers(chosen: Any, user_id: InstrumentedAttribute[UUID]) -> Any:
    """Only what belongs to people who can be written to: the address is confirmed, the account in use, and mails are
    wanted.
    """
    can_be_written_to = and_(User.confirmed_at.is_not(None), User.disabled_at.is_(None))
    return (
        chosen.join(User, and_(User.id == user_id, can_be_written_to))
        .outerjoin(AlertReader, AlertReader.user_id == user_id)
        .where(AlertReader.stopped_at.is_(None))
    )


def _map_keepers(session: Session, organization_ids: set[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Organization → its members, and those of the centres that act for it."""
    of_centre = and_(
        Representation.centre_id == Membership.organization_id, Representation.client_id.in_(organization_ids)
    )
    rows = session.execute(
        select(Membership.organization_id, Representation.client_id, Membership.user_id)
        .outerjoin(Representation, of_centre)
        .where(or_(Membership.organization_id.in_(organization_ids), Representation.client_id.is_not(None)))
    ).all()
    keepers: dict[UUID, set[UUID]] = {}
    for own, client, user_id in rows:
        for organization_id in {own, client} & organization_ids:
            keepers.setdefault(organization_id, set()).add(user_id)
    return {organization_id: frozenset(users) for organization_id, users in keepers.items()}


def _survey(work: Work, session: Session, rows: Sequence[RowMapping]) -> Surroundings | None:
    """None where nothing can be found by its meaning: there is no model, or no search has a vector of it."""
    if work.embedder is None or not any(row["model"] == work.embedder.name for row in rows):
        return None
    documents = _list_surroundings(session, model=work.embedder.name)
    return survey(load_centring(work.embedder, work.settings.means_dir), documents)


def _list_surroundings(session: Session, *, model: str) -> list[Document]:
    """The newest listings, a language each, with their vectors: columns alone, entities cost ten times as much."""
    newest = select(Listing.id).where(visible_to(None)).order_by(Listing.published_at.desc(), Listing.id.desc())
    ids = session.scalars(newest.limit(SURVEYED)).all()
    same = and_(ListingText.listing_id == ListingVector.listing_id, ListingText.language == ListingVector.language)
    rows = session.execute(
        select(ListingVector.vector, *_WORDS)
        .join(ListingText, same)
        .where(ListingVector.listing_id.in_(ids), ListingVector.model == model)
    )
    return [
        Document("", 0, "", (indexing.document_text(row),), vectors=(Vector(row.language, row.vector),)) for row in rows
    ]


_WORDS = [getattr(ListingText, name) for name in ("language", *TEXT_FIELDS)]


def _match_import(work: Work, run_id: UUID) -> None:
    """For a turn; what is left is asked for again."""
    turn = work.begin_turn(TURN_SECONDS)
    while True:
        with work.database.reading() as session:
            progress = session.get_one(ProspectedImport, run_id)
            ids = _list_imported(session, run_id, progress.after_id)
        match_listings(work, ids)
        with work.database.transaction() as session:
            progress = session.get_one(ProspectedImport, run_id)
            progress.after_id = ids[-1] if ids else progress.after_id
            progress.is_done = len(ids) < MATCHED_AT_ONCE
            if progress.is_done:
                return
            if turn.is_over():
                outbox.record(session, ProspectingAsked(run_id), by=None)
                return


def _list_imported(session: Session, run_id: UUID, after: UUID | None) -> Sequence[UUID]:
    """What a run has made public became so in one moment, that of the run's end."""
    run = session.get_one(ImportRun, run_id)
    chosen = select(Listing.id).where(
        Listing.organization_id == run.organization_id, visible_to(None), Listing.published_at == run.finished_at
    )
    if after is not None:
        chosen = chosen.where(Listing.id > after)
    return session.scalars(chosen.order_by(Listing.id).limit(MATCHED_AT_ONCE)).all()
