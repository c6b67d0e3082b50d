"""What does the embedded engine cost with a hundred thousand listings?

Rows of the demo, or of `--documents FILE`, are repeated under other ids; their vectors are
neighbours of real ones. Prints CPU milliseconds of a search with filters and facets (the query's own
embedding left out), how long a changed listing takes to show, how many listings a CPU second
builds, and the memory used. CPU time is what to trust on a shared machine.

    python -m benchmarks.search_engine [--listings 100000] [--documents FILE] [--vectors 3]
"""

import argparse
import dataclasses
import random
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.core import take_one_core
from search.embedded import open_engine
from search.embedding import RememberingEmbedder, cut_text, load_embedder, to_array
from search.evaluate import read_documents
from search.port import Document, DocumentText, Embedder, Engine, Filters, Query, Vector

DEMO = Path(__file__).parents[1] / "market" / "seed" / "demo"
COUNTRIES = ("CN", "VN", "TH", "ID", "MY", "PH", "KH", "LA", "MM", "SG", "BN", "TL")
EMBEDDED_TEXTS = 200


def read_demo() -> list[Document]:
    found: list[Document] = []
    for path in sorted((DEMO / "listings").glob("*.toml")):
        for slug, row in tomllib.loads(path.read_text(encoding="utf-8")).items():
            text = DocumentText(path.stem, row["title"], row["summary"], row["description"], tuple(row["keywords"]))
            found.append(Document(slug, 1, "", (text,)))
    return found


def embed_some(embedder: Embedder, rows: list[Document]) -> list[tuple[str, NDArray[np.float32]]]:
    """Real raw vectors of some pieces of the rows, with their languages."""
    pairs: list[tuple[str, NDArray[np.float32]]] = []
    for row in random.Random(1).sample(rows, min(EMBEDDED_TEXTS, len(rows))):
        piece = cut_text(row.texts[0])[0]
        pairs.append((row.texts[0].language, to_array(embedder.embed_passages([piece])[0])))
    return pairs


def make_listings(
    rows: list[Document], real: list[tuple[str, NDArray[np.float32]]], *, number: int, vectors: int
) -> Iterator[Document]:
    chance = random.Random(2)
    noise = np.random.default_rng(2)
    by_language: dict[str, list[NDArray[np.float32]]] = {}
    for language, vector in real:
        by_language.setdefault(language, []).append(vector)
    for place in range(number):
        row = rows[place % len(rows)]
        near = by_language.get(row.texts[0].language)
        values = b""
        if near:
            block = np.array([near[chance.randrange(len(near))] for _ in range(vectors)])
            block = block + noise.normal(0, 0.03, block.shape).astype(np.float32)
            values = (block / np.linalg.norm(block, axis=1, keepdims=True)).astype("<f4").tobytes()
        yield dataclasses.replace(
            row,
            id=f"{row.id}-{place}",
            facets={
                "kind": (chance.choice(("offer", "demand")),),
                "country": (chance.choice(COUNTRIES),),
                "field": tuple(str(one) for one in sorted(chance.sample(range(1, 36), 2))),
                "language": (row.texts[0].language,),
            },
            numbers={"trl": chance.randrange(1, 10), "published_at": 1_700_000_000 + place},
            vectors=(Vector(row.texts[0].language, values),) if values else (),
        )


def time_build(engine: Engine, listings: list[Document]) -> None:
    started, wall = time.process_time(), time.perf_counter()
    engine.write(listings)
    spent = time.process_time() - started
    print(f"build: {len(listings) / spent:,.0f} listings per CPU second ({time.perf_counter() - wall:.0f} s in all)")


def time_searches(engine: Engine, rows: list[Document], *, rounds: int) -> None:
    chance = random.Random(3)
    kinds: dict[str, Callable[[Document], str]] = {
        "keywords": lambda row: " ".join(row.texts[0].keywords[:2]) or row.texts[0].title or row.texts[0].body[:40],
        "sentence": lambda row: (row.texts[0].summary or row.texts[0].body)[:120],
        "fragment": lambda row: row.texts[0].body[7:23],
    }
    filters = {
        "no filter": Filters(),
        "kind and country": Filters({"kind": ("offer",), "country": ("CN", "VN")}),
        "kind and TRL": Filters({"kind": ("demand",)}, {"trl": 6}),
    }
    for kind, take in kinds.items():
        for name, chosen in filters.items():
            spent: list[float] = []
            for _ in range(rounds):
                row = chance.choice(rows)
                facets = ("kind", "country", "field", "language")
                query = Query(take(row), row.texts[0].language, filters=chosen, facets=facets)
                engine.search(query)  # the second time the query's vector is remembered
                started = time.process_time()
                engine.search(query)
                spent.append((time.process_time() - started) * 1e3)
            spent.sort()
            worst = spent[int(len(spent) * 0.95)]
            print(f"search, {kind}, {name}: {statistics.mean(spent):.1f} ms CPU, 95 % below {worst:.1f}")


def time_change(engine: Engine, rows: list[Document]) -> None:
    spent: list[float] = []
    for place in range(10):
        text = DocumentText("en", f"Freshly changed marker{place}")
        started = time.perf_counter()
        engine.write([dataclasses.replace(rows[0], id="changed", version=place + 2, texts=(text,), vectors=())])
        found = engine.search(Query(f"marker{place}", "en", limit=5))
        spent.append((time.perf_counter() - started) * 1e3)
        assert any(hit.id == "changed" for hit in found.hits)
    print(f"a changed listing shows after {statistics.median(spent):.0f} ms (longest {max(spent):.0f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=100_000)
    parser.add_argument("--documents", type=Path, default=None)
    parser.add_argument("--vectors", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--open", type=Path, default=None, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.open:
        show_memory(chosen.open)
        return
    take_one_core()
    rows = read_documents(chosen.documents) if chosen.documents else read_demo()
    embedder = load_embedder(None)
    real = embed_some(embedder, rows) if isinstance(embedder, RememberingEmbedder) else []
    listings = list(make_listings(rows, real, number=chosen.listings, vectors=chosen.vectors))
    with tempfile.TemporaryDirectory() as directory:
        engine = open_engine(Path(directory), embedder=embedder)
        time_build(engine, listings)
        time_searches(engine, rows, rounds=chosen.rounds)
        time_change(engine, rows)
        status = engine.status()
        print(f"{status.documents:,} listings, {status.vectors:,} vectors")
        engine.close()
        subprocess.run([sys.executable, "-m", "benchmarks.search_engine", "--open", directory], check=True)  # noqa: S603 (this very file)


def show_memory(directory: Path) -> None:
    """In a process of its own: what a server holds that opens this index and answers searches."""
    engine = open_engine(directory, embedder=load_embedder(None))
    for words in ("cassava starch drying", "solar power", "rice"):
        engine.search(Query(words, "en", facets=("kind", "country", "field")))
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    print(
        "memory:",
        " ".join(" ".join(line.split()) for line in lines if line.startswith(("VmRSS", "RssAnon", "RssFile"))),
    )
    engine.close()


if __name__ == "__main__":
    main()
