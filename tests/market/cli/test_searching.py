from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.listings.enums import ListingState
from market.listings.models import Listing
from tests.make.accounts import make_user
from tests.make.commands import Market
from tests.make.listings import make_listing
from tests.make.organizations import make_organization

Index = Callable[[], None]


def make_three(db: Session) -> dict[str, Listing]:
    """An offer and a demand from China, a demand from Viet Nam, all about cassava."""
    listings = {
        "offer": make_listing(db, texts={"en": "Cassava drying kiln"}),
        "demand": make_listing(db, texts={"en": "Cassava peeling wanted"}, kind="demand"),
    }
    lan = make_user(db)
    make_organization(db, by=lan, name="Hanoi Farm", country="VN")
    listings["vn"] = make_listing(db, by=lan, texts={"en": "Cassava harvester wanted"}, kind="demand")
    return listings


def test_a_result_tells_what_it_is_and_why_it_was_found(market: Market, db: Session, index: Index) -> None:
    listing = make_listing(db, texts={"th": "เครื่องอบมันสำปะหลัง", "vi": "Lò sấy sắn"})
    index()

    answer = market("search", "มันสำปะหลัง", "--language", "th", "--json").json

    (item,) = answer["items"]
    assert item.pop("score") > 0
    assert item.pop("reasons") == {"by": "words", "coverage": 1.0, "similarity": None}
    assert item == {
        "reference": listing.reference,
        "kind": "offer",
        "country": "CN",
        "language": "th",
        "title": "เครื่องอบมันสำปะหลัง",
    }
    assert (answer["total"], answer["by_meaning"]) == (1, 0)


def test_for_people_a_result_is_a_line(market: Market, db: Session, index: Index) -> None:
    listing = make_listing(db, texts={"en": "Cassava drying kiln"})
    index()

    outcome = market("search", "cassava")

    (line,) = outcome.printed.splitlines()
    reference, language, by, _score, *title = line.split()
    assert (reference, language, by, title) == (listing.reference, "en", "words", ["Cassava", "drying", "kiln"])


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param((), {"offer", "demand", "vn"}, id="all"),
        pytest.param(("--kind", "offer"), {"offer"}, id="offers"),
        pytest.param(("--kind", "demand"), {"demand", "vn"}, id="demands"),
        pytest.param(("--country", "VN"), {"vn"}, id="country"),
        pytest.param(("--country", "VN", "--kind", "offer"), set(), id="both"),
        pytest.param(("--country", "LA"), set(), id="none there"),
    ],
)
def test_results_can_be_narrowed(
    market: Market, db: Session, index: Index, options: tuple[str, ...], found: set[str]
) -> None:
    listings = make_three(db)
    index()

    answer = market("search", "cassava", *options, "--json").json

    assert {item["reference"] for item in answer["items"]} == {listings[name].reference for name in found}
    assert answer["total"] == len(found)


def test_no_more_are_shown_than_asked_for(market: Market, db: Session, index: Index) -> None:
    make_three(db)
    index()

    answer = market("search", "cassava", "--limit", "2", "--json").json

    assert (len(answer["items"]), answer["total"]) == (2, 3)


def test_what_is_public_no_longer_is_not_shown_though_the_index_still_has_it(
    market: Market, db: Session, index: Index
) -> None:
    listing = make_listing(db, texts={"en": "Cassava drying kiln"})
    index()
    assert len(market("search", "cassava", "--json").json["items"]) == 1
    db.execute(update(Listing).where(Listing.id == listing.id).values(state=ListingState.WITHDRAWN))
    db.commit()

    assert market("search", "cassava", "--json").json["items"] == []


def test_other_names_of_a_language_are_known(market: Market, db: Session, index: Index) -> None:
    make_listing(db, texts={"zh-Hans": "木薯干燥机"})
    index()

    assert [market("search", "木薯", "--language", code).code for code in ("zh", "zh-CN", "ZH-hans")] == [0, 0, 0]


def test_what_is_too_long_to_be_searched_is_refused(market: Market, index: Index) -> None:
    index()

    outcome = market("search", "x" * 2_000)

    assert (outcome.code, outcome.printed) == (1, "")
    assert outcome.said.startswith("refused: ")


@pytest.mark.parametrize("words", ['"', "(((", "\u202e\u200b", "\udcff"], ids=ascii)
def test_signs_alone_find_nothing(market: Market, db: Session, index: Index, words: str) -> None:
    make_listing(db, texts={"en": "Cassava drying kiln"})
    index()

    outcome = market("search", words, "--json")

    assert (outcome.code, outcome.json) == (0, {"items": [], "total": 0, "by_meaning": 0})


def test_without_an_index_the_search_is_refused(market: Market, db: Session) -> None:
    outcome = market("search", "cassava")

    assert (outcome.code, outcome.printed) == (1, "")
    assert outcome.said.endswith("refused: there is no index yet: a process that writes has to make it")
