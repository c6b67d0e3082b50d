"""The languages a text can be searched in, and what about each of them the search must know.

Adding a language is a row here, its texts in `search/texts/`, and `python -m search.centring`.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Script(StrEnum):
    HAN = "Hani"
    KHMER = "Khmr"
    LAO = "Laoo"
    LATIN = "Latn"
    BURMESE = "Mymr"
    TAMIL = "Taml"
    THAI = "Thai"


@dataclass(frozen=True, slots=True)
class Language:
    """`group` names the word fields a language shares; `spaced` says if spaces part its words.

    `grams` is how many neighbouring characters make an entry of the field that finds fragments.
    `accented` is for a language whose words change meaning with their diacritics: it has a field
    of exact words and one of folded ones. Indonesian and Malay are one group: short texts of
    theirs cannot be told apart.
    """

    code: str
    script: Script
    group: str
    spaced: bool = True
    grams: int = 3
    accented: bool = False


LANGUAGES: Final[dict[str, Language]] = {
    language.code: language
    for language in (
        Language("zh-Hans", Script.HAN, "zh", spaced=False, grams=2),
        Language("en", Script.LATIN, "en"),
        Language("vi", Script.LATIN, "vi", accented=True),
        Language("th", Script.THAI, "th", spaced=False),
        Language("id", Script.LATIN, "malay"),
        Language("ms", Script.LATIN, "malay"),
        Language("fil", Script.LATIN, "fil"),
        Language("km", Script.KHMER, "km", spaced=False),
        Language("lo", Script.LAO, "lo", spaced=False),
        Language("my", Script.BURMESE, "my", spaced=False),
        Language("ta", Script.TAMIL, "ta"),
        Language("pt", Script.LATIN, "pt"),
    )
}

OTHER: Final = Language("und", Script.LATIN, "other")
"""Stands in for a language without a row: an imported paper may be in any."""

ALIASES: Final[dict[str, str]] = {"zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-hans": "zh-Hans", "tl": "fil"}


@lru_cache(maxsize=1_024)
def normalise_code(code: str) -> str:
    """Return our code for a language: `zh` is Simplified Chinese, `pt-BR` is Portuguese."""
    lowered = code.strip().replace("_", "-").lower()
    if lowered in ALIASES:
        return ALIASES[lowered]
    primary = lowered.split("-", 1)[0]
    return ALIASES.get(primary, primary) or OTHER.code


def find_language(code: str) -> Language:
    """Return the language's row, or `OTHER` where there is none."""
    return LANGUAGES.get(normalise_code(code), OTHER)


def list_groups() -> dict[str, Language]:
    """Return one language for each group of word fields, `other` included."""
    groups = {language.group: language for language in reversed(LANGUAGES.values())}
    return {**dict(reversed(groups.items())), OTHER.group: OTHER}
