from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy.orm import Session

from market.listings.rules import REQUIRED, missing_for_publication
from tests.make.accounts import make_user
from tests.make.listings import make_draft
from tests.make.reading import read_faults
from tests.make.visitor import Visitor


def test_publishing_shows_the_listing_and_leaves_a_fact(
    db: Session, sign_in: Callable[..., Visitor], facts: Callable[[], list[str]]
) -> None:
    lan = make_user(db)
    listing = make_draft(db, by=lan, texts={"th": "เครื่องอบแห้ง"})

    response = sign_in(lan).post(f"/th/listings/{listing.reference}/publish")

    assert response.url.path == f"/th/listings/{listing.reference}"
    assert '<h1 lang="th">เครื่องอบแห้ง</h1>' in response.text
    assert facts()[-1] == "ListingPublished"


@pytest.mark.parametrize("field", ["summary", "description", "advantages"])
@pytest.mark.parametrize("text", ["\u200b\u2060\u3164", "\u2800", "…"], ids=ascii)
def test_words_of_which_nothing_can_be_read_are_missing(db: Session, field: str, text: str) -> None:
    listing = make_draft(db)
    assert missing_for_publication(listing, today=date(2026, 11, 30)) == {}

    setattr(listing.texts["en"], field, text)  # stored by an earlier release

    missing = missing_for_publication(listing, today=date(2026, 11, 30))
    assert {name: fault.message for name, fault in missing.items()} == {field: REQUIRED}


def test_a_listing_of_fillers_is_not_published(db: Session, sign_in: Callable[..., Visitor]) -> None:
    lan = make_user(db)
    listing = make_draft(db, by=lan, summary="\u200b\u2060\u3164")

    answer = sign_in(lan).post(f"/en/listings/{listing.reference}/publish")

    assert read_faults(answer) == {"summary": REQUIRED}
