"""The fields of words that a document has in every engine, and how its texts are cut into them.

Each language group has its own field of words and of a title's words, one of neighbouring letters (grams), and where
its writing asks for it one without diacritics, so that a listing in many languages is not longer than one in a single
language. Words are cut by `search.analysis`; an engine only splits at spaces.
"""

from functools import lru_cache
from typing import Final

from search.analysis import analyse
from search.languages import find_language, list_groups, normalise_code
from search.port import DocumentText

GROUPS: Final = list_groups()

LANGUAGE_FACET: Final = "_language"
GROUP_FACET: Final = "_group"


def words_field(group: str) -> str:
    return f"words_{group}"


def folded_field(group: str) -> str:
    return f"folded_{group}"


def grams_field(group: str) -> str:
    return f"grams_{group}"


def title_field(group: str) -> str:
    return f"title_{group}"


def cut_texts(texts: tuple[DocumentText, ...]) -> dict[str, list[str]]:
    """Return for each field the parts of its content: words between spaces, or the letters that grams are taken of."""
    fields: dict[str, list[str]] = {}
    for text in texts:
        language = find_language(text.language)
        group = language.group
        # The title is cut once and serves both its own field and the field of all words.
        title = analyse("\n".join((text.title, *text.keywords)), language)
        body = analyse(f"{text.summary}\n{text.body}", language)
        fields.setdefault(title_field(group), []).append(title.words)
        fields.setdefault(words_field(group), []).extend((title.words, body.words))
        fields.setdefault(grams_field(group), []).extend((title.letters, body.letters))
        if language.accented:
            fields.setdefault(folded_field(group), []).extend((title.folded, body.folded))
    return fields


@lru_cache(maxsize=256)
def list_own_facets(codes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Of a document with texts in these languages: what the engines count and choose by beside its facets."""
    languages = dict.fromkeys(map(normalise_code, codes))
    groups = dict.fromkeys(find_language(code).group for code in codes)
    return {LANGUAGE_FACET: tuple(languages), GROUP_FACET: tuple(groups)}
