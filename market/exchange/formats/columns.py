"""The columns of the import format, how a table's header is recognised, and how nested values stand in cells."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, Final

from locales import LANGUAGES
from locales.catalogues import load_translations
from market.exchange.formats.vocabularies import read_code
from market.kernel.errors import N_
from market.kernel.text import normalize

COLUMN_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": (N_("Your own number"),),
    "kind": (N_("Kind"),),
    "language": (N_("Language of your words"), N_("Language")),
    "country": (N_("Country"),),
    "title": (N_("Title"),),
    "summary": (N_("Summary"),),
    "description": (N_("Description"),),
    "advantages": (N_("Advantages and innovation"),),
    "technical_specification": (N_("Technical specification"), N_("Expertise sought")),
    "stage": (N_("Stage of development"),),
    "trl": (N_("Technology readiness level (TRL)"), N_("Lowest technology readiness level (TRL)")),
    "ipr_status": (N_("Status of intellectual property"),),
    "ipr_notes": (N_("Notes on intellectual property"),),
    "partnership_types": (N_("Type of partnership"),),
    "expected_partner": (N_("Expected partner"),),
    "fields": (N_("Field of technology"),),
    "ipc": (N_("IPC symbols"),),
    "industries": (N_("Industry"),),
    "keywords": (N_("Keywords"),),
    "sdgs": (N_("Sustainable Development Goals"),),
    "target_countries": (N_("Target countries"),),
    "price.amount": (N_("Price"), N_("Budget")),
    "price.currency": (N_("Currency"),),
    "price.basis": (N_("Basis"),),
    "expires_at": (N_("Shown until"),),
    "contact_email": (N_("Mail address for contact"),),
}
"""Every column save those of translations, in their order, with the names that the listing's form has for them; the
first one is shown.
"""

COLUMNS: Final = tuple(COLUMN_LABELS)

TRANSLATED: Final = (
    "title",
    "summary",
    "description",
    "advantages",
    "technical_specification",
    "expected_partner",
    "ipr_notes",
    "keywords",
    "provenance",
)
TRANSLATION_COLUMNS: Final = tuple(f"translations.{code}.{name}" for code in LANGUAGES for name in TRANSLATED)
LISTS: Final = frozenset(
    {"partnership_types", "fields", "ipc", "industries", "keywords", "sdgs", "target_countries"}
    | {f"translations.{code}.keywords" for code in LANGUAGES}
)

_OTHER_NAMES: Final = {
    "expires_on": "expires_at", "email": "contact_email", "abstract": "summary", "name": "title", "reference": "id",
    "编号": "id", "项目编号": "id", "成果编号": "id", "语种": "language", "语言": "language",
    "名称": "title", "项目名称": "title", "成果名称": "title", "技术名称": "title",
    "简介": "summary", "项目简介": "summary", "成果简介": "summary", "详细介绍": "description",
    "技术成熟度": "trl", "联系邮箱": "contact_email", "电子邮箱": "contact_email", "国别": "country",
    "mã số": "id", "tên công nghệ": "title", "tên": "title", "nama teknologi": "title",
    "รหัส": "id", "ชื่อเทคโนโลยี": "title", "ชื่อ": "title",
    "nomor": "id", "nama": "title", "nombor": "id",
}  # fmt: skip
"""What tables of centres and offices call a column beside our own labels."""

_BETWEEN_WORDS: Final = re.compile(r"[\s_.\-:*/\ufeff]+")
_IN_BRACKETS: Final = re.compile(r"(?P<name>.+?)\s*\((?P<language>[^()]+)\)")
_LANGUAGE_LAST: Final = re.compile(r"(?P<name>.+)[_. \-](?P<language>[a-z]{2,3}(-[a-z]{2,4})?)")
_LANGUAGE_FIRST: Final = re.compile(r"translations[_. ](?P<language>[a-z]{2,3}(-[a-z]{2,4})?)[_. ](?P<name>.+)")
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_ITEM: Final = re.compile(r"(?:[^;\\]|\\.|\\$)+", re.DOTALL)
_OUTER_BLANK: Final = re.compile(r"\A\s|\s\Z")


def find_column(name: str) -> str | None:
    """Our column that a header's cell names: by its own name, or by its label in any of the twelve languages."""
    plain = normalize(name, "NFKC").strip()
    if not plain or len(plain) > 200:  # noqa: PLR2004 - no name is that long
        return None
    names = _known_names()
    key = make_key(plain)
    if key in names:
        return names[key]
    for pattern in (_IN_BRACKETS, _LANGUAGE_FIRST, _LANGUAGE_LAST):
        if match := pattern.fullmatch(plain.lower()):
            column = names.get(make_key(match["name"]))
            code = read_code("language", match["language"])
            if code and column in TRANSLATED:
                return f"translations.{code}.{column}"
    return None


def guess_columns(header: Iterable[str]) -> dict[str, str]:
    """A file's columns → ours. Of two that would be the same one, the first is taken."""
    mapping: dict[str, str] = {}
    for name in header:
        column = find_column(name)
        if column and column not in mapping.values():
            mapping[name] = column
    return mapping


def name_columns(cells: Sequence[str]) -> list[str]:
    """A name for each cell of a header, no two alike: repeated ones are numbered, empty ones called by their place."""
    names: list[str] = []
    taken: set[str] = set()
    for place, cell in enumerate(cells, 1):
        plain = " ".join(cell.replace("\ufeff", "").split())[:200] or f"({place})"
        name = next(one for number in count(1) if (one := plain if number == 1 else f"{plain} ({number})") not in taken)
        taken.add(name)
        names.append(name)
    return names


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """`price.amount` and `translations.vi.title` to their places in nested values; others stay as they are."""
    values: dict[str, Any] = {}
    for name, value in flat.items():
        *outer, last = name.split(".") if name in _nested() else [name]
        place = values
        for step in outer:
            inner = place.setdefault(step, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = value
    return values


def flatten(values: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `nest`."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and name in ("price", "translations"):
            flat |= {f"{name}.{inner}": one for inner, one in _flatten_words(value).items()}
        else:
            flat[name] = value
    return flat


def _flatten_words(values: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": one for inner, one in value.items()}
        else:
            flat[name] = value
    return flat


def split_list(cell: str) -> list[str]:
    r"""The words of a cell, joined by `;`. `\` keeps what follows as it is; blanks around words are dropped."""
    return [word for item in _ITEM.findall(cell) if (word := _read_item(item))]


def join_list(words: Iterable[str]) -> str:
    """The exact inverse of `split_list`, for words that are not empty."""
    return ";".join(_write_item(word) for word in words if word)


def _read_item(item: str) -> str:
    item = item.lstrip()
    # A blank at the end counts where an odd number of `\` stands before it.
    bare = item.rstrip()
    if len(bare) < len(item) and (len(bare) - len(bare.rstrip("\\"))) % 2:
        bare = item[: len(bare) + 1]
    return _ESCAPED.sub(r"\1", bare)


def _write_item(word: str) -> str:
    word = word.replace("\\", "\\\\").replace(";", "\\;")
    return _OUTER_BLANK.sub(lambda match: f"\\{match[0]}", word)


@cache
def _nested() -> frozenset[str]:
    return frozenset(column for column in (*COLUMNS, *TRANSLATION_COLUMNS) if "." in column)


def make_key(name: str) -> str:
    """What a header's cell is compared by."""
    return _BETWEEN_WORDS.sub("", normalize(name, "NFKC").casefold())


def know_labels(labels: Mapping[str, Iterable[str]]) -> dict[str, str | None]:
    """Key of a label in any of the twelve languages → the column it names; None where languages disagree on what a word
    means."""
    names: dict[str, str | None] = {}
    for column, ours in labels.items():
        for label in ours:
            for code in LANGUAGES:
                key = make_key(load_translations(code).gettext(label))
                names[key] = column if names.get(key, column) == column else None
    return names


@cache
def _known_names() -> dict[str, str | None]:
    return (
        know_labels(COLUMN_LABELS)
        | {make_key(name): name for name in (*COLUMNS, *TRANSLATION_COLUMNS)}
        | {make_key(other): column for other, column in _OTHER_NAMES.items()}
    )
