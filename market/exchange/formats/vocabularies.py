"""From a word in a cell to the code of a value list: the code itself, or its label in any of the twelve languages."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from babel import Locale

from locales import LANGUAGES, resolve_language
from locales.catalogues import load_translations
from market.kernel.errors import N_
from market.kernel.money import CURRENCIES
from market.kernel.text import normalize
from market.listings.enums import LISTING_KINDS, Provenance
from market.taxonomy.countries import is_country
from market.taxonomy.fields import FIELDS
from market.taxonomy.values import (
    INDUSTRIES,
    IPR_STATUSES,
    PARTNERSHIP_TYPES,
    PRICE_BASES,
    SDGS,
    STAGES,
    TRL,
)

LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": {kind.value: label for kind, label in LISTING_KINDS.items()},
    "stage": {stage.value: label for stage, label in STAGES.items()},
    "ipr_status": {status.value: label for status, label in IPR_STATUSES.items()},
    "price.basis": {basis.value: label for basis, label in PRICE_BASES.items()},
    "trl": {str(level): label for level, label in TRL.items()},
    "partnership_types": {kind.value: label for kind, label in PARTNERSHIP_TYPES.items()},
    "fields": {str(code): field.label for code, field in FIELDS.items()},
    "industries": INDUSTRIES,
    "sdgs": SDGS,
}
"""The value lists whose labels stand in the catalogues, by column: code → marked label."""

_ALSO: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "kind": (("offer", N_("Offers")), ("demand", N_("Demands"))),
}
_OTHER_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "kind": {
        "供给": "offer",
        "供应": "offer",
        "需求": "demand",
        "supply": "offer",
        "request": "demand",
        "cung": "offer",
        "cầu": "demand",
    },
    "price.currency": {"rmb": "CNY", "人民币元": "CNY", "us$": "USD", "đồng": "VND", "บาท": "THB"},
    "country": {
        "chn": "CN", "brn": "BN", "khm": "KH", "idn": "ID", "lao": "LA", "mys": "MY", "mmr": "MM", "phl": "PH",
        "sgp": "SG", "tha": "TH", "tls": "TL", "vnm": "VN", "timor leste": "TL", "viet nam": "VN", "lao pdr": "LA",
    },
    "language": {"chinese": "zh-Hans", "中文": "zh-Hans", "汉语": "zh-Hans", "tagalog": "fil"},
}  # fmt: skip
"""What people write that is in no list of names."""

_NUMBER: Final = re.compile(r"(?:trl|sdg)?\s*0?(\d{1,2})(?:\.0+)?(?:\s*[:.\-]?\s+\D.*|:.*)?")
"""A code with or without its name behind, and what a spreadsheet makes of figures: '7.0'."""
_NUMBERED: Final = frozenset({"trl", "fields", "sdgs"})
_SAME_LIST: Final = {"target_countries": "country"}
_LEADING_NUMBER: Final = re.compile(r"^(?:TRL\s*)?\d+\s*:?\s*")


def read_code(vocabulary: str, cell: object) -> str | None:
    """`vocabulary` is the name of a column. None for what is in no list, or means two things."""
    vocabulary = _SAME_LIST.get(vocabulary, vocabulary)
    plain = _plain(str(cell))
    if not plain:
        return None
    if vocabulary == "country" and is_country(plain.upper()):
        return plain.upper()
    words = _known_words(vocabulary)
    if plain in words:
        return words[plain]
    if vocabulary == "language":
        return resolve_language(plain.replace(" ", "-"))
    if vocabulary in _NUMBERED and (match := _NUMBER.fullmatch(plain)):
        return match[1] if match[1] in LABELS[vocabulary] else None
    return None


def has_codes(column: str) -> bool:
    return _SAME_LIST.get(column, column) in _WORDS_OF


def _plain(text: str) -> str:
    return " ".join(normalize(text[:300], "NFKC").casefold().replace("_", " ").split())


def _label_words(vocabulary: str) -> Iterator[tuple[str, str]]:
    for code, label in (*LABELS[vocabulary].items(), *_ALSO.get(vocabulary, ())):
        for language in LANGUAGES:
            text = load_translations(language).gettext(label)
            yield text, code
            if vocabulary in _NUMBERED:
                yield _LEADING_NUMBER.sub("", text), code


def _country_words(_vocabulary: str) -> Iterator[tuple[str, str]]:
    for locale in _locales():
        yield from ((name, code) for code, name in locale.territories.items() if is_country(code))


def _language_words(_vocabulary: str) -> Iterator[tuple[str, str]]:
    for code, language in LANGUAGES.items():
        yield language.own_name, code
        known = {language.locale, language.locale.split("_", maxsplit=1)[0]}
        names = (locale.languages.get(one) for locale in _locales() for one in known)
        yield from ((name, code) for name in names if name)


def _currency_words(_vocabulary: str) -> Iterator[tuple[str, str]]:
    for locale in _locales():
        yield from ((locale.currencies[code], code) for code in CURRENCIES if code in locale.currencies)


def _locales() -> Iterable[Locale]:
    return (Locale.parse(language.locale) for language in LANGUAGES.values())


_WORDS_OF: Final = dict.fromkeys(LABELS, _label_words) | {
    "country": _country_words,
    "language": _language_words,
    "price.currency": _currency_words,
    "provenance": lambda _vocabulary: iter(()),
}
_CODES: Final[Mapping[str, Iterable[str]]] = {name: tuple(labels) for name, labels in LABELS.items()} | {
    "language": tuple(LANGUAGES),
    "price.currency": CURRENCIES,
    "provenance": tuple(Provenance),
}


@cache
def _known_words(vocabulary: str) -> dict[str, str | None]:
    """Words → code; None where two languages use one word for two things. A code means itself."""
    words: dict[str, str | None] = {}
    for text, code in _WORDS_OF[vocabulary](vocabulary):
        plain = _plain(text)
        words[plain] = code if words.get(plain, code) == code else None
    words |= {_plain(word): code for word, code in _OTHER_WORDS.get(vocabulary, {}).items()}
    return words | {_plain(code): str(code) for code in _CODES.get(vocabulary, ())}
