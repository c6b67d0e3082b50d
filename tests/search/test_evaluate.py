"""The figures are what they are said to be, and the files are read as they come."""

import gzip
import json
import math
from pathlib import Path

import pytest

from search.evaluate import (
    JudgedQuery,
    UnreadableFile,
    evaluate_documents,
    evaluate_engine,
    format_report,
    main,
    measure_query,
    read_documents,
    read_queries,
)
from search.port import Engine
from tests.search.making import make_document

DOCUMENTS = [
    {"id": "a", "language": "zh", "title": "", "summary": "", "description": "木薯渣烘干设备"},
    {"id": "b", "language": "en", "title": "Diesel pump", "summary": "For rice fields", "description": ""},
    {"id": "c", "language": "en", "title": "Windmill", "summary": None, "keywords": ["wind"]},
]
QUERIES = [
    {"id": "1", "language": "zh", "text": "木薯渣"},
    {"id": "2", "language": "en", "text": "windmill"},
    {"id": "3", "language": "en", "text": "nobody judged this"},
    {"id": "4", "language": "vi", "text": "diesel"},
]
QRELS = "1\ta\t1\n2\tc\n2\tb\t0\n4\tb\t2\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / name for name in ("documents.jsonl.gz", "queries.jsonl", "qrels.tsv")}
    lines = "\n".join(json.dumps(row) for row in DOCUMENTS)
    paths["documents.jsonl.gz"].write_bytes(gzip.compress(lines.encode()))
    paths["queries.jsonl"].write_text("\n\n".join(json.dumps(row) for row in QUERIES), encoding="utf-8-sig")
    paths["qrels.tsv"].write_text(QRELS, encoding="utf-8")
    return paths


def test_files_are_read_with_their_gaps(files: dict[str, Path]) -> None:
    documents = read_documents(files["documents.jsonl.gz"])
    queries = read_queries(files["queries.jsonl"], files["qrels.tsv"])

    assert [one.texts[0].language for one in documents] == ["zh-Hans", "en", "en"]
    assert documents[2].texts[0].keywords == ("wind",)
    assert [(one.id, one.language, one.gains) for one in queries] == [
        ("1", "zh-Hans", {"a": 1.0}),
        ("2", "en", {"c": 1.0}),
        ("4", "vi", {"b": 2.0}),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("queries.jsonl", '{"id": "1"'),
        ("queries.jsonl", '["a"]'),
        ("queries.jsonl", '{"id": "1", "language": "en"}'),
        ("qrels.tsv", "only-one-column"),
        ("qrels.tsv", "1\ta\tgood"),
    ],
)
def test_a_broken_line_is_named(files: dict[str, Path], name: str, content: str) -> None:
    files[name].write_text(content, encoding="utf-8")

    with pytest.raises(UnreadableFile, match=f"{name}, line 1"):
        read_queries(files["queries.jsonl"], files["qrels.tsv"])


def test_figures_by_hand() -> None:
    figures = measure_query(["x", "b", "a"], {"a": 1.0, "b": 3.0, "c": 1.0}, 3)

    gained = 7 / math.log2(3) + 1 / math.log2(4)
    ideal = 7 + 1 / math.log2(3) + 1 / math.log2(4)
    assert figures == {
        "recall@1": 0.0,
        "recall@3": pytest.approx(2 / 3),
        "mrr@3": 0.5,
        "ndcg@3": pytest.approx(gained / ideal),
    }


def test_a_report_has_languages_pairs_and_bias(engine: Engine) -> None:
    engine.write([make_document("a", {"en": "Diesel pump"}), make_document("b", {"vi": "Bơm dầu diesel"})])
    queries = [JudgedQuery("1", "en", "diesel", {"b": 1.0}), JudgedQuery("2", "th", "diesel", {"a": 1.0})]

    report = evaluate_engine(engine, queries, {"a": "en", "b": "vi"}, depth=5)

    assert list(report["overall"]) == ["recall@1", "recall@5", "mrr@5", "ndcg@5", "bias"]
    assert report["overall"]["recall@5"] == 1.0
    assert set(report["by_language"]) == {"en", "th"}
    assert set(report["by_pair"]) == {"en>vi", "th>en"}
    assert report["by_language"]["en"]["bias"] == 1.0
    assert report["by_language"]["th"]["bias"] is None
    assert "th>en" in format_report(report)


def test_documents_are_measured_on_an_index_thrown_away(files: dict[str, Path]) -> None:
    told: list[tuple[str, int, int]] = []

    report = evaluate_documents(
        read_documents(files["documents.jsonl.gz"]),
        read_queries(files["queries.jsonl"], files["qrels.tsv"]),
        None,
        progress=lambda what, done, whole: told.append((what, done, whole)),
    )

    assert report["overall"]["recall@1"] == 1.0
    assert told[-1] == ("queries", 3, 3)


def test_the_command_prints_what_it_measured(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--queries", str(files["queries.jsonl"]), "--qrels", str(files["qrels.tsv"])]

    assert main([*arguments, "--documents", str(files["documents.jsonl.gz"]), "--k", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["overall"]["recall@3"] == 1.0
    assert main([*arguments, "--documents", "missing.jsonl"]) == 1
