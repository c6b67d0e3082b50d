"""The vectors that come with the demo: `python -m market.seed.make_vectors` after its words have changed."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from market.kernel.db import Database
from market.listings.models import ListingText, ListingVector
from market.seed.vectors import attach_vectors, list_words, read_file
from tests.make.listings import make_listing
from tests.make.stored import count_stored, read_stored

pytestmark = pytest.mark.xdist_group("seeded")


def test_the_file_has_a_vector_for_every_text_of_the_demo_and_no_other(seeded: Database) -> None:
    _model, vectors = read_file()

    with seeded.reading() as session:
        assert set(vectors) == set(list_words(session))


def test_every_text_of_the_demo_gets_its_vector(seeded: Database) -> None:
    texts, vectors = count_stored(seeded, ListingText, ListingVector)

    assert vectors == texts > 0
    assert len(set(read_stored(seeded, select(ListingVector.model)))) == 1


def test_words_that_were_changed_get_no_vector_of_the_old_ones(seeded: Database) -> None:
    with seeded.writing() as session:
        chosen = session.scalars(select(ListingText).limit(1)).one()
        session.execute(delete(ListingVector))
        session.execute(
            update(ListingText)
            .where(ListingText.listing_id == chosen.listing_id, ListingText.language == chosen.language)
            .values(title="Something else")
        )
        session.expire_all()
        attached = attach_vectors(session)
        session.rollback()

    (texts,) = count_stored(seeded, ListingText)
    assert attached == texts - 1


def test_a_listing_that_is_not_of_the_demo_gets_none(db: Session) -> None:
    make_listing(db)

    assert attach_vectors(db) == 0
