"""A listing of the demo is found by words from it in every language, and by fragments that respect no border."""

import random
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from search.embedded import open_engine
from search.languages import LANGUAGES
from search.port import Document, DocumentText, Engine, Query

DEMO = Path(__file__).parents[2] / "market" / "seed" / "demo" / "listings"


@dataclass(frozen=True)
class Item:
    id: str
    language: str
    keywords: tuple[str, ...]
    description: str


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return [
        Item(slug, path.stem, tuple(row["keywords"]), " ".join(row["description"].split()))
        for path in sorted(DEMO.glob("*.toml"))
        for slug, row in tomllib.loads(path.read_text(encoding="utf-8")).items()
    ]


@pytest.fixture(scope="module")
def demo(items: list[Item], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(tmp_path_factory.mktemp("demo"), embedder=None)
    texts = {one.id: DocumentText(one.language, "", body=one.description) for one in items}
    engine.write(Document(identifier, 1, "", (text,)) for identifier, text in texts.items())
    yield engine
    engine.close()


def share_found(engine: Engine, asked: list[tuple[str, Item]]) -> float:
    found = [
        item.id in {hit.id for hit in engine.search(Query(words, item.language, limit=10)).hits}
        for words, item in asked
    ]
    return sum(found) / len(found)


def cut_fragment(text: str, length: int, chance: random.Random) -> str:
    while True:
        start = chance.randrange(len(text) - length)
        fragment = text[start : start + length]
        # A reader selects clusters: a fragment neither begins with a mark nor ends before one.
        marks = (unicodedata.category(text[start])[0], unicodedata.category(text[start + length])[0])
        if "M" not in marks and fragment.strip() == fragment:
            return fragment


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_words_of_a_listing_find_it(demo: Engine, items: list[Item], language: str) -> None:
    own = [one for one in items if one.language == language]

    inside = [(word, one) for one in own for word in one.keywords if word.casefold() in one.description.casefold()]

    assert own
    assert inside
    assert share_found(demo, inside) >= 0.98


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_fragments_cut_anywhere_find_their_listing(demo: Engine, items: list[Item], language: str) -> None:
    chance = random.Random(language)  # noqa: S311 (the same fragments every time)
    length = 6 if language == "zh-Hans" else 12
    own = [one for one in items if one.language == language]

    asked = [(cut_fragment(one.description, length, chance), one) for one in own for _ in range(3)]

    assert share_found(demo, asked) >= 0.75
