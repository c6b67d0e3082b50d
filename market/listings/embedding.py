"""The vectors of listings: computed by the worker, kept in the database, so that a new index is a mere rebuild.

A listing that somebody publishes is embedded at once, in a lane of its own. What lacks vectors for other reasons (an
import, a model that was away, another model) is embedded in bulk, on all processors, giving way to everything else.
"""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel.crew import Crew
from market.kernel.outbox import RecordedFact
from market.kernel.work import Interrupted, Turn, Work
from market.listings import indexing, queries, service
from market.listings.facts import EmbeddingsMissed, ListingEmbedded
from market.listings.models import Listing, ListingVector
from search.embedding import embed_text
from search.port import DocumentText, Embedder, SearchUnavailable

log = logging.getLogger("market.listings")

TURN_SECONDS: Final = 5.0
LISTED_AT_ONCE: Final = 2_000
KEPT_AT_ONCE: Final = 32
LOOK_SECONDS: Final = 0.2
LAST_SECONDS: Final = 3.0
"""How long a worker that is to stop waits for the texts that the model is at."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Words of a listing in one language without a fresh vector."""

    listing_id: UUID
    text: DocumentText
    text_hash: str


Batch = Sequence[tuple[Missing, "Future[bytes | None]"]]


def embed_listings(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Compute the vectors that are missing or of older words. No transaction is open while the model computes.

    What lacks none, since other things than words were changed, is found out for all of them at once: a backlog is
    mostly that.
    """
    if work.embedder is None:
        return
    lacking = _find_missing(work, list(dict.fromkeys(fact.subject_id for fact in facts)), work.embedder)
    for _listing_id, texts in groupby(lacking, key=lambda one: one.listing_id):
        missing = list(texts)
        vectors = []
        for one in missing:
            if work.stopping.is_set():
                raise Interrupted
            work.keep_claim()
            vectors.append(embed_text(work.embedder, one.text))
        _keep_vectors(work, missing, vectors, model=work.embedder.name)


def find_missing_embeddings(work: Work, now: datetime) -> None:
    """Have embedded what has no vector of the present model."""
    if work.embedder is None:
        return
    with work.database.reading() as session:  # a look at all of them, which keeps nobody from writing
        if outbox.list_due_handlers(session, ["embed_listings"], now=now):
            return
        if not queries.list_without_vector(session, model=work.embedder.name, limit=1):
            return
    with work.database.transaction() as session:
        if not outbox.is_under_way(session, EmbeddingsMissed):
            outbox.record(session, EmbeddingsMissed(uuid4()), by=None)


def embed_missing(work: Work, _facts: Sequence[RecordedFact]) -> None:
    """For a turn; what is left is asked for again. Cut off anywhere, it goes on where it was."""
    if work.embedder is None:
        return
    turn = work.begin_turn(TURN_SECONDS)
    with work.database.reading() as session:
        ids = queries.list_without_vector(session, model=work.embedder.name, limit=LISTED_AT_ONCE)
    kept = _embed_until(work, work.embedder, ids, turn)
    if turn.is_cut_short():
        raise Interrupted
    if not kept:  # where nothing can be embedded, asking again at once would go round in circles
        return
    with work.database.transaction() as session:
        outbox.record(session, EmbeddingsMissed(uuid4()), by=None)


def _embed_until(work: Work, embedder: Embedder, ids: Sequence[UUID], turn: Turn) -> int:
    """How many texts were embedded."""
    kept = 0
    under_way: deque[Batch] = deque()
    with Crew() as crew:
        for first in range(0, len(ids), KEPT_AT_ONCE):
            missing = _find_missing(work, ids[first : first + KEPT_AT_ONCE], embedder)
            under_way.append([(one, crew.submit(partial(_try_to_embed, embedder, one))) for one in missing])
            # The next batch is computed while this one is written.
            if len(under_way) > 1:
                kept += _keep_computed(work, crew, under_way.popleft(), model=embedder.name)
            if turn.is_over():
                break
        for batch in under_way:
            kept += _keep_computed(work, crew, batch, model=embedder.name)
    return kept


def _keep_computed(work: Work, crew: Crew, batch: Batch, *, model: str) -> int:
    done = _wait_computed(crew, [future for _one, future in batch], work.stopping)
    computed = [(one, vector) for one, future in batch if future in done and (vector := future.result()) is not None]
    _keep_vectors(work, [one for one, _ in computed], [vector for _, vector in computed], model=model)
    return len(computed)


def _wait_computed(
    crew: Crew, futures: Sequence["Future[bytes | None]"], stopping: threading.Event
) -> "set[Future[bytes | None]]":
    """Those that have come to their end: all of them, save where the worker is to stop."""
    outcome = wait(futures, timeout=LOOK_SECONDS)
    while outcome.not_done and not stopping.is_set():
        outcome = wait(futures, timeout=LOOK_SECONDS)
    if outcome.not_done:
        crew.drop_waiting()
        outcome = wait(futures, timeout=LAST_SECONDS)
    return {future for future in outcome.done if not future.cancelled()}


def _try_to_embed(embedder: Embedder, one: Missing) -> bytes | None:
    """One text that no model takes does not keep the others from theirs."""
    try:
        return embed_text(embedder, one.text)
    except SearchUnavailable as problem:
        log.warning("listing %s in %s has no vector: %s", one.listing_id, one.text.language, problem)
        return None


def _find_missing(work: Work, ids: Sequence[UUID], embedder: Embedder) -> list[Missing]:
    with work.database.reading() as session:
        known = {
            (row.listing_id, row.language): row.text_hash
            for row in session.execute(
                select(ListingVector.listing_id, ListingVector.language, ListingVector.text_hash).where(
                    ListingVector.listing_id.in_(ids), ListingVector.model == embedder.name
                )
            )
        }
        texts = [(text.listing_id, indexing.document_text(text)) for text in queries.list_texts(session, ids)]
    hashed = [Missing(listing_id, text, indexing.hash_words(text)) for listing_id, text in texts]
    return [one for one in hashed if known.get((one.listing_id, one.text.language)) != one.text_hash]


def _keep_vectors(work: Work, missing: Sequence[Missing], vectors: Sequence[bytes], *, model: str) -> None:
    """Write them down and tell the index; listings that went meanwhile are left out."""
    if not missing:
        return
    with work.database.transaction() as session:
        there = set(session.scalars(select(Listing.id).where(Listing.id.in_([one.listing_id for one in missing]))))
        rows: list[dict[str, Any]] = [
            {
                "listing_id": one.listing_id,
                "language": one.text.language,
                "model": model,
                "text_hash": one.text_hash,
                "vector": vector,
            }
            for one, vector in zip(missing, vectors, strict=True)
            if one.listing_id in there
        ]
        if not rows:
            return
        _replace_rows(session, rows)
        changed: list[UUID] = list(dict.fromkeys(row["listing_id"] for row in rows))
        service.bump_index_version(session, changed)
        for listing_id in changed:
            outbox.record(session, ListingEmbedded(listing_id), by=None)


def _replace_rows(session: Session, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        session.execute(
            delete(ListingVector).where(
                ListingVector.listing_id == row["listing_id"], ListingVector.language == row["language"]
            )
        )
    session.execute(insert(ListingVector), rows)
