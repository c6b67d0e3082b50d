"""Translations from the `.po` files, read when a language is first used: nothing is compiled beforehand."""

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from locales import LANGUAGES

FOLDER = Path(__file__).parent


def catalogue_path(code: str) -> Path:
    return FOLDER / code / "LC_MESSAGES" / "messages.po"


@cache
def load_translations(code: str) -> Translations:
    """English is the language of the msgids: what a catalogue lacks shows in English."""
    with catalogue_path(code).open("rb") as source:
        catalogue = read_po(source, locale=LANGUAGES[code].locale)
    # A plural without a translation is left out: gettext then falls back to English with its own plural rule.
    for message in list(catalogue):
        if message.pluralizable and not all(message.string or ()):
            catalogue.delete(message.id, message.context)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
