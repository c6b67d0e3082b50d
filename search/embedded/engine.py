"""The engine without a server: an index directory, written by one process and read by any.

A rebuild fills the next generation beside the one in use, writes that arrive meanwhile go to both,
and `IndexFolder.point_to` swaps them; what a killed rebuild left is cleared away at the next start of
a writer. Where the files are gone or damaged, a writer opens all the same: with an index that says
that it needs a rebuild.
"""

import logging
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Final

from search.analysis import clean_text
from search.asking import CentredQuery, check_query, detect_lately, embed_query
from search.batches import cut_batches
from search.centring import Centring
from search.embedded.faults import answering, is_damage
from search.embedded.folder import IndexFolder
from search.embedded.generation import Generation, is_whole
from search.embedded.likening import Likening
from search.embedded.searching import Search
from search.port import (
    Agreement,
    Answer,
    Counts,
    Document,
    Embedder,
    Filters,
    IndexedState,
    IndexStatus,
    Likeness,
    Passages,
    Query,
    SearchUnavailable,
    find_nothing,
    says_nothing,
)
from search.profile import centre_profile, compare_passages

BATCH: Final = 5_000
"""Documents that become visible together while many are written."""

NO_INDEX: Final = "there is no index yet: a process that writes has to make it"

_logger = logging.getLogger(__name__)


class ReadOnlyIndex(SearchUnavailable):
    """Another process holds the index's lock and writes it; this one may only search."""


class IndexNeedsRebuild(SearchUnavailable):
    """The index was built with another model, other means or another analysis than this program has, or it was lost."""


class EmbeddedEngine:
    """Implements `search.port.Engine`. Safe in many threads; `centring` belongs to `embedder`."""

    writes_alone: Final = True

    def __init__(
        self,
        directory: Path,
        *,
        embedder: Embedder | None,
        centring: Centring | None,
        write: bool,
        filled: bool = False,
    ) -> None:
        """`filled`: there is something to find, so that an index made anew lacks it and needs a rebuild."""
        if write:
            directory.mkdir(parents=True, exist_ok=True)
        self._folder = IndexFolder(directory)
        self._embedder = embedder
        self._centring = centring
        self._filled = filled
        self._writing = RLock()
        self._rebuilding = RLock()
        self._wants_to_write = write
        self._next: Generation | None = None
        self._previous: Generation | None = None
        with answering():
            self._writable = write and self._folder.take_lock()
            self._live = self._open_current()
            self._mark = self._folder.mark(self._live.name)

    def _open_current(self) -> Generation:
        if not self._writable:
            return self._open_to_read()
        try:
            name = self._folder.read_pointer()
            generation = None if name is None else self._open_whole(name)
        except BaseException as fault:
            if not is_damage(fault):
                raise
            _logger.warning("the index is damaged (%s): one that needs a rebuild takes its place", fault)
            return self._make_anew(lacking=True)
        if generation is None:
            return self._make_anew(lacking=self._filled)
        self._folder.clear_litter(generation.name)
        return generation

    def _open_to_read(self) -> Generation:
        name = self._folder.read_pointer()
        if name is None:
            raise SearchUnavailable(NO_INDEX)
        return self._open(name, writable=False)

    def _open(self, name: str, *, writable: bool) -> Generation:
        return Generation(self._folder.path / name, self._centring, writable=writable)

    def _open_whole(self, name: str) -> Generation:
        """Open what a writer left. Parts of it that are gone must not be made anew, empty."""
        if not is_whole(self._folder.path / name):
            message = f"parts of {name} are gone"
            raise ValueError(message)
        return self._open(name, writable=True)

    def _make_anew(self, *, lacking: bool) -> Generation:
        """`lacking`: until a rebuild it says what it is, rather than that nothing is found."""
        name = self._folder.next_name()
        generation = Generation(self._folder.path / name, self._centring, writable=True, lacking=lacking)
        self._folder.point_to(name)
        return generation

    def _current(self) -> Generation:
        """Return the generation to search, with what other processes wrote."""
        if self._writable and not self._folder.holds_lock():
            self.may_write()
        if not self._writable:
            self._follow()
            self._live.refresh()
        return self._live

    def _follow(self) -> None:
        if self._folder.mark_current() == self._mark:
            return
        with self._writing:
            mark = self._folder.mark_current()
            if mark == self._mark:
                return
            if mark is None:
                message = "the index is gone: a process that writes has to make it anew"
                raise SearchUnavailable(message)
            try:
                fresh = self._open(mark.name, writable=False)
            except (OSError, sqlite3.Error, ValueError):
                # Another rebuild was quicker; the next search finds its index.
                _logger.info("%s went while it was opened", mark.name)
                return
            self._replace_live(fresh)

    def _replace_live(self, fresh: Generation) -> None:
        # Searches under way may still read the last one, but not the one before.
        if self._previous is not None:
            self._previous.close()
        self._previous, self._live = self._live, fresh
        self._mark = self._folder.mark(fresh.name)

    def _usable(self) -> Generation:
        generation = self._current()
        if generation.problem:
            raise IndexNeedsRebuild(generation.problem)
        return generation

    @answering()
    def search(self, query: Query) -> Answer:
        check_query(query)
        generation = self._usable()
        text = clean_text(query.words)
        language = detect_lately(text, query.language)
        if says_nothing(query.words):
            return find_nothing(query, language)
        search = Search(generation, query, text, language)
        if not text.strip():
            return search.browse()
        # Who asks for no places wants the counts, which are of words alone.
        centred = self._centre(generation, text, language) if query.limit else None
        return search.answer(centred, meaning_asked=centred is not None)

    def _centre(self, generation: Generation, text: str, language: str) -> CentredQuery | None:
        if self._embedder is None or self._centring is None or generation.meta.embedder is None:
            return None
        return embed_query(self._embedder, self._centring, text, language)

    @answering()
    def count(self, filters: Filters, facets: tuple[str, ...]) -> Counts:
        check_query(Query(words="", language="", filters=filters, facets=facets))
        columns = self._usable().columns
        chosen = columns.select(filters)
        return Counts(int(chosen.sum()), columns.count(chosen, facets))

    @answering()
    def resemble(self, likeness: Likeness) -> Mapping[str, float]:
        check_query(Query("", "", filters=likeness.filters, limit=likeness.limit))
        generation = self._usable()
        centred = centre_profile(self._centring, likeness) if self._centring and generation.meta.embedder else None
        return Likening(generation, likeness).resemble(centred)

    @answering()
    def compare(self, mine: Passages, others: Sequence[Passages]) -> Sequence[Agreement]:
        generation = self._usable()
        if self._centring is None or generation.meta.embedder is None:
            return ()
        return compare_passages(self._centring, generation.view.sample.theme, mine, others)

    @answering()
    def find_version(self, identifier: str) -> int | None:
        return self._usable().find_version(identifier)

    def write(self, documents: Iterable[Document]) -> int:
        taken = 0
        for batch in cut_batches(documents, BATCH):
            with self._writing, answering():
                self._refuse_reader()
                if self._next is not None:
                    self._next.write(batch)
                elif self._live.meta.lacking:
                    continue  # the rebuild that it waits for brings these with all others
                elif self._live.problem:
                    raise IndexNeedsRebuild(self._live.problem)
                taken += len(batch) if self._live.problem else self._live.write(batch)
        return taken

    def remove(self, removals: Iterable[tuple[str, int]]) -> int:
        removed = 0
        for batch in cut_batches(removals, BATCH):
            with self._writing, answering():
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
                for batch in cut_batches(documents, BATCH):
                    with self._writing, answering():
                        fresh.write(batch)
                return self._swap(fresh)
            except BaseException:
                self._give_up(fresh)
                raise

    def _begin_rebuild(self) -> Generation:
        with self._writing, answering():
            self._next = self._open(self._folder.next_name(), writable=True)
            return self._next

    def _give_up(self, fresh: Generation) -> None:
        with self._writing:
            if self._live is not fresh:
                self._next = None
                fresh.close()
                shutil.rmtree(fresh.directory, ignore_errors=True)

    def _swap(self, fresh: Generation) -> int:
        with self._writing, answering():
            self._folder.point_to(fresh.name)
            old, self._live, self._next = self._live, fresh, None
            self._mark = self._folder.mark(fresh.name)
            old.close()
            shutil.rmtree(old.directory, ignore_errors=True)
            return fresh.status_rows()[0]

    @answering()
    def may_write(self) -> bool:
        if not self._wants_to_write or (self._writable and self._folder.holds_lock()):
            return self._writable
        with self._writing:
            if self._writable and not self._folder.holds_lock():
                _logger.error("%s was deleted while it was in use", self._folder.path)
                self._filled = True  # what comes in its place lacks what was in it
                self._folder.release_lock()
                self._writable = False
            if not self._writable and self._folder.take_lock():
                self._take_over()
            return self._writable

    def _take_over(self) -> None:
        """Open what the last writer left, as a starting writer would; searches under way keep what they read."""
        self._writable = True
        try:
            fresh = self._open_current()
        except BaseException:
            self._writable = False
            self._folder.release_lock()
            raise
        self._replace_live(fresh)
        _logger.info("the index is written by this process now")

    def iterate(self) -> Iterator[IndexedState]:
        with answering():
            for identifier, version, digest in self._current().state().iterate():
                yield IndexedState(identifier, version, digest)

    @answering()
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
                self._folder.release_lock()
                self._writable = False

    def _refuse_reader(self) -> None:
        if not self._writable:
            message = f"{self._folder.path} is written by another process"
            raise ReadOnlyIndex(message)
