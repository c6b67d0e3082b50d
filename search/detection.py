"""Which language a text is in: by its script, and for Latin letters by the reader's own first."""

import re
from typing import Final

from search.languages import LANGUAGES, Script, find_language

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


def count_scripts(text: str) -> dict[Script, int]:
    """Return how many characters of each known script the text has, absent scripts left out."""
    counts = {script: len(pattern.findall(text)) for script, pattern in _SCRIPTS.items()}
    return {script: number for script, number in counts.items() if number}


def detect_language(text: str, *, trusted: str) -> str:
    """Return the code of the text's language; `trusted` decides where the text does not."""
    counts = count_scripts(text)
    trusted = find_language(trusted).code
    if not counts:
        return trusted
    # A word in another script says more than Latin letters, which names and units have everywhere.
    script = max(counts, key=lambda one: counts[one] * (1 if one is Script.LATIN else 4))
    if script is not Script.LATIN:
        return _ONLY_LANGUAGE[script]
    if find_language(trusted).script is Script.LATIN and trusted in LANGUAGES:
        return trusted
    return "en"
