"""What happens after listings change: the index hears of it, missing vectors are computed, old ones expire."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel.outbox import RecordedFact
from market.kernel.text import hash_texts
from market.kernel.work import Work
from market.listings import indexing, queries, service
from market.listings.facts import EmbeddingMissed, ListingChanged, ListingEmbedded
from market.listings.models import Listing, ListingVector
from search.embedding import compose_passage, embed_passage

MISSING_AT_ONCE = 500


def index_listings(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Bring the index to the present state of these listings. State is sent, not the change: order and repeats do
    no harm.
    """
    ids = _subjects(facts)
    with work.database.reading() as session:
        documents, removals = indexing.load_documents(session, ids, model=work.embedder.name if work.embedder else None)
    if documents:
        work.search.write(documents)
    if removals:
        work.search.remove(removals)


def forget_listings(work: Work, facts: Sequence[RecordedFact]) -> None:
    """What is gone from the database cannot be read there any more: the fact says what to take out of the index."""
    work.search.remove([(fact.content["reference"], fact.content["index_version"]) for fact in facts])


def embed_listings(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Compute the vectors that are missing or of older words. No transaction is open while the model computes."""
    if work.embedder is None:
        return
    for listing_id in _subjects(facts):
        missing = _find_missing(work, listing_id, work.embedder.name)
        if not missing:
            continue
        vectors = [embed_passage(work.embedder, passage) for _language, passage, _hash in missing]
        with work.database.transaction() as session:
            _keep_vectors(session, listing_id, missing, vectors, model=work.embedder.name)


def follow_organization(work: Work, facts: Sequence[RecordedFact]) -> None:
    """An organization's slug and name stand in its listings' documents."""
    with work.database.transaction() as session:
        for organization_id in _subjects(facts):
            rows = session.execute(
                select(Listing.id, Listing.version).where(Listing.organization_id == organization_id)
            )
            for listing_id, version in rows:
                _bump_index_version(session, listing_id)
                outbox.record(session, ListingChanged(listing_id, version), by=None)


def expire_listings(work: Work, now: datetime) -> None:
    while True:
        with work.database.transaction() as session:
            if not service.expire_listings(session, today=now.date(), now=now):
                return


def find_missing_embeddings(work: Work, now: datetime) -> None:
    """Ask for the vectors of listings that have none of the present model; a limited number each time."""
    if work.embedder is None:
        return
    with work.database.transaction() as session:
        if outbox.list_due_handlers(session, ["embed_listings"], now=now):
            return
        for listing_id in queries.list_without_vector(session, model=work.embedder.name, limit=MISSING_AT_ONCE):
            outbox.record(session, EmbeddingMissed(listing_id), by=None)


def rebuild_index(work: Work, _facts: Sequence[RecordedFact]) -> None:
    """A new index beside the live one, then a swap; searches go on meanwhile, and asking twice builds once or twice."""
    with work.database.reading() as session:
        model = work.embedder.name if work.embedder else None
        work.search.rebuild(indexing.iterate_documents(session, model=model))


def _subjects(facts: Sequence[RecordedFact]) -> list[UUID]:
    return list(dict.fromkeys(fact.subject_id for fact in facts))


def _find_missing(work: Work, listing_id: UUID, model: str) -> list[tuple[str, str, str]]:
    """(language, passage, hash of the passage) of words without a fresh vector."""
    with work.database.reading() as session:
        listings = queries.list_whole(session, [listing_id])
        if not listings:
            return []
        known = dict(
            session.execute(
                select(ListingVector.language, ListingVector.text_hash).where(
                    ListingVector.listing_id == listing_id, ListingVector.model == model
                )
            ).all()
        )
        passages = {
            language: compose_passage(indexing.document_text(text)) for language, text in listings[0].texts.items()
        }
    hashes = {language: hash_texts(passage) for language, passage in passages.items()}
    return [
        (language, passage, hashes[language])
        for language, passage in sorted(passages.items())
        if known.get(language) != hashes[language]
    ]


def _keep_vectors(
    session: Session, listing_id: UUID, missing: list[tuple[str, str, str]], vectors: list[bytes], *, model: str
) -> None:
    languages = [language for language, _passage, _hash in missing]
    if session.get(Listing, listing_id) is None:
        return
    session.execute(
        delete(ListingVector).where(ListingVector.listing_id == listing_id, ListingVector.language.in_(languages))
    )
    session.add_all(
        ListingVector(listing_id=listing_id, language=language, model=model, text_hash=text_hash, vector=vector)
        for (language, _passage, text_hash), vector in zip(missing, vectors, strict=True)
    )
    _bump_index_version(session, listing_id)
    outbox.record(session, ListingEmbedded(listing_id), by=None)


def _bump_index_version(session: Session, listing_id: UUID) -> None:
    # In SQL and without `version`: an author who is editing is not told that somebody else saved.
    session.execute(
        update(Listing)
        .where(Listing.id == listing_id)
        .values(index_version=Listing.index_version + 1)
        .execution_options(synchronize_session=False)
    )
