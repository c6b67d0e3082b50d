"""What do the matches of one listing cost in a large market? The whole of it: candidates from the engine, both sides
loaded, passages compared, pairs scored and kept. The listing's own embedding is left out: it was computed before.

    python -m benchmarks.matching_cost [listings]
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import select

from benchmarks.core import take_one_core
from benchmarks.market import market_of
from market import wiring
from market.kernel.work import Work
from market.listings.models import Listing
from market.matching.finding import match_listing
from market.web.mails import TemplateLetters
from market.web.rendering import Renderer
from search.embedding import load_embedder

LISTINGS = 60


def main() -> None:
    take_one_core()
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    embedder = load_embedder(None)
    assert embedder is not None, "needs the model"
    with (
        tempfile.TemporaryDirectory() as folder,
        market_of(size, Path(folder), embedder=embedder) as (settings, database, engine),
    ):
        letters = TemplateLetters(Renderer(wiring.map_addresses()), base_url=settings.base_url)
        work = Work(settings, database, engine, embedder, letters)
        with database.reading() as session:
            ids = session.scalars(select(Listing.id).order_by(Listing.reference).limit(LISTINGS)).all()
        spent = []
        for listing_id in ids:
            started = time.process_time()
            match_listing(work, listing_id)
            spent.append((time.process_time() - started) * 1e3)
        spent.sort()
        print(f"{size:,} listings, matches of one: {statistics.mean(spent):.1f} ms CPU, 95 % below "
              f"{spent[int(len(spent) * 0.95)]:.1f}")  # fmt: skip


if __name__ == "__main__":
    main()
