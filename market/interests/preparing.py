"""What the words of saved searches are matched by: worked out by the worker, kept in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, or_, select
from sqlalchemy.orm import Session

from market.interests.asking import filter_by
from market.interests.facts import SearchSaved
from market.interests.models import PreparedSearch, SavedSearch
from market.kernel import outbox
from market.kernel.outbox import RecordedFact
from market.kernel.text import hash_texts
from market.kernel.work import Interrupted, Work
from search.analysis import VERSION
from search.port import Embedder
from search.prospecting import Meaning, Need, StandingQuery, embed_words, read_words

ASKED_AT_ONCE = 100


def prepare_searches(work: Work, facts: Sequence[RecordedFact]) -> None:
    """No transaction is open while the model computes. Words that were changed meanwhile are prepared by their own
    fact.
    """
    for search_id in dict.fromkeys(fact.subject_id for fact in facts):
        if work.stopping.is_set():
            raise Interrupted
        with work.database.reading() as session:
            search = session.get(SavedSearch, search_id)
        if search is None or not search.words:
            continue
        prepared = _prepare(search, work.embedder)
        with work.database.transaction() as session:
            _keep(session, search, prepared)


def find_unprepared_searches(work: Work, now: datetime) -> None:
    """Another model, or another way to cut words: what was prepared before counts no more."""
    model = work.embedder.name if work.embedder else None
    with work.database.transaction() as session:
        if outbox.list_due_handlers(session, ["prepare_searches"], now=now) or outbox.is_under_way(
            session, SearchSaved
        ):
            return
        stale = PreparedSearch.analysis != VERSION
        if model is not None:
            stale = or_(stale, PreparedSearch.model.is_distinct_from(model))
        missing = (
            select(SavedSearch.id)
            .outerjoin(PreparedSearch, PreparedSearch.saved_search_id == SavedSearch.id)
            .where(SavedSearch.words != "", or_(PreparedSearch.saved_search_id.is_(None), stale))
        )
        for search_id in session.scalars(missing.limit(ASKED_AT_ONCE)).all():
            outbox.record(session, SearchSaved(search_id), by=None)


def hash_words(language: str, words: str) -> str:
    return hash_texts(language, words)


def make_query(row: RowMapping, *, model: str | None) -> StandingQuery:
    """Of a row of `alerting.list_waiting_searches`. What is not prepared yet, or of older words, goes by its words."""
    filters = filter_by(row["filters"])
    if not row["words"]:
        return StandingQuery(filters)
    if row["analysis"] != VERSION or row["words_hash"] != hash_words(row["language"], row["words"]):
        return StandingQuery(filters, read_words(row["words"], row["language"]).needs)
    needs = [Need(*need) for need in row["needs"]]
    meaning = None
    if model is not None and row["model"] == model and row["vector"] is not None:
        meaning = Meaning(row["vector"], row["query_language"], row["sentence"])
    return StandingQuery(filters, needs, meaning)


def _prepare(search: SavedSearch, embedder: Embedder | None) -> dict[str, Any]:
    reading = read_words(search.words, search.language)
    # Words that say nothing are near to something by chance.
    means = embedder is not None and bool(reading.needs)
    return {
        "words_hash": hash_words(search.language, search.words),
        "analysis": VERSION,
        "language": reading.language,
        "sentence": reading.sentence,
        "needs": [list(need) for need in reading.needs],
        "model": embedder.name if embedder else None,
        "vector": embed_words(embedder, search.words) if embedder and means else None,
    }


def _keep(session: Session, search: SavedSearch, prepared: Mapping[str, Any]) -> None:
    now_there = session.get(SavedSearch, search.id, with_for_update={"key_share": True})
    if now_there is None or (now_there.words, now_there.language) != (search.words, search.language):
        return
    session.execute(delete(PreparedSearch).where(PreparedSearch.saved_search_id == search.id))
    session.add(PreparedSearch(saved_search_id=search.id, **prepared))
