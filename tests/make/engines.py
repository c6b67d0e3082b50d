"""A search engine that does not answer: nothing of it can be brought about in the one that does."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from search.port import (
    Answer,
    Counts,
    Document,
    Filters,
    IndexedState,
    IndexStatus,
    Query,
    SearchUnavailable,
)


class DownEngine:
    """Refuses at once."""

    def search(self, query: Query) -> Answer:
        return self._answer()

    def count(self, filters: Filters, facets: tuple[str, ...]) -> Counts:
        return self._answer()

    def write(self, documents: Iterable[Document]) -> int:
        return self._answer()

    def remove(self, removals: Iterable[tuple[str, int]]) -> int:
        return self._answer()

    def rebuild(self, documents: Iterable[Document]) -> int:
        return self._answer()

    def iterate(self) -> Iterator[IndexedState]:
        return self._answer()

    def status(self) -> IndexStatus:
        return self._answer()

    def close(self) -> None:
        pass

    def _answer(self) -> Any:
        raise SearchUnavailable("down, for a test")


class HungEngine(DownEngine):
    """Holds every question until `release`; counts those it holds."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.held = 0
        self._counting = threading.Lock()

    def release(self) -> None:
        self.released.set()

    def _answer(self) -> Any:
        with self._counting:
            self.held += 1
        self.released.wait(60)
        raise SearchUnavailable("hung, for a test")
