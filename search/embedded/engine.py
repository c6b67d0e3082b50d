"""The engine without a server: an index directory, written by one process and read by any.

`current` names the generation in use. A rebuild fills the next generation beside it, writes that
arrive meanwhile go to both, and replacing `current` swaps them; what a killed rebuild left is
cleared away at the next start of a writer.
"""

import logging
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import Final, TypeVar

from filelock import FileLock, Timeout

from search.analysis import clean_text
from search.centring import Centring, weigh_sentence
from search.detection import detect_language
from search.embedded.generation import Generation
from search.embedded.searching import CentredQuery, Search, centre_query, check_query
from search.embedding import to_array
from search.port import (
    Answer,
    Counts,
    Document,
    DocumentRefused,
    Embedder,
    Filters,
    IndexedState,
    IndexStatus,
    Query,
    QueryRefused,
    SearchUnavailable,
)

BATCH: Final = 5_000
"""Documents that become visible together while many are written."""

_Item = TypeVar("_Item")
_logger = logging.getLogger(__name__)


class ReadOnlyIndex(SearchUnavailable):
    """Another process holds the index's lock and writes it; this one may only search."""


class IndexNeedsRebuild(SearchUnavailable):
    """The index was built with another model, other means or another analysis than this program has."""


@contextmanager
def _answering() -> Iterator[None]:
    """Turn faults of files, SQLite and tantivy into the one that callers know."""
    try:
        yield
    except (DocumentRefused, QueryRefused, SearchUnavailable):
        raise
    except (OSError, sqlite3.Error, ValueError, RuntimeError) as fault:
        _logger.exception("the index failed")
        message = f"the index failed: {fault}"
        raise SearchUnavailable(message) from fault


class EmbeddedEngine:
    """Implements `search.port.Engine`. Safe in many threads; `centring` belongs to `embedder`."""

    def __init__(self, directory: Path, *, embedder: Embedder | None, centring: Centring | None, write: bool) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._embedder = embedder
        self._centring = centring
        self._writing = RLock()
        self._rebuilding = RLock()
        # Whichever thread took the lock, another may give it back.
        self._file_lock = FileLock(directory / "lock", thread_local=False)
        self._wants_to_write = write
        self._writable = write and self._take_lock()
        self._next: Generation | None = None
        self._previous: Generation | None = None
        with _answering():
            self._live = self._open_current()

    def _take_lock(self) -> bool:
        try:
            self._file_lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def _open_current(self) -> Generation:
        name = self._read_pointer()
        if self._writable:
            self._clear_litter(name)
            if name is None:
                name = "index-1"
                generation = Generation(self._directory / name, self._centring, writable=True)
                self._point_to(name)
                return generation
        if name is None:
            message = "there is no index yet: a process that writes has to make it"
            raise SearchUnavailable(message)
        return Generation(self._directory / name, self._centring, writable=self._writable)

    def _read_pointer(self) -> str | None:
        try:
            return (self._directory / "current").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

    def _point_to(self, name: str) -> None:
        draft = self._directory / "current.draft"
        with draft.open("w", encoding="utf-8") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._directory / "current")

    def _clear_litter(self, kept: str | None) -> None:
        for path in self._directory.glob("index-*"):
            if path.name != kept:
                shutil.rmtree(path, ignore_errors=True)

    def _current(self) -> Generation:
        """Return the generation to search, with what other processes wrote."""
        if not self._writable:
            self._follow()
            self._live.refresh()
        return self._live

    def _follow(self) -> None:
        if self._read_pointer() in (self._live.name, None):
            return
        with self._writing:
            name = self._read_pointer()
            if name is None or name == self._live.name:
                return
            try:
                fresh = Generation(self._directory / name, self._centring, writable=False)
            except (OSError, sqlite3.Error, ValueError):
                # Another rebuild was quicker; the next search finds its index.
                _logger.info("%s went while it was opened", name)
                return
            self._replace_live(fresh)

    def _replace_live(self, fresh: Generation) -> None:
        # Searches under way may still read the last one, but not the one before.
        if self._previous is not None:
            self._previous.close()
        self._previous, self._live = self._live, fresh

    def _usable(self) -> Generation:
        generation = self._current()
        if generation.problem:
            raise IndexNeedsRebuild(generation.problem)
        return generation

    @_answering()
    def search(self, query: Query) -> Answer:
        check_query(query)
        generation = self._usable()
        text = clean_text(query.words)
        language = detect_language(text, trusted=query.language)
        search = Search(generation, query, text, language)
        if not text.strip():
            return search.browse()
        centred = self._centre(generation, text, language)
        return search.answer(centred, meaning_asked=centred is not None)

    def _centre(self, generation: Generation, text: str, language: str) -> CentredQuery | None:
        if self._embedder is None or self._centring is None or generation.meta.embedder is None:
            return None
        try:
            vector = to_array(self._embedder.embed_query(text))
        except SearchUnavailable as problem:
            _logger.warning("searching by words alone: %s", problem)
            return None
        return centre_query(self._centring, vector, language, weigh_sentence(text, language))

    @_answering()
    def count(self, filters: Filters, facets: tuple[str, ...]) -> Counts:
        check_query(Query(words="", language="", filters=filters, facets=facets))
        columns = self._usable().columns
        chosen = columns.select(filters)
        return Counts(int(chosen.sum()), columns.count(chosen, facets))

    def write(self, documents: Iterable[Document]) -> int:
        taken = 0
        for batch in _cut_batches(documents, BATCH):
            with self._writing, _answering():
                self._refuse_reader()
                if self._live.problem and self._next is None:
                    raise IndexNeedsRebuild(self._live.problem)
                if self._next is not None:
                    self._next.write(batch)
                taken += len(batch) if self._live.problem else self._live.write(batch)
        return taken

    def remove(self, removals: Iterable[tuple[str, int]]) -> int:
        removed = 0
        for batch in _cut_batches(removals, BATCH):
            with self._writing, _answering():
                self._refuse_reader()
                if self._next is not None:
                    self._next.remove(batch)
                removed += self._live.remove(batch)
        return removed

    def rebuild(self, documents: Iterable[Document]) -> int:
        self._refuse_reader()
        with self._rebuilding:
            fresh = self._begin_rebuild()
            try:
                for batch in _cut_batches(documents, BATCH):
                    with self._writing, _answering():
                        fresh.write(batch)
                return self._swap(fresh)
            except BaseException:
                self._give_up(fresh)
                raise

    def _begin_rebuild(self) -> Generation:
        number = int(self._live.name.removeprefix("index-")) + 1
        directory = self._directory / f"index-{number}"
        shutil.rmtree(directory, ignore_errors=True)
        with self._writing, _answering():
            self._next = Generation(directory, self._centring, writable=True)
            return self._next

    def _give_up(self, fresh: Generation) -> None:
        with self._writing:
            if self._live is not fresh:
                self._next = None
                fresh.close()
                shutil.rmtree(fresh.directory, ignore_errors=True)

    def _swap(self, fresh: Generation) -> int:
        with self._writing, _answering():
            self._point_to(fresh.name)
            old, self._live, self._next = self._live, fresh, None
            old.close()
            shutil.rmtree(old.directory, ignore_errors=True)
            return fresh.status_rows()[0]

    @_answering()
    def may_write(self) -> bool:
        if self._writable or not self._wants_to_write:
            return self._writable
        with self._writing:
            if not self._writable and self._take_lock():
                self._take_over()
            return self._writable

    def _take_over(self) -> None:
        """Open what the last writer left, as a starting writer would; searches under way keep what they read."""
        self._writable = True
        try:
            fresh = self._open_current()
        except BaseException:
            self._writable = False
            self._file_lock.release()
            raise
        self._replace_live(fresh)
        _logger.info("the index is written by this process now")

    def iterate(self) -> Iterator[IndexedState]:
        with _answering():
            for identifier, version, digest in self._current().state().iterate():
                yield IndexedState(identifier, version, digest)

    @_answering()
    def status(self) -> IndexStatus:
        generation = self._current()
        documents, vectors = generation.status_rows()
        return IndexStatus(
            engine="embedded",
            name=generation.name,
            documents=documents,
            vectors=vectors,
            embedder=generation.meta.embedder,
            means=generation.meta.means,
            writable=self._writable,
            problem=generation.problem,
        )

    def close(self) -> None:
        with self._writing:
            self._live.close()
            if self._previous is not None:
                self._previous.close()
                self._previous = None
            self._wants_to_write = False
            if self._writable:
                self._file_lock.release()
                self._writable = False

    def _refuse_reader(self) -> None:
        if not self._writable:
            message = f"{self._directory} is written by another process"
            raise ReadOnlyIndex(message)


def _cut_batches(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
