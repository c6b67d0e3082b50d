"""Facets and numbers of all documents as arrays, a place per slot: filters and counts without words.

Written by one thread at a time, read by any: a reader takes the arrays as they are, and a document
that changes under it shows its old or its new codes.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from search.asking import NUMBERS
from search.embedded.state import DocumentState
from search.port import Filters, QueryRefused

MISSING: Final = -(2**62)
_FIRST_CAPACITY: Final = 1_024

Mask: TypeAlias = NDArray[np.bool_]


class FacetColumn:
    """The codes of one facet: a row of code numbers a slot, -1 where it has fewer than the widest."""

    def __init__(self, capacity: int) -> None:
        self._numbers: dict[str, int] = {}
        self._codes: list[str] = []
        self._table = np.full((capacity, 1), -1, np.int32)

    def reserve(self, capacity: int) -> None:
        self._table = _pad(self._table, capacity, self._table.shape[1])

    def put(self, slots: Sequence[int], codes: Iterable[Sequence[str]]) -> None:
        """Give each slot its codes instead of those it had."""
        places: dict[tuple[str, ...], int] = {}
        index = [places.setdefault(tuple(some), len(places)) for some in codes]
        rows = [[self._number(code) for code in dict.fromkeys(some)] for some in places]
        widest = max(map(len, rows), default=0)
        if widest > self._table.shape[1]:
            self._table = _pad(self._table, len(self._table), widest)
        width = self._table.shape[1]
        padded = np.array([row + [-1] * (width - len(row)) for row in rows], np.int32).reshape(-1, width)
        self._table[slots] = padded[index]

    def clear(self, slots: list[int]) -> None:
        self._table[slots] = -1

    def _number(self, code: str) -> int:
        if code not in self._numbers:
            self._numbers[code] = len(self._codes)
            self._codes.append(code)
        return self._numbers[code]

    def select(self, codes: Iterable[str], size: int) -> Mask:
        """Return which of the first `size` slots carry any of the codes."""
        wanted = [self._numbers[code] for code in codes if code in self._numbers]
        table = self._table[:size]
        if len(wanted) == 1:
            return np.asarray((table == wanted[0]).any(axis=1))
        return np.asarray(np.isin(table, wanted).any(axis=1))

    def count(self, chosen: Mask) -> dict[str, int]:
        """Return how many chosen slots carry each code, zeros left out."""
        # Slots carry -1 beside their codes: counted at place 0 and dropped.
        counted = np.bincount(self._table[: len(chosen)][chosen].ravel() + 1, minlength=1)[1:]
        found = {self._codes[number]: int(counted[number]) for number in np.flatnonzero(counted)}
        return dict(sorted(found.items()))

    def find(self, slot: int) -> tuple[str, ...]:
        return tuple(self._codes[number] for number in self._table[slot] if number >= 0)


class Columns:
    """`size` slots, some of them free or removed."""

    def __init__(self) -> None:
        self.size = 0
        self.ids: list[str] = []
        self.slots: dict[str, int] = {}
        self.versions: list[int] = []
        self._capacity = _FIRST_CAPACITY
        self.alive: Mask = np.zeros(self._capacity, np.bool_)
        self._facets: dict[str, FacetColumn] = {}
        self._numbers = {name: np.full(self._capacity, MISSING, np.int64) for name in NUMBERS}

    def _reserve(self, size: int) -> None:
        if size <= self._capacity:
            return
        while self._capacity < size:
            self._capacity *= 2
        alive = np.zeros(self._capacity, np.bool_)
        alive[: len(self.alive)] = self.alive
        self.alive = alive
        for name, column in self._numbers.items():
            grown = np.full(self._capacity, MISSING, np.int64)
            grown[: len(column)] = column
            self._numbers[name] = grown
        for facet in self._facets.values():
            facet.reserve(self._capacity)

    def put(self, states: Sequence[DocumentState]) -> None:
        """Take over the given states, the removed among them too."""
        if not states:
            return
        slots = [state.slot for state in states]
        size = max(slots) + 1
        self._reserve(size)
        self.ids.extend([""] * (size - len(self.ids)))
        self.versions.extend([0] * (size - len(self.versions)))
        self._clear([slot for slot in slots if self.ids[slot]])
        for state in states:
            self.ids[state.slot] = state.id
            self.slots[state.id] = state.slot
            self.versions[state.slot] = state.version
        for name in dict.fromkeys(name for state in states for name in state.facets):
            if name not in self._facets:
                self._facets[name] = FacetColumn(self._capacity)
            self._facets[name].put(slots, [state.facets.get(name, ()) for state in states])
        for name in NUMBERS:
            self._numbers[name][slots] = [state.numbers.get(name, MISSING) for state in states]
        self.alive[slots] = [not state.removed for state in states]
        self.size = len(self.ids)

    def forget(self, identifier: str) -> None:
        """Take a document out as if it had never been there."""
        slot = self.slots.pop(identifier, None)
        if slot is not None:
            self._clear([slot])
            self.ids[slot] = ""

    def _clear(self, slots: list[int]) -> None:
        self.alive[slots] = False
        for facet in self._facets.values():
            facet.clear(slots)

    def find_codes(self, name: str, slot: int) -> tuple[str, ...]:
        return self._facets[name].find(slot) if name in self._facets else ()

    def number(self, name: str) -> NDArray[np.int64]:
        return self._numbers[name][: self.size]

    def select(self, filters: Filters) -> Mask:
        """Return which slots hold a living document that passes: (size,) booleans."""
        size = self.size
        chosen = self.alive[:size].copy()
        for name, wanted in filters.any_of.items():
            facet = self._facets.get(name)
            chosen &= facet.select(wanted, size) if facet else np.zeros(size, np.bool_)
        for name, least in filters.at_least.items():
            if name not in self._numbers:
                message = f"unknown number {name!r}"
                raise QueryRefused(message)
            chosen &= self._numbers[name][:size] >= least
        return chosen

    def count(self, chosen: Mask, facets: Iterable[str]) -> dict[str, dict[str, int]]:
        """Return for each facet how many chosen documents carry each code, zeros left out."""
        return {name: self._facets[name].count(chosen) if name in self._facets else {} for name in facets}


def _pad(table: NDArray[np.int32], rows: int, width: int) -> NDArray[np.int32]:
    grown = np.full((rows, width), -1, np.int32)
    grown[: len(table), : table.shape[1]] = table
    return grown
