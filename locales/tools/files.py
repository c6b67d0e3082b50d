"""Reading and writing `.po` files so that the same messages always give the same bytes."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import PoFileError, read_po, write_po

from locales import LANGUAGES, Language
from locales.catalogues import FOLDER, catalogue_path

KEPT_HEADERS: Final = ("Language", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
"""The others hold dates and versions of tools, which would change with every run."""


def path_in(folder: Path, code: str) -> Path:
    """Where a language's catalogue lies below another folder than the project's own."""
    return folder / catalogue_path(code).relative_to(FOLDER)


def list_codes(folder: Path) -> list[str]:
    """The languages that have a catalogue, in our order."""
    return [code for code in LANGUAGES if path_in(folder, code).is_file()]


def plural_forms(language: Language) -> str:
    """As the header says it. Babel's own table lacks some of our languages and then guesses English's two forms."""
    locale = Locale.parse(language.locale)
    if not locale.plural_form.tags:
        return "nplurals=1; plural=0;"
    return get_plural(locale).plural_forms


def make_catalogue(code: str) -> Catalog:
    """An empty one."""
    language = LANGUAGES[code]
    name = Locale.parse(language.locale).english_name
    catalogue = Catalog(
        locale=language.locale,
        header_comment=f"# {name} ({language.own_name}). See docs/translating.md.\n# Translators, one name a line:",
    )
    _set_plural_forms(catalogue, language)
    return catalogue


def read_catalogue(folder: Path, code: str) -> Catalog:
    """Raises `PoFileError` or `ValueError` where the file is malformed."""
    path = path_in(folder, code)
    try:
        with path.open("rb") as source:
            return read_po(source, locale=LANGUAGES[code].locale, abort_invalid=True)
    except (PoFileError, ValueError) as problem:
        problem.add_note(f"while reading {path}")
        raise


def update_catalogue(catalogue: Catalog, code: str, template: Catalog) -> None:
    """Take over the template's messages, order and comments; keep translations and translators' notes.

    A message that gained or lost its plural becomes fuzzy: its translation is there, but not right.
    """
    _set_plural_forms(catalogue, LANGUAGES[code])
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)


def write_catalogue(folder: Path, code: str, catalogue: Catalog) -> None:
    """In the catalogue's own order. Places are written by file only: lines would change with every edit of a page."""
    body = io.BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, ignore_obsolete=True, include_lineno=False)
    path = path_in(folder, code)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_header(catalogue).encode() + body.getvalue().rstrip(b"\n") + b"\n")


def messages_of(catalogue: Catalog) -> Iterator[Message]:
    """All but the header, which gettext keeps as the translation of nothing."""
    return (message for message in catalogue if message.id)


def ids_of(message: Message) -> tuple[str, ...]:
    """One, or singular and plural."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def texts_of(message: Message) -> tuple[str, ...]:
    """The translation's forms; empty where untranslated."""
    string = message.string
    return (string or "",) if isinstance(string, str) or string is None else tuple(string)


def files_of(message: Message) -> list[str]:
    return sorted({place for place, _ in message.locations})


def is_translated(message: Message) -> bool:
    return all(texts_of(message)) and not message.fuzzy


def _set_plural_forms(catalogue: Catalog, language: Language) -> None:
    catalogue.mime_headers = [("Plural-Forms", plural_forms(language))]


def _header(catalogue: Catalog) -> str:
    kept = "".join(f'"{name}: {value}\\n"\n' for name, value in catalogue.mime_headers if name in KEPT_HEADERS)
    comment = f"{catalogue.header_comment}\n" if catalogue.header_comment else ""
    return f'{comment}msgid ""\nmsgstr ""\n{kept}\n'
