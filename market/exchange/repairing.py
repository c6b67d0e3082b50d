"""From a row as it came to the values of an author's form: what can be put right is, and is told.

The rules stand in the import format (docs/import-format.md): a title and some words are needed, an overlong summary
is cut at a sentence, what cannot be read in an optional column is left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from market.accounts.rules import fold_email, is_address
from market.exchange.enums import Verdict
from market.exchange.forms import ImportOptions
from market.kernel.errors import N_, Fault
from market.kernel.text import clean_line, clean_text
from market.listings.enums import ListingKind
from market.listings.forms import MAX_KEYWORD, MAX_SUMMARY
from market.listings.rules import LONGEST_LIFE
from market.taxonomy.fields import FIELDS, find_fields, normalize_ipc
from market.taxonomy.values import (
    COUNTRIES,
    INDUSTRIES,
    MAX_FIELDS,
    MAX_INDUSTRIES,
    MAX_IPC,
    MAX_KEYWORDS,
    MAX_PARTNERSHIP_TYPES,
    MAX_SDGS,
    SDGS,
    IprStatus,
    PartnershipType,
    PriceBasis,
    Stage,
)

EXCERPT: Final = 100

LEFT_OUT = N_("This could not be read and was left out.")
TOO_MANY = N_("Only the first %(max_length)s were taken.")
CUT = N_("The summary was longer than %(max_length)s characters: its end was moved to the description.")
DATE_LEFT_OUT = N_("This is no date like 2027-03-31 and was left out.")
DAY_PASSED = N_("This day has passed: the listing stays a draft.")
SHORTENED = N_("A listing lives for at most one year: the day was moved forward.")
CHARACTERS = N_("Characters that cannot be shown were taken out.")

_SENTENCE_END: Final = re.compile(r"[.!?](?=\s)|[。！？؟។။]")
_DIGITS: Final = re.compile(r"\d{1,4}(\.0+)?")


@dataclass(frozen=True, slots=True)
class Problem:
    """What was wrong with one column of a row, and what came of it."""

    column: str
    verdict: Verdict
    fault: Fault
    excerpt: str = ""


@dataclass(slots=True)
class Repair:
    """A row on its way: `values` are those of `ListingForm`, `problems` what was put right in them."""

    values: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    stays_draft: bool = False

    def note(self, column: str, message: str, excerpt: object = "", **values: object) -> None:
        self.problems.append(Problem(column, Verdict.REPAIRED, Fault(message, **values), shorten(excerpt)))

    def forget(self, message: str) -> None:
        self.problems = [problem for problem in self.problems if problem.fault.message != message]


def shorten(value: object) -> str:
    """Some of a value, on one line, for a report."""
    text = clean_line(value if isinstance(value, str) else str(value))
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def repair_row(row: Mapping[str, Any], *, language: str, today: date) -> Repair:
    """Return the values for the form. `row` is in the canonical form of the import format, without its id, kind and
    country.
    """
    repair = Repair({"language": language})
    _take_words(repair, row)
    for name, choices in _SINGLE.items():
        _take_choice(repair, name, row.get(name), choices)
    _take_trl(repair, row.get("trl"))
    for name, (known, most) in _MULTIPLE.items():
        _take_choices(repair, name, row.get(name), known, most)
    _take_ipc(repair, row.get("ipc"))
    _take_keywords(repair, row.get("keywords"))
    _take_price(repair, row.get("price"))
    _take_expiry(repair, row.get("expires_at"), today)
    _take_email(repair, row.get("contact_email"))
    return repair


WORDS: Final = (
    "title",
    "summary",
    "description",
    "advantages",
    "technical_specification",
    "expected_partner",
    "ipr_notes",
)
_SINGLE: Final[Mapping[str, frozenset[str]]] = {
    "stage": frozenset(Stage),
    "ipr_status": frozenset(IprStatus),
}
_MULTIPLE: Final[Mapping[str, tuple[frozenset[str], int]]] = {
    "partnership_types": (frozenset(PartnershipType), MAX_PARTNERSHIP_TYPES),
    "fields": (frozenset(str(code) for code in FIELDS), MAX_FIELDS),
    "industries": (frozenset(INDUSTRIES), MAX_INDUSTRIES),
    "sdgs": (frozenset(SDGS), MAX_SDGS),
    "target_countries": (frozenset(COUNTRIES), len(COUNTRIES)),
}


def take_words(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the words of a row, or of one of its translations, as we keep them; the title on one line."""
    words = {name: _to_text(row.get(name)) for name in WORDS}
    words["title"] = clean_line(words["title"])
    return words


def _take_words(repair: Repair, row: Mapping[str, Any]) -> None:
    words = take_words(row)
    if len(words["summary"]) > MAX_SUMMARY:
        repair.note("summary", CUT, words["summary"], max_length=MAX_SUMMARY)
        words["summary"], words["description"] = cut_summary(words["summary"], words["description"])
    repair.values.update({name: text for name, text in words.items() if text})


def cut_summary(summary: str, description: str) -> tuple[str, str]:
    """Return a summary that ends with a sentence, or a word, within the limit, and the description with all of it.

    A description that begins with the same words has them already.
    """
    ends = [match.end() for match in _SENTENCE_END.finditer(summary[:MAX_SUMMARY])]
    end = ends[-1] if ends and ends[-1] >= MAX_SUMMARY // 4 else summary.rfind(" ", MAX_SUMMARY // 2, MAX_SUMMARY)
    kept = summary[: end if end > 0 else MAX_SUMMARY].strip()
    rest = summary[len(kept) :].strip()
    if description.startswith(summary[:MAX_SUMMARY]):
        return kept, description
    return kept, "\n\n".join(part for part in (rest, description) if part)


def _take_choice(repair: Repair, name: str, value: object, known: frozenset[str]) -> None:
    text = _to_text(value)
    if not text:
        return
    if text not in known:
        repair.note(name, LEFT_OUT, text)
        return
    repair.values[name] = text


def _take_trl(repair: Repair, value: object) -> None:
    text = _to_text(value).upper().removeprefix("TRL").strip()
    if not text:
        return
    if _DIGITS.fullmatch(text) and 1 <= int(float(text)) <= 9:  # noqa: PLR2004 - the scale
        repair.values["trl"] = int(float(text))
    else:
        repair.note("trl", LEFT_OUT, text)


def _take_choices(repair: Repair, name: str, value: object, known: frozenset[str], most: int) -> None:
    wanted = list(dict.fromkeys(_to_texts(value)))
    if name == "fields":
        wanted = [text.removesuffix(".0") for text in wanted]
    unknown = [text for text in wanted if text not in known]
    if unknown:
        repair.note(name, LEFT_OUT, "; ".join(unknown))
    codes = [text for text in wanted if text in known]
    if len(codes) > most:
        repair.note(name, TOO_MANY, "; ".join(codes), max_length=most)
    if codes:
        repair.values[name] = codes[:most]


def _take_ipc(repair: Repair, value: object) -> None:
    wanted = _to_texts(value)
    symbols = {text: normalize_ipc(text) for text in wanted}
    if unknown := [text for text, symbol in symbols.items() if symbol is None]:
        repair.note("ipc", LEFT_OUT, "; ".join(unknown))
    known = list(dict.fromkeys(symbol for symbol in symbols.values() if symbol))
    if len(known) > MAX_IPC:
        repair.note("ipc", TOO_MANY, "; ".join(known), max_length=MAX_IPC)
    if known:
        repair.values["ipc"] = ", ".join(known[:MAX_IPC])
        found = dict.fromkeys(str(code) for symbol in known for code in find_fields(symbol))
        repair.values.setdefault("fields", list(found)[:MAX_FIELDS])


def _take_keywords(repair: Repair, value: object) -> None:
    words = [
        word for text in _to_texts(value) for part in re.split(r"[\n,;，；、،]+", text) if (word := clean_line(part))
    ]
    short = list(dict.fromkeys(word for word in words if len(word) <= MAX_KEYWORD))
    if long := [word for word in words if len(word) > MAX_KEYWORD]:
        repair.note("keywords", LEFT_OUT, "; ".join(long))
    if len(short) > MAX_KEYWORDS:
        repair.note("keywords", TOO_MANY, "; ".join(short), max_length=MAX_KEYWORDS)
    if short:
        repair.values["keywords"] = "\n".join(short[:MAX_KEYWORDS])


def _take_price(repair: Repair, value: object) -> None:
    if not isinstance(value, Mapping):
        if value not in (None, "", []):
            repair.note("price", LEFT_OUT, value)
        return
    for name, target in (("amount", "price_amount"), ("currency", "price_currency"), ("basis", "price_basis")):
        text = _to_text(value.get(name))
        if name == "basis" and text and text not in frozenset(PriceBasis):
            repair.note("price.basis", LEFT_OUT, text)
        elif text:
            repair.values[target] = text.upper() if name == "currency" else text


def _take_expiry(repair: Repair, value: object, today: date) -> None:
    if value in (None, ""):
        return
    day = read_day(value)
    if day is None:
        repair.note("expires_at", DATE_LEFT_OUT, value)
        return
    if day <= today:
        repair.note("expires_at", DAY_PASSED, value)
        repair.stays_draft = True
    elif day > today + LONGEST_LIFE:
        repair.note("expires_at", SHORTENED, value)
        day = today + LONGEST_LIFE
    repair.values["expires_on"] = day


def read_day(value: object) -> date | None:
    """Return the day of a date or of a moment written as ISO 8601 has it."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _to_text(value).replace("/", "-")
    try:
        return date.fromisoformat(text[:10]) if len(text) in (8, 10) else datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _take_email(repair: Repair, value: object) -> None:
    text = clean_line(_to_text(value))
    if text and not is_address(fold_email(text)):
        repair.note("contact_email", LEFT_OUT, text)
    elif text:
        repair.values["contact_email"] = text


def choose_kind(row: Mapping[str, Any], options: ImportOptions) -> ListingKind | None:
    """Return the row's own kind, else the one that the sender gave."""
    text = _to_text(row.get("kind")).lower()
    return ListingKind(text) if text in frozenset(ListingKind) else options.kind


def _to_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return clean_text(str(value)) if not isinstance(value, list | dict) else ""
    return str(int(value)) if float(value).is_integer() else str(value)


def _to_texts(value: object) -> Sequence[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [text for one in values if (text := _to_text(one))]
