"""What can be told of a sentence without understanding it: its placeholders, tags, words, script and last mark."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

PLACEHOLDER: Final = re.compile(r"%\(\w+\)[-#0 +]*[\d.]*[sdifgrx]|\{\{\s*[\w.]+\s*\}\}|\{\w+\}", re.ASCII)
TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
NOT_WORDS: Final = re.compile(
    rf"{PLACEHOLDER.pattern}|{TAG.pattern}|&#?\w+;|https?://[!-~]+|www\.[!-~]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[0-9]+",
    re.ASCII,
)
WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")

SCRIPTS: Final = {
    "Hans": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)),
    "Khmr": ((0x1780, 0x17FF),),
    "Laoo": ((0x0E80, 0x0EFF),),
    "Mymr": ((0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F)),
    "Taml": ((0x0B80, 0x0BFF),),
    "Thai": ((0x0E00, 0x0E7F),),
}
"""The blocks of each script that no Latin-written language shares, by ISO 15924 code."""


class Mark(StrEnum):
    """Kinds of last marks: each script writes them with its own signs."""

    COLON = "a colon"
    EXCLAMATION = "an exclamation mark"
    NONE = "no mark"
    QUESTION = "a question mark"
    STOP = "a full stop"
    TRAILING = "an ellipsis"


MARKS: Final = {
    **dict.fromkeys(":：៖", Mark.COLON),
    **dict.fromkeys("!！", Mark.EXCLAMATION),
    **dict.fromkeys("?？", Mark.QUESTION),
    **dict.fromkeys(".。។៕။", Mark.STOP),
    **dict.fromkeys("…⋯", Mark.TRAILING),
}

ALSO_RIGHT: Final = {
    "th": {Mark.STOP: {Mark.NONE}, Mark.QUESTION: {Mark.NONE}},
    "lo": {Mark.STOP: {Mark.NONE}, Mark.QUESTION: {Mark.NONE}},
    "my": {Mark.QUESTION: {Mark.STOP}, Mark.COLON: {Mark.STOP}, Mark.EXCLAMATION: {Mark.STOP}},
}
"""Thai and Lao write no full stop and ask with a word; Burmese ends nearly every sentence with ။."""


def placeholders_of(text: str) -> frozenset[str]:
    """A translation may use one twice, so this is a set. A per cent sign that formatting would trip over is one too."""
    rest = PLACEHOLDER.sub("", text).replace("%%", "")
    return frozenset(PLACEHOLDER.findall(text)) | frozenset("%" if "%" in rest else "")


def tags_of(text: str) -> Counter[str]:
    """With their attributes: a link must lead to the same place."""
    return Counter(TAG.findall(text))


def ends_of(text: str) -> tuple[str, str]:
    """The white space before and behind."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def last_mark(text: str) -> Mark:
    """Closing tags, quotes and brackets do not count."""
    bare = TAG.sub("", text).rstrip(" \t\n\"'”’»」』)）")
    if bare.endswith("..."):
        return Mark.TRAILING
    return MARKS.get(bare[-1:], Mark.NONE)


def may_end_in(mark: Mark, language: str, english: Mark) -> bool:
    return mark is english or mark in ALSO_RIGHT.get(language, {}).get(english, set())


class Wording:
    """Counts words and letters, leaving out what is the same in every language."""

    def __init__(self, abbreviations: Iterable[str]) -> None:
        listed = "|".join(map(re.escape, sorted(abbreviations, key=len, reverse=True))) or r"(?!)"
        # Not \b: a Thai or Chinese letter may stand right beside an abbreviation, and is part of a word to \b.
        self._abbreviation = re.compile(rf"(?<![A-Za-z])(?:{listed})(?![A-Za-z])")

    def strip(self, text: str) -> str:
        return self._abbreviation.sub(" ", NOT_WORDS.sub(" ", text))

    def is_sentence(self, text: str) -> bool:
        """More than two words. Two and fewer may well be the same in two languages."""
        return len(WORD.findall(self.strip(text))) > 2  # noqa: PLR2004 - named by this function

    def share_of_script(self, text: str, script: str) -> float:
        """How many of the letters are the script's, from 0 to 1. Where there are no letters nothing is wrong: 1."""
        letters = [ord(char) for char in self.strip(text) if unicodedata.category(char)[0] in "LM"]
        blocks = SCRIPTS[script]
        own = sum(any(first <= letter <= last for first, last in blocks) for letter in letters)
        return own / len(letters) if letters else 1.0
