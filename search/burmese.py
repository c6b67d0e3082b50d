"""One order for the letters of a Burmese syllable, and Zawgyi turned into Unicode.

Zawgyi is a font encoding that reuses Burmese code points with other meanings; much of what
people type still is. It shows by orders of letters that Unicode never has. The order of marks
is that of Unicode Technical Note 11: kinzi, consonant, asat, stacked consonants, medials
ya ra wa ha, vowels e, upper, lower, aa, anusvara, dot below, visarga.
"""

import math
import re
from functools import lru_cache
from typing import Final

LIKELY_ZAWGYI: Final = 0.75

_BURMESE: Final = re.compile("[\u1000-\u109f]")
# In Unicode the vowel e follows its consonant or medial, U+1039 stands before a stacked
# consonant, a medial after one, and the letters from U+1060 on are not Burmese.
_ONLY_ZAWGYI: Final = re.compile(
    "[\u1060-\u1097]|\u1039(?![\u1000-\u1021])|(?<![\u1000-\u102a\u103f\u103b-\u103e\u1039])\u1031"
    "|(?<![\u1000-\u102a\u103f\u103a-\u103e])\u103b"
)
# In Zawgyi the vowel e stands before its consonant, and U+103E is the rare letter great sa.
_ONLY_UNICODE: Final = re.compile(
    "\u1031(?![\u1000-\u102a\u103b\u104e\u106a\u106b\u107e-\u1084\u108f\u1090])|\u103a\u1038|\u1037\u103a|\u103a\u1037"
    "|\u103e|\u1004\u103a\u1039"
)
_CONSONANT = "\u1000-\u102a\u103f\u104e"
_MARKS: Final = re.compile(f"(?<=[{_CONSONANT}])(?:\u1039[\u1000-\u1021]|[\u102b-\u1038\u103a-\u103e]){{2,}}")
_PART: Final = re.compile("\u1039[\u1000-\u1021]|[\u102b-\u1038\u103a-\u103e]")
_KINZI = "\u1004\u103a\u1039"

# The digit zero looks like the letter wa and is typed for it.
_ZERO_FOR_WA: Final = re.compile("(?<![\u1040-\u1049])\u1040(?=[\u1000-\u103e])")

# Ranks follow the note; an asat after a vowel kills that vowel's syllable and must stay behind it.
_ORDER: Final = (
    "\u103b\u103c\u103d\u103e\u1031\u102d\u102e\u1032\u1033\u1034\u1035\u102f\u1030\u102b\u102c\u103a\u1036\u1037\u1038"
)
_RANK: Final = {mark: place for place, mark in enumerate(_ORDER, start=1)}

# What each Zawgyi code point stands for. Marks that Zawgyi types before their consonant
# (e, medial ra) or after it (kinzi) are put into their place afterwards.
_ZAWGYI: Final[dict[int, str]] = str.maketrans(
    {
        "\u1033": "\u102f", "\u1034": "\u1030", "\u1039": "\u103a", "\u103a": "\u103b",
        "\u103b": "\u103c", "\u103c": "\u103d", "\u103d": "\u103e", "\u103e": "\u103f",
        "\u105a": "\u102b\u103a", "\u1060": "\u1039\u1000", "\u1061": "\u1039\u1001",
        "\u1062": "\u1039\u1002", "\u1063": "\u1039\u1003", "\u1064": "\ue000",
        "\u1065": "\u1039\u1005", "\u1066": "\u1039\u1006", "\u1067": "\u1039\u1006",
        "\u1068": "\u1039\u1007", "\u1069": "\u1039\u1008", "\u106a": "\u1009", "\u106b": "\u100a",
        "\u106c": "\u1039\u100b", "\u106d": "\u1039\u100c", "\u106e": "\u100d\u1039\u100d",
        "\u106f": "\u100d\u1039\u100e", "\u1070": "\u1039\u100f", "\u1071": "\u1039\u1010",
        "\u1072": "\u1039\u1010", "\u1073": "\u1039\u1011", "\u1074": "\u1039\u1011",
        "\u1075": "\u1039\u1012", "\u1076": "\u1039\u1013", "\u1077": "\u1039\u1014",
        "\u1078": "\u1039\u1015", "\u1079": "\u1039\u1016", "\u107a": "\u1039\u1017",
        "\u107b": "\u1039\u1018", "\u107c": "\u1039\u1019", "\u107d": "\u103b", "\u107e": "\u103c",
        "\u107f": "\u103c", "\u1080": "\u103c", "\u1081": "\u103c", "\u1082": "\u103c",
        "\u1083": "\u103c", "\u1084": "\u103c", "\u1085": "\u1039\u101c", "\u1086": "\u103f",
        "\u1087": "\u103e", "\u1088": "\u103e\u102f", "\u1089": "\u103e\u1030",
        "\u108a": "\u103d\u103e", "\u108b": "\ue000\u102d", "\u108c": "\ue000\u102e",
        "\u108d": "\ue000\u1036", "\u108e": "\u102d\u1036", "\u108f": "\u1014", "\u1090": "\u101b",
        "\u1091": "\u100f\u1039\u100d", "\u1092": "\u100b\u1039\u100c", "\u1093": "\u1039\u1018",
        "\u1094": "\u1037", "\u1095": "\u1037", "\u1096": "\u1039\u1010\u103d",
        "\u1097": "\u100b\u1039\u100b",
    }
)  # fmt: skip
_BEFORE: Final = re.compile(f"([\u1031\u103c]+)([{_CONSONANT}])((?:\u1039[\u1000-\u1021])*)")
_KINZI_AFTER: Final = re.compile(f"([{_CONSONANT}])([\u1031\u102b-\u103e]*)\ue000")


def detect_zawgyi(text: str) -> float:
    """Return how likely (0-1) the Burmese letters in the text are Zawgyi.

    Counts what only one of the two encodings can contain; 0 where nothing speaks for Zawgyi.
    """
    if not _BURMESE.search(text):
        return 0.0
    zawgyi = len(_ONLY_ZAWGYI.findall(text))
    if zawgyi == 0:
        return 0.0
    balance = zawgyi - len(_ONLY_UNICODE.findall(text))
    return 1.0 / (1.0 + math.exp(-1.5 * max(-40, min(40, balance))))


def convert_zawgyi(text: str) -> str:
    """Return text typed in Zawgyi as Unicode, in canonical order."""
    parts = text.translate(_ZAWGYI)
    parts = _BEFORE.sub(lambda match: match[2] + match[3] + match[1], parts)
    parts = _KINZI_AFTER.sub(lambda match: _KINZI + match[1] + match[2], parts)
    return order_burmese(parts.replace("\ue000", ""))


@lru_cache(maxsize=8_192)
def _order_marks(typed: str) -> str:
    parts = _PART.findall(typed)
    stacked = [part for part in parts if len(part) > 1]
    marks = [part for part in parts if len(part) == 1]
    # An asat directly on the consonant comes before what is stacked under it (kinzi is one).
    killed = bool(stacked) and parts[0] == "\u103a"
    if killed:
        marks.remove("\u103a")
    ordered = sorted(dict.fromkeys(marks), key=lambda mark: _RANK.get(mark, 0))
    return ("\u103a" if killed else "") + "".join(stacked) + "".join(ordered)


def order_burmese(text: str) -> str:
    """Return the text with the marks of every syllable in one order. Doing it again changes nothing."""
    return _MARKS.sub(lambda match: _order_marks(match[0]), _ZERO_FOR_WA.sub("\u101d", text)).replace(
        "\u1025\u102e", "\u1026"
    )
