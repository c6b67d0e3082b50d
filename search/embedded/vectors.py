"""Vectors on disk: a file of raw vectors (float16) and one of centred ones (int8), row by row.

The int8 file is scanned whole, or only where the filter passes, with numkong's integer dot
products; the best are computed again from the raw file. Rows are only ever appended; which of
them live is known to `StateStore`.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numkong
import numpy as np
from numpy.typing import NDArray

from search.centring import quantise

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]

SAMPLE: Final = 1_000
"""Rows of each language that the mean and spread of a query's scores are taken from."""

_BLOCK: Final = 4_096
_ENCODED_AT_ONCE: Final = 512
_TAKEN_AT_ONCE: Final = 2_048
_GATHER_BELOW: Final = 0.4
"""Share of the rows under which copying the wanted ones out is cheaper than scanning all."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """The rows of the files at one moment. `codes` (n, d) int8, `lengths` (n,) norms of its rows."""

    codes: NDArray[np.int8]
    lengths: Floats
    raw: NDArray[np.float16]

    def score(self, query: Floats, rows: Ints | None) -> Floats:
        """Return the cosine of a centred query (d,) with the given rows, or with all of them."""
        code = quantise(query[None, :])
        length = float(np.linalg.norm(code.astype(np.float32)))
        if rows is None:
            return dot(code, self.codes) / (self.lengths * length)
        if len(rows) > _GATHER_BELOW * len(self.codes):
            return self.score(query, None)[rows]
        return self._dot_some(code, rows) / (self.lengths[rows] * length)

    def _dot_some(self, code: NDArray[np.int8], rows: Ints) -> Floats:
        """Block by block, so that what is taken out stays near the processor: half the time of one large copy."""
        products = np.empty(len(rows), np.float32)
        block = np.empty((min(_TAKEN_AT_ONCE, len(rows)), self.codes.shape[1]), np.int8)
        for start in range(0, len(rows), _TAKEN_AT_ONCE):
            some = rows[start : start + _TAKEN_AT_ONCE]
            taken = block[: len(some)]
            np.take(self.codes, some, axis=0, out=taken, mode="clip")
            products[start : start + len(some)] = dot(code, taken)
        return products


class VectorFiles:
    """`raw.f16` and `centred.i8` of one index, memory-mapped anew whenever they grew."""

    def __init__(self, directory: Path, dimensions: int, *, rows: int, writable: bool) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._raw_path = directory / "raw.f16"
        self._codes_path = directory / "centred.i8"
        self._dimensions = dimensions
        if writable:
            for path, width in ((self._raw_path, 2), (self._codes_path, 1)):
                _cut_off(path, rows * dimensions * width)
        self.matrix = Matrix(
            np.zeros((0, dimensions), np.int8), np.zeros(0, np.float32), np.zeros((0, dimensions), np.float16)
        )
        self.show(rows)

    def append(self, raw: Floats, centred: Floats) -> int:
        """Add rows at the end, on disk when this returns. Returns the first one's number."""
        first = len(self.matrix.codes)
        for path, width, rows, encode in (
            (self._raw_path, 2, raw, lambda block: block.astype(np.float16)),
            (self._codes_path, 1, centred, quantise),
        ):
            with path.open("ab") as file:
                # An earlier write that failed half way may have left rows that nobody counted.
                file.truncate(first * self._dimensions * width)
                for start in range(0, len(rows), _ENCODED_AT_ONCE):
                    file.write(encode(rows[start : start + _ENCODED_AT_ONCE]).tobytes())
                file.flush()
                os.fsync(file.fileno())
        self.show(first + len(raw))
        return first

    def show(self, rows: int) -> None:
        """Let `matrix` hold the first `rows` rows of the files."""
        first = len(self.matrix.codes)
        if rows <= first:
            return
        shape = (rows, self._dimensions)
        codes = np.asarray(np.memmap(self._codes_path, np.int8, "r", shape=shape))
        lengths = [self.matrix.lengths]
        for start in range(first, rows, _BLOCK):
            block = codes[start : start + _BLOCK].astype(np.float32)
            lengths.append(np.sqrt(np.einsum("ij,ij->i", block, block)) + np.float32(1e-9))
        raw = np.asarray(np.memmap(self._raw_path, np.float16, "r", shape=shape))
        self.matrix = Matrix(codes, np.concatenate(lengths), raw)


def _cut_off(path: Path, size: int) -> None:
    """Take away what a killed process appended without recording it; less than was recorded is damage."""
    with path.open("ab") as file:
        if file.tell() < size:
            message = f"{path.name} has {file.tell()} bytes of {size}"
            raise ValueError(message)
        file.truncate(size)


def dot(code: NDArray[np.int8], codes: NDArray[np.int8]) -> Floats:
    """Return the dot products of one int8 row (1, d) with many (n, d) as float32 (n,)."""
    if len(codes) == 0:
        return np.zeros(0, np.float32)
    return np.asarray(numkong.cdist(code, codes, "dot", out_dtype="float32"), np.float32).reshape(-1)


def choose_sample(languages: NDArray[np.int16], living: NDArray[np.bool_]) -> Ints:
    """Return up to `SAMPLE` living rows of each language, spread evenly over the file."""
    chosen: list[Ints] = []
    for language in np.unique(languages[living]):
        rows = np.flatnonzero(living & (languages == language))
        step = max(1, len(rows) // SAMPLE)
        chosen.append(rows[::step][:SAMPLE])
    return np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, np.int64)
