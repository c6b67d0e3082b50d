"""What the index knows of every document beside its words and vectors: a small SQLite file.

It is written last in every change, so what it says is in the other parts as well. Documents
under change are listed in `pending` first: after a crash these, and only these, are in doubt.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS document (
    slot INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, hash TEXT NOT NULL,
    removed INTEGER NOT NULL, codes TEXT NOT NULL, change INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS document_change ON document (change);
CREATE TABLE IF NOT EXISTS vector (row INTEGER PRIMARY KEY, slot INTEGER NOT NULL, language TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS vector_slot ON vector (slot);
CREATE TABLE IF NOT EXISTS pending (id TEXT PRIMARY KEY);
"""


_PAGE: Final = 5_000
_COLUMNS: Final = "slot, id, version, hash, removed, codes, change"
_encode: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True)
class DocumentState:
    """A document's row. A removed one stays as its own tombstone, so that older news of it is known as old."""

    slot: int
    id: str
    version: int
    hash: str
    removed: bool
    facets: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, int]


class VectorRow(NamedTuple):
    """A row of the vector files and whose it is. A tuple, since there are many."""

    row: int
    slot: int
    language: str


class StateStore:
    """One connection, guarded by a lock: calls are short and few."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        mode = "rwc" if writable else "ro"
        self._lock = Lock()
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            timeout=10,
        )
        if writable:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def read_stamp(self) -> int:
        """Return a number that differs after another process committed."""
        with self._lock:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def read_changes(self, after: int) -> tuple[int, list[DocumentState], list[VectorRow]]:
        """Return documents and vector rows of the changes next to `after`, and the number of the last of these.

        About `_PAGE` documents at once, whole changes always; the number is `after` where there is nothing new.
        """
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                last = self._connection.execute(
                    "SELECT max(change) FROM (SELECT change FROM document WHERE change > ? ORDER BY change LIMIT ?)",
                    (after, _PAGE),
                ).fetchone()[0]
                documents = self._connection.execute(
                    f"SELECT {_COLUMNS} FROM document WHERE change > ? AND change <= ? ORDER BY slot", (after, last)
                ).fetchall()
                vectors = self._connection.execute(
                    "SELECT vector.* FROM vector JOIN document USING (slot) WHERE change > ? AND change <= ?",
                    (after, last),
                ).fetchall()
            finally:
                self._connection.execute("COMMIT")
        if last is None:
            return after, [], []
        return last, [_to_state(row) for row in documents], list(map(VectorRow._make, vectors))

    def announce(self, ids: Iterable[str]) -> None:
        """Note durably that these documents are about to change in the other parts."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR IGNORE INTO pending VALUES (?)", [(one,) for one in ids])
            self._connection.execute("COMMIT")

    def record(
        self, change: int, states: list[DocumentState], vectors: list[VectorRow], *, replaced: Iterable[int]
    ) -> None:
        """Make a change official: new states, their vector rows, nothing pending.

        `replaced`: the slots that were there before; their old vector rows go.
        """
        rows = [
            (s.slot, s.id, s.version, s.hash, s.removed, _encode([s.facets, dict(s.numbers)]), change) for s in states
        ]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                self._connection.executemany("DELETE FROM vector WHERE slot = ?", [(slot,) for slot in replaced])
                self._connection.executemany("INSERT INTO vector VALUES (?, ?, ?)", vectors)
                self._connection.executemany("DELETE FROM pending WHERE id = ?", [(s.id,) for s in states])
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def read_pending(self) -> list[str]:
        with self._lock:
            return [row[0] for row in self._connection.execute("SELECT id FROM pending ORDER BY id")]

    def forget(self, ids: list[str]) -> None:
        """Drop documents in doubt, so that `iterate` no longer lists them and they are sent again."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            for one in ids:
                self._connection.execute(
                    "DELETE FROM vector WHERE slot IN (SELECT slot FROM document WHERE id = ?)", (one,)
                )
                self._connection.execute("DELETE FROM document WHERE id = ?", (one,))
            self._connection.execute("DELETE FROM pending")
            self._connection.execute("COMMIT")

    def count_rows(self) -> int:
        """Return how many vector rows the files must hold at least."""
        with self._lock:
            newest = self._connection.execute("SELECT max(row) FROM vector").fetchone()[0]
        return 0 if newest is None else int(newest) + 1

    def iterate(self, page: int = 1_000) -> Iterator[tuple[str, int, str]]:
        """Yield id, version and hash of every living document, in order of id."""
        last = ""
        while True:
            with self._lock:
                rows = self._connection.execute(
                    "SELECT id, version, hash FROM document WHERE id > ? AND NOT removed ORDER BY id LIMIT ?",
                    (last, page),
                ).fetchall()
            if not rows:
                return
            yield from rows
            last = rows[-1][0]


def _to_state(row: tuple[int, str, int, str, int, str, int]) -> DocumentState:
    slot, identifier, version, digest, removed, codes, _ = row
    facets, numbers = json.loads(codes)
    return DocumentState(slot, identifier, version, digest, bool(removed), facets, numbers)
