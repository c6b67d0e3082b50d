"""A market of any size for benchmarks: rows put straight into the tables, words from the demo listings."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlalchemy import exists, insert, select

from market import wiring
from market.app import create_app
from market.cli.schema import migrate_database
from market.kernel.config import Settings
from market.kernel.db import Database
from market.listings.enums import ListingState, Provenance
from market.listings.indexing import document_text, hash_words, iterate_documents
from market.listings.models import Listing, ListingCode, ListingText, ListingVector
from market.seed.stages import Stage, seed_market
from market.seed.vectors import read_file
from market.web.limits import Limits
from market.web.rendering import Renderer
from search.embedded import open_engine
from search.port import Embedder, Engine

SEED = 7
BLOCKS = 5
DIMENSIONS = 384
VECTORS_AT_ONCE = 2_000


@contextmanager
def market_of(
    size: int, folder: Path, *, embedder: Embedder | None = None
) -> Iterator[tuple[Settings, Database, Engine]]:
    """`size` published listings: the demo's, repeated with other ids, references and dates; with an embedder, the
    bundled one, also with vectors.
    """
    settings = Settings(data_dir=folder)
    database = fill_market(settings, size)
    if embedder is not None:
        keep_near_vectors(database)
    engine = open_engine(folder / "index", embedder=embedder)
    with database.reading() as session:
        engine.write(iterate_documents(session, model=embedder.name if embedder else None))
    yield settings, database, engine
    engine.close()
    database.close()


def fill_market(settings: Settings, size: int) -> Database:
    migrate_database(settings)
    database = Database(settings.database_address)
    seed_market(database, Stage.LISTINGS, show=lambda _done, _whole: None)
    _multiply(database, size)
    return database


def keep_near_vectors(database: Database) -> None:
    """Give each text the vectors of the demo's own words, moved a little, as if a model had computed them: the same
    point many thousand times over would be no graph of vectors.
    """
    model, computed = read_file()
    noise = np.random.default_rng(SEED)
    kept = exists().where(
        ListingVector.listing_id == ListingText.listing_id, ListingVector.language == ListingText.language
    )
    while True:
        with database.transaction() as session:
            texts = session.scalars(select(ListingText).where(~kept).limit(VECTORS_AT_ONCE)).all()
            if not texts:
                return
            rows = []
            for text in texts:
                fingerprint = hash_words(document_text(text))
                block = np.frombuffer(computed[fingerprint], "<f4").reshape(-1, DIMENSIONS)
                block = block + noise.normal(0, 0.03, block.shape).astype(np.float32)
                block /= np.linalg.norm(block, axis=1, keepdims=True)
                rows.append(
                    {"listing_id": text.listing_id, "language": text.language, "model": model,
                     "text_hash": fingerprint, "vector": block.astype("<f4").tobytes()}
                )  # fmt: skip
            session.execute(insert(ListingVector), rows)


def make_asgi_app(settings: Settings, database: Database, engine: Engine) -> Callable[..., Awaitable[None]]:
    """Without the limit on searches an address: one address asks everything here."""
    Limits.check = lambda *_: None  # type: ignore[method-assign,assignment] # for this process
    return create_app(settings, database=database, search=engine, renderer=Renderer(wiring.map_addresses()))


async def call(
    app: Callable[..., Awaitable[None]], path: str, *, query: str = "", cookie: str = ""
) -> tuple[int, bytes]:
    """One request through the whole application, without a network."""
    headers = [(b"host", b"127.0.0.1:8000"), (b"accept-language", b"en")]
    if cookie:
        headers.append((b"cookie", cookie.encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": headers,
        "client": ("127.0.0.1", 9), "server": ("127.0.0.1", 8000), "root_path": "",
    }  # fmt: skip
    status, body = 0, b""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        nonlocal status, body
        if message["type"] == "http.response.start":
            status = int(str(message["status"]))
        else:
            body += bytes(message.get("body", b""))  # type: ignore[call-overload] # bytes by the protocol

    await app(scope, receive, send)
    return status, body


def cpu_per_call(
    app: Callable[..., Awaitable[None]], paths: list[tuple[str, str]], *, times: int, cookie: str = ""
) -> float:
    """CPU milliseconds of this process a request: the best of some blocks, after a warm-up. The best is what the code
    needs; the others are what else the machine did."""

    async def run() -> float:
        for path, query in paths:
            status, _body = await call(app, path, query=query, cookie=cookie)
            assert status == 200, (path, query, status)
        return min([await block() for _ in range(BLOCKS)])

    async def block() -> float:
        started = time.process_time()
        for number in range(times):
            path, query = paths[number % len(paths)]
            status, _body = await call(app, path, query=query, cookie=cookie)
            assert status == 200, (path, query, status)
        return (time.process_time() - started) * 1000 / times

    return asyncio.run(run())


def _multiply(database: Database, size: int) -> None:
    chance = random.Random(SEED)
    with database.transaction() as session:
        listings = [row._asdict() for row in session.execute(select(*Listing.__table__.columns))]
        texts = [row._asdict() for row in session.execute(select(*ListingText.__table__.columns))]
        codes = [row._asdict() for row in session.execute(select(*ListingCode.__table__.columns))]
        texts_of: dict[UUID, list[dict[str, object]]] = {}
        codes_of: dict[UUID, list[dict[str, object]]] = {}
        for row in texts:
            texts_of.setdefault(row["listing_id"], []).append(row)
        for row in codes:
            codes_of.setdefault(row["listing_id"], []).append(row)
        batches: tuple[list[object], list[object], list[object]] = ([], [], [])
        for number in range(size - len(listings)):
            original = listings[number % len(listings)]
            new_id = UUID(int=chance.getrandbits(128))
            published = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(minutes=number)
            batches[0].append(
                original
                | {"id": new_id, "reference": f"{original['reference'][:6]}{number:07}", "published_at": published}
                | {"state": ListingState.PUBLISHED}
            )
            batches[1].extend(
                row | {"listing_id": new_id, "provenance": Provenance.AUTHOR}
                for row in texts_of[original["id"]][:1]
                if row["language"] == original["language"]
            )
            if not any(row["language"] == original["language"] for row in texts_of[original["id"]][:1]):
                own = next(row for row in texts_of[original["id"]] if row["language"] == original["language"])
                batches[1].append(own | {"listing_id": new_id})
            batches[2].extend(row | {"listing_id": new_id} for row in codes_of[original["id"]])
        for table, rows in zip((Listing, ListingText, ListingCode), batches, strict=True):
            if rows:
                session.execute(insert(table), rows)
