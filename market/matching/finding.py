"""Matches of one listing: candidates from the engine, each compared and scored, the good ones kept.

Run by the worker. No transaction is open while the engine is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.work import NotYet, Work
from market.listings.enums import ListingKind, Vocabulary
from market.listings.indexing import document_text
from market.matching import queries, rules, service
from market.matching.queries import UNKNOWN, Known
from market.matching.scoring import Nearness, Pair, Rates, score_pair
from market.matching.service import Found
from market.matching.sides import Side, load_sides
from market.matching.weights import LEAST_SCORE
from search.port import Agreement, DocumentText, Engine, Filters, Likeness, Passages

CANDIDATES: Final = 40
"""Nearest by words, and as many by meaning, among those that the target countries allow."""

FORBIDDEN: Final = 10
"""The same among all others: to tell the owner what a constraint keeps away."""

LEVEL_OF: Final = 10
"""Nearest counterparts whose mean similarity is a listing's level."""


UNFILTERED: Final[Mapping[str, tuple[str, ...]]] = {}


class NotIndexedYet(NotYet):
    """Of two listings published at once, the one whose matches are looked for last must find the other: so nobody's are
    before the listing itself can be found.
    """


@dataclass(frozen=True, slots=True)
class Asker:
    """The listing whose matches are looked for, with the author's own words."""

    side: Side
    text: DocumentText


@dataclass(frozen=True, slots=True)
class Met:
    """A counterpart with what was measured of the two. `words` is the share of the asker's telling words it has; None
    where it was not among the candidates this time.
    """

    side: Side
    nearness: Nearness
    words: float | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What else decides: whom a side has refused, what currencies are worth, and the day."""

    unfit: frozenset[UUID]
    rates: Rates
    now: datetime


def match_listing(work: Work, listing_id: UUID) -> None:
    """Bring its matches up to date, in both directions; one that is not public any more has none."""
    model = work.embedder.name if work.embedder else None
    with work.database.reading() as session:
        asker = load_asker(session, listing_id, model=model)
    if asker is None:
        with work.database.transaction() as session:
            service.forget_matches(session, listing_id)
        return
    version = work.search.find_version(asker.side.reference)
    if version is None or version < asker.side.version:
        message = f"{asker.side.reference} is not in the index yet"
        raise NotIndexedYet(message)
    words = find_candidates(work.search, asker)
    with work.database.reading() as session:
        known = queries.map_known(session, asker.side.id, asker.side.kind)
        sides = load_sides(session, {*words, *known}, model=model).values()
        terms = Terms(queries.list_unfit(session, asker.side.id), queries.map_rates(session), utc_now())
    met, level = measure(work.search, asker.side, list(sides), words=words, known=known)
    found = [one for other in met if (one := judge(asker.side, other, terms)) is not None]
    with work.database.transaction() as session:
        service.keep_matches(session, asker.side, found, level=level, now=terms.now)


def load_asker(session: Session, listing_id: UUID, *, model: str | None) -> Asker | None:
    """None where the listing is not public."""
    found = queries.find_own_text(session, listing_id)
    if found is None:
        return None
    reference, text = found
    side = load_sides(session, [reference], model=model).get(reference)
    return None if side is None else Asker(side, document_text(text))


def find_candidates(engine: Engine, asker: Asker) -> dict[str, float]:
    """Reference → share of the listing's telling words that it has."""
    targets = asker.side.list_codes(Vocabulary.TARGET_COUNTRY)
    if not targets:
        return find_nearest(engine, asker, UNFILTERED, CANDIDATES)
    beyond = find_nearest(engine, asker, UNFILTERED, FORBIDDEN)
    return beyond | find_nearest(engine, asker, {"country": (*targets, asker.side.country)}, CANDIDATES)


def find_nearest(engine: Engine, asker: Asker, chosen: Mapping[str, tuple[str, ...]], limit: int) -> dict[str, float]:
    """Of the other kind, among those with these codes."""
    opposite = ListingKind.DEMAND if asker.side.kind is ListingKind.OFFER else ListingKind.OFFER
    vectors = (asker.side.passages.vector,) if asker.side.passages else ()
    filters = Filters({"kind": (opposite.value,), **chosen})
    return dict(engine.resemble(Likeness((asker.text,), vectors, filters, limit)))


def measure(
    engine: Engine, side: Side, others: Sequence[Side], *, words: Mapping[str, float], known: Mapping[str, Known]
) -> tuple[list[Met], float | None]:
    """All that is of the other kind, and the listing's level: the mean similarity of its nearest."""
    others = [other for other in others if other.kind is not side.kind]
    worded = [(other, other.passages) for other in others if other.passages is not None]
    compared = _compare(engine, side.passages, [passages for _, passages in worded])
    agreements = dict(zip((other.id for other, _ in worded), compared, strict=False))
    nearest = sorted((one.similarity for one in agreements.values()), reverse=True)[:LEVEL_OF]
    level = sum(nearest) / len(nearest) if nearest else None
    met: list[Met] = []
    for other in others:
        share = words.get(other.reference)
        told = known.get(other.reference, UNKNOWN)
        greatest = max((one for one in (share, *told.shares) if one is not None), default=None)
        met.append(Met(other, _near(side, other, agreements.get(other.id), level or 0.0, greatest), share))
    return met, level


def _near(side: Side, other: Side, agreement: Agreement | None, level: float, words: float | None) -> Nearness:
    if agreement is None:
        return Nearness(words=words)
    both = (level + (level if other.level is None else other.level)) / 2
    is_offer = side.kind is ListingKind.OFFER
    passages = (agreement.mine, agreement.other) if is_offer else (agreement.other, agreement.mine)
    return Nearness(agreement.similarity, both, passages, words)


def _compare(engine: Engine, mine: Passages | None, others: Sequence[Passages]) -> Sequence[Agreement]:
    return engine.compare(mine, others) if mine is not None and others else ()


def judge(side: Side, met: Met, terms: Terms) -> Found | None:
    """The pair as it is kept; None where it is no match."""
    offer, demand = (side, met.side) if side.kind is ListingKind.OFFER else (met.side, side)
    score, rated = score_pair(Pair(offer, demand, met.nearness, terms.rates, terms.now))
    if score < LEAST_SCORE:
        return None
    apart = rules.find_constraint(offer, demand, today=terms.now.date(), is_unfit=met.side.id in terms.unfit)
    return Found(offer, demand, score, apart, rated, words=met.words)
