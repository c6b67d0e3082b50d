"""The parts of a score as sentences in the reader's language: what speaks for a match, and what against."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from market.kernel.errors import N_
from market.listings.enums import ListingKind
from market.matching.enums import Part
from market.matching.scoring import contribute
from market.taxonomy.fields import FIELDS
from market.taxonomy.values import INDUSTRIES, PARTNERSHIP_TYPES
from market.web.rendering import Reader

MATTERS: Final = 0.015
"""A part that adds or takes less than this is not mentioned."""

CLOSE: Final = 0.85
LONG_AGO: Final = -0.3
"""Value of freshness from which on age is mentioned: some 240 days."""


@dataclass(frozen=True, slots=True)
class Reason:
    part: Part
    speaks_for: bool
    weight: float
    text: str


def list_reasons(parts: Iterable[Mapping[str, Any]], reader: Reader) -> list[Reason]:
    """In the order of their weight; what says too little is left out."""
    return list(_iterate_reasons(parts, reader))


def _iterate_reasons(parts: Iterable[Mapping[str, Any]], reader: Reader) -> Iterator[Reason]:
    for said in parts:
        part, value = Part(said["part"]), float(said["value"])
        weight = contribute(part, value)
        text = _SENTENCES[part](value, said["facts"], reader) if abs(weight) >= MATTERS else ""
        if text:
            yield Reason(part, weight > 0, round(weight, 3), text)


Sentence = Callable[[float, Mapping[str, Any], Reader], str]


def _say_meaning(value: float, _facts: Mapping[str, Any], reader: Reader) -> str:
    if value >= CLOSE:
        return reader.gettext(N_("Both are about nearly the same matter."))
    if value > 0:
        return reader.gettext(N_("What they are about is close."))
    return reader.gettext(N_("What they are about is some way apart."))


def _say_words(_value: float, _facts: Mapping[str, Any], reader: Reader) -> str:
    return reader.gettext(N_("They share words that few other listings have."))


def _say_fields(value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    names = [reader.gettext(FIELDS[int(code)].label) for code in facts.get("codes", ()) if int(code) in FIELDS]
    if names:
        return reader.gettext(N_("Both belong to the field of technology: %(names)s.")) % _named(names, reader)
    return "" if value > 0 else reader.gettext(N_("They belong to different fields of technology."))


def _say_ipc(_value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    return reader.gettext(N_("Their patent classes are close: %(names)s.")) % _named(facts["codes"], reader)


def _say_industries(value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    names = [reader.gettext(INDUSTRIES[code]) for code in facts["codes"] if code in INDUSTRIES]
    if value > 0 and names:
        return reader.gettext(N_("Both serve the industry: %(names)s.")) % _named(names, reader)
    return reader.gettext(N_("They serve different industries."))


def _say_keywords(_value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    return reader.gettext(N_("Both give the keywords: %(names)s.")) % _named(facts["words"], reader)


def _say_readiness(value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    levels = {"asked": facts["asked"], "offered": facts["offered"]}
    if value > 0:
        return (
            reader.gettext(N_("The demand asks for TRL %(asked)s or more, the offer is at TRL %(offered)s.")) % levels
        )
    return reader.gettext(N_("The demand asks for TRL %(asked)s, the offer is only at TRL %(offered)s.")) % levels


def _say_price(_value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    if facts["within"]:
        return reader.gettext(N_("The price is within the budget."))
    return reader.gettext(N_("The price is above the budget."))


def _say_countries(_value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    names = [reader.format.country(code) for code in facts["codes"]]
    return reader.gettext(N_("Named among the target countries: %(names)s.")) % _named(names, reader)


def _say_partnerships(_value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    names = [reader.gettext(PARTNERSHIP_TYPES[code]) for code in facts["codes"]]
    return reader.gettext(N_("Both seek the type of partnership: %(names)s.")) % _named(names, reader)


def _say_languages(_value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    if not facts["codes"]:
        return reader.gettext(N_("The two sides share no language: they need an interpreter."))
    names = [reader.format.language(code) for code in facts["codes"]]
    return reader.gettext(N_("Both sides write in: %(names)s.")) % _named(names, reader)


def _say_freshness(value: float, _facts: Mapping[str, Any], reader: Reader) -> str:
    return reader.gettext(N_("One of the two was published long ago.")) if value < LONG_AGO else ""


def _say_profiles(value: float, facts: Mapping[str, Any], reader: Reader) -> str:
    if value > 0:
        return ""
    if facts["kind"] == ListingKind.OFFER:
        return reader.gettext(N_("The offer says little of itself."))
    return reader.gettext(N_("The demand says little of itself."))


_SENTENCES: Final[Mapping[Part, Sentence]] = {
    Part.MEANING: _say_meaning,
    Part.WORDS: _say_words,
    Part.FIELD: _say_fields,
    Part.IPC: _say_ipc,
    Part.INDUSTRY: _say_industries,
    Part.KEYWORDS: _say_keywords,
    Part.READINESS: _say_readiness,
    Part.PRICE: _say_price,
    Part.COUNTRY: _say_countries,
    Part.PARTNERSHIP: _say_partnerships,
    Part.LANGUAGES: _say_languages,
    Part.FRESHNESS: _say_freshness,
    Part.PROFILE: _say_profiles,
}


def _named(names: Iterable[str], reader: Reader) -> dict[str, str]:
    return {"names": reader.format.join(names)}
