"""Computes the vectors of the demo listings: `python -m market.seed.make_vectors`, some minutes on two cores."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from market.kernel.db import Base, Database
from market.seed.stages import Stage, seed_market
from market.seed.vectors import FILE, list_passages, write_file
from search.embedding import embed_passage, load_embedder


def main() -> None:
    embedder = load_embedder(None)
    if embedder is None:
        sys.exit("the bundled model does not load here")
    passages = _seed_and_list()
    with ThreadPoolExecutor() as threads:
        computed = threads.map(lambda passage: embed_passage(embedder, passage), passages.values())
        write_file(embedder.name, dict(zip(passages, computed, strict=True)))
    sys.stdout.write(f"{len(passages)} texts, {FILE.stat().st_size:,} bytes\n")


def _seed_and_list() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/demo.sqlite3")
        Base.metadata.create_all(database.engine)
        seed_market(database, Stage.LISTINGS, show=lambda _done, _whole: None)
        with database.reading() as session:
            passages = list_passages(session)
        database.close()
    return passages


if __name__ == "__main__":
    main()
