"""How well an offer and a demand fit: parts that each say what speaks for or against, and their sum.

Pure: no session, no engine. Values lie between -1 and 1; a part that knows nothing is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from market.listings.enums import Vocabulary
from market.matching.enums import Part
from market.matching.sides import Side
from market.matching.weights import WEIGHTS
from market.taxonomy.fields import FIELDS
from market.taxonomy.values import PriceBasis

Rates = Mapping[str, Decimal]
"""Currency → US dollars for one unit."""

FULL_MEANING: Final = 0.45
"""Similarity, with what it exceeds the usual level by, from which on more says no more."""

SAME_LANGUAGE: Final = 0.05
"""What two texts of one language are nearer to each other for being of it: measured on unrelated demo listings."""

FULL_WORDS: Final = 0.6
DAYS_UNTIL_OLD: Final = 365
_CLASS, _SUBCLASS = 3, 4


@dataclass(frozen=True, slots=True)
class Nearness:
    """What was measured of a pair. `level` is the mean of both sides' own; `passages` are the places of the two that
    agree most, the offer's first; `words` is the greater share of telling words that the other has as well.
    """

    similarity: float | None = None
    level: float = 0.0
    passages: tuple[int, int] | None = None
    words: float | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """What a part says, and the facts that its sentence names."""

    part: Part
    value: float
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pair:
    offer: Side
    demand: Side
    nearness: Nearness
    rates: Rates
    now: datetime


def score_pair(pair: Pair) -> tuple[float, list[Rated]]:
    """The score and its parts, those that matter most first."""
    rated = [one for rate in _PARTS for one in rate(pair)]
    rated.sort(key=lambda one: (-abs(contribute(one.part, one.value)), one.part))
    return sum(contribute(one.part, one.value) for one in rated), rated


def contribute(part: Part, value: float) -> float:
    return WEIGHTS[part].weight * value


def _rate_meaning(pair: Pair) -> Iterator[Rated]:
    near = pair.nearness
    if near.similarity is None:
        return
    similarity = near.similarity - (SAME_LANGUAGE if pair.offer.language == pair.demand.language else 0.0)
    value = (2 * similarity - near.level) / FULL_MEANING
    yield Rated(Part.MEANING, _limit(value), {"passages": list(near.passages or ())})


def _rate_words(pair: Pair) -> Iterator[Rated]:
    if pair.nearness.words:
        yield Rated(Part.WORDS, _limit(pair.nearness.words / FULL_WORDS))


def _rate_fields(pair: Pair) -> Iterator[Rated]:
    mine, others = _both(pair, Vocabulary.FIELD)
    if not mine or not others:
        return
    if shared := _list_shared(mine, others):
        yield Rated(Part.FIELD, 1.0, {"codes": shared})
        return
    sectors = [{FIELDS[int(code)].sector for code in codes if int(code) in FIELDS} for codes in (mine, others)]
    yield Rated(Part.FIELD, 0.2 if sectors[0] & sectors[1] else -0.5)


def _rate_ipc(pair: Pair) -> Iterator[Rated]:
    mine, others = _both(pair, Vocabulary.IPC)
    if not mine or not others:
        return
    value, symbol = max((_compare_symbols(one, other), one) for one in mine for other in others)
    if value:
        yield Rated(Part.IPC, value, {"codes": [symbol]})


def _compare_symbols(one: str, other: str) -> float:
    """By how far two IPC symbols are the same: main group, subclass, class."""
    first, second = ("".join(symbol.split()).partition("/")[0] for symbol in (one, other))
    if first == second:
        return 1.0 if len(first) > _SUBCLASS else 0.8
    if first[:_SUBCLASS] == second[:_SUBCLASS]:
        return 0.8
    return 0.4 if first[:_CLASS] == second[:_CLASS] else 0.0


def _rate_industries(pair: Pair) -> Iterator[Rated]:
    mine, others = _both(pair, Vocabulary.INDUSTRY)
    if mine and others:
        shared = _list_shared(mine, others)
        yield Rated(Part.INDUSTRY, 1.0 if shared else -0.4, {"codes": shared})


def _rate_keywords(pair: Pair) -> Iterator[Rated]:
    shared = _list_shared(pair.offer.keywords, pair.demand.keywords)
    if shared:
        yield Rated(Part.KEYWORDS, min(1.0, len(shared) / 2), {"words": shared[:3]})


def _rate_readiness(pair: Pair) -> Iterator[Rated]:
    offered, asked = pair.offer.readiness, pair.demand.readiness
    if offered is None or asked is None:
        return
    lacking = asked[0] - offered[1]
    value = 1.0 if lacking <= 0 else -min(1.0, lacking / 3)
    yield Rated(Part.READINESS, value, {"offered": offered[1], "asked": asked[0]})


def _rate_price(pair: Pair) -> Iterator[Rated]:
    price, budget = pair.offer.price, pair.demand.price
    bases = {pair.offer.price_basis, pair.demand.price_basis}
    if price is None or budget is None or len(bases) > 1 or PriceBasis.NEGOTIABLE in bases:
        return
    if price.currency == budget.currency:
        ratio = float(price.decimal / budget.decimal) if budget.decimal else 0.0
    elif price.currency in pair.rates and budget.currency in pair.rates and budget.decimal:
        ratio = float(price.decimal * pair.rates[price.currency] / (budget.decimal * pair.rates[budget.currency]))
    else:
        return
    if ratio:
        yield Rated(Part.PRICE, 1.0 if ratio <= 1 else -min(1.0, (ratio - 1) / 2), {"within": ratio <= 1})


def _rate_countries(pair: Pair) -> Iterator[Rated]:
    named = [
        other.country
        for side, other in ((pair.offer, pair.demand), (pair.demand, pair.offer))
        if other.country in side.list_codes(Vocabulary.TARGET_COUNTRY)
    ]
    if named:
        yield Rated(Part.COUNTRY, len(named) / 2, {"codes": list(dict.fromkeys(named))})


def _rate_partnerships(pair: Pair) -> Iterator[Rated]:
    mine, others = _both(pair, Vocabulary.PARTNERSHIP)
    if shared := _list_shared(mine, others):
        yield Rated(Part.PARTNERSHIP, 1.0, {"codes": shared})


def _rate_languages(pair: Pair) -> Iterator[Rated]:
    shared = sorted(pair.offer.languages & pair.demand.languages)
    yield Rated(Part.LANGUAGES, 1.0 if shared else -0.5, {"codes": shared})


def _rate_freshness(pair: Pair) -> Iterator[Rated]:
    days = (pair.now - min(pair.offer.published_at, pair.demand.published_at)).days
    yield Rated(Part.FRESHNESS, _limit(1 - 2 * days / DAYS_UNTIL_OLD), {"days": max(0, days)})


def _rate_profiles(pair: Pair) -> Iterator[Rated]:
    poorer = min((pair.offer, pair.demand), key=lambda side: side.fullness)
    yield Rated(Part.PROFILE, 2 * poorer.fullness - 1, {"kind": poorer.kind.value})


_PARTS: Final[tuple[Callable[[Pair], Iterable[Rated]], ...]] = (
    _rate_meaning, _rate_words, _rate_fields, _rate_ipc, _rate_industries, _rate_keywords, _rate_readiness, _rate_price,
    _rate_countries, _rate_partnerships, _rate_languages, _rate_freshness, _rate_profiles,
)  # fmt: skip


def _both(pair: Pair, vocabulary: Vocabulary) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return pair.offer.list_codes(vocabulary), pair.demand.list_codes(vocabulary)


def _list_shared(mine: Iterable[str], others: Iterable[str]) -> list[str]:
    known = set(others)
    return [code for code in mine if code in known]


def _limit(value: float) -> float:
    return max(-1.0, min(1.0, value))
