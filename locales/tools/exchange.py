"""Handing untranslated messages to translators as JSON, and taking their work back."""

from pathlib import Path
from typing import TypedDict

from babel.messages.catalog import Catalog, Message
from pydantic import BaseModel, TypeAdapter

from locales import DEFAULT_LANGUAGE
from locales.tools.files import files_of, ids_of, is_translated, messages_of, read_catalogue, write_catalogue

NOTE = "translator: "
"""How a note of the translator begins in the catalogue."""


class Wanted(TypedDict):
    """One message for a translator. `where` are the files it stands in."""

    context: str | None
    id: str
    plural: str | None
    comment: str
    where: list[str]


class Filled(BaseModel):
    """One message from a translator: what `list_missing` gave, with its text, or one text for each plural form.

    `note` says what the translator is unsure of.
    """

    context: str | None = None
    id: str
    plural: str | None = None
    text: str | None = None
    texts: tuple[str, ...] | None = None
    note: str | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        if self.texts is not None:
            return self.texts
        return () if self.text is None else (self.text,)


class FillError(Exception):
    """Nothing was written. Its text has a line for each entry that does not fit."""


def list_missing(folder: Path, code: str) -> list[Wanted]:
    """Fuzzy messages count as missing. English misses nothing: it is the language of the ids."""
    if code == DEFAULT_LANGUAGE:
        return []
    return [_want(message) for message in messages_of(read_catalogue(folder, code)) if not is_translated(message)]


def fill_catalogue(folder: Path, code: str, path: Path) -> int:
    """Take all translations of the file or none; returns how many. They replace what was there and are not fuzzy."""
    entries = TypeAdapter(list[Filled]).validate_json(path.read_bytes())
    catalogue = read_catalogue(folder, code)
    reasons = [f"{entry.id!r}: {reason}" for entry in entries if (reason := _refuse(entry, catalogue))]
    if reasons:
        raise FillError("\n".join(reasons))
    for entry in entries:
        _take(entry, catalogue)
    write_catalogue(folder, code, catalogue)
    return len(entries)


def _want(message: Message) -> Wanted:
    ids = ids_of(message)
    return Wanted(
        context=message.context,
        id=ids[0],
        plural=ids[1] if message.pluralizable else None,
        comment=" ".join(message.auto_comments),
        where=files_of(message),
    )


def _refuse(entry: Filled, catalogue: Catalog) -> str | None:
    message = catalogue.get(entry.id, entry.context) if entry.id else None
    if message is None:
        return "no such message in the catalogue"
    if entry.plural is not None and (entry.id, entry.plural) != ids_of(message):
        return f"its plural is {ids_of(message)[1:]}"
    wanted = catalogue.num_plurals if message.pluralizable else 1
    if len(entry.forms) != wanted:
        return f"{len(entry.forms)} texts where {wanted} belong"
    return None if all(form.strip() for form in entry.forms) else "an empty text"


def _take(entry: Filled, catalogue: Catalog) -> None:
    message = catalogue.get(entry.id, entry.context)
    if message is None:  # _refuse has looked
        raise KeyError(entry.id)
    message.string = entry.forms if message.pluralizable else entry.forms[0]
    message.flags.discard("fuzzy")
    note = " ".join((entry.note or "").split())
    if note and note not in " ".join(message.user_comments):  # joined, because writing wraps long ones
        message.user_comments.append(f"{NOTE}{note}")
