"""The author's text as we store it: NFC, without what cannot be shown; nothing else is touched."""

import hashlib
import re
import unicodedata
from functools import cache
from typing import Literal

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which not every database takes, and lone surrogates, which no encoding carries."""

MOST_MARKS = 30
"""Marks in a row, as in Unicode's stream-safe text (UAX #15 §13). No script needs more, and the time to put a row of
them in order grows with the square of its length: a megabyte would hold all other requests for minutes."""

_MARK_PLACES = range(0x300, 0x1F000)
"""All marks of Unicode stand here."""

_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no sign for (§2.2): control characters, lone surrogates, U+FFFE and U+FFFF."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MANY_BLANK_LINES = re.compile(r"\n{3,}")
_LINE_END = re.compile("\r\n|[\r\u2028\u2029]")
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"[ \t\u00a0\u3000]+")
_SHOWS = re.compile(
    r"[^\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffd\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""A character that leaves something on the page. Left out are the blanks, what Unicode calls default ignorable (fillers
of Hangul and variation selectors among them), signs drawn empty, and those that stand for what was lost."""

_STACKERS = "\u1039\u17d2"
"""Burmese virama and Khmer coeng: the letter after them stands below."""

_STROKED = str.maketrans("đĐ–—", "dD--")
"""Letters and dashes that no normal form takes apart."""


def clean_line(text: str) -> str:
    """One line: for names and titles. Zero-width joiners stay, Khmer and Burmese need them."""
    return _SPACES.sub(" ", clean_text(text).replace("\n", " ")).strip()


def clean_text(text: str) -> str:
    """Several lines. Lone surrogates (which no encoding can carry) become question marks. Where nothing of it can be
    seen, nothing is left."""
    text = text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text
    if _ODD.search(text):  # one look instead of four: most texts have nothing of it
        text = _BIDI_OVERRIDE.sub("", _CONTROL.sub("", _LINE_END.sub("\n", text)))
    text = normalize(text)  # last: what was taken out may have stood between a letter and its mark
    return _MANY_BLANK_LINES.sub("\n\n", text).strip() if _SHOWS.search(text) else ""


def normalize(text: str, form: Literal["NFC", "NFKC", "NFKD"] = "NFC") -> str:
    """For whatever was sent, instead of `unicodedata.normalize`: of a row of marks the first ones stay."""
    return _cut_marks(unicodedata.normalize(form, _cut_marks(text)))  # some become several


def printable(text: str) -> str:
    """Without what no file can hold. It breaks nothing: our texts have none of it, but those of others may."""
    return _NO_CHARACTER.sub("", text)


def shorten(text: str, longest: int) -> str:
    """At a blank where the script has them; else never between a letter and its marks."""
    if len(text) <= longest:
        return text
    end = longest
    while unicodedata.category(text[end]).startswith("M") or text[end - 1] in _STACKERS:
        end -= 1
    space = text.rfind(" ", longest // 2, end)
    return text[: space if space > 0 else end] + "…"


def says_something(text: str) -> bool:
    """Whether there is a letter, a figure or a symbol in it that can be seen: what has to be filled in has one."""
    return any(unicodedata.category(character)[0] in "LNS" and _SHOWS.match(character) for character in text)


def slugify(text: str, *, fallback: str) -> str:
    """Latin letters and digits joined by hyphens; `fallback` where none are left."""
    folded = normalize(text.translate(_STROKED), "NFKD").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")[:60].rstrip("-") or fallback


def hash_texts(*parts: str) -> str:
    """A stable fingerprint; the separator keeps ('ab', 'c') and ('a', 'bc') apart."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _cut_marks(text: str) -> str:
    return text if text.isascii() else _many_marks().sub(r"\1", text)


@cache
def _many_marks() -> re.Pattern[str]:
    """A row of more, the first ones as a group. Some characters become marks only when taken apart: each is asked."""
    apart = {point: unicodedata.normalize("NFKD", chr(point)) for point in _MARK_PLACES}
    marks = "".join(chr(point) for point, parts in apart.items() if unicodedata.combining(parts[0]))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and _SURROGATE.search(text) is not None
