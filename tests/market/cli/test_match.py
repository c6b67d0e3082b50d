from sqlalchemy.orm import Session

from market.matching.enums import Constraint
from tests.make.commands import Market
from tests.make.listings import make_listing
from tests.make.matches import make_match


def test_the_command_shows_matches_and_what_is_kept_apart(db: Session, market: Market) -> None:
    offer = make_listing(db, texts={"en": "Kiln"})
    demand, elsewhere = (make_listing(db, kind="demand", texts={"en": title}) for title in ("Dryer", "Oven"))
    make_match(db, offer, demand)
    make_match(db, offer, elsewhere, apart=Constraint.COUNTRY_OF_DEMAND)

    answer = market("match", offer.reference, "--json").json
    printed = market("match", offer.reference, "--language", "vi").printed

    assert [item["reference"] for item in answer["items"]] == [demand.reference]
    assert answer["kept_apart"] == [{"reference": elsewhere.reference, "kept_apart_by": "country_of_demand"}]
    assert demand.reference in printed
    assert "    + " in printed
    assert market("match", "TO-CN-222222").code == 1
