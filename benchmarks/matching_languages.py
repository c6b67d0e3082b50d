"""Does a demand find the same offers in whatever language it is written? The twelve demo demands that exist in all
twelve languages are matched with the words of one language at a time; printed is how many of the two top tens are the
same, for each pair of languages.

    python -m benchmarks.matching_languages
"""

import statistics
from dataclasses import replace
from itertools import combinations
from uuid import UUID

from benchmarks.matching import ALL, DEPTH, list_values, open_demo, rank, take_all
from locales import LANGUAGES
from market.kernel.db import Database
from market.listings.indexing import document_text, load_vectors
from market.listings.queries import list_whole
from market.matching.finding import UNFILTERED, Asker, find_nearest, measure
from market.matching.sides import load_sides
from market.seed.listings import find_id
from market.seed.reading import read_parallel
from search.embedding import load_embedder
from search.port import Engine, Passages


def list_tens(database: Database, engine: Engine, demand_id: UUID, *, model: str) -> dict[str, set[UUID]]:
    """The first ten offers for the demand's words in each language."""
    with database.reading() as session:
        (listing,) = list_whole(session, [demand_id])
        whole = load_sides(session, [listing.reference], model=model)[listing.reference]
        vectors = {vector.language: vector for vector in load_vectors(session, [demand_id], model=model)[demand_id]}
        offers = list(load_sides(session, [state.id for state in engine.iterate()], model=model).values())
    tens = {}
    for language, row in listing.texts.items():
        text = document_text(row)
        length = len(row.title) + len(row.summary) + len(row.description)
        passages = Passages(vectors[language], length)
        side = replace(whole, language=language, keywords=tuple(row.keyword_list), passages=passages)
        words = find_nearest(engine, Asker(side, text), UNFILTERED, ALL)
        met, _level = measure(engine, side, offers, words=words, known={})
        tens[language] = set(rank(list_values(side, met), take_all)[:DEPTH])
    return tens


def main() -> None:
    embedder = load_embedder(None)
    assert embedder is not None, "needs the model"
    with open_demo(embedder) as (database, engine):
        demands = [
            list_tens(database, engine, find_id(f"parallel-{key}"), model=embedder.name) for key in read_parallel()
        ]
    shared = {
        pair: statistics.mean(len(tens[pair[0]] & tens[pair[1]]) / DEPTH for tens in demands)
        for pair in combinations(LANGUAGES, 2)
    }
    print(f"{len(demands)} demands; share of the first ten offers that two languages have in common")
    print("        " + "".join(f"{code:>8}" for code in LANGUAGES))
    for one in LANGUAGES:
        cells = [shared.get((one, other), shared.get((other, one), 1.0)) for other in LANGUAGES]
        print(f"{one:8}" + "".join(f"{cell:8.2f}" for cell in cells))
    print(f"mean {statistics.mean(shared.values()):.2f}, least {min(shared.values()):.2f}")


if __name__ == "__main__":
    main()
