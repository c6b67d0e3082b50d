"""What happens after listings change: the index hears of it, old ones expire."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from market.kernel import outbox
from market.kernel.outbox import RecordedFact
from market.kernel.work import Interrupted, Work
from market.listings import indexing, queries, service
from market.listings.facts import IndexRebuildAsked
from search.port import Document, SearchUnavailable

log = logging.getLogger("market.listings")


def index_listings(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Bring the index to the present state of these listings. State is sent, not the change: order and repeats do
    no harm.

    What has changed by the time it is sent is sent again. Whoever is held up in between may bring an old state to an
    index that a rebuild has put in place since, which knows nothing of what was removed before.
    """
    ids = _subjects(facts)
    sent: Mapping[UUID, int] | None = None
    while True:
        with work.database.reading() as session:
            versions = queries.map_index_versions(session, ids)
            if versions == sent:
                return
            model = work.embedder.name if work.embedder else None
            documents, removals = indexing.load_documents(session, ids, model=model)
        if documents:
            work.search.write(documents)
        if removals:
            work.search.remove(removals)
        sent = versions


def forget_listings(work: Work, facts: Sequence[RecordedFact]) -> None:
    """What is gone from the database cannot be read there any more: the fact says what to take out of the index."""
    work.search.remove([(fact.content["reference"], fact.content["index_version"]) for fact in facts])


def expire_listings(work: Work, now: datetime) -> None:
    while True:
        with work.database.transaction() as session:
            if not service.expire_listings(session, today=now.date(), now=now):
                return


def rebuild_index(work: Work, _facts: Sequence[RecordedFact]) -> None:
    """A new index beside the live one, then a swap; searches go on meanwhile, and asking twice builds once or twice."""
    with work.database.reading() as session:
        model = work.embedder.name if work.embedder else None
        work.search.rebuild(_until_stopped(work, indexing.iterate_documents(session, model=model)))


def _until_stopped(work: Work, documents: Iterator[Document]) -> Iterator[Document]:
    for document in documents:
        if work.stopping.is_set():
            raise Interrupted
        work.keep_claim()
        yield document


def mend_index(work: Work, _now: datetime) -> None:
    """An index made in the place of one that was lost or damaged holds nothing: it is filled from the database."""
    try:
        status = work.search.status() if work.search.may_write() else None
    except SearchUnavailable:
        return
    if status is None or status.problem is None or status.documents:
        return
    with work.database.transaction() as session:
        if not outbox.is_under_way(session, IndexRebuildAsked):
            log.warning("the search index is built anew, pages list from the database meanwhile")
            outbox.record(session, IndexRebuildAsked(uuid4()), by=None)


def _subjects(facts: Sequence[RecordedFact]) -> list[UUID]:
    return list(dict.fromkeys(fact.subject_id for fact in facts))
