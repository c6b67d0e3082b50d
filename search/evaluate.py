"""How well listings are found, measured on judged queries the way the product searches.

`python -m search.evaluate --queries F --qrels F --documents F` indexes the documents in a
throw-away index and prints the figures; the command `market evaluate` calls the same functions.

Figures of a query: recall@1 and recall@k, the share of its relevant documents among the first
1 and k; MRR@k, 1 / place of the first relevant one; nDCG@k with gains 2^gain - 1. Bias of a query
is its language's share of the first k, divided by that language's share of the documents: 1 is fair.
"""

import argparse
import gzip
import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from search.embedded import open_throwaway
from search.embedding import embed_document, load_embedder
from search.languages import normalise_code
from search.port import Document, DocumentText, Embedder, Engine, Query

Progress: TypeAlias = Callable[[str, int, int], None]
Figures: TypeAlias = dict[str, float | None]
Report: TypeAlias = dict[str, Any]
OpenIndex: TypeAlias = Callable[[Embedder | None], AbstractContextManager[Engine]]

DEFAULT_DEPTH: Final = 10


class UnreadableFile(ValueError):
    """A file that is not what it should be: says which line and why."""


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with the gains of its relevant documents by id."""

    id: str
    language: str
    text: str
    gains: Mapping[str, float]


@dataclass(slots=True)
class _Sums:
    queries: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    biases: list[float] = field(default_factory=list)

    def add(self, figures: Mapping[str, float], bias: float | None) -> None:
        self.queries += 1
        self.sums.update(figures)
        if bias is not None:
            self.biases.append(bias)

    def means(self) -> Figures:
        means: Figures = {name: round(value / self.queries, 4) for name, value in self.sums.items()}
        means["bias"] = round(sum(self.biases) / len(self.biases), 4) if self.biases else None
        return means


def open_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of every line that is not empty; `.gz` is unpacked on the way."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line.rstrip("\r\n")


def _read_rows(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for number, line in open_lines(path):
        try:
            row = json.loads(line)
        except ValueError as problem:
            raise UnreadableFile(f"{path.name}, line {number}: {problem}") from problem
        if not isinstance(row, dict) or any(name not in row for name in needed):
            raise UnreadableFile(f"{path.name}, line {number}: needs {', '.join(needed)}")
        yield row


def read_documents(path: Path) -> list[Document]:
    """Return import rows as documents without vectors; an empty title is allowed."""
    return [
        Document(
            id=str(row["id"]),
            version=1,
            hash="",
            texts=(
                DocumentText(
                    language=normalise_code(str(row["language"])),
                    title=str(row.get("title") or ""),
                    summary=str(row.get("summary") or ""),
                    body=str(row.get("description") or ""),
                    keywords=tuple(str(word) for word in row.get("keywords") or ()),
                ),
            ),
        )
        for row in _read_rows(path, ("id", "language"))
    ]


def read_queries(queries: Path, qrels: Path) -> list[JudgedQuery]:
    """Return the queries that have at least one judgement with a gain above zero."""
    gains: dict[str, dict[str, float]] = {}
    for number, line in open_lines(qrels):
        parts = line.split("\t")
        try:
            query, document, *gain = parts
            gains.setdefault(query, {})[document] = float(gain[0]) if gain and gain[0].strip() else 1.0
        except (IndexError, ValueError) as problem:
            raise UnreadableFile(f"{qrels.name}, line {number}: needs query, document and perhaps gain") from problem
    judged = []
    for row in _read_rows(queries, ("id", "language", "text")):
        relevant = {one: gain for one, gain in gains.get(str(row["id"]), {}).items() if gain > 0}
        if relevant:
            judged.append(JudgedQuery(str(row["id"]), normalise_code(str(row["language"])), str(row["text"]), relevant))
    return judged


def add_vectors(documents: list[Document], embedder: Embedder, progress: Progress) -> list[Document]:
    """Return the documents with their vectors, computed on all cores."""
    ready: list[Document] = []
    with ThreadPoolExecutor() as threads:
        for vectors, document in zip(
            threads.map(lambda one: embed_document(embedder, one.texts), documents), documents, strict=True
        ):
            ready.append(
                Document(
                    document.id,
                    document.version,
                    document.hash,
                    document.texts,
                    document.facets,
                    document.numbers,
                    vectors,
                )
            )
            progress("documents", len(ready), len(documents))
    return ready


def measure_query(found: list[str], gains: Mapping[str, float], depth: int) -> dict[str, float]:
    """Return the figures of one query from the ids found, best first."""
    relevant = len(gains)
    placed = [gains.get(one, 0.0) for one in found[:depth]]
    first = next((place for place, gain in enumerate(placed, start=1) if gain > 0), None)
    ideal = sorted(gains.values(), reverse=True)[:depth]
    return {
        "recall@1": sum(gain > 0 for gain in placed[:1]) / relevant,
        f"recall@{depth}": sum(gain > 0 for gain in placed) / relevant,
        f"mrr@{depth}": 0.0 if first is None else 1.0 / first,
        f"ndcg@{depth}": _discount(placed) / _discount(ideal),
    }


def _discount(gains: Iterable[float]) -> float:
    return math.fsum((math.pow(2.0, gain) - 1.0) / math.log2(place + 1) for place, gain in enumerate(gains, start=1))


def evaluate_engine(
    engine: Engine,
    queries: list[JudgedQuery],
    languages: Mapping[str, str],
    *,
    depth: int = DEFAULT_DEPTH,
    progress: Progress = lambda _what, _done, _whole: None,
) -> Report:
    """Search every query as the product does. `languages` gives each document's language by its id."""
    shares = Counter(languages.values())
    overall = _Sums()
    by_language: dict[str, _Sums] = {}
    by_pair: dict[str, _Sums] = {}

    def ask(query: JudgedQuery) -> list[str]:
        answer = engine.search(Query(words=query.text, language=query.language, limit=max(depth, 1)))
        return [hit.id for hit in answer.hits]

    with ThreadPoolExecutor() as threads:
        for done, (query, found) in enumerate(zip(queries, threads.map(ask, queries), strict=True), start=1):
            figures = measure_query(found, query.gains, depth)
            bias = _measure_bias(query.language, found[:depth], languages, shares)
            overall.add(figures, bias)
            by_language.setdefault(query.language, _Sums()).add(figures, bias)
            for target in sorted({languages[one] for one in query.gains if one in languages}):
                by_pair.setdefault(f"{query.language}>{target}", _Sums()).add(figures, bias)
            progress("queries", done, len(queries))
    return {
        "overall": overall.means(),
        "by_language": {name: sums.means() for name, sums in sorted(by_language.items())},
        "by_pair": {name: sums.means() for name, sums in sorted(by_pair.items())},
    }


def _measure_bias(language: str, found: list[str], languages: Mapping[str, str], shares: Counter[str]) -> float | None:
    if not shares[language] or not found:
        return None
    own = sum(languages.get(one) == language for one in found) / len(found)
    return own / (shares[language] / shares.total())


def evaluate_documents(
    documents: list[Document],
    queries: list[JudgedQuery],
    embedder: Embedder | None,
    *,
    open_index: OpenIndex = open_throwaway,
    depth: int = DEFAULT_DEPTH,
    progress: Progress = lambda _what, _done, _whole: None,
) -> Report:
    """Measure on an index of the documents that `open_index` makes for this and deletes afterwards."""
    ready = documents if embedder is None else add_vectors(documents, embedder, progress)
    with open_index(embedder) as engine:
        engine.write(ready)
        languages = {document.id: document.texts[0].language for document in documents}
        return evaluate_engine(engine, queries, languages, depth=depth, progress=progress)


def format_report(report: Report) -> str:
    """Return the figures as a table of lines: overall, languages, pairs."""
    names = list(report["overall"])
    lines = ["".ljust(18) + "".join(name.rjust(11) for name in names)]
    rows = {"overall": report["overall"], **report["by_language"], **report["by_pair"]}
    for label, figures in rows.items():
        cells = ["-".rjust(11) if figures[name] is None else f"{figures[name]:11.3f}" for name in names]
        lines.append(label.ljust(18) + "".join(cells))
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m search.evaluate", description=__doc__)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--qrels", type=Path, required=True)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--k", type=int, default=DEFAULT_DEPTH)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--embeddings-url", default=None)
    chosen = parser.parse_args(arguments)

    def show(what: str, done: int, whole: int) -> None:
        if done % 50 == 0 or done == whole:
            sys.stderr.write(f"\r{what} {done}/{whole}" + ("\n" if done == whole else ""))

    try:
        report = evaluate_documents(
            read_documents(chosen.documents),
            read_queries(chosen.queries, chosen.qrels),
            load_embedder(chosen.embeddings_url),
            depth=chosen.k,
            progress=show,
        )
    except (OSError, UnreadableFile) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write((json.dumps(report) if chosen.json else format_report(report)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
