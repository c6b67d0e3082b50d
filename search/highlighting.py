"""Marks the words of a query in an author's text, which itself stays as it was written.

The text is taken cluster by cluster to its search key, words are compared there, and what
matches is carried back. So a mark begins and ends between grapheme clusters, in any script.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, TypeAlias

from icu4py.breakers import CharacterBreaker, WordBreaker

from search.analysis import cut_words, fold_accents, has_unspaced, search_key
from search.languages import Language, find_language
from search.own_texts import read_texts

Segments: TypeAlias = list[tuple[str, bool]]
Span: TypeAlias = tuple[int, int]

ELLIPSIS: Final = "\u2026"
_SHORTEST_RUN: Final = 2
"""Characters of an unspaced run of the query that are marked also where the text's words are cut otherwise."""

_COMMON: Final = 0.2
"""Share of the project's own passages of a language above which a word in them is not marked."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_AA: Final = "\u0e32\u0eb2"
_NIKHAHIT: Final = re.compile("[\u0e4d\u0ecd][\u0e48-\u0e4b\u0ec8-\u0ecb]?\\Z")
_ALONE: Final = ((" ", "\u02ff"), ("\u0370", "\u0482"), ("\u1e00", "\u1fff"), ("\u2010", "\u206f"),
                 ("\u2190", "\u22ff"), ("\u3000", "\u3029"), ("\u3400", "\u9fff"), ("\uff01", "\uff5e"))  # fmt: skip
"""Latin, Greek, Cyrillic, punctuation, Chinese: what of these is no mark is never stacked nor put together."""

_JOINING: Final = "\u1039\u17d2\u200d"
_JOINER: Final = re.compile("[\u1039\u17d2]\u200d?\\Z")
_MARKS: Final = r"\u0300-\u036f\u0b82-\u0bd7"
_LETTER: Final = rf"(?:[^\W_]|[{_MARKS}])"
_SPACED_WORD: Final = re.compile(rf"[^\W_]{_LETTER}*")
_UNSPACED_RUN: Final = re.compile(r"[^\s\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A text's key, and where in the text each of the key's characters comes from.

    `starts` are the key's offsets at which clusters begin, `borders` the text's; both end with the length.
    """

    key: str
    starts: Sequence[int]
    borders: Sequence[int]

    def find_span(self, start: int, end: int) -> Span:
        """Return the part of the text, in whole clusters, that a part of the key comes from."""
        first = bisect_right(self.starts, start) - 1
        last = bisect_left(self.starts, end)
        return self.borders[first], self.borders[last]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What of a query is marked: its words, those that count without diacritics as well, its runs without spaces.

    `spaced` and `spaced_plain` find the words in a key whose script shows where words end.
    """

    words: frozenset[str]
    plain: frozenset[str]
    runs: tuple[str, ...]
    spaced: re.Pattern[str]
    spaced_plain: re.Pattern[str]


def _compile_words(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, whole; of none, nothing."""
    choices = "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"
    return re.compile(f"(?<!{_LETTER})(?:{choices})(?!{_LETTER})")


@lru_cache(maxsize=1_024)
def _read_query(query: str, language: Language) -> _Wanted:
    words = frozenset(cut_words(query, language))
    # A query of nothing else keeps them: somebody looks for "the who".
    words = words - _list_common().get(language.code, frozenset()) or words
    # What is asked with diacritics is not meant without them.
    plain = frozenset(word for word in words if fold_accents(word) == word) if language.accented else frozenset()
    runs = {run for run in _UNSPACED_RUN.findall(search_key(query)) if len(run) >= _SHORTEST_RUN and has_unspaced(run)}
    return _Wanted(words, plain, tuple(sorted(runs)), _compile_words(words), _compile_words(plain))


@lru_cache(maxsize=16_384)
def _key_of(cluster: str) -> str:
    return search_key(cluster)


@lru_cache(maxsize=16_384)
def _stands_alone(character: str) -> bool:
    """Say whether a character is a cluster of its own whatever stands beside it, and its key one character too."""
    if character in "\n\t":
        return True
    alone = any(first <= character <= last for first, last in _ALONE)
    return alone and unicodedata.category(character)[0] not in "MC" and len(_key_of(character)) == 1


def _hide_surrogates(text: str) -> str:
    # ICU takes none; places stay what they are.
    return _SURROGATE.sub("\ufffd", text)


def _measure(parts: Iterable[str]) -> Iterator[Span]:
    # ICU's own places count in UTF-16.
    place = 0
    for part in parts:
        yield place, place + len(part)
        place += len(part)


def _cut_clusters(text: str) -> list[str]:
    clusters: list[str] = []
    place = 0
    for part in CharacterBreaker(_hide_surrogates(text), "en"):
        cluster = text[place : place + len(part)]
        place += len(part)
        # What is stacked below a letter belongs to it, in Khmer and Burmese, and so does the
        # second half of a Thai or Lao sara am typed in two.
        if clusters and (
            (clusters[-1][-1] in _JOINING and _JOINER.search(clusters[-1]))
            or (cluster[0] in _AA and _NIKHAHIT.search(clusters[-1]))
        ):
            clusters[-1] += cluster
        else:
            clusters.append(cluster)
    return clusters


def _take_key(text: str) -> _Keyed:
    if (text.isascii() and "\r\n" not in text) or all(map(_stands_alone, set(text))):
        # Two in three texts: cutting them into clusters would cost twenty times as much.
        places = range(len(text) + 1)
        return _Keyed(search_key(text), places, places)
    key: list[str] = []
    starts, borders = [0], [0]
    for cluster in _cut_clusters(text):
        part = _key_of(cluster)
        borders.append(borders[-1] + len(cluster))
        starts.append(starts[-1] + len(part))
        key.append(part)
    return _Keyed("".join(key), starts, borders)


@cache
def _list_common() -> dict[str, frozenset[str]]:
    """Return each language's words that say nothing of what a text is about: those in many of the project's texts."""
    common: dict[str, frozenset[str]] = {}
    for code, texts in read_texts().items():
        language = find_language(code)
        counts = Counter(word for text in texts.passages for word in set(cut_words(text, language)))
        common[code] = frozenset(word for word, number in counts.items() if number >= _COMMON * len(texts.passages))
    return common


def _find_matches(keyed: _Keyed, query: str, language: Language) -> list[Span]:
    """Return the spans of the text that match, sorted, apart from each other."""
    wanted = _read_query(query, language)
    if not wanted.words:
        return []
    spans = _find_words(keyed.key, wanted, language)
    for run in wanted.runs:
        spans.extend(match.span() for match in re.finditer(re.escape(run), keyed.key))
    return _merge([keyed.find_span(*span) for span in spans])


def _find_words(key: str, wanted: _Wanted, language: Language) -> list[Span]:
    folded = fold_accents(key)
    if has_unspaced(key) or len(folded) != len(key):
        return _find_word_by_word(key, wanted, language)
    if not language.accented:
        return [match.span() for match in wanted.spaced.finditer(folded)]
    spans = [match.span() for match in wanted.spaced.finditer(key)]
    if wanted.plain:
        spans += [match.span() for match in wanted.spaced_plain.finditer(folded)]
    return spans


def _find_word_by_word(key: str, wanted: _Wanted, language: Language) -> list[Span]:
    """Where words have to be cut by the script's rules, or folding would move them."""
    spans: list[Span] = []
    if has_unspaced(key):
        places = [place for place in _measure(WordBreaker(key, language.code)) if _SPACED_WORD.match(key, *place)]
    else:
        places = [match.span() for match in _SPACED_WORD.finditer(key)]
    for start, end in places:
        word = key[start:end]
        if not language.accented:
            word = fold_accents(word)
        if word in wanted.words or (wanted.plain and fold_accents(word) in wanted.plain):
            spans.append((start, end))
    return spans


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged


def _cut_segments(text: str, spans: list[Span], first: int, last: int) -> Segments:
    segments: Segments = []
    place = first
    for start, end in spans:
        if end <= first or start >= last:
            continue
        if start > place:
            segments.append((text[place:start], False))
        place = min(end, last)
        segments.append((text[max(start, first) : place], True))
    if place < last:
        segments.append((text[place:last], False))
    return segments


def mark(text: str, query_words: str, language: str) -> Segments:
    """Return the text in segments, each with whether it matches the query; joined they are the text.

    `query_words` is the query as typed, `language` the text's own.
    """
    if not text:
        return []
    spans = _find_matches(_take_key(text), query_words, find_language(language))
    return _cut_segments(text, spans, 0, len(text))


def mark_excerpt(text: str, query: str, language: str, length: int) -> Segments:
    """Return the part of about `length` characters that has most of the query, in segments as `mark` does.

    Cut at words where the script shows them, never within a cluster; an ellipsis stands where
    text was left out.
    """
    if len(text) <= length:
        return mark(text, query, language)
    row = find_language(language)
    keyed = _take_key(text)
    spans = _find_matches(keyed, query, row)
    first, last = _choose_part(text, keyed, row, spans, length)
    segments = _cut_segments(text, spans, first, last)
    before = [(ELLIPSIS, False)] if first > 0 else []
    after = [(ELLIPSIS, False)] if last < len(text) else []
    return before + segments + after


def _choose_part(text: str, keyed: _Keyed, language: Language, spans: list[Span], length: int) -> Span:
    wished = _choose_start(text, spans, length)
    if isinstance(keyed.borders, range) and not has_unspaced(text):
        first = _find_border(text, wished)
        last = _find_border(text, first + length)
    else:
        borders = _list_borders(text, keyed, language)
        first = borders[bisect_right(borders, wished) - 1]
        last = borders[bisect_right(borders, first + length) - 1]
    if last <= first:
        # One word is longer than the whole part.
        last = max(
            keyed.borders[bisect_right(keyed.borders, first + length) - 1],
            keyed.borders[bisect_right(keyed.borders, first)],
        )
    part = text[first:last]
    return first + len(part) - len(part.lstrip()), last - len(part) + len(part.rstrip())


def _choose_start(text: str, spans: list[Span], length: int) -> int:
    """Return where a part of the length begins that holds the most different matches, as early as can be."""
    best, place = 0, 0
    for start, _ in spans:
        begin = max(0, start - length // 5)
        inside = {text[a:b].casefold() for a, b in spans if a >= begin and b <= begin + length}
        if len(inside) > best:
            best, place = len(inside), begin
    return min(place, max(0, len(text) - length))


def _find_border(text: str, place: int) -> int:
    """Return the last place up to the given one where a word of a spaced script begins."""
    return place if place >= len(text) else max(text.rfind(blank, 0, place) for blank in " \n\t") + 1


def _list_borders(text: str, keyed: _Keyed, language: Language) -> list[int]:
    if has_unspaced(text):
        words = {start for start, _ in _measure(WordBreaker(_hide_surrogates(text), language.code))}
    else:
        words = {match.end() for match in re.finditer(r"\s+", text)}
    if not isinstance(keyed.borders, range):
        words &= set(keyed.borders)
    return sorted(words | {0, len(text)})
