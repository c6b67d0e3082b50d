"""Facets and numbers of all documents as arrays, a place per slot: filters and counts without words.

Written by one thread at a time, read by any: a reader takes the arrays as they are, and a document
that changes under it shows its old or its new codes.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from search.embedded.state import DocumentState
from search.port import Filters, QueryRefused

NUMBERS: Final = ("trl", "published_at", "expires_at")
"""Numbers that ranges and sorts know. The word index has a field for each."""

MISSING: Final = -(2**62)

Mask: TypeAlias = NDArray[np.bool_]
_Item = TypeVar("_Item", np.bool_, np.int64)


class Columns:
    """`size` slots, some of them free or removed."""

    def __init__(self) -> None:
        self.size = 0
        self.ids: list[str] = []
        self.slots: dict[str, int] = {}
        self.versions: list[int] = []
        self._capacity = 1_024
        self.alive: Mask = np.zeros(self._capacity, np.bool_)
        self._facets: dict[str, dict[str, Mask]] = {}
        self._numbers = {name: np.full(self._capacity, MISSING, np.int64) for name in NUMBERS}

    def _reserve(self, size: int) -> None:
        if size <= self._capacity:
            return
        while self._capacity < size:
            self._capacity *= 2
        self.alive = _grow(self.alive, self._capacity)
        self._numbers = {name: _grow(column, self._capacity, MISSING) for name, column in self._numbers.items()}
        for codes in self._facets.values():
            for code, column in list(codes.items()):
                codes[code] = _grow(column, self._capacity)

    def put(self, states: Iterable[DocumentState]) -> None:
        """Take over the given states, the removed among them too."""
        for state in states:
            self._reserve(state.slot + 1)
            while len(self.ids) <= state.slot:
                self.ids.append("")
                self.versions.append(0)
            if self.ids[state.slot]:
                self._clear(state.slot)
            self.ids[state.slot] = state.id
            self.slots[state.id] = state.slot
            self.versions[state.slot] = state.version
            for name, codes in state.facets.items():
                for code in codes:
                    self._column(name, code)[state.slot] = True
            for name in NUMBERS:
                self._numbers[name][state.slot] = state.numbers.get(name, MISSING)
            self.alive[state.slot] = not state.removed
        self.size = len(self.ids)

    def forget(self, identifier: str) -> None:
        """Take a document out as if it had never been there."""
        slot = self.slots.pop(identifier, None)
        if slot is not None:
            self._clear(slot)
            self.ids[slot] = ""

    def find_codes(self, name: str, slot: int) -> tuple[str, ...]:
        return tuple(code for code, column in list(self._facets.get(name, {}).items()) if column[slot])

    def _clear(self, slot: int) -> None:
        self.alive[slot] = False
        for codes in self._facets.values():
            for column in codes.values():
                column[slot] = False

    def _column(self, name: str, code: str) -> Mask:
        codes = self._facets.setdefault(name, {})
        if code not in codes:
            codes[code] = np.zeros(self._capacity, np.bool_)
        return codes[code]

    def number(self, name: str) -> NDArray[np.int64]:
        return self._numbers[name][: self.size]

    def select(self, filters: Filters) -> Mask:
        """Return which slots hold a living document that passes: (size,) booleans."""
        size = self.size
        chosen = self.alive[:size].copy()
        for name, wanted in filters.any_of.items():
            codes = self._facets.get(name, {})
            passing = np.zeros(size, np.bool_)
            for code in wanted:
                if code in codes:
                    passing |= codes[code][:size]
            chosen &= passing
        for name, least in filters.at_least.items():
            if name not in self._numbers:
                raise QueryRefused(f"unknown number {name!r}")
            chosen &= self._numbers[name][:size] >= least
        return chosen

    def count(self, chosen: Mask, facets: Iterable[str]) -> dict[str, dict[str, int]]:
        """Return for each facet how many chosen documents carry each code, zeros left out."""
        size = len(chosen)
        counts: dict[str, dict[str, int]] = {}
        for name in facets:
            found = {
                code: int(np.count_nonzero(column[:size] & chosen))
                for code, column in list(self._facets.get(name, {}).items())
            }
            counts[name] = {code: number for code, number in sorted(found.items()) if number}
        return counts

    def count_code(self, name: str, code: str) -> int:
        """Return how many living documents carry the code."""
        column = self._facets.get(name, {}).get(code)
        return 0 if column is None else int(np.count_nonzero(column & self.alive[: len(column)]))


def _grow(column: NDArray[_Item], capacity: int, fill: int = 0) -> NDArray[_Item]:
    grown = np.full(capacity, fill, column.dtype)
    grown[: len(column)] = column
    return grown
