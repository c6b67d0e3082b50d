"""The quick read of a public listing gives what the mapper gives."""

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from market.kernel.db import Base
from market.kernel.errors import NotFound
from market.listings.enums import ListingState, Vocabulary
from market.listings.models import Listing
from market.listings.queries import get_listing
from market.listings.reading import read_public
from tests.make.accounts import make_user
from tests.make.listings import make_in_state, make_listing


def list_values(entity: Base) -> dict[str, object]:
    return {attribute.key: getattr(entity, attribute.key) for attribute in inspect(type(entity)).column_attrs}


def list_all(listing: Listing) -> dict[str, object]:
    return {
        "own": list_values(listing),
        "organization": list_values(listing.organization),
        "texts": {language: list_values(text) for language, text in listing.texts.items()},
        "codes": {vocabulary: listing.list_codes(vocabulary) for vocabulary in Vocabulary},
    }


@pytest.mark.parametrize("texts", [{"en": "Rice mill"}, {"vi": "Máy xay lúa", "en": "Rice mill", "th": "โรงสีข้าว"}])
def test_it_gives_what_the_mapper_gives(db: Session, texts: dict[str, str]) -> None:
    listing = make_listing(db, texts=texts, target_countries=["VN", "TH"], fields=[29, 3])
    make_listing(db)

    quick = list_all(read_public(db, listing.reference))

    assert quick == list_all(get_listing(db, listing.reference, viewer=None))
    assert len(quick["texts"]) == len(texts)  # type: ignore[arg-type] # a dict


@pytest.mark.parametrize("state", [state for state in ListingState if state is not ListingState.PUBLISHED])
def test_what_is_not_public_is_not_found(db: Session, state: ListingState) -> None:
    listing = make_in_state(db, state, by=make_user(db))

    with pytest.raises(NotFound):
        read_public(db, listing.reference)


def test_what_is_nowhere_is_not_found(db: Session) -> None:
    with pytest.raises(NotFound):
        read_public(db, "TO-CN-000000")
