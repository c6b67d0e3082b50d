"""Texts that the project wrote itself in every language, to learn from what a language looks like."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from search.languages import LANGUAGES

TEXTS: Final = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class Texts:
    """The project's own texts of one language, a topic a place in each list."""

    passages: tuple[str, ...]
    sentences: tuple[str, ...]
    keywords: tuple[str, ...]


def read_texts(directory: Path = TEXTS) -> dict[str, Texts]:
    """Return the texts of every language that has them."""
    found: dict[str, Texts] = {}
    for code in LANGUAGES:
        path = directory / f"{code}.toml"
        if path.exists():
            lists = tomllib.loads(path.read_text(encoding="utf-8"))
            found[code] = Texts(*(tuple(lists[name]) for name in ("passages", "sentences", "keywords")))
    return found
