"""The twelve languages: their codes, own names and catalogues. Every message of the project is translated here.

Codes are BCP 47. `LANGUAGES` is the one list of them; `search.languages` says how each is written.
"""

from dataclasses import dataclass
from enum import StrEnum


class LanguageState(StrEnum):
    """Visitors see a language once it is offered; one being translated is for its translators."""

    BEING_TRANSLATED = "being_translated"
    OFFERED = "offered"


@dataclass(frozen=True, slots=True)
class Language:
    """`script` is the ISO 15924 code. `locale` is how Babel and gettext name it."""

    code: str
    own_name: str
    locale: str
    script: str
    state: LanguageState = LanguageState.OFFERED


LANGUAGES = {
    language.code: language
    for language in (
        Language("zh-Hans", "简体中文", "zh_Hans", "Hans"),
        Language("en", "English", "en", "Latn"),
        Language("vi", "Tiếng Việt", "vi", "Latn"),
        Language("th", "ไทย", "th", "Thai"),
        Language("id", "Bahasa Indonesia", "id", "Latn"),
        Language("ms", "Bahasa Melayu", "ms", "Latn"),
        Language("fil", "Filipino", "fil", "Latn"),
        Language("km", "ខ្មែរ", "km", "Khmr"),
        Language("lo", "ລາວ", "lo", "Laoo"),
        Language("my", "မြန်မာ", "my", "Mymr"),
        Language("ta", "தமிழ்", "ta", "Taml"),
        Language("pt", "Português", "pt", "Latn"),
    )
}

DEFAULT_LANGUAGE = "en"

ALIASES = {
    "zh": "zh-Hans",
    "zh-CN": "zh-Hans",
    "zh-SG": "zh-Hans",
    "zh-MY": "zh-Hans",
    "tl": "fil",
    "in": "id",
    "pt-TL": "pt",
    "pt-PT": "pt",
    "pt-BR": "pt",
    "ms-BN": "ms",
}
"""Other codes people and browsers use for the same language."""


def resolve_language(code: str) -> str | None:
    """Our code for what somebody sent, None where we do not have the language."""
    if code in LANGUAGES:
        return code
    for known, ours in ALIASES.items():
        if known.lower() == code.lower():
            return ours
    base = code.split("-", maxsplit=1)[0].lower()
    if base == "zh":
        return "zh-Hans"
    return base if base in LANGUAGES else ALIASES.get(base)


def negotiate_language(accept_language: str) -> str:
    """The best of our languages for an `Accept-Language` header (RFC 9110 §12.5.4)."""
    wanted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:500].split(",")):
        code, *parameters = (piece.strip() for piece in part.split(";"))
        try:
            quality = float(parameters[0].removeprefix("q=")) if parameters else 1.0
        except ValueError:
            continue
        if quality > 0 and (ours := resolve_language(code)):
            wanted.append((-quality, place, ours))
    return min(wanted)[2] if wanted else DEFAULT_LANGUAGE
