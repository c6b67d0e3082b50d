from collections.abc import Callable

from sqlalchemy.orm import Session

from tests.make.accounts import make_user
from tests.make.listings import make_draft
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
