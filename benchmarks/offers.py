"""What a search page and a listing's page cost with real offers, in CPU milliseconds of this process.

`python -m benchmarks.offers FILE`: the rows of a file that `market import listings` takes are imported as the command
does it and get vectors near some real ones, since computing them all would take an hour. Application, database (SQLite)
and engine are one process, so its CPU time is all there is. The vectors of the queries are remembered ones.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sqlalchemy import insert, select

from benchmarks.core import take_one_core
from benchmarks.market import cpu_per_call, make_asgi_app
from market.cli.schema import migrate_database
from market.exchange.formats.reading import open_rows
from market.exchange.forms import ImportOptions
from market.exchange.running import check_file, take_over
from market.exchange.service import found_imported, hash_file, start_run
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.listings.indexing import document_text, iterate_documents
from market.listings.models import Listing, ListingText, ListingVector
from market.web.middleware import AnonymousCache
from search.embedded import open_engine
from search.embedding import embed_text, load_embedder, to_array
from search.port import Embedder, Engine

REAL_VECTORS = 60
QUERIES = (
    "laser", "solar cell", "vaccine", "water treatment membrane", "fiber optic sensor", "corrosion resistant coating",
    "speech recognition", "lithium battery", "infrared detector", "software for aircraft maintenance", "DNA probe",
    "robot gripper", "ceramic composite", "image compression", "noise reduction", "crop disease",
)  # fmt: skip
FILTERED = "&kind=offer&country=CN&written_in=en"


@contextmanager
def market_of_file(file: Path, folder: Path) -> Iterator[tuple[Settings, Database, Engine]]:
    settings = Settings(data_dir=folder)
    migrate_database(settings)
    database = Database(settings.database_address)
    import_published(database, file)
    embedder = load_embedder(None)
    if embedder is not None:
        give_vectors(database, embedder)
    engine = open_engine(folder / "index", embedder=embedder)
    with database.reading() as session:
        engine.write(iterate_documents(session, model=embedder.name if embedder else None))
    yield settings, database, engine
    engine.close()
    database.close()


def import_published(database: Database, file: Path) -> None:
    options = ImportOptions(publishes=True, publishes_incomplete=True, skips_faults=True)
    file_format = open_rows(file, encoding=None, file_format=None).format
    started = time.process_time()
    with database.transaction() as session:
        organization = found_imported(session, now=utc_now())
        run = start_run(
            session, organization.id, name=file.name, file_format=file_format, file_hash=hash_file(file),
            options=options, by=None, now=utc_now(),
        )  # fmt: skip
        run_id = run.id
    check_file(database, run_id, file)
    take_over(database, run_id)
    spent = time.process_time() - started
    with database.reading() as session:
        rows = len(session.scalars(select(Listing.id)).all())
    print(f"import: {rows:,} rows, {rows / spent:,.0f} a CPU second")


def give_vectors(database: Database, embedder: Embedder) -> None:
    """Three a listing, near those of some real texts of the file."""
    noise = np.random.default_rng(2)
    with database.transaction() as session:
        texts = session.scalars(select(ListingText).order_by(ListingText.listing_id)).all()
        near = np.vstack(
            [to_array(embed_text(embedder, document_text(text))).reshape(-1, embedder.dimensions)
             for text in texts[:: len(texts) // REAL_VECTORS]]
        )  # fmt: skip
        rows = []
        for text in texts:
            block = near[noise.integers(len(near), size=3)]
            block = block + noise.normal(0, 0.03, block.shape).astype(np.float32)
            block /= np.linalg.norm(block, axis=1, keepdims=True)
            rows.append(
                {"listing_id": text.listing_id, "language": text.language, "model": embedder.name, "text_hash": "",
                 "vector": block.astype("<f4").tobytes()}
            )  # fmt: skip
        session.execute(insert(ListingVector), rows)


def main(file: Path) -> None:
    take_one_core()
    with tempfile.TemporaryDirectory() as folder, market_of_file(file, Path(folder)) as (settings, database, engine):
        with database.reading() as session:
            references = session.scalars(select(Listing.reference).order_by(Listing.id).limit(16)).all()
        searches = [("/en/listings", f"q={words.replace(' ', '+')}") for words in QUERIES]
        pages = {
            "all offers, 7 facets": [("/en/listings", "")],
            "search, 7 facets": searches,
            "search, 3 filters, 7 facets": [(path, query + FILTERED) for path, query in searches],
            "one offer": [(f"/en/listings/{reference}", "") for reference in references],
        }
        with patch.object(AnonymousCache, "_keep", lambda *_: None):
            app = make_asgi_app(settings, database, engine)
            for name, paths in pages.items():
                print(f"{name:30} {cpu_per_call(app, paths, times=64):6.2f} ms CPU")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
