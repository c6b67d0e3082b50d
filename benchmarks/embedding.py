"""How much of the model's own speed the product reaches when it embeds listings in bulk.

`python -m benchmarks.embedding [LISTINGS]`: CPU seconds of the model alone on the pieces of some demo listings, and of
the worker's bulk lane from finding the same listings in the database to writing their vectors down.
"""

import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import delete, select

from benchmarks.market import market_of
from market.kernel.db import Database
from market.kernel.work import Work
from market.listings import embedding, indexing, queries
from market.listings.models import ListingVector
from market.web.mails import TemplateLetters
from market.web.rendering import Renderer
from market.wiring import map_addresses
from search.embedding import cut_text, load_embedder
from search.port import Embedder

DEMO = 244


def main(number: int) -> None:
    embedder = load_embedder(None)
    if embedder is None:
        sys.exit("no model is installed")
    with tempfile.TemporaryDirectory() as folder, market_of(DEMO, Path(folder)) as (settings, database, engine):
        letters = TemplateLetters(Renderer(map_addresses()), base_url=settings.base_url)
        work = Work(settings, database, engine, embedder, letters)
        pieces = forget_some(database, number, embedder)
        started = time.process_time()
        for piece in pieces:
            embedder.embed_passages([piece])
        alone = time.process_time() - started
        started = time.process_time()
        while has_some_without(database, embedder):
            embedding.embed_missing(work, ())
        product = time.process_time() - started
    print(f"{number} listings, {len(pieces)} pieces: {product / number:.2f} CPU seconds a listing")
    print(f"{alone / product:.0%} of what the model alone reaches")


def forget_some(database: Database, number: int, embedder: Embedder) -> list[str]:
    """Take the vectors of some published listings away; the pieces they are made of."""
    with database.transaction() as session:
        ids = session.scalars(select(ListingVector.listing_id).distinct().limit(number)).all()
        session.execute(delete(ListingVector).where(ListingVector.listing_id.in_(ids)))
        rest = queries.list_without_vector(session, model=embedder.name, limit=DEMO)
        texts = [text for listing in queries.list_whole(session, rest) for text in listing.texts.values()]
        return [piece for text in texts for piece in cut_text(indexing.document_text(text))]


def has_some_without(database: Database, embedder: Embedder) -> bool:
    with database.reading() as session:
        return bool(queries.list_without_vector(session, model=embedder.name, limit=1))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
