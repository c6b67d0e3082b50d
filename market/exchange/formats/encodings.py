"""Which encoding a text is in, and its lines. Nothing is guessed away: a byte that an encoding does not know stands in
the line as a lone surrogate, so the row that holds it can be refused.

UTF-8, UTF-16 with its mark, GB18030, TIS-620 with Windows' additions, Windows-1258 are recognised by how well the text
fits the script's own rules; Windows-1252 is offered and never sure.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO, Final

from market.exchange.formats.rows import MAX_LINE, UnreadableFile
from market.kernel.errors import N_
from market.kernel.text import normalize

ENCODINGS: Final = {
    "utf-8": N_("Unicode"),
    "utf-16": N_("Unicode"),
    "gb18030": N_("Chinese"),
    "tis-620": N_("Thai"),
    "windows-1258": N_("Vietnamese"),
    "windows-1252": N_("Western European languages"),
}
"""Those that a sender may choose: the name, to be shown as it is, and what is written in it."""

UNKNOWN_ENCODING = N_("We do not know the encoding %(encoding)s.")
WRONG_ENCODING = N_("This is not written in the encoding %(encoding)s. Please choose another one.")

_CODECS: Final = {
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "gb18030": "gb18030",
    "tis-620": "cp874",
    "windows-1258": "cp1258",
    "windows-1252": "cp1252",
}
_OTHER_NAMES: Final = {
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "ascii": "utf-8",
    "utf16": "utf-16",
    "utf-16le": "utf-16",
    "utf-16be": "utf-16",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
    "tis620": "tis-620",
    "iso-8859-11": "tis-620",
    "windows-874": "tis-620",
    "cp874": "tis-620",
    "cp1258": "windows-1258",
    "cp1252": "windows-1252",
    "iso-8859-1": "windows-1252",
    "latin-1": "windows-1252",
}

_SURE: Final = 0.9
_LEAD: Final = 0.1
_LEAST_EVIDENCE: Final = 8
"""Bytes beyond ASCII below which a guess is never sure, save for UTF-8, whose sequences hardly occur by chance."""

_CHUNK: Final = 1 << 16
_BAD_BYTE: Final = re.compile("[\udc80-\udcff]")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")

_THAI_FAULT: Final = re.compile("(?<![ก-ฮะ-ฺ็-๎])[ัิ-ฺ็-๎]|[เ-ไ](?![ก-ฮ])")
"""A mark without a letter below it, a leading vowel without one behind."""
_THAI: Final = re.compile("[กขคงจชซญณดตถทธนบปผฝพฟภมยรลวศษสหอฮะัาำิีึืุูเแโใไๆ็่้๊๋์]")
"""Letters of everyday words. Chinese read as Thai has many of the others, and figures, which are rare in real text."""
_VIETNAMESE: Final = re.compile(
    "[àáâãèéêìíòóôùúýăđơưÀÁÂÃÈÉÊÌÍÒÓÔÙÚÝĂĐƠƯ]|(?<=[aeiouyâêôăơưAEIOUYÂÊÔĂƠƯ])[\u0300\u0301\u0303\u0309\u0323]"
)
_VIETNAMESE_ALONE: Final = re.compile("[đơưĐƠƯ\u0300\u0301\u0303\u0309\u0323]")
_LEAST_VIETNAMESE: Final = 0.25
"""Share of letters that stand for others in Western texts; in real Vietnamese it is about a half. Its ă is their ã."""
_TYPOGRAPHY: Final = frozenset("“”‘’—–…·•«»°±×\u00a0")
_CHINESE_SIGNS: Final = (range(0x3000, 0x3020), range(0xFF01, 0xFF5F))


@dataclass(frozen=True, slots=True)
class Guess:
    """`name` is one of `ENCODINGS`; where it is not sure, a person is asked."""

    name: str
    sure: bool


def find_encoding(name: str) -> str:
    """Our name for an encoding that somebody named."""
    known = name.strip().lower().replace("_", "-")
    known = _OTHER_NAMES.get(known, known)
    if known not in ENCODINGS:
        raise UnreadableFile(UNKNOWN_ENCODING, encoding=name[:40])
    return known


def guess_encoding(sample: bytes) -> Guess:
    """`sample` begins at the beginning of a line, or of the file; it may end within a character."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Guess("utf-16", sure=True)
    if sample.isascii() or sample.startswith(codecs.BOM_UTF8):
        return Guess("utf-8", sure=True)
    if _score("utf-8", sample) >= _SURE:
        return Guess("utf-8", sure=True)
    scores = {name: _score(name, sample) for name in ("gb18030", "tis-620", "windows-1258")}
    (best, score), (_, second), *_ = Counter(scores).most_common()
    evidence = len(sample) - len(sample.translate(None, bytes(range(128, 256))))
    if score < _SURE:
        return Guess(best if score > 1 - _SURE and not _fits_western(sample) else "windows-1252", sure=False)
    return Guess(best, sure=score - second >= _LEAD and evidence >= _LEAST_EVIDENCE)


def read_lines(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Lines with their ends. One that is too long is given as its first `MAX_LINE + 1` characters. Lines end with LF;
    in a text without one, with CR.
    """
    rest = ""
    end = ""
    for text in _decode(stream, encoding):
        end = end or ("\r" if "\n" not in text and "\r" in text else "\n")
        *lines, rest = (rest + text).split(end)
        for line in lines:
            yield _finish(line[: MAX_LINE + 1] + end, encoding)
        # Of a line without an end only as much is kept as shows that it is too long.
        rest = rest[: MAX_LINE + 1]
    if rest:
        yield _finish(rest, encoding)


def has_bad_bytes(text: str) -> bool:
    return not text.isascii() and _BAD_BYTE.search(text) is not None


def _decode(stream: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(_CODECS[encoding])("surrogateescape")
    try:
        first = True
        while chunk := stream.read(_CHUNK):
            text = decoder.decode(chunk)
            yield text.removeprefix("\ufeff") if first else text
            first = False
        yield decoder.decode(b"", final=True)
    except UnicodeError as problem:  # half a unit of UTF-16 cannot be kept as it is
        raise UnreadableFile(WRONG_ENCODING, encoding=encoding) from problem


def _finish(line: str, encoding: str) -> str:
    """Windows-1258 writes letter and tone apart."""
    return normalize(line) if encoding == "windows-1258" else line


def _score(name: str, sample: bytes) -> float:
    """How much of what is beyond ASCII is as the script would have it: 1 for all, 0 or less for none."""
    text = codecs.getincrementaldecoder(_CODECS[name])("surrogateescape").decode(sample)
    beyond = Counter(_BEYOND_ASCII.findall(text))
    total = beyond.total()
    good = sum(count for character, count in beyond.items() if character in _TYPOGRAPHY)
    match name:
        case "utf-8":
            good = total - sum(count for character, count in beyond.items() if _BAD_BYTE.match(character))
        case "gb18030":
            good += sum(count for character, count in beyond.items() if _is_common_chinese(character))
        case "tis-620":
            good += sum(count for character, count in beyond.items() if _THAI.match(character))
            good -= 2 * len(_THAI_FAULT.findall(text))
        case _:
            alone = sum(count for character, count in beyond.items() if _VIETNAMESE_ALONE.match(character))
            good = good + len(_VIETNAMESE.findall(text)) if alone >= total * _LEAST_VIETNAMESE else 0
    return good / total if total else 0.0


@cache
def _is_common_chinese(character: str) -> bool:
    """Of the 3,755 most common characters, which GB 2312 has in its rows 16 to 55, or a Chinese sign."""
    if any(ord(character) in signs for signs in _CHINESE_SIGNS):
        return True
    try:
        return 0xB0 <= character.encode("gb2312")[0] <= 0xD7  # noqa: PLR2004 - the rows' first bytes
    except UnicodeEncodeError:
        return False


def _fits_western(sample: bytes) -> bool:
    """Whether letters beyond ASCII mostly stand alone among ASCII letters, as in Portuguese or French."""
    pairs = len(re.findall(rb"[\x80-\xff]{2}", sample))
    return pairs * 4 < len(re.findall(rb"[\x80-\xff]", sample))
