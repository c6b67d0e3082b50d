"""Which language a text is in: by its script, and among the six in Latin letters by their letters.

The six are told apart by a naive Bayes model over short runs of letters and whole words,
learned at first use from the project's own texts in `search/texts/`. What the page says about
the reader is trusted first: two words are too few to tell Malay from Indonesian.
"""

import math
import re
from collections import Counter
from functools import cache
from typing import Final

from search.analysis import fold_accents, search_key
from search.languages import LANGUAGES, OTHER, Language, Script, find_language
from search.own_texts import read_texts

_SCRIPTS: Final = {
    Script.HAN: re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
    Script.KHMER: re.compile("[\u1780-\u17ff]"),
    Script.LAO: re.compile("[\u0e80-\u0eff]"),
    Script.LATIN: re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    Script.BURMESE: re.compile("[\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f]"),
    Script.TAMIL: re.compile("[\u0b80-\u0bff]"),
    Script.THAI: re.compile("[\u0e00-\u0e7f]"),
}
_ONLY_LANGUAGE: Final = {
    language.script: language.code for language in LANGUAGES.values() if language.script is not Script.LATIN
}
_LATIN: Final = tuple(code for code, language in LANGUAGES.items() if language.script is Script.LATIN)

_LONGEST_GRAM: Final = 4
_WORD_FACTOR: Final = 2
_SMOOTHING: Final = 0.3
_TRUST: Final = 6.0
"""Natural logarithm of how much likelier the trusted language is before the text is read."""

_MOST_CHARACTERS: Final = 400
_ABBREVIATION: Final = re.compile(r"\b[A-Z][A-Z0-9]{0,4}\b")
"""Units and abbreviations are of no language."""

_LETTERS: Final = re.compile(r"[^\W\d_]+")


def count_scripts(text: str) -> dict[Script, int]:
    """Return how many characters of each known script the text has, absent scripts left out."""
    if text.isascii():
        letters = len(_SCRIPTS[Script.LATIN].findall(text))
        return {Script.LATIN: letters} if letters else {}
    counts = {script: len(pattern.findall(text)) for script, pattern in _SCRIPTS.items()}
    return {script: number for script, number in counts.items() if number}


def detect_language(text: str, *, trusted: str) -> str:
    """Return the code of the text's language; `trusted`, if one of ours, decides unless the text speaks against it."""
    counts = count_scripts(text)
    own = find_language(trusted)
    if not counts:
        return own.code if own is not OTHER else "en"
    # A word in another script says more than Latin letters, which names and units have everywhere.
    script = max(counts, key=lambda one: counts[one] * (1 if one is Script.LATIN else 4))
    if script is not Script.LATIN:
        return _ONLY_LANGUAGE[script]
    return _detect_latin(text, own)


def _detect_latin(text: str, own: Language) -> str:
    scores = score_latin(text)
    if not any(scores.values()):
        return own.code if own is not OTHER else "en"
    if own.code in scores:
        # Of one group, such as Malay and Indonesian, the trusted one is meant.
        mates = [code for code in scores if LANGUAGES[code].group == own.group]
        best = max(scores[code] for code in mates)
        scores = {code: score for code, score in scores.items() if code not in mates}
        scores[own.code] = best + _TRUST
    return max(scores, key=lambda code: scores[code])


def score_latin(text: str) -> dict[str, float]:
    """Return the log likelihood of a text in Latin letters under each of the languages that use them."""
    grams = _list_grams(text[:_MOST_CHARACTERS])
    models = _learn()
    return {code: sum(model.get(gram, floor) for gram in grams) for code, (model, floor) in models.items()}


def _list_grams(text: str) -> list[str]:
    grams: list[str] = []
    for word in _LETTERS.findall(search_key(_ABBREVIATION.sub(" ", text))):
        padded = f" {word} "
        grams.extend([padded] * _WORD_FACTOR)
        for size in range(1, _LONGEST_GRAM + 1):
            grams.extend(padded[start : start + size] for start in range(len(padded) - size + 1))
    return grams


@cache
def _learn() -> dict[str, tuple[dict[str, float], float]]:
    counts: dict[str, Counter[str]] = {code: Counter() for code in _LATIN}
    for code, texts in read_texts().items():
        if code not in counts:
            continue
        for text in (*texts.passages, *texts.sentences, *texts.keywords):
            counts[code].update(_list_grams(text))
            if LANGUAGES[code].accented:
                # Many type it without diacritics, above all in a search box.
                counts[code].update(_list_grams(fold_accents(search_key(text))))
    size = len(set().union(*counts.values())) or 1
    models: dict[str, tuple[dict[str, float], float]] = {}
    for code, found in counts.items():
        whole = math.log(found.total() + _SMOOTHING * size)
        models[code] = (
            {gram: math.log(number + _SMOOTHING) - whole for gram, number in found.items()},
            math.log(_SMOOTHING) - whole,
        )
    return models
