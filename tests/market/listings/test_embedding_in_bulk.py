"""What lacks vectors is embedded in bulk: all of it, cut off anywhere, whatever one text does."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.work import Work
from market.listings import embedding
from market.listings.embedding import embed_missing, find_missing_embeddings
from market.listings.models import ListingVector
from market.listings.queries import list_without_vector
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
def test_a_slice_of_time_that_is_over_asks_for_the_next(
    database: Database, embedding_work: Work, monkeypatch: pytest.MonkeyPatch, facts: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr(embedding, "KEPT_AT_ONCE", 2)
    monkeypatch.setattr(embedding, "SLICE_SECONDS", 0.0)
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
