"""Does the index on an Elasticsearch cluster keep up with the database, and does it notice where it does not?

    python -m benchmarks.backlog [--listings 50000] [--part drain|rebuild|verify ...] [--database URL] [--url URL]

A market of that many listings with stored vectors, a real node (started where no address is given), and the product's
own commands as processes:

drain    10,000 changed listings wait in the outbox when one worker starts: seconds until the index is the database
rebuild  `market index rebuild` while somebody searches and somebody writes: errors, listings missed, writes lost
verify   `market index verify` with one wrong document in the index: what it finds, in what time and memory

PostgreSQL (`--database`) needs an empty database. Seconds are those of the clock, CPU seconds those of the processes.
"""

import argparse
import dataclasses
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from elasticsearch import Elasticsearch
from sqlalchemy import func, select, update

from benchmarks.cluster import node_at, search_at_last
from benchmarks.market import fill_market, keep_near_vectors
from benchmarks.traffic import Account, mark_listings, people_on
from market.cli.parts import Parts, open_parts
from market.kernel import outbox
from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.outbox import Delivery, DeliveryState, FactRow
from market.listings.enums import ListingState
from market.listings.facts import ListingChanged
from market.listings.indexing import load_documents
from market.listings.models import Listing
from search.centring import load_centring
from search.elastic.mapping import make_source
from search.port import Query

CHANGED = 10_000
EACH_SECOND = 5.0
LOOK_SECONDS = 0.25
LONGEST_SECONDS = 1_200
PARTS = ("drain", "rebuild", "verify")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a process that has ended: its code, what it printed, and seconds, CPU seconds and megabytes at most."""

    code: int
    printed: str
    seconds: float
    cpu: float
    megabytes: float

    def __str__(self) -> str:
        return f"{self.seconds:.0f} s, {self.cpu:.0f} s CPU, {self.megabytes:,.0f} MB of memory at most"


def start(settings: Settings, *arguments: str) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MARKET_")} | {
        "MARKET_DATA_DIR": str(settings.data_dir), "MARKET_DATABASE_URL": settings.database_url,
        "MARKET_SEARCH_URL": settings.search_url, "MARKET_SEARCH_INDEX": settings.search_index,
        "MARKET_LOG_LEVEL": "warning",
    }  # fmt: skip
    command = [sys.executable, "-m", "market.cli.main", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own


def finish(process: "subprocess.Popen[str]", started: float) -> Cost:
    assert process.stdout is not None
    printed = process.stdout.read()
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    return Cost(process.returncode, printed, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def run(settings: Settings, *arguments: str) -> Cost:
    started = time.perf_counter()
    return finish(start(settings, *arguments), started)


@contextmanager
def working(settings: Settings) -> Iterator[list[Cost]]:
    """One `market worker`; what it cost is there when this ends."""
    costs: list[Cost] = []
    started = time.perf_counter()
    worker = start(settings, "worker")
    try:
        yield costs
    finally:
        worker.terminate()
        costs.append(finish(worker, started))


def count_waiting(database: Database, handler: str | None = None) -> int:
    """Facts that nobody has looked at, and deliveries of that handler, or of all."""
    deliveries = select(func.count()).select_from(Delivery).where(Delivery.state == DeliveryState.WAITING)
    if handler:
        deliveries = deliveries.where(Delivery.handler == handler)
    new = select(func.count()).select_from(FactRow).where(FactRow.dispatched_at.is_(None))
    with database.reading() as session:
        return (session.scalar(new) or 0) + (session.scalar(deliveries) or 0)


def wait_delivered(database: Database, handler: str | None = None) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while count_waiting(database, handler):
        assert time.monotonic() < deadline, f"{count_waiting(database)} facts still wait"
        time.sleep(LOOK_SECONDS)


def change_listings(database: Database, number: int) -> None:
    """Another TRL each: no words, so that the stored vectors stand."""
    with database.transaction() as session:
        published = select(Listing.id).where(Listing.state == ListingState.PUBLISHED).order_by(Listing.id)
        ids = random.Random(8).sample(session.scalars(published).all(), number)
        for first in range(0, number, 500):
            session.execute(
                update(Listing)
                .where(Listing.id.in_(ids[first : first + 500]))
                .values(
                    trl=func.coalesce(Listing.trl, 0) % 9 + 1, version=Listing.version + 1,
                    index_version=Listing.index_version + 1,
                )
                .execution_options(synchronize_session=False)
            )  # fmt: skip
        for listing_id in ids:
            outbox.record(session, ListingChanged(listing_id, 2), by=None)


def measure_drain(settings: Settings, parts: Parts) -> None:
    changed = min(CHANGED, count_published(parts.database))
    change_listings(parts.database, changed)
    started = time.perf_counter()
    with working(settings) as costs:
        wait_delivered(parts.database, "index_listings")
        indexed = time.perf_counter() - started
        wait_delivered(parts.database)
        everything = time.perf_counter() - started
    print(
        f"drain: {changed:,} changed listings are in the index {indexed:.0f} s after one worker was started, "
        f"all their facts delivered after {everything:.0f} s ({costs[0].cpu:.0f} s CPU of the worker)"
    )
    print(f"drain: {count_differences(settings):,} differences afterwards")


def measure_rebuild(settings: Settings, parts: Parts, marks: dict[str, str]) -> None:
    with working(settings) as costs:
        time.sleep(10)  # what the worker loads is loaded
        with people_on(parts.database, parts.search, marks, each_second=EACH_SECOND) as (searches, changes):
            time.sleep(10)
            before = len(searches.seconds), len(changes.seconds)
            rebuilt = run(settings, "index", "rebuild", "--json")
            during = len(searches.seconds) - before[0], len(changes.seconds) - before[1]
            time.sleep(10)
        started = time.perf_counter()
        wait_delivered(parts.database)
        behind = time.perf_counter() - started
    assert rebuilt.code == 0
    print(f"rebuild: {json.loads(rebuilt.printed)['documents']:,} documents, the command: {rebuilt}")
    print(
        f"rebuild: the worker beside it {costs[0].cpu:.0f} s CPU, done with all changes {behind:.0f} s after the last"
    )
    print(f"rebuild: {during[0]:,} searches and {during[1]:,} changes meanwhile")
    show_account("searches", searches)
    show_account("changes", changes)
    print(f"rebuild: {count_differences(settings):,} differences afterwards")


def show_account(name: str, account: Account) -> None:
    print(
        f"rebuild: {name} {len(account.seconds):,} in all, {len(account.errors)} errors, {len(account.missed)} missed; "
        f"{median(account.seconds) * 1e3:.0f} ms at the median, {max(account.seconds) * 1e3:.0f} at the longest"
    )
    for one in (*account.errors[:5], *account.missed[:5]):
        print(f"    {one}")


def measure_verify(settings: Settings, parts: Parts) -> None:
    reference = plant_difference(settings, parts)
    verified = run(settings, "index", "verify", "--json")
    report = json.loads(verified.printed)
    assert (verified.code, report["differences"]) == (1, [f"{reference}: same version, other content"]), report
    print(f"verify: exactly the one planted among {report['compared']:,}: {verified}")


def plant_difference(settings: Settings, parts: Parts) -> str:
    """A document with the version that the database has, and other content."""
    assert parts.embedder is not None
    with parts.database.reading() as session:
        published = select(Listing.id).where(Listing.state == ListingState.PUBLISHED).order_by(Listing.id)
        one = random.Random(9).choice(session.scalars(published).all())
        (document,), _removals = load_documents(session, [one], model=parts.embedder.name)
    wrong = make_source(dataclasses.replace(document, hash="planted"), load_centring(parts.embedder))
    Elasticsearch(settings.search_url).index(
        index=settings.search_index, id=document.id, document=wrong, version=2 * document.version,
        version_type="external_gte", refresh=True,
    )  # fmt: skip
    return document.id


def count_differences(settings: Settings) -> int:
    return len(json.loads(run(settings, "index", "verify", "--json", "--limit", "1000000").printed)["differences"])


def count_published(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Listing.state == ListingState.PUBLISHED)) or 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=50_000)
    parser.add_argument("--part", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--database", default="")
    parser.add_argument("--url", default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, node_at(chosen.url) as url:
        alias = f"bench-{uuid.uuid4().hex[:8]}"
        settings = Settings(data_dir=Path(folder), database_url=chosen.database, search_url=url, search_index=alias)
        database = fill_market(settings, chosen.listings)
        keep_near_vectors(database)
        marks = mark_listings(database)
        settle_outbox(database)
        database.close()
        built = run(settings, "index", "rebuild", "--json")
        print(f"{json.loads(built.printed)['documents']:,} listings, first build: {built}", flush=True)
        with open_parts(settings, write_index=False) as parts:
            failed = search_at_last(parts.search, Query(next(iter(marks)), "en"))
            print(f"{failed} of the first searches were not answered in time", flush=True)
            if "drain" in chosen.part:
                measure_drain(settings, parts)
            if "rebuild" in chosen.part:
                measure_rebuild(settings, parts, marks)
            if "verify" in chosen.part:
                measure_verify(settings, parts)
        client = Elasticsearch(url)
        client.indices.delete(index=list(client.indices.get(index=f"{alias}-*")))


def settle_outbox(database: Database) -> None:
    """What seeding recorded is in the index by the first build."""
    with database.transaction() as session:
        session.execute(update(FactRow).values(dispatched_at=FactRow.recorded_at))


if __name__ == "__main__":
    main()
