import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.make.commands import Market
from tests.make.listings import make_listing

FIGURES = {"recall@1", "recall@10", "mrr@10", "ndcg@10", "bias"}
PERFECT = {"recall@1": 1.0, "recall@10": 1.0, "mrr@10": 1.0, "ndcg@10": 1.0}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_rows(name: str, *rows: Any) -> Path:
        lines = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
        path = tmp_path / name
        path.write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
        return path

    return write_rows


def make_arguments(write: Callable[..., Path]) -> list[object]:
    """A Vietnamese and an English query; the first document answers both."""
    documents = [
        {"id": "a", "language": "vi", "title": "Lò sấy sắn", "description": "cassava"},
        {"id": "b", "language": "en", "title": "", "summary": "Rice mill"},
    ]
    queries = [{"id": "1", "language": "vi", "text": "sấy sắn"}, {"id": "2", "language": "en", "text": "cassava"}]
    return [
        *("--queries", write("queries.jsonl", *queries)),
        *("--qrels", write("qrels.tsv", "1\ta", "2\ta\t1")),
        *("--documents", write("documents.jsonl.gz", *documents)),
    ]


def test_the_report_has_figures_for_all_by_language_and_by_pair(market: Market, write: Callable[..., Path]) -> None:
    report = market("evaluate", *make_arguments(write), "--json").json

    assert set(report) == {"overall", "by_language", "by_pair"}
    assert set(report["overall"]) == FIGURES
    assert PERFECT.items() <= report["overall"].items()
    assert set(report["by_language"]) == {"vi", "en"}
    assert set(report["by_pair"]) == {"vi>vi", "en>vi"}


def test_figures_follow_the_depth(market: Market, write: Callable[..., Path]) -> None:
    report = market("evaluate", *make_arguments(write), "--k", "3", "--json").json

    assert set(report["overall"]) == {"recall@1", "recall@3", "mrr@3", "ndcg@3", "bias"}


def test_for_people_the_report_is_a_table(market: Market, write: Callable[..., Path]) -> None:
    outcome = market("evaluate", *make_arguments(write))

    assert outcome.code == 0
    assert "recall@10" in outcome.printed
    assert "vi>vi" in outcome.printed


def test_without_documents_the_published_listings_are_searched(
    market: Market, db: Session, index: Callable[[], None], write: Callable[..., Path]
) -> None:
    listing = make_listing(db, texts={"en": "Cassava drying kiln"})
    make_listing(db, texts={"en": "Rice mill"})
    index()
    queries = write("queries.jsonl", {"id": "1", "language": "en", "text": "cassava"})
    qrels = write("qrels.tsv", f"1\t{listing.reference}")

    report = market("evaluate", "--queries", queries, "--qrels", qrels, "--json").json

    assert report["by_pair"] == {"en>en": {**PERFECT, "bias": 1.0}}


@pytest.mark.parametrize(
    ("queries", "qrels"),
    [
        pytest.param(["{"], ["1\ta"], id="no JSON"),
        pytest.param(["[]"], ["1\ta"], id="no object"),
        pytest.param([{"id": "1"}], ["1\ta"], id="no text"),
        pytest.param([{"id": "1", "language": "en", "text": "x"}], ["1"], id="no document"),
        pytest.param([{"id": "1", "language": "en", "text": "x"}], ["1\ta\tmuch"], id="no number"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(
    market: Market, index: Callable[[], None], write: Callable[..., Path], queries: list[Any], qrels: list[Any]
) -> None:
    index()

    outcome = market("evaluate", "--queries", write("q.jsonl", *queries), "--qrels", write("r.tsv", *qrels))

    assert (outcome.code, outcome.printed) == (1, "")
    assert "line 1" in outcome.said


def test_a_file_that_is_not_there_is_refused(market: Market, tmp_path: Path) -> None:
    outcome = market("evaluate", "--queries", tmp_path / "none.jsonl", "--qrels", tmp_path / "none.tsv")

    assert (outcome.code, outcome.printed) == (1, "")
    assert "No such file" in outcome.said
