"""Searches that wait find what an engine would find, within the limits that are stated."""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from search import prospecting
from search.centring import Centring, place_of
from search.embedded import searching
from search.embedded.engine import EmbeddedEngine
from search.port import Document, DocumentText, Filters, FoundBy, Query
from search.prospecting import (
    Meaning,
    Prospector,
    StandingQuery,
    Surroundings,
    embed_words,
    passes,
    read_words,
    survey,
)
from tests.search.making import ConceptEmbedder, make_document

DEMO = Path(__file__).parents[2] / "market" / "seed" / "demo" / "listings"

LISTINGS = {
    "dryer-en": {"en": "Solar drying of cassava chips"},
    "dryer-th": {"th": "เครื่องอบแห้งมันสำปะหลัง"},
    "dryer-vi": {"vi": "Máy sấy sắn lát"},
    "dryer-id": {"id": "Mesin pengering singkong"},
    "shrimp-vi": {"vi": "Xử lý nước ao nuôi tôm"},
    "shrimp-en": {"en": "Clean water for shrimp ponds"},
    "battery-zh": {"zh-Hans": "废旧电池回收技术"},
    "copper-th": {"th": "การรีไซเคิลทองแดง"},
    "silk-two": {"en": "Silk reeling machine", "zh-Hans": "丝绸缫丝机"},
}


def wait(words: str, language: str = "en", **any_of: tuple[str, ...]) -> StandingQuery:
    return StandingQuery(Filters(any_of=any_of), read_words(words, language).needs)


def find(queries: Sequence[StandingQuery], documents: Sequence[Document]) -> set[tuple[str, int]]:
    return {(documents[one.document].id, one.query) for one in Prospector(queries).find(documents)}


@pytest.fixture(scope="module")
def demo() -> list[tuple[Document, list[str]]]:
    """Each listing of the demo, and its keywords."""
    found = []
    for path in sorted(DEMO.glob("*.toml")):
        for slug, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
            text = DocumentText(path.stem, row["title"], row["summary"], row["description"])
            found.append((Document(slug, 1, "", (text,)), list(row["keywords"])))
    return found


@pytest.mark.parametrize(
    ("words", "language", "found"),
    [
        ("drying cassava", "en", {"dryer-en"}),
        ("the drying of the cassava", "en", {"dryer-en"}),
        ("cassava drying with the power of the sun", "en", set()),
        ("อบแห้งมันสำปะหลัง", "th", {"dryer-th"}),
        ("máy sấy", "vi", {"dryer-vi"}),
        ("may say", "vi", {"dryer-vi"}),
        ("电池回收", "zh-Hans", {"battery-zh"}),
        ("缫丝", "en", {"silk-two"}),
        ("DRYING", "en", {"dryer-en"}),
        ("???", "en", set()),
    ],
)
def test_words_are_cut_and_counted_as_in_a_search(words: str, language: str, found: set[str]) -> None:
    documents = [make_document(one, texts) for one, texts in LISTINGS.items()]

    assert {one for one, _query in find([wait(words, language)], documents)} == found


def test_words_that_stand_everywhere_tell_nothing() -> None:
    needs = {need.field: need for need in read_words("technology for the drying of mangoes in Laos", "en").needs}

    english = needs["words_en"]
    assert not {"the", "of", "in", "for"} & set(english.terms)
    assert {"drying", "mangoes", "laos"} <= set(english.terms)


def test_each_search_is_told_of_once_and_many_wait_side_by_side() -> None:
    documents = [make_document(one, texts) for one, texts in LISTINGS.items()]
    queries = [wait("silk reeling"), wait("shrimp ponds"), wait("咖啡烘焙", "zh-Hans"), wait("copper")]

    pairs = [(documents[one.document].id, one.query) for one in Prospector(queries).find(documents)]

    assert sorted(pairs) == [("shrimp-en", 1), ("silk-two", 0)]


@pytest.mark.parametrize(
    ("filters", "does"),
    [
        (Filters(), True),
        (Filters(any_of={"kind": ("offer", "demand")}), True),
        (Filters(any_of={"kind": ("offer",), "country": ("VN",)}), False),
        (Filters(any_of={"stage": ("concept",)}), False),
        (Filters(at_least={"trl": 4}), True),
        (Filters(at_least={"trl": 5}), False),
        (Filters(at_least={"published_at": 1}), False),
    ],
    ids=str,
)
def test_filters_mean_what_they_mean_to_an_engine(
    open_index: Callable[..., EmbeddedEngine], filters: Filters, *, does: bool
) -> None:
    document = make_document(
        "one", {"en": "Kiln"}, facets={"kind": ("offer",), "country": ("CN", "TH")}, numbers={"trl": 4}
    )
    engine = open_index()
    engine.write([document])

    assert passes(filters, document) is does
    assert engine.count(filters, ()).total == does
    assert bool(find([StandingQuery(filters)], [document])) is does


def test_what_an_engine_finds_by_words_in_the_demo_is_found_here_too(
    demo: list[tuple[Document, list[str]]], open_index: Callable[..., EmbeddedEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each listing's keywords, asked for in its language; fragments, which an engine looks for where it finds little,
    left aside. The engine knows from its own listings which words tell something: the two agree on most pairs, not on
    all.
    """
    monkeypatch.setattr(searching, "_FEW_HITS", 0)
    documents = [document for document, _keywords in demo]
    asked = [(words, document.texts[0].language) for document, keywords in demo for words in keywords[:3]]
    engine = open_index(embedded=False)
    engine.write(documents)
    expected = {
        (hit.id, place)
        for place, (words, language) in enumerate(asked)
        for hit in engine.search(Query(words, language, limit=200)).hits
    }

    found = find([wait(words, language) for words, language in asked], documents)

    both = len(found & expected)
    assert both >= 0.9 * len(found)
    assert both >= 0.9 * len(expected)


# Meaning -------------------------------------------------------------------------------------------------------------


def mean(embedder: ConceptEmbedder, words: str, language: str) -> StandingQuery:
    reading = read_words(words, language)
    meaning = Meaning(embed_words(embedder, words), reading.language, reading.sentence)
    return StandingQuery(Filters(), reading.needs, meaning)


def make_many(embedder: ConceptEmbedder) -> list[Document]:
    return [make_document(one, texts, embedder=embedder) for one, texts in LISTINGS.items()]


def list_similarities(query: StandingQuery, documents: Iterable[Document], around: Surroundings) -> dict[str, float]:
    """As high as the threshold may be for a document to be found."""
    found = {}
    for document in documents:
        vectors = Prospector([query], around)
        found[document.id] = vectors.measure(document)[0]
    return found


def test_a_meaning_is_as_near_as_the_engine_says(
    embedder: ConceptEmbedder, centring: Centring, open_index: Callable[..., EmbeddedEngine]
) -> None:
    documents = make_many(embedder)
    engine = open_index()
    engine.write(documents)
    around = survey(centring, documents)

    for words, language in (("sấy sắn", "vi"), ("shrimp", "en"), ("电池", "zh-Hans")):
        near = list_similarities(mean(embedder, words, language), documents, around)
        for hit in engine.search(Query(words, language, limit=50)).hits:
            assert hit.similarity is not None
            assert near[hit.id] == pytest.approx(hit.similarity, abs=0.1)  # the engine rounds to bytes


def test_what_means_the_same_in_another_language_is_found_by_its_meaning(
    embedder: ConceptEmbedder, centring: Centring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prospecting, "LEAST_SURE", 2.5)  # six meanings in 48 dimensions lie nearer to each other
    documents = make_many(embedder)
    queries = [mean(embedder, "sấy sắn", "vi"), mean(embedder, "copper", "en")]

    found = {
        (documents[one.document].id, one.query): one.by
        for one in Prospector(queries, survey(centring, documents)).find(documents)
    }

    assert found[("dryer-vi", 0)] is FoundBy.WORDS
    assert {one for one, query in found if query == 0} == {"dryer-vi", "dryer-en", "dryer-th", "dryer-id"}
    assert found[("copper-th", 1)] is FoundBy.MEANING


def test_without_surroundings_or_vectors_words_are_all_there_is(embedder: ConceptEmbedder, centring: Centring) -> None:
    documents = make_many(embedder)
    bare = [make_document(one, texts) for one, texts in LISTINGS.items()]
    query = mean(embedder, "sấy sắn", "vi")

    without_surroundings = list(Prospector([query]).find(documents))
    without_vectors = list(Prospector([query], survey(centring, documents)).find(bare))
    nothing_around = list(Prospector([query], survey(centring, [])).find(bare))

    for found in (without_surroundings, without_vectors, nothing_around):
        assert [one.by for one in found] == [FoundBy.WORDS]


def test_many_queries_are_centred_as_each_alone(embedder: ConceptEmbedder, centring: Centring) -> None:
    words = [("sấy sắn", "vi", 0.0), ("drying of cassava for animal feed", "en", 0.4), ("电池", "zh-Hans", 1.0)]
    vectors = np.array([np.frombuffer(embedder.embed_query(text), "<f4") for text, _, _ in words])
    places = np.array([place_of(language) for _, language, _ in words])

    together = centring.centre_queries(vectors, places, np.array([share for _, _, share in words], np.float32))

    for row, vector, (_, language, share) in zip(together, vectors, words, strict=True):
        assert row == pytest.approx(centring.centre_query(vector, language, share), abs=1e-6)
