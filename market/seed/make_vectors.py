"""Computes the vectors of the demo listings: `python -m market.seed.make_vectors`, some minutes on two
cores for all of them; those of words that have not changed are kept."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from market.kernel.db import Base, Database
from market.seed.stages import Stage, seed_market
from market.seed.vectors import FILE, list_words, read_file, write_file
from search.embedding import embed_text, load_embedder
from search.port import DocumentText


def main() -> None:
    embedder = load_embedder(None)
    if embedder is None:
        sys.exit("the bundled model does not load here")
    texts = _seed_and_list()
    model, kept = read_file() if FILE.exists() else (embedder.name, {})
    known = {key: vector for key, vector in kept.items() if key in texts and model == embedder.name}
    missing = {key: text for key, text in texts.items() if key not in known}
    with ThreadPoolExecutor() as threads:
        computed = threads.map(lambda text: embed_text(embedder, text), missing.values())
        vectors = known | dict(zip(missing, computed, strict=True))
    write_file(embedder.name, {key: vectors[key] for key in texts})
    sys.stdout.write(f"{len(missing)} of {len(texts)} texts computed, {FILE.stat().st_size:,} bytes\n")


def _seed_and_list() -> dict[str, DocumentText]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/demo.sqlite3")
        Base.metadata.create_all(database.engine)
        seed_market(database, Stage.LISTINGS, show=lambda _done, _whole: None)
        with database.reading() as session:
            texts = list_words(session)
        database.close()
    return texts


if __name__ == "__main__":
    main()
