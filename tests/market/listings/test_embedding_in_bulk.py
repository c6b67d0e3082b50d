"""What lacks vectors is embedded in bulk: all of it, cut off anywhere, whatever one text does."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from threading import enumerate as enumerate_threads
from time import monotonic
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market import worker
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import Delivery, DeliveryState, FactRow, RecordedFact
from market.kernel.work import Work
from market.listings import embedding
from market.listings.embedding import embed_listings, embed_missing, find_missing_embeddings
from market.listings.facts import EmbeddingsMissed
from market.listings.models import Listing, ListingVector
from market.listings.queries import list_without_vector
from market.worker import Worker
from search.port import SearchUnavailable
from tests.make.accounts import make_user
from tests.make.listings import make_listing
from tests.make.stored import read_stored
from tests.search.making import ConceptEmbedder


@pytest.fixture
def embedding_work(work: Work) -> Work:
    return replace(work, embedder=ConceptEmbedder())


@pytest.fixture
def titles(db: Session) -> list[str]:
    lan = make_user(db)
    names = [f"Cassava dryer {number}" for number in range(5)]
    for name in names:
        make_listing(db, by=lan, texts={"en": name, "vi": f"Máy sấy {name}"})
    return names


def count_missing(database: Database, work: Work) -> int:
    assert work.embedder
    with database.reading() as session:
        return len(list_without_vector(session, model=work.embedder.name, limit=100))


@pytest.mark.usefixtures("titles")
def test_every_language_of_every_listing_gets_its_vector(
    database: Database, embedding_work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "KEPT_AT_ONCE", 2)

    embed_missing(embedding_work, [])

    assert sorted(read_stored(database, select(ListingVector.language))) == ["en"] * 5 + ["vi"] * 5
    assert count_missing(database, embedding_work) == 0


@pytest.mark.usefixtures("titles")
def test_that_many_lack_nothing_is_found_out_in_as_many_statements_as_for_one(
    database: Database, embedding_work: Work, count_queries: Callable[[], int]
) -> None:
    embed_missing(embedding_work, [])
    ids = read_stored(database, select(Listing.id))
    changed = [RecordedFact(uuid4(), "ListingChanged", one, {}, utc_now(), attempts=0) for one in ids]
    counts = []

    for facts in (changed[:1], changed):
        count_queries()
        embed_listings(embedding_work, facts)
        counts.append(count_queries())

    assert (len(changed), counts[0]) == (5, counts[1])


@pytest.mark.usefixtures("titles")
def test_a_slice_of_time_that_is_over_asks_for_the_next(
    database: Database, embedding_work: Work, monkeypatch: pytest.MonkeyPatch, facts: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr(embedding, "KEPT_AT_ONCE", 2)
    monkeypatch.setattr(embedding, "TURN_SECONDS", 0.0)
    for left in (3, 1, 0):
        embed_missing(embedding_work, [])
        assert count_missing(database, embedding_work) == left
        assert facts().count("EmbeddingsMissed") >= 1

    before = facts().count("EmbeddingsMissed")
    embed_missing(embedding_work, [])
    assert facts().count("EmbeddingsMissed") == before


@pytest.mark.usefixtures("titles")
def test_a_text_that_no_model_takes_leaves_the_others_theirs(
    database: Database, embedding_work: Work, monkeypatch: pytest.MonkeyPatch, facts: Callable[[], list[str]]
) -> None:
    whole = ConceptEmbedder.embed_passages

    def refuse(self: ConceptEmbedder, texts: list[str]) -> list[bytes]:
        if any("dryer 3" in text for text in texts):
            raise SearchUnavailable("not this one")
        return whole(self, texts)

    monkeypatch.setattr(ConceptEmbedder, "embed_passages", refuse)

    embed_missing(embedding_work, [])
    embed_missing(embedding_work, [])

    assert count_missing(database, embedding_work) == 1
    assert facts().count("EmbeddingsMissed") == 1


@pytest.mark.usefixtures("titles")
def test_the_job_asks_once_while_there_is_something_to_do(
    database: Database, embedding_work: Work, facts: Callable[[], list[str]]
) -> None:
    find_missing_embeddings(embedding_work, utc_now())
    find_missing_embeddings(embedding_work, utc_now())
    assert facts().count("EmbeddingsMissed") == 1

    embed_missing(embedding_work, [])
    assert count_missing(database, embedding_work) == 0


@pytest.mark.usefixtures("titles")
def test_a_worker_that_is_to_stop_waits_for_no_model_and_counts_no_failure(
    database: Database, embedding_work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was computed is kept, what nobody has begun is left, and a model that hangs keeps no process alive."""
    whole, began, release = ConceptEmbedder.embed_passages, Event(), Event()

    def hang(self: ConceptEmbedder, texts: list[str]) -> list[bytes]:
        if any("dryer 3" in text for text in texts):
            began.set()
            release.wait(60)
        return whole(self, texts)

    monkeypatch.setattr(ConceptEmbedder, "embed_passages", hang)
    monkeypatch.setattr(embedding, "LAST_SECONDS", 0.1)
    monkeypatch.setattr(worker, "JOBS_SECONDS", 0.02)
    delivering = Worker(embedding_work)
    with database.transaction() as session:
        session.execute(update(FactRow).values(dispatched_at=utc_now()))
        outbox.record(session, EmbeddingsMissed(uuid4()), by=None)
    delivering.start()
    assert began.wait(60)

    beginning = monotonic()
    delivering.stop(patience=30)
    took = monotonic() - beginning
    crew = [thread for thread in enumerate_threads() if thread.name.startswith("crew")]
    release.set()

    assert took < 10
    assert crew
    assert all(thread.daemon for thread in crew)
    missed = select(Delivery.state).join(FactRow, FactRow.id == Delivery.fact_id)
    missed = missed.where(FactRow.name == "EmbeddingsMissed", Delivery.attempts == 0)
    assert read_stored(database, missed) == [DeliveryState.WAITING]
