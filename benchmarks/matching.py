"""How good are matches, part by part? Ranks the offers of each judged demand by every part alone, by all of them, and
with each part switched off in turn, and prints nDCG@10 and recall@10 of a half of the judged pairs.

    python -m benchmarks.matching [--half closed|tuning] [--values FILE]

The demo market is seeded into a throw-away database, and all its offers are ranked: constraints, which say nothing of
content, are left out. `--values` writes what each part said of each pair, for choosing weights.
"""

import argparse
import json
import math
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from market.cli.schema import migrate_database
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.listings.indexing import iterate_documents
from market.matching.enums import Part
from market.matching.finding import UNFILTERED, Met, find_nearest, load_asker, measure
from market.matching.scoring import Pair, contribute, score_pair
from market.matching.sides import Side, load_sides
from market.seed.listings import find_id
from market.seed.reading import read_parallel
from market.seed.stages import Stage, seed_market
from search.embedded import open_engine
from search.embedding import load_embedder
from search.port import Embedder, Engine

JUDGED = Path(__file__).parent / "judged"
DEPTH = 10
ALL = 1_000

Values = Mapping[Part, float]
"""What each part said of a pair."""

Judged = Mapping[str, Mapping[str, int]]
"""Demand → offer → grade."""


def read_judged(half: str) -> Judged:
    """Of the demands that have an offer worth a mention."""
    judged: dict[str, dict[str, int]] = {}
    for line in (JUDGED / "demo.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        offer, demand, grade, own = line.split("\t")
        if own == half:
            judged.setdefault(demand, {})[offer] = int(grade)
    return {demand: grades for demand, grades in judged.items() if any(grades.values())}


@contextmanager
def open_demo(embedder: Embedder) -> Iterator[tuple[Database, Engine]]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        migrate_database(settings)
        database = Database(settings.database_address)
        seed_market(database, Stage.LISTINGS, show=lambda *_: None)
        engine = open_engine(Path(folder) / "index", embedder=embedder)
        with database.reading() as session:
            engine.write(iterate_documents(session, model=embedder.name))
        yield database, engine
        engine.close()
        database.close()


def identify(key: str) -> UUID:
    return find_id(f"parallel-{key}" if key in read_parallel() else key)


def rate_offers(database: Database, engine: Engine, demand_id: UUID, *, model: str) -> dict[UUID, Values]:
    """What each part says of each offer."""
    with database.reading() as session:
        asker = load_asker(session, demand_id, model=model)
        assert asker is not None, "the demo's are public"
        words = find_nearest(engine, asker, UNFILTERED, ALL)
        offers = list(load_sides(session, [state.id for state in engine.iterate()], model=model).values())
    met, _level = measure(engine, asker.side, offers, words=words, known={})
    return list_values(asker.side, met)


def list_values(demand: Side, met: Sequence[Met]) -> dict[UUID, Values]:
    now = utc_now()
    return {
        one.side.id: {rated.part: rated.value for rated in score_pair(Pair(one.side, demand, one.nearness, {}, now))[1]}
        for one in met
    }


def rank(rated: Mapping[UUID, Values], score: Callable[[Values], float]) -> list[UUID]:
    return sorted(rated, key=lambda one: (-score(rated[one]), one))


def take_all(values: Values) -> float:
    return sum(contribute(part, value) for part, value in values.items())


def take_one(part: Part) -> Callable[[Values], float]:
    return lambda values: values.get(part, 0.0)


def leave_out(part: Part) -> Callable[[Values], float]:
    return lambda values: sum(contribute(one, value) for one, value in values.items() if one is not part)


def measure_gain(ranked: Sequence[UUID], grades: Mapping[UUID, int]) -> tuple[float, float]:
    """nDCG@10 with the grades as gains, and recall@10 of all that is graded 1 or 2."""
    gains = [grades.get(one, 0) for one in ranked[:DEPTH]]
    ideal = sorted(grades.values(), reverse=True)[:DEPTH]
    relevant = sum(grade > 0 for grade in grades.values())
    return _discount(gains) / _discount(ideal), sum(gain > 0 for gain in gains) / min(relevant, DEPTH)


def _discount(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def list_scores() -> dict[str, Callable[[Values], float]]:
    return (
        {"the whole": take_all}
        | {f"{part} alone": take_one(part) for part in Part}
        | {f"without {part}": leave_out(part) for part in Part}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tuning", "closed"), default="closed")
    parser.add_argument("--values", type=Path, default=None)
    chosen = parser.parse_args()
    embedder = load_embedder(None)
    assert embedder is not None, "needs the model"
    judged = read_judged(chosen.half)
    rated: dict[str, dict[UUID, Values]] = {}
    with open_demo(embedder) as (database, engine):
        for demand in judged:
            rated[demand] = rate_offers(database, engine, identify(demand), model=embedder.name)
    graded = {demand: {identify(offer): grade for offer, grade in judged[demand].items()} for demand in judged}
    print(f"{len(judged)} demands of the half '{chosen.half}', {len(next(iter(rated.values())))} offers")
    for name, score in list_scores().items():
        figures = [measure_gain(rank(rated[demand], score), graded[demand]) for demand in judged]
        ndcg, recall = (statistics.mean(column) for column in zip(*figures, strict=True))
        print(f"{name:24} nDCG@10 {ndcg:.3f}  recall@10 {recall:.3f}")
    if chosen.values:
        lines = [
            {"demand": demand, "offer": str(offer), "grade": graded[demand].get(offer, 0), "values": values}
            for demand, offers in rated.items()
            for offer, values in offers.items()
        ]
        chosen.values.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
