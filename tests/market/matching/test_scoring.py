"""What each part of a score says of an offer and a demand, and what keeps the two apart."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from market.kernel.money import Money
from market.listings.enums import Vocabulary
from market.matching.enums import Constraint, Part
from market.matching.rules import MEETS, can_partner, find_constraint
from market.matching.scoring import Nearness, Pair, Rated, score_pair
from market.matching.weights import WEIGHTS
from market.taxonomy.values import PartnershipType, PriceBasis
from tests.make.matches import FOUND_AT, make_side

RATES = {"CNY": Decimal("0.14"), "VND": Decimal("0.00004")}
DAY = timedelta(days=1)


def score(
    offer: dict[str, Any] | None = None, demand: dict[str, Any] | None = None, nearness: Nearness | None = None
) -> tuple[float, dict[Part, Rated]]:
    sides = make_side("offer", **(offer or {})), make_side("demand", **(demand or {}))
    total, rated = score_pair(Pair(*sides, nearness or Nearness(), RATES, FOUND_AT))
    return total, {one.part: one for one in rated}


def coded(vocabulary: Vocabulary, *codes: str) -> dict[str, Any]:
    return {"codes": {vocabulary: codes}}


def money(amount: int, currency: str, basis: PriceBasis = PriceBasis.TOTAL) -> dict[str, Any]:
    return {"price": Money(amount, currency), "price_basis": basis}


@pytest.mark.parametrize(
    ("vocabulary", "part", "mine", "others", "value", "shared"),
    [
        (Vocabulary.FIELD, Part.FIELD, ("18", "29"), ("29",), 1.0, ["29"]),
        (Vocabulary.FIELD, Part.FIELD, ("25",), ("26",), 0.2, None),
        (Vocabulary.FIELD, Part.FIELD, ("25",), ("14",), -0.5, None),
        (Vocabulary.INDUSTRY, Part.INDUSTRY, ("livestock", "machinery"), ("machinery",), 1.0, ["machinery"]),
        (Vocabulary.INDUSTRY, Part.INDUSTRY, ("livestock",), ("machinery",), -0.4, []),
        (Vocabulary.IPC, Part.IPC, ("A23B 7/154",), ("A23B 7/02",), 1.0, ["A23B 7/154"]),
        (Vocabulary.IPC, Part.IPC, ("A23B 7/154",), ("A23B 4/03",), 0.8, ["A23B 7/154"]),
        (Vocabulary.IPC, Part.IPC, ("A23B",), ("A23B",), 0.8, ["A23B"]),
        (Vocabulary.IPC, Part.IPC, ("A23B 7/154",), ("A23L 3/40",), 0.4, ["A23B 7/154"]),
        (Vocabulary.PARTNERSHIP, Part.PARTNERSHIP, ("licence", "supply"), ("supply",), 1.0, ["supply"]),
    ],
)
def test_codes_that_both_have_speak_for_a_match_and_none_in_common_against(
    vocabulary: Vocabulary, part: Part, mine: tuple[str, ...], others: tuple[str, ...], value: float,
    shared: list[str] | None,
) -> None:  # fmt: skip
    _, rated = score(coded(vocabulary, *mine), coded(vocabulary, *others))

    assert rated[part].value == value
    assert rated[part].facts.get("codes") == shared


def test_a_part_that_knows_nothing_says_nothing() -> None:
    _, rated = score()

    assert set(rated) == {Part.LANGUAGES, Part.FRESHNESS, Part.PROFILE}


@pytest.mark.parametrize(
    ("offered", "asked", "value"),
    [((9, 9), (6, 6), 1.0), ((6, 7), (7, 7), 1.0), ((4, 4), (6, 6), -2 / 3), ((1, 1), (9, 9), -1.0)],
)
def test_an_offer_less_mature_than_asked_for_loses_by_the_distance(
    offered: tuple[int, int], asked: tuple[int, int], value: float
) -> None:
    _, rated = score({"readiness": offered}, {"readiness": asked})

    assert rated[Part.READINESS].value == pytest.approx(value)
    assert rated[Part.READINESS].facts == {"offered": offered[1], "asked": asked[0]}


@pytest.mark.parametrize(
    ("price", "budget", "value"),
    [
        (money(100_00, "CNY"), money(120_00, "CNY"), 1.0),
        (money(200_00, "CNY"), money(100_00, "CNY"), -0.5),
        (money(100_00, "CNY"), money(400_000, "VND"), 1.0),  # 14 dollars of 16
        (money(100_00, "CNY"), money(100_000, "VND"), -1.0),  # 14 dollars of 4
    ],
)
def test_a_price_is_compared_with_the_budget_by_the_rates(
    price: dict[str, Any], budget: dict[str, Any], value: float
) -> None:
    assert score(price, budget)[1][Part.PRICE].value == pytest.approx(value)


@pytest.mark.parametrize(
    ("price", "budget"),
    [
        (money(100_00, "CNY"), money(100_00, "THB")),  # no rate
        (money(100_00, "CNY"), money(100_00, "CNY", PriceBasis.PER_YEAR)),
        (money(100_00, "CNY", PriceBasis.NEGOTIABLE), money(100_00, "CNY", PriceBasis.NEGOTIABLE)),
        (money(100_00, "CNY"), {}),
        (money(100_00, "CNY"), money(0, "CNY")),
    ],
    ids=["no rate", "another basis", "negotiable", "no budget", "a budget of nothing"],
)
def test_what_cannot_be_compared_says_nothing_of_the_price(price: dict[str, Any], budget: dict[str, Any]) -> None:
    assert Part.PRICE not in score(price, budget)[1]


def test_what_is_near_its_counterparts_on_the_whole_gains_less_by_being_near_to_one() -> None:
    alone, _ = score(nearness=Nearness(similarity=0.3, level=0.1))
    common, _ = score(nearness=Nearness(similarity=0.3, level=0.3))

    assert alone > common


def test_two_texts_of_one_language_are_expected_to_be_nearer() -> None:
    near = Nearness(similarity=0.2, level=0.1)

    assert score({"language": "vi"}, {"language": "vi"}, near)[0] < score({}, {}, near)[0]


def test_the_parts_come_in_the_order_of_what_they_add_or_take() -> None:
    sides = make_side("offer", readiness=(2, 2)), make_side("demand", readiness=(9, 9))
    total, rated = score_pair(Pair(*sides, Nearness(similarity=0.4, words=0.3), {}, FOUND_AT + 300 * DAY))

    effects = [abs(WEIGHTS[one.part].weight * one.value) for one in rated]
    assert effects == sorted(effects, reverse=True)
    assert total == pytest.approx(sum(WEIGHTS[one.part].weight * one.value for one in rated))


@pytest.mark.parametrize(
    ("offer", "demand", "apart"),
    [
        ({}, {}, None),
        (coded(Vocabulary.TARGET_COUNTRY, "TH"), {}, Constraint.COUNTRY_OF_DEMAND),
        (coded(Vocabulary.TARGET_COUNTRY, "TH", "VN"), {}, None),
        ({}, coded(Vocabulary.TARGET_COUNTRY, "TH"), Constraint.COUNTRY_OF_OFFER),
        ({"country": "VN"}, coded(Vocabulary.TARGET_COUNTRY, "TH"), None),
        ({"expires_on": (FOUND_AT - DAY).date()}, {}, Constraint.EXPIRED),
        ({"expires_on": FOUND_AT.date()}, {}, None),
        (coded(Vocabulary.PARTNERSHIP, "investment"), coded(Vocabulary.PARTNERSHIP, "supply"), Constraint.PARTNERSHIP),
        (coded(Vocabulary.PARTNERSHIP, "investment"), coded(Vocabulary.PARTNERSHIP, "joint_venture"), None),
    ],
)
def test_a_constraint_that_keeps_two_listings_apart_has_a_name(
    offer: dict[str, Any], demand: dict[str, Any], apart: Constraint | None
) -> None:
    sides = make_side("offer", **offer), make_side("demand", **demand)

    assert find_constraint(*sides, today=FOUND_AT.date(), is_unfit=False) is apart


def test_two_listings_of_one_organization_are_no_match_and_neither_are_refused_ones() -> None:
    offer = make_side("offer")
    own = make_side("demand", organization_id=offer.organization_id)
    other = make_side("demand")

    assert find_constraint(offer, own, today=FOUND_AT.date(), is_unfit=False) is Constraint.OWN_ORGANIZATION
    assert find_constraint(offer, other, today=FOUND_AT.date(), is_unfit=True) is Constraint.NOT_FOR_US


def test_every_type_of_partnership_meets_others_and_these_meet_it_too() -> None:
    assert set(MEETS) == set(PartnershipType)
    assert all(one in MEETS[other] or other in MEETS[one] for one in MEETS for other in MEETS[one])
    assert all(can_partner([one], [other]) == can_partner([other], [one]) for one in MEETS for other in MEETS)


def test_every_part_has_a_weight_and_a_reason_for_it() -> None:
    assert set(WEIGHTS) == set(Part)
    assert all(weight.weight > 0 and weight.reason for weight in WEIGHTS.values())
