"""How well are listings found by their meaning, across languages? Measured on the demo, with queries of our own.

`described`: each of ninety listings is described by a sentence in three languages and by keywords in two, in
other words than its author's. `parallel`: the twelve demands are held in one language each and asked for
by their titles and by their summaries in the eleven others, in three rounds. Both have a half to tune by and
a half to judge by: look at the second only when the choice is made.

    python -m benchmarks.meaning [--write FOLDER]

With `--write` the documents go into a file, for `python -m search.evaluate --documents` with the queries and
judgements in `benchmarks/queries/`.
"""

import argparse
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from search.embedding import load_embedder
from search.evaluate import JudgedQuery, evaluate_documents, read_documents, read_queries
from search.port import Document, DocumentText, Embedder

DEMO = Path(__file__).parents[1] / "market" / "seed" / "demo"
QUERIES = Path(__file__).parent / "queries"
ROUNDS = (0, 4, 8)
HALVES = ("tuning", "held_out")


class RememberedPassages:
    """Another embedder that computes no passage twice: the rounds differ in twelve documents only."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: dict[str, bytes] = {}
        self.name, self.dimensions = inner.name, inner.dimensions

    def embed_query(self, text: str) -> bytes:
        return self._inner.embed_query(text)

    def embed_passages(self, texts: list[str]) -> list[bytes]:
        for text in texts:
            if text not in self._known:
                self._known[text] = self._inner.embed_passages([text])[0]
        return [self._known[text] for text in texts]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.meaning")
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    if chosen.write:
        write_documents(chosen.write / "documents.jsonl")
        return
    bundled = load_embedder(None)
    assert bundled is not None, "the bundled model does not load here"
    embedder = RememberedPassages(bundled)
    print(f"{'':34}recall@1 recall@10   mrr@10     bias")
    for half in HALVES:
        for form in ("sentence", "keywords"):
            show(f"described, {form}, {half}", [measure_described(embedder, form, half)])
        for part in ("title", "summary"):
            show(f"parallel, {part}, {half}", [measure_parallel(embedder, part, half, shift) for shift in ROUNDS])


def show(label: str, reports: list[dict[str, Any]]) -> None:
    figures = [report["overall"] for report in reports]
    means = [sum(one[name] for one in figures) / len(figures) for name in ("recall@1", "recall@10", "mrr@10", "bias")]
    print(label.ljust(34) + " ".join(f"{mean:8.3f}" for mean in means), flush=True)


def measure_described(embedder: Embedder, form: str, half: str) -> dict[str, Any]:
    rows = [json.loads(line) for line in (QUERIES / "described.jsonl").read_text(encoding="utf-8").splitlines()]
    wanted = {row["id"] for row in rows if row["form"] == form and row["half"] == half}
    judged = read_queries(QUERIES / "described.jsonl", QUERIES / "described_qrels.tsv")
    documents = [to_document(row) for row in list_rows()]
    return evaluate_documents(documents, [one for one in judged if one.id in wanted], embedder)


def measure_parallel(embedder: Embedder, part: str, half: str, shift: int) -> dict[str, Any]:
    words = read_parallel()
    languages = list(words)
    documents = [to_document(row) for row in list_demo()]
    queries: list[JudgedQuery] = []
    for place, key in enumerate(words["en"]):
        held = languages[(place + shift) % len(languages)]
        documents.append(to_document({"id": key, "language": held} | words[held][key]))
        if HALVES[place % 2] == half:
            queries += [
                JudgedQuery(f"{key}-{language}", language, rows[key][part], {key: 1.0})
                for language, rows in words.items()
                if language != held
            ]
    return evaluate_documents(documents, queries, embedder)


def list_rows() -> Iterator[dict[str, Any]]:
    """The documents of `described`: the demo's listings, its demands in one language each, and new offers."""
    yield from list_demo()
    words = read_parallel()
    for key, row in tomllib.loads((DEMO / "parallel.toml").read_text(encoding="utf-8")).items():
        yield {"id": key, "language": row["language"]} | words[row["language"]][key]
    for line in (QUERIES / "offers.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def list_demo() -> Iterator[dict[str, Any]]:
    for path in sorted((DEMO / "listings").glob("*.toml")):
        for key, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
            yield {"id": key, "language": path.stem} | row


def read_parallel() -> dict[str, dict[str, dict[str, str]]]:
    """Language → demand → its words."""
    return {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted((DEMO / "parallel").glob("*.toml"))
    }


def to_document(row: dict[str, Any]) -> Document:
    """As the market does it: the body is all that follows the summary."""
    later = ("description", "advantages", "expertise_sought", "expected_partner")
    body = "\n".join(row[name] for name in later if row.get(name))
    keywords = tuple(row.get("keywords", ()))
    return Document(row["id"], 1, "", (DocumentText(row["language"], row["title"], row["summary"], body, keywords),))


def write_documents(path: Path) -> None:
    """As import rows; these have one field for what follows the summary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for row in list_rows():
            (text,) = to_document(row).texts
            written = {"id": row["id"], "language": text.language, "title": text.title, "summary": text.summary}
            written |= {"description": text.body, "keywords": list(text.keywords)}
            file.write(json.dumps(written, ensure_ascii=False) + "\n")
    print(f"{len(read_documents(path))} documents in {path}")


if __name__ == "__main__":
    main()
