"""How a listing becomes a search document."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from market.kernel.text import hash_texts
from market.listings import queries
from market.listings.enums import ListingState, Vocabulary
from market.listings.models import Listing, ListingText, ListingVector
from search.embedding import COMPOSITION
from search.port import Document, DocumentText, Vector

FACETS = ("kind", "country", "field", "industry", "stage", "partnership", "language")
"""What pages and API filter and count by."""

REBUILD_BATCH = 200


def document_text(text: ListingText | Row[*tuple[Any, ...]]) -> DocumentText:
    """`text` may be a row of its columns."""
    body = "\n".join(
        part
        for part in (text.description, text.advantages, text.technical_specification, text.expected_partner)
        if part
    )
    return DocumentText(
        language=text.language,
        title=text.title,
        summary=text.summary,
        body=body,
        keywords=tuple(filter(None, text.keywords.split("\n"))),
    )


def hash_words(text: DocumentText) -> str:
    """What a kept vector is compared by: the words it was made of, and the way it was put together."""
    return hash_texts(str(COMPOSITION), text.title, text.summary, text.body)


def make_document(listing: Listing, vectors: Sequence[Vector]) -> Document:
    texts = tuple(document_text(listing.texts[language]) for language in sorted(listing.texts))
    facets = {
        "kind": (listing.kind.value,),
        "country": (listing.country,),
        "language": (listing.language,),
        "stage": (listing.stage.value,) if listing.stage else (),
        "field": tuple(listing.list_codes(Vocabulary.FIELD)),
        "industry": tuple(listing.list_codes(Vocabulary.INDUSTRY)),
        "partnership": tuple(listing.list_codes(Vocabulary.PARTNERSHIP)),
        "target_country": tuple(listing.list_codes(Vocabulary.TARGET_COUNTRY)),
        "organization": (listing.organization.slug,),
    }
    numbers = {"trl": listing.trl or 0}
    if listing.published_at:
        numbers["published_at"] = int(listing.published_at.timestamp())
    if listing.expires_on:
        numbers["expires_at"] = int(datetime.combine(listing.expires_on, time.max, UTC).timestamp())
    fingerprint = hash_texts(
        *(f"{t.language}\x1e{t.title}\x1e{t.summary}\x1e{t.body}\x1e{t.keywords}" for t in texts),
        repr(sorted(facets.items())),
        repr(sorted(numbers.items())),
        *(f"{vector.language}{hash_texts(repr(vector.values))}" for vector in vectors),
    )
    return Document(
        id=listing.reference,
        version=listing.index_version,
        hash=fingerprint,
        texts=texts,
        facets=facets,
        numbers=numbers,
        vectors=tuple(vectors),
    )


def load_documents(
    session: Session, ids: Sequence[UUID], *, model: str | None
) -> tuple[list[Document], list[tuple[str, int]]]:
    """What to write and what to take out (reference, version), by the state in the database now."""
    vectors = load_vectors(session, ids, model=model)
    documents, removals = [], []
    for listing in queries.list_whole(session, ids):
        if listing.state is ListingState.PUBLISHED:
            documents.append(make_document(listing, vectors.get(listing.id, [])))
        else:
            removals.append((listing.reference, listing.index_version))
    return documents, removals


def load_vectors(session: Session, ids: Sequence[UUID], *, model: str | None) -> dict[UUID, list[Vector]]:
    if model is None:
        return {}
    rows = session.scalars(
        select(ListingVector)
        .where(ListingVector.listing_id.in_(list(ids)), ListingVector.model == model)
        .order_by(ListingVector.listing_id, ListingVector.language)
    )
    vectors: dict[UUID, list[Vector]] = {}
    for row in rows:
        vectors.setdefault(row.listing_id, []).append(Vector(row.language, row.vector))
    return vectors


def iterate_documents(session: Session, *, model: str | None) -> Iterator[Document]:
    """Every published listing, in batches by id, so that memory does not grow with the market."""
    after: UUID | None = None
    while True:
        chosen = (
            select(Listing.id).where(Listing.state == ListingState.PUBLISHED).order_by(Listing.id).limit(REBUILD_BATCH)
        )
        ids = session.scalars(chosen.where(Listing.id > after) if after else chosen).all()
        if not ids:
            return
        documents, _removals = load_documents(session, ids, model=model)
        yield from documents
        session.expunge_all()
        after = ids[-1]
