"""The judged pairs of the demo market are whole: every key exists, and the two halves share no demand."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from locales import LANGUAGES
from market.listings.enums import ListingKind
from market.seed.reading import read_parallel, read_table

JUDGED = Path(__file__).parents[3] / "benchmarks" / "judged"
HALVES = ("tuning", "closed")


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    """Key → row, with its language and the country of its organization."""
    single = {
        key: row | {"language": language}
        for language in LANGUAGES
        for key, row in read_table("listings", language).items()
    }
    parallel = {key: row | {"kind": ListingKind.DEMAND} for key, row in read_parallel().items()}
    organizations = {key: row for language in LANGUAGES for key, row in read_table("organizations", language).items()}
    return {
        key: row | {"country": organizations[row["organization"]]["country"]}
        for key, row in (single | parallel).items()
    }


def read_lines(name: str) -> list[dict[str, str]]:
    head, *lines = (JUDGED / name).read_text(encoding="utf-8").splitlines()
    return [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]


@pytest.fixture(scope="module")
def pairs() -> list[dict[str, str]]:
    return read_lines("demo.tsv")


@pytest.fixture(scope="module")
def relevant(pairs: list[dict[str, str]]) -> list[dict[str, str]]:
    return [pair for pair in pairs if int(pair["grade"]) >= 1]


def name_reasons(offer: dict[str, Any], demand: dict[str, Any]) -> list[str]:
    wanted = offer["country"] in demand["target_countries"] and demand["country"] in offer["target_countries"]
    shared = set(offer["partnership_types"]) & set(demand["partnership_types"])
    found = {
        "organization": offer["organization"] == demand["organization"],
        "countries": not wanted,
        "partnership": not shared,
    }
    return [reason for reason, holds in found.items() if holds]


def deal_halves(keys: list[str], rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    languages = list(LANGUAGES)
    dealt = sorted(
        keys, key=lambda key: (languages.index(rows[key]["language"]), hashlib.sha256(key.encode()).hexdigest())
    )
    return {key: HALVES[place % 2] for place, key in enumerate(dealt)}


def test_each_pair_is_an_offer_and_a_demand_and_judged_once(
    pairs: list[dict[str, str]], rows: dict[str, dict[str, Any]]
) -> None:
    kinds = {(rows[pair["offer"]]["kind"], rows[pair["demand"]]["kind"]) for pair in pairs}

    assert kinds == {(ListingKind.OFFER, ListingKind.DEMAND)}
    assert {pair["grade"] for pair in pairs} == {"0", "1", "2"}
    assert len({(pair["offer"], pair["demand"]) for pair in pairs}) == len(pairs)


def test_every_listing_was_judged_against_something(
    pairs: list[dict[str, str]], rows: dict[str, dict[str, Any]]
) -> None:
    assert {pair["offer"] for pair in pairs} | {pair["demand"] for pair in pairs} == set(rows)


def test_at_least_150_are_relevant_in_at_least_twenty_pairs_of_languages(
    relevant: list[dict[str, str]], rows: dict[str, dict[str, Any]]
) -> None:
    languages = {(rows[pair["offer"]]["language"], rows[pair["demand"]]["language"]) for pair in relevant}

    assert len(relevant) >= 150
    assert len(languages) >= 20


def test_at_least_a_hundred_are_tempting_and_wrong(pairs: list[dict[str, str]]) -> None:
    assert [pair["grade"] for pair in pairs].count("0") >= 100


def test_the_halves_are_dealt_by_demand(pairs: list[dict[str, str]], rows: dict[str, dict[str, Any]]) -> None:
    halves = {(pair["demand"], pair["half"]) for pair in pairs}

    assert dict(halves) == deal_halves([key for key, row in rows.items() if row["kind"] == ListingKind.DEMAND], rows)
    assert len(halves) == len(dict(halves))


def test_the_pairs_that_constraints_exclude_are_all_named(
    relevant: list[dict[str, str]], rows: dict[str, dict[str, Any]]
) -> None:
    reasons = {
        (pair["offer"], pair["demand"]): name_reasons(rows[pair["offer"]], rows[pair["demand"]]) for pair in relevant
    }

    named = {(line["offer"], line["demand"]): line["reasons"].split(",") for line in read_lines("demo_excluded.tsv")}
    assert named == {pair: found for pair, found in reasons.items() if found}
    assert set().union(*named.values()) == {"organization", "countries", "partnership"}


def test_the_forty_topics_are_split_evenly_by_their_hash() -> None:
    topics = read_lines("sbir_topics.txt")

    dealt = sorted(topics, key=lambda topic: hashlib.sha256(topic["topic"].encode()).hexdigest())
    assert len({topic["topic"] for topic in topics}) == 40
    assert [topic["half"] for topic in dealt] == ["tuning"] * 20 + ["closed"] * 20
    assert Counter(topic["half"] for topic in topics) == {"tuning": 20, "closed": 20}
