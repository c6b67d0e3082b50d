"""An author's text cut into words that compare equal however they were typed.

The author's text stays untouched where it is kept; what is cut here serves the search alone.
Everything is a pure function of the text, safe in any thread. `VERSION` counts the changes
that make words written by an older version unfindable: an index remembers it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import Final

from icu4py.breakers import WordBreaker

from search.burmese import LIKELY_ZAWGYI, convert_zawgyi, detect_zawgyi, order_burmese
from search.khmer import order_khmer
from search.languages import Language

VERSION: Final = 1

_BROKEN: Final = re.compile("[\x00\ud800-\udfff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _class_of(*categories: str) -> str:
    # Kept within the basic plane: Python compiles such a class to a table and any other to a
    # chain of comparisons, which is ten times slower.
    points = [point for point in range(0x10000) if unicodedata.category(chr(point)) in categories]
    return "".join(f"\\u{point:04x}" for point in points)


_MARKS: Final = _class_of("Mn", "Mc")
# Format characters (zero width, direction), variation selectors, and the two inherent Khmer
# vowels: none of them can be seen.
_INVISIBLE: Final = re.compile(f"[{_class_of('Cf')}\u034f\u17b4\u17b5\ufe00-\ufe0f]|[\U000e0000-\U000e0fff]")
_SARA_AM: Final = (
    (re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32"), "\\1\u0e33"),
    (re.compile("\u0ecd([\u0ec8-\u0ecb]?)\u0eb2"), "\\1\u0eb3"),
)
_OTHER_DIGIT: Final = re.compile(f"[{_class_of('Nd')[60:]}]")
_KHMER: Final = re.compile("[\u1780-\u17d3]")
_BURMESE: Final = re.compile("[\u1000-\u109f]")
_THAI_LAO: Final = re.compile("[\u0e4d\u0ecd]")

# Latin with its accents, Tamil, and their punctuation; no format characters, and nothing that is written in syllables
# of several letters in any order.
_SIMPLE: Final = re.compile(
    "[\x01-\xac\xae-\u024f\u0300-\u034e\u0350-\u036f\u0b80-\u0bff\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u2070-\u20bf\u2100-\u214f]*"
)

# Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
_UNSPACED: Final = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u104c-\u109f\u1780-\u17d3\u17d7\u17dc\u17dd"
    "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_UNSPACED_RUN: Final = re.compile(f"[{_UNSPACED}]+")
_HAS_MARK: Final = re.compile(f"[{_MARKS}]")
_NO_WORD: Final = re.compile(r"[\W_]+")
_ASCII_WORDS: Final = str.maketrans({chr(point): " " for point in range(128) if not chr(point).isalnum()})
_MARKED_WORD: Final = re.compile(f"(?:[^\\W_][{_MARKS}]*)+")
_LETTER: Final = re.compile(r"[^\W_]")
_ACCENTED: Final = re.compile("[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]")


def _map_accents() -> dict[int, str]:
    bare = dict.fromkeys(range(0x300, 0x370), "")
    for point in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        letters = unicodedata.normalize("NFD", chr(point))
        if len(letters) > 1:
            bare[point] = letters[0]
    return {**bare, ord("đ"): "d", ord("ı"): "i", ord("ł"): "l", ord("ø"): "o"}


_BARE: Final = _map_accents()


@dataclass(frozen=True, slots=True)
class Cut:
    """A text cut for its language: words separated by single spaces, the same words without
    diacritics where the language has such a field, and the letters that grams are taken from."""

    words: str
    folded: str
    letters: str


def _to_digit(match: re.Match[str]) -> str:
    return str(unicodedata.digit(match[0]))


def clean_text(text: str) -> str:
    """Return the text without characters that no engine and no model can take, Zawgyi converted."""
    cleaned = _BROKEN.sub(" ", text)
    if _is_zawgyi(cleaned):
        cleaned = convert_zawgyi(cleaned)
    return cleaned if unicodedata.is_normalized("NFC", cleaned) else unicodedata.normalize("NFC", cleaned)


def _compose(text: str) -> str:
    # Asking first is several times cheaper, and most text is in the form already.
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def search_key(text: str) -> str:
    """Return the form of a text under which everything typed alike compares equal.

    NFKC and case folding, sara am kept whole, invisible characters gone, letters of Khmer and
    Burmese syllables in canonical order, Zawgyi converted, digits of all scripts as 0-9.
    Applying it twice gives the same as once.
    """
    if text.isascii():
        return text.replace("\x00", " ").lower()
    key = _BROKEN.sub(" ", text) if "\x00" in text or _SURROGATE.search(text) else text
    key = _INVISIBLE.sub("", key)
    if _is_zawgyi(key):
        converted = _fold(convert_zawgyi(key))
        # What is no Burmese at all may look like Zawgyi again, and would be converted once more with every key.
        if not _is_zawgyi(converted):
            return converted
    return _fold(key)


def _is_zawgyi(text: str) -> bool:
    return _BURMESE.search(text) is not None and detect_zawgyi(text) >= LIKELY_ZAWGYI


def _fold(key: str) -> str:
    # NFKC would take sara am apart, so it passes in disguise.
    key = _compose(key.replace("\u0e33", "\ue033").replace("\u0eb3", "\ue0b3"))
    folded = key.casefold()
    key = (
        (key if folded == key else _INVISIBLE.sub("", _compose(folded)))
        .replace("\ue033", "\u0e33")
        .replace("\ue0b3", "\u0eb3")
    )
    if _THAI_LAO.search(key):
        for pattern, whole in _SARA_AM:
            key = pattern.sub(whole, key)
    if _KHMER.search(key):
        key = order_khmer(key)
    if _BURMESE.search(key):
        key = order_burmese(key)
    return _OTHER_DIGIT.sub(_to_digit, key)


def has_unspaced(text: str) -> bool:
    """Say whether any of the text is in a script written without spaces."""
    return _UNSPACED_RUN.search(text) is not None


def fold_accents(key: str) -> str:
    """Return Latin text without diacritics: `đường` and `duong` become the same."""
    return key.translate(_BARE) if _ACCENTED.search(key) else key


def _cut_key(key: str, language: Language) -> str:
    if key.isascii():
        return " ".join(key.translate(_ASCII_WORDS).split())
    if not language.accented:
        key = fold_accents(key)
    if has_unspaced(key):
        return " ".join(" ".join(WordBreaker(key, language.code)).split())
    if _HAS_MARK.search(key):
        return " ".join(_MARKED_WORD.findall(key))
    return _NO_WORD.sub(" ", key).strip()


def cut_words(text: str, language: Language) -> list[str]:
    """Return the words of a text as they are compared: of its search key, without punctuation."""
    return list_words(_cut_key(search_key(text), language))


def list_words(cut: str) -> list[str]:
    """Return the words of a field of a `Cut`, without the punctuation that ICU leaves as words of their own."""
    return [word for word in cut.split(" ") if _LETTER.search(word)]


def list_grams(letters: str, language: Language) -> list[str]:
    """Return every two or three neighbouring characters; fewer letters are one gram."""
    size = language.grams
    return [letters[start : start + size] for start in range(max(1, len(letters) - size + 1))] if letters else []


def analyse(text: str, language: Language) -> Cut:
    """Return the fields of a text, cut as its language asks."""
    if not text.isascii() and _SIMPLE.fullmatch(text):
        return _analyse_by_words(text, language)
    key = search_key(text)
    words = _cut_key(key, language)
    folded = fold_accents(words) if language.accented else words
    # Spaces in Thai, Lao, Khmer and Burmese part phrases, and writers differ in where.
    letters = folded if language.spaced else "".join(key.split())
    return Cut(words, folded if language.accented else "", letters)


def _analyse_by_words(text: str, language: Language) -> Cut:
    # Nothing in these scripts depends on what stands behind a space, and the same words come again and again.
    pairs = [pair for pair in map(_cut_spaced, text.split(), repeat(language)) if pair[0]]
    words = " ".join([words for words, _ in pairs])
    folded = " ".join([folded for _, folded in pairs]) if language.accented else words
    if language.spaced:
        return Cut(words, folded if language.accented else "", folded)
    return Cut(words, folded if language.accented else "", "".join(search_key(text).split()))


def _cut_spaced(part: str, language: Language) -> tuple[str, str]:
    return (_cut_known if len(part) <= _LONGEST_KNOWN else _cut_part)(part, language)


def _cut_part(part: str, language: Language) -> tuple[str, str]:
    words = _cut_key(search_key(part), language)
    return words, fold_accents(words) if language.accented else words


_cut_known: Final = lru_cache(maxsize=65_536)(_cut_part)
_LONGEST_KNOWN: Final = 32
