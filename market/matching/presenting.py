"""From rows of matches to what pages, API and command show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, log
from typing import Any

from sqlalchemy.orm import Session

from market.kernel.errors import N_
from market.kernel.text import shorten
from market.listings.indexing import document_text
from market.listings.models import ListingText
from market.listings.queries import ListingRow, list_by_reference
from market.matching import queries
from market.matching.desk import Heat, make_row
from market.matching.enums import Part
from market.matching.models import Match
from market.matching.queries import MatchRow
from market.matching.reasons import Reason, list_reasons
from market.matching.weights import CLEAR_SCORE, FAIR_SCORE
from market.taxonomy.fields import FIELDS
from market.taxonomy.values import COUNTRIES
from market.web.rendering import Reader
from search.embedding import cut_text

QUOTE_LENGTH = 240


class Strength(StrEnum):
    STRONG = "strong"
    FAIR = "fair"
    POSSIBLE = "possible"


STRENGTHS = {
    Strength.STRONG: N_("Strong match"),
    Strength.FAIR: N_("Good match"),
    Strength.POSSIBLE: N_("Possible match"),
}


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage in its own language."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownMatch:
    """`row` is the counterpart. `quotes` are the passages that agree most, the own side's first."""

    match: MatchRow
    row: ListingRow
    strength: Strength
    reasons: Sequence[Reason]
    quotes: Sequence[Quote]

    @property
    def speaks_for(self) -> list[Reason]:
        return [reason for reason in self.reasons if reason.speaks_for]

    @property
    def speaks_against(self) -> list[Reason]:
        return [reason for reason in self.reasons if not reason.speaks_for]


def present_matches(session: Session, matches: Sequence[MatchRow], reader: Reader) -> list[ShownMatch]:
    """In their order. A counterpart that is not public any more is left out, whatever the match said."""
    if not matches:
        return []
    texts = queries.map_own_texts(session, {one for match in matches for one in (match.own, match.other)})
    return _present(session, matches, reader, texts)


def present_briefly(session: Session, matches: Sequence[MatchRow], reader: Reader) -> list[ShownMatch]:
    """The same without passages."""
    return _present(session, matches, reader, {}) if matches else []


@dataclass(frozen=True, slots=True)
class ShownPair:
    """Both sides of a match as a third party sees it. `shown` is the match as the offer's side sees it."""

    shown: ShownMatch
    offer: ListingRow

    @property
    def demand(self) -> ListingRow:
        return self.shown.row


def present_pairs(session: Session, matches: Sequence[MatchRow], reader: Reader) -> list[ShownPair]:
    """In their order; a pair of which one listing is not public any more is left out."""
    shown = present_matches(session, matches, reader)
    own = list(dict.fromkeys(one.match.own for one in shown))
    offers = {row.reference: row for row in list_by_reference(session, own, language=reader.code)}
    return [ShownPair(one, offers[one.match.own]) for one in shown if one.match.own in offers]


def present_pair(session: Session, match: Match, *, offer: str, demand: str, reader: Reader) -> ShownPair:
    """One that is public, by the references of its sides."""
    row = make_row(offer, demand, score=match.score, parts=match.parts, found_at=match.first_found_at)
    return present_pairs(session, [row], reader)[0]


def _present(
    session: Session, matches: Sequence[MatchRow], reader: Reader, texts: Mapping[str, ListingText]
) -> list[ShownMatch]:
    rows = {row.reference: row for row in list_by_reference(session, [m.other for m in matches], language=reader.code)}
    return [
        ShownMatch(match, rows[match.other], judge_strength(match.score), list_reasons(match.parts, reader),
                   list_quotes(match, texts))
        for match in matches
        if match.other in rows
    ]  # fmt: skip


def judge_strength(score: float) -> Strength:
    if score >= CLEAR_SCORE:
        return Strength.STRONG
    return Strength.FAIR if score >= FAIR_SCORE else Strength.POSSIBLE


def list_quotes(match: MatchRow, texts: Mapping[str, ListingText]) -> list[Quote]:
    """The two passages that agree most; none where meaning was not compared, or the words are others by now."""
    meaning = next((part for part in match.parts if part["part"] == Part.MEANING), None)
    places = meaning["facts"].get("passages", ()) if meaning else ()
    if len(places) != 2:  # noqa: PLR2004 - a pair
        return []
    sides = (match.own, match.other) if match.is_offers else (match.other, match.own)
    quotes = [_quote(texts[side], place) for side, place in zip(sides, places, strict=True) if side in texts]
    found = [quote for quote in quotes if quote is not None]
    if len(found) != len(sides):
        return []
    return found if match.is_offers else found[::-1]


def _quote(text: ListingText, place: int) -> Quote | None:
    pieces = cut_text(document_text(text))
    if place >= len(pieces):
        return None
    passage = pieces[place].removeprefix(text.title.strip()).strip() or text.title
    return Quote(text.language, shorten(passage, QUOTE_LENGTH))


def describe_match(shown: ShownMatch, pages: str) -> dict[str, Any]:
    """For API and command. `pages`: where listings' pages stand, up to the reference."""
    row = shown.row
    return {
        "reference": row.reference,
        "kind": row.kind,
        "country": row.country,
        "language": row.language,
        "title": row.title,
        "written_in": row.written_in,
        "organization": {"slug": row.organization_slug, "name": row.organization},
        "score": round(shown.match.score, 3),
        "strength": shown.strength,
        "reasons": [
            {
                "part": reason.part,
                "speaks": "for" if reason.speaks_for else "against",
                "weight": reason.weight,
                "text": reason.text,
            }
            for reason in shown.reasons
        ],
        "passages": [{"language": quote.language, "text": quote.text} for quote in shown.quotes],
        "url": pages + row.reference,
    }


HEAT_STEPS = 5


@dataclass(frozen=True, slots=True)
class HeatCell:
    """`step` is 0 where there is nothing, else 1 to `HEAT_STEPS`."""

    country: str
    demands: int
    step: int


@dataclass(frozen=True, slots=True)
class HeatRow:
    field: str
    label: str
    cells: Sequence[HeatCell]
    total: int


@dataclass(frozen=True, slots=True)
class HeatTable:
    """Countries across, fields of technology down; what has no demand at all is left out."""

    countries: Sequence[tuple[str, str]]
    rows: Sequence[HeatRow]


def draw_heat(counted: Iterable[Heat], reader: Reader) -> HeatTable:
    demands = {(one.field, one.country): one.demands for one in counted
               if one.field.isdecimal() and int(one.field) in FIELDS and one.country in COUNTRIES}  # fmt: skip
    most = max(demands.values(), default=1)
    countries = reader.format.name_countries({country for _field, country in demands})
    rows = []
    for field in sorted({field for field, _country in demands}, key=int):
        numbers = [(code, demands.get((field, code), 0)) for code, _name in countries]
        cells = [HeatCell(code, number, _find_step(number, most)) for code, number in numbers]
        rows.append(HeatRow(field, FIELDS[int(field)].label, cells, sum(number for _code, number in numbers)))
    return HeatTable(countries, rows)


def _find_step(number: int, most: int) -> int:
    """By orders of magnitude: one country with thousands does not make all others look alike."""
    return ceil(HEAT_STEPS * log(number + 1) / log(most + 1)) if number else 0
