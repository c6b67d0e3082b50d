"""With the bundled model a partner's words find listings in the languages of others. Needs no data from outside."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.embedded import open_engine
from search.embedding import embed_document, load_embedder
from search.evaluate import evaluate_documents, read_documents, read_queries
from search.port import Document, DocumentText, Engine, FoundBy, Query

PARALLEL = Path(__file__).parents[2] / "market" / "seed" / "demo" / "parallel"
DATA = Path(os.environ.get("MARKET_TEST_DATA", "")) / "multilingual"

# Each demand is held in one language and asked for in the others.
HELD = ("zh-Hans", "en", "vi", "th", "id", "ms", "fil", "km", "lo", "my", "ta", "pt")


@pytest.fixture(scope="module")
def demands() -> dict[str, dict[str, dict[str, str]]]:
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(PARALLEL.glob("*.toml"))}


@pytest.fixture(scope="module")
def market(demands: dict[str, dict[str, dict[str, str]]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    embedder = load_embedder(None)
    if embedder is None:
        pytest.skip("the bundled model does not load on this machine")
    engine = open_engine(tmp_path_factory.mktemp("market"), embedder=embedder)
    documents = []
    for place, slug in enumerate(demands["en"]):
        language = HELD[place % len(HELD)]
        row = demands[language][slug]
        texts = (DocumentText(language, row["title"], row["summary"]),)
        documents.append(Document(slug, 1, "", texts, vectors=embed_document(embedder, texts)))
    engine.write(documents)
    yield engine
    engine.close()


@pytest.mark.parametrize("language", HELD)
def test_a_title_finds_its_demand_in_whatever_language(
    market: Engine, demands: dict[str, dict[str, dict[str, str]]], language: str
) -> None:
    places: list[int] = []
    for slug, row in demands[language].items():
        ids = [hit.id for hit in market.search(Query(row["title"], language, limit=12)).hits]
        places.append(ids.index(slug) if slug in ids else 99)

    assert sum(place < 3 for place in places) >= 11
    assert sum(place == 0 for place in places) >= 9


def test_what_words_do_not_find_is_said_to_be_found_by_meaning(market: Engine) -> None:
    # The third demand, on rice and drought, is held in Vietnamese.
    hit = market.search(Query("early warning of drought in rice fields", "en")).hits[0]

    assert (hit.id, hit.language, hit.by) == ("rice-drought-monitoring", "vi", FoundBy.MEANING)


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_dir(), reason="MARKET_TEST_DATA names no folder with judged queries")
@pytest.mark.parametrize(
    ("documents", "queries", "qrels", "least"),
    [
        ("xquad_vi", "xquad_en", "xquad_en_vi", {"recall@1": 0.78, "recall@10": 0.97}),
        ("xquad_en", "xquad_vi", "xquad_vi_en", {"recall@1": 0.74, "recall@10": 0.95}),
        ("talpco", "talpco", "talpco", {"recall@10": 0.95}),
        ("nusax", "nusax", "nusax", {"recall@10": 0.95}),
    ],
)
def test_judged_queries_reach_their_figures(documents: str, queries: str, qrels: str, least: dict[str, float]) -> None:
    report = evaluate_documents(
        read_documents(DATA / f"{documents}_documents.jsonl.gz"),
        read_queries(DATA / f"{queries}_queries.jsonl.gz", DATA / f"{qrels}_qrels.tsv"),
        load_embedder(None),
    )

    assert {name: figure for name, figure in least.items() if report["overall"][name] < figure} == {}
    assert report["overall"]["bias"] is None or report["overall"]["bias"] <= 1.3
