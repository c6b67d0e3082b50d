"""A search engine that does not answer: nothing of it can be brought about in the one that does."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NoReturn

from search.port import (
    Agreement,
    Answer,
    Counts,
    Document,
    Filters,
    IndexedState,
    IndexStatus,
    Likeness,
    Passages,
    Query,
    SearchUnavailable,
)


class DownEngine:
    """Refuses at once."""

    writes_alone: Final = True

    def search(self, query: Query) -> Answer:
        self._answer(query)

    def count(self, filters: Filters, facets: tuple[str, ...]) -> Counts:
        self._answer(filters, facets)

    def resemble(self, likeness: Likeness) -> Mapping[str, float]:
        self._answer(likeness)

    def compare(self, mine: Passages, others: Sequence[Passages]) -> Sequence[Agreement]:
        self._answer(mine, others)

    def find_version(self, identifier: str) -> int | None:
        self._answer(identifier)

    def write(self, documents: Iterable[Document]) -> int:
        self._answer(documents)

    def remove(self, removals: Iterable[tuple[str, int]]) -> int:
        self._answer(removals)

    def rebuild(self, documents: Iterable[Document]) -> int:
        self._answer(documents)

    def may_write(self) -> bool:
        self._answer()

    def iterate(self) -> Iterator[IndexedState]:
        self._answer()

    def status(self) -> IndexStatus:
        self._answer()

    def close(self) -> None:
        pass

    def _answer(self, *asked: object) -> NoReturn:
        raise SearchUnavailable(f"down, for a test: {asked}")


class HungEngine(DownEngine):
    """Holds every question until `release`; counts those it holds."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.held = 0
        self._counting = threading.Lock()

    def release(self) -> None:
        self.released.set()

    def _answer(self, *asked: object) -> NoReturn:
        with self._counting:
            self.held += 1
        self.released.wait(60)
        super()._answer(*asked)
