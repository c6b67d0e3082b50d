"""One order for the letters of a Khmer syllable.

Typists enter vowel, subscript and sign in any order and the screen shows the same. Unicode's
normal forms do not unify them, so a search key must. The order is that of the Unicode
Standard (chapter 16.4): base, robat, subscripts (those of RO last), shifters, vowel, signs.
"""

import re
from functools import lru_cache
from typing import Final

COENG: Final = "\u17d2"
RO: Final = "\u179a"

_BASE = "\u1780-\u17b3"
_MARK = "\u17b6-\u17d1\u17dd"
_MARKS: Final = re.compile(f"(?<=[{_BASE}])(?:{COENG}[{_BASE}]|[{_MARK}]){{2,}}")
_PART: Final = re.compile(f"{COENG}[{_BASE}]|[{_MARK}]")

# Vowels that some keyboards type in two parts, and a subscript DA that looks exactly like TA.
_SAME: Final = (
    ("\u17c1\u17b8", "\u17be"),
    ("\u17c1\u17b6", "\u17c4"),
    ("\u17d2\u178a", "\u17d2\u178f"),
)


def _rank(part: str) -> int:
    if part == "\u17cc":  # robat
        return 0
    if part.startswith(COENG):
        return 2 if part[1] == RO else 1
    if part in "\u17c9\u17ca":  # register shifters
        return 3
    if "\u17b6" <= part <= "\u17c5":  # dependent vowels
        return 4
    return 5


@lru_cache(maxsize=8_192)
def _order_marks(typed: str) -> str:
    parts = sorted(_PART.findall(typed), key=_rank)
    # A mark typed twice shows once.
    return "".join(part for place, part in enumerate(parts) if place == 0 or part != parts[place - 1])


def order_khmer(text: str) -> str:
    """Return the text with every syllable in canonical order. Doing it again changes nothing."""
    ordered = _MARKS.sub(lambda match: _order_marks(match[0]), text)
    for typed, meant in _SAME:
        ordered = ordered.replace(typed, meant)
    return ordered
