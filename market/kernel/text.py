"""The author's text as we store it: NFC, without what cannot be shown; nothing else is touched."""

import hashlib
import re
import unicodedata

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which not every database takes, and lone surrogates, which no encoding carries."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MANY_BLANK_LINES = re.compile(r"\n{3,}")
_LINE_END = re.compile("\r\n|[\r\u2028\u2029]")
_SPACES = re.compile(r"[ \t\u00a0\u3000]+")
_STROKED = str.maketrans("đĐ", "dD")
"""Letters that no normal form takes apart."""


def clean_line(text: str) -> str:
    """One line: for names and titles. Zero-width joiners stay, Khmer and Burmese need them."""
    return _SPACES.sub(" ", clean_text(text).replace("\n", " ")).strip()


def clean_text(text: str) -> str:
    """Several lines. Lone surrogates (which no encoding can carry) become question marks."""
    text = text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text
    text = _BIDI_OVERRIDE.sub("", _CONTROL.sub("", _LINE_END.sub("\n", text)))
    text = unicodedata.normalize("NFC", text)  # last: what was taken out may have stood between a letter and its mark
    return _MANY_BLANK_LINES.sub("\n\n", text).strip()


def has_letters(text: str) -> bool:
    """Whether there is a letter or a figure of any script in it."""
    return any(unicodedata.category(character)[0] in "LN" for character in text)


def slugify(text: str, *, fallback: str) -> str:
    """Latin letters and digits joined by hyphens; `fallback` where none are left."""
    folded = unicodedata.normalize("NFKD", text.translate(_STROKED)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded.lower()).strip("-")[:60].rstrip("-") or fallback


def hash_texts(*parts: str) -> str:
    """A stable fingerprint; the separator keeps ('ab', 'c') and ('a', 'bc') apart."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
