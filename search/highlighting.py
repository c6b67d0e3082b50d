"""Marks the words of a query in an author's text, which itself stays as it was written.

The text is taken cluster by cluster to its search key, words are compared there, and what
matches is carried back. So a mark begins and ends between grapheme clusters, in any script.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from icu4py.breakers import CharacterBreaker, WordBreaker

from search.analysis import cut_words, fold_accents, has_unspaced, search_key
from search.languages import Language, find_language

Segments: TypeAlias = list[tuple[str, bool]]
Span: TypeAlias = tuple[int, int]

ELLIPSIS: Final = "\u2026"
_SHORTEST_RUN: Final = 2
"""Characters of an unspaced run of the query that are marked also where the text's words are cut otherwise."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_AA: Final = "\u0e32\u0eb2"
_NIKHAHIT: Final = re.compile("[\u0e4d\u0ecd][\u0e48-\u0e4b\u0ec8-\u0ecb]?\\Z")
_JOINER: Final = re.compile("[\u1039\u17d2]\u200d?\\Z")
_SPACED_WORD: Final = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u0b82-\u0bd7])*")
_UNSPACED_RUN: Final = re.compile(r"[^\s\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A text's key, and where in the text each of the key's characters comes from.

    `starts` are the key's offsets at which clusters begin, `borders` the text's; both end with the length.
    """

    key: str
    starts: list[int]
    borders: list[int]

    def find_span(self, start: int, end: int) -> Span:
        """Return the part of the text, in whole clusters, that a part of the key comes from."""
        first = bisect_right(self.starts, start) - 1
        last = bisect_left(self.starts, end)
        return self.borders[first], self.borders[last]


@lru_cache(maxsize=16_384)
def _key_of(cluster: str) -> str:
    return search_key(cluster)


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
    for start, end in _measure(CharacterBreaker(_hide_surrogates(text), "en")):
        cluster = text[start:end]
        # What is stacked below a letter belongs to it, in Khmer and Burmese, and so does the
        # second half of a Thai or Lao sara am typed in two.
        if clusters and (_JOINER.search(clusters[-1]) or (cluster[0] in _AA and _NIKHAHIT.search(clusters[-1]))):
            clusters[-1] += cluster
        else:
            clusters.append(cluster)
    return clusters


def _take_key(text: str) -> _Keyed:
    if text.isascii() and "\r\n" not in text:
        places = list(range(len(text) + 1))
        return _Keyed(search_key(text), places, places)
    key: list[str] = []
    starts, borders = [0], [0]
    for cluster in _cut_clusters(text):
        part = _key_of(cluster)
        borders.append(borders[-1] + len(cluster))
        starts.append(starts[-1] + len(part))
        key.append(part)
    return _Keyed("".join(key), starts, borders)


def _find_words(key: str, language: Language) -> Iterable[Span]:
    if has_unspaced(key):
        words = _measure(WordBreaker(key, language.code))
        return [(start, end) for start, end in words if _SPACED_WORD.match(key, start, end)]
    return [match.span() for match in _SPACED_WORD.finditer(key)]


def _find_matches(keyed: _Keyed, query_words: str, language: Language) -> list[Span]:
    """Return the spans of the text that match, sorted, apart from each other."""
    wanted = set(cut_words(query_words, language))
    if not wanted:
        return []
    # What is asked with diacritics is not meant without them.
    plain = {word for word in wanted if fold_accents(word) == word} if language.accented else set()
    spans: list[Span] = []
    for start, end in _find_words(keyed.key, language):
        word = keyed.key[start:end]
        if not language.accented:
            word = fold_accents(word)
        if word in wanted or (plain and fold_accents(word) in plain):
            spans.append((start, end))
    for run in set(_UNSPACED_RUN.findall(search_key(query_words))):
        if len(run) >= _SHORTEST_RUN and has_unspaced(run):
            spans.extend(match.span() for match in re.finditer(re.escape(run), keyed.key))
    return _merge([keyed.find_span(*span) for span in spans])


def _merge(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end > start:
            merged.append((start, end))
    return merged


def _cut_segments(text: str, spans: list[Span]) -> Segments:
    segments: Segments = []
    place = 0
    for start, end in spans:
        if start > place:
            segments.append((text[place:start], False))
        segments.append((text[start:end], True))
        place = end
    if place < len(text):
        segments.append((text[place:], False))
    return segments


def mark(text: str, query_words: str, language: str) -> Segments:
    """Return the text in segments, each with whether it matches the query; joined they are the text.

    `query_words` is the query as typed, `language` the text's own.
    """
    if not text:
        return []
    spans = _find_matches(_take_key(text), query_words, find_language(language))
    return _cut_segments(text, spans)


def excerpt(text: str, query: str, language: str, length: int) -> str:
    """Return the part of about `length` characters that has most of the query; `mark` marks it.

    Cut at words where the script shows them, never within a cluster; an ellipsis stands where
    text was left out.
    """
    if len(text) <= length:
        return text
    row = find_language(language)
    keyed = _take_key(text)
    borders = _list_borders(text, keyed, row)
    wished = _choose_start(text, _find_matches(keyed, query, row), length)
    first = borders[bisect_right(borders, wished) - 1]
    last = borders[bisect_right(borders, first + length) - 1]
    if last <= first:
        # One word is longer than the whole part.
        last = max(
            keyed.borders[bisect_right(keyed.borders, first + length) - 1],
            keyed.borders[bisect_right(keyed.borders, first)],
        )
    before = ELLIPSIS if first > 0 else ""
    return before + text[first:last].strip() + (ELLIPSIS if last < len(text) else "")


def _choose_start(text: str, spans: list[Span], length: int) -> int:
    """Return where a part of the length begins that holds the most different matches, as early as can be."""
    best, place = 0, 0
    for start, _ in spans:
        begin = max(0, start - length // 5)
        inside = {text[a:b].casefold() for a, b in spans if a >= begin and b <= begin + length}
        if len(inside) > best:
            best, place = len(inside), begin
    return min(place, max(0, len(text) - length))


def _list_borders(text: str, keyed: _Keyed, language: Language) -> list[int]:
    clusters = set(keyed.borders)
    if has_unspaced(text):
        words = {start for start, _ in _measure(WordBreaker(_hide_surrogates(text), language.code))}
    else:
        words = {match.end() for match in re.finditer(r"\s+", text)}
    return sorted((words & clusters) | {0, len(text)})
