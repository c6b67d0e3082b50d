"""What is worked out of a search's words: by the worker, with the model that there is, and anew with another one."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.interests import preparing
from market.interests.enums import HitBy
from market.interests.models import PreparedSearch, SavedSearch, SearchHit
from market.interests.preparing import find_unprepared_searches, prepare_searches
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import FactRow
from market.kernel.work import Lane, Work
from market.worker import Worker
from search import prospecting
from tests.make.accounts import make_user
from tests.make.interests import make_search
from tests.make.listings import make_listing
from tests.make.stored import count_stored, read_stored
from tests.search.making import ConceptEmbedder

Deliver = Callable[[], None]


@pytest.fixture
def meaning(work: Work, monkeypatch: pytest.MonkeyPatch) -> Work:
    """With a model, whose few meanings lie nearer to each other than those of a real one."""
    monkeypatch.setattr(prospecting, "LEAST_SURE", 2.0)
    return replace(work, embedder=ConceptEmbedder())


def drain(work: Work) -> None:
    Worker(work).drain(lanes=tuple(Lane))


def read_prepared(database: Database) -> PreparedSearch:
    (prepared,) = read_stored(database, select(PreparedSearch))
    return prepared


def ask_for_missing(work: Work) -> int:
    """How many searches the job asks for."""
    with work.database.reading() as session:
        before = len(session.scalars(select(FactRow.id).where(FactRow.name == "SearchSaved")).all())
    find_unprepared_searches(work, utc_now())
    with work.database.reading() as session:
        return len(session.scalars(select(FactRow.id).where(FactRow.name == "SearchSaved")).all()) - before


def test_without_a_model_words_are_cut_and_there_is_no_vector(
    db: Session, database: Database, deliver: Deliver
) -> None:
    make_search(db, by=make_user(db), words="máy sấy sắn", language="en")
    make_search(db, by=make_user(db), kind=["offer"])
    deliver()

    prepared = read_prepared(database)
    assert (prepared.language, prepared.model, prepared.vector) == ("vi", None, None)
    assert {field: set(terms) for field, _least, terms in prepared.needs}["folded_vi"] == {"may", "say", "san"}


def test_a_search_finds_by_its_meaning_what_its_words_do_not(db: Session, database: Database, meaning: Work) -> None:
    search = make_search(db, by=make_user(db), words="sấy sắn", language="vi")
    others = ("Shrimp pond", "Silk reeling", "Copper smelting", "Battery recycling", "Cassava dryer", "Solar roof")
    listings = {title: make_listing(db, texts={"en": title}, description="Text", summary="Text") for title in others}
    drain(meaning)

    prepared = read_prepared(database)
    hits = read_stored(database, select(SearchHit))
    assert (prepared.model, len(prepared.vector or b"")) == ("concepts", 4 * ConceptEmbedder.dimensions)
    assert [(hit.saved_search_id, hit.listing_id, hit.found_by) for hit in hits] == [
        (search.id, listings["Cassava dryer"].id, HitBy.MEANING)
    ]


def test_words_that_say_nothing_have_no_meaning_either(db: Session, database: Database, meaning: Work) -> None:
    make_search(db, by=make_user(db), words="???")
    make_listing(db)
    drain(meaning)

    prepared = read_prepared(database)
    assert (prepared.needs, prepared.vector) == ([], None)
    assert count_stored(database, SearchHit) == [0]


def test_words_changed_while_the_model_computed_are_not_overwritten(
    db: Session, database: Database, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = make_search(db, by=make_user(db), words="shrimp")
    (fact,) = read_stored(database, select(FactRow).where(FactRow.subject_id == search.id))
    original = preparing._prepare

    def change_and_prepare(*arguments: object) -> object:
        with database.transaction() as session:
            session.execute(update(SavedSearch).values(words="kiln"))
        return original(*arguments)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(preparing, "_prepare", change_and_prepare)
    prepare_searches(work, [fact])  # type: ignore[list-item] # its subject is all that is read

    assert count_stored(database, PreparedSearch) == [0]


def test_what_another_model_or_another_cutting_has_left_is_prepared_anew(
    db: Session, database: Database, work: Work, meaning: Work
) -> None:
    make_search(db, by=make_user(db), words="kiln")
    make_search(db, by=make_user(db), kind=["offer"])
    drain(work)

    asked = [ask_for_missing(work), ask_for_missing(meaning), ask_for_missing(meaning)]
    drain(meaning)
    fresh = ask_for_missing(meaning)
    with database.transaction() as session:
        session.execute(update(PreparedSearch).values(analysis=0))
    stale = ask_for_missing(meaning)

    assert asked == [0, 1, 0]  # while it is under way it is not asked for again
    assert read_prepared(database).model == "concepts"
    assert (fresh, stale) == (0, 1)


def test_words_of_an_older_cutting_are_matched_all_the_same(
    db: Session, database: Database, work: Work, deliver: Deliver
) -> None:
    make_search(db, by=make_user(db), words="kiln")
    deliver()
    with database.transaction() as session:
        session.execute(update(PreparedSearch).values(analysis=0, needs=[]))

    make_listing(db)
    deliver()

    assert count_stored(database, SearchHit) == [1]
