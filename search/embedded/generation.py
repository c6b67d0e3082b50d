"""One index on disk: words, vectors and state that change together.

A change is announced in the state file, then written to the vectors and to the words, and
last recorded in the state. A process killed in between leaves announced documents: they
are taken out when the index is opened for writing again, so that `iterate` shows them missing.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tantivy import Searcher

from search.centring import CODES, Centring, judge_vector, place_of, places_of, quantise
from search.embedded.columns import Columns
from search.embedded.state import DocumentState, StateStore, VectorRow
from search.embedded.vectors import Floats, Ints, Matrix, VectorFiles, choose_sample, dot
from search.embedded.words import WordIndex, is_readable
from search.embedding import to_array
from search.fields import GROUP_FACET, GROUPS, list_own_facets
from search.meta import Meta
from search.port import Document, Filters
from search.ranking import find_theme

_SAMPLE_AGAIN: Final = 0.05
"""Share of new rows after which the sample of scores is drawn anew."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Living rows that stand for all of their languages: codes (n, d), lengths (n,), languages (n,).

    `theme` (d,) is what they have in common.
    """

    codes: NDArray[np.int8]
    lengths: Floats
    languages: NDArray[np.int16]
    theme: Floats

    def score(self, query: Floats) -> Floats:
        code = quantise(query[None, :])
        return dot(code, self.codes) / (self.lengths * np.float32(np.linalg.norm(code.astype(np.float32))))


@dataclass(frozen=True, slots=True)
class View:
    """Everything a search reads, of one moment. `row_slot` is -1 for a dead row."""

    searcher: Searcher
    totals: dict[str, int]
    matrix: Matrix
    row_slot: NDArray[np.int32]
    row_language: NDArray[np.int16]
    sample: Sample
    sampled_rows: int
    living_vectors: int


class Generation:
    """An index directory. One process has it `writable`; others see its changes by `refresh`."""

    def __init__(self, directory: Path, centring: Centring | None, *, writable: bool, lacking: bool = False) -> None:
        self.directory = directory
        self.name = directory.name
        self._centring = centring
        self._writable = writable
        self._lock = Lock()
        if writable:
            directory.mkdir(parents=True, exist_ok=True)
        self.meta = self._read_meta(Meta.describe(centring), lacking=lacking)
        self.problem = self.meta.find_problem(Meta.describe(centring))
        self._state = StateStore(directory / "state.sqlite", writable=writable)
        try:
            self._open_parts()
        except BaseException:
            self._state.close()
            raise

    def _open_parts(self) -> None:
        self.words = WordIndex(self.directory / "words", writable=self._writable)
        if self._writable:
            self._recover()
        dimensions = max(1, self.meta.dimensions)
        rows = self._state.count_rows()
        self._files = VectorFiles(self.directory / "vectors", dimensions, rows=rows, writable=self._writable)
        self.columns = Columns()
        self._stamp = -1
        self._change = 0
        self.view = self._open_view()
        self.refresh()

    def _read_meta(self, wanted: Meta, *, lacking: bool) -> Meta:
        path = self.directory / "meta.json"
        if path.exists():
            stored = Meta(**json.loads(path.read_text(encoding="utf-8")))
            empty = (
                not (self.directory / "vectors" / "raw.f16").exists()
                or not (self.directory / "vectors" / "raw.f16").stat().st_size
            )
            may_change = self._writable and empty and not stored.lacking and stored.analysis == wanted.analysis
            if not (may_change and wanted.embedder):
                return stored
        meta = replace(wanted, lacking=lacking)
        if self._writable:
            draft = path.with_suffix(".draft")
            draft.write_text(json.dumps(asdict(meta)), encoding="utf-8")
            draft.replace(path)
        return meta

    def _recover(self) -> None:
        doubtful = self._state.read_pending()
        if not doubtful:
            return
        for identifier in doubtful:
            self.words.delete(identifier)
        self.words.commit()
        self._state.forget(doubtful)

    def _open_view(self) -> View:
        dimensions = max(1, self.meta.dimensions)
        nothing = np.zeros(0, np.float32)
        none = Sample(
            np.zeros((0, dimensions), np.int8), nothing, np.zeros(0, np.int16), np.zeros(dimensions, np.float32)
        )
        return View(
            self.words.searcher, {}, self._files.matrix, np.zeros(0, np.int32), np.zeros(0, np.int16), none, 0, 0
        )

    def refresh(self) -> None:
        """Take over what another process, or an earlier one, has written."""
        stamp = self._state.read_stamp()
        if stamp == self._stamp:
            return
        with self._lock:
            self._stamp = stamp
            if not self._writable:
                self.words.reload()
            newest, states, rows = self._state.read_changes(self._change)
            while newest != self._change:
                self._files.show(max([len(self._files.matrix.codes), *(row.row + 1 for row in rows)]))
                self._adopt(newest, states, rows)
                newest, states, rows = self._state.read_changes(self._change)

    def _adopt(self, change: int, states: list[DocumentState], rows: list[VectorRow]) -> None:
        self._change = change
        self.columns.put(states)
        old = self.view
        size = len(self._files.matrix.codes)
        row_slot = np.full(size, -1, np.int32)
        row_slot[: len(old.row_slot)] = old.row_slot
        row_language = np.zeros(size, np.int16)
        row_language[: len(old.row_language)] = old.row_language
        changed = np.zeros(self.columns.size, np.bool_)
        changed[[state.slot for state in states]] = True
        row_slot[(row_slot >= 0) & changed[row_slot]] = -1
        if rows:
            codes = {row.language: place_of(row.language) for row in rows}
            places = np.fromiter((row.row for row in rows), np.int64, len(rows))
            row_slot[places] = np.fromiter((row.slot for row in rows), np.int32, len(rows))
            row_language[places] = np.fromiter((codes[row.language] for row in rows), np.int16, len(rows))
        sample, sampled = old.sample, old.sampled_rows
        vectors = int(np.count_nonzero(row_slot >= 0))
        # Counted by what lives: the files are open whole while their rows are still read page by page.
        if abs(vectors - sampled) > _SAMPLE_AGAIN * sampled or vectors < 20 * len(CODES):
            sample, sampled = self._draw_sample(row_slot, row_language), vectors
        living = self.columns.select(Filters())
        totals = dict.fromkeys(GROUPS, 0) | self.columns.count(living, [GROUP_FACET])[GROUP_FACET]
        self.view = View(
            self.words.searcher, totals, self._files.matrix, row_slot, row_language, sample, sampled, vectors
        )

    def _draw_sample(self, row_slot: NDArray[np.int32], row_language: NDArray[np.int16]) -> Sample:
        chosen: Ints = choose_sample(row_language, row_slot >= 0)
        matrix = self._files.matrix
        codes, lengths, languages = matrix.codes[chosen], matrix.lengths[chosen], row_language[chosen]
        vectors = np.asarray(codes / lengths[:, None], np.float32)
        return Sample(codes, lengths, languages, find_theme(vectors, languages))

    def write(self, documents: list[Document]) -> int:
        """Add or replace; older versions are left out. Visible when this returns. Returns how many were taken."""
        with self._lock:
            taken = self._choose(documents)
            self._change_documents(taken, [])
            return len(taken)

    def remove(self, removals: list[tuple[str, int]]) -> int:
        """Take out what is not newer than its removal; what is unknown leaves a tombstone too."""
        with self._lock:
            newest: dict[str, int] = {}
            for identifier, version in removals:
                known = self._known_version(identifier)
                if known is None or version >= known[0]:
                    newest[identifier] = max(version, newest.get(identifier, version))
            gone = [one for one in newest if (known := self._known_version(one)) and known[1]]
            self._change_documents([], [(one, newest[one]) for one in newest])
            return len(gone)

    def _known_version(self, identifier: str) -> tuple[int, bool] | None:
        slot = self.columns.slots.get(identifier)
        return None if slot is None else (self.columns.versions[slot], bool(self.columns.alive[slot]))

    def find_version(self, identifier: str) -> int | None:
        known = self._known_version(identifier)
        return known[0] if known and known[1] else None

    def _choose(self, documents: list[Document]) -> list[Document]:
        newest: dict[str, Document] = {}
        for document in documents:
            known = self._known_version(document.id)
            # A removal and a version of the same number: the removal came last.
            if known is not None and document.version < known[0] + (not known[1]):
                continue
            if document.id not in newest or newest[document.id].version <= document.version:
                newest[document.id] = document
        # Without a model vectors are not kept, whatever the index holds.
        meta = self.meta if self._centring is not None else Meta.describe(None)
        for document in newest.values():
            meta.check_document(document)
        return list(newest.values())

    def _change_documents(self, documents: list[Document], removals: list[tuple[str, int]]) -> None:
        if not documents and not removals:
            return
        self._state.announce([document.id for document in documents] + [identifier for identifier, _ in removals])
        try:
            size = self.columns.size
            states, rows = self._write_parts(documents, removals)
            replaced = [state.slot for state in states if state.slot < size]
            self._state.record(self._change + 1, states, rows, replaced=replaced)
        except BaseException:
            self._take_back([document.id for document in documents] + [identifier for identifier, _ in removals])
            raise
        self._adopt(self._change + 1, states, rows)

    def _write_parts(
        self, documents: list[Document], removals: list[tuple[str, int]]
    ) -> tuple[list[DocumentState], list[VectorRow]]:
        next_slot = self.columns.size
        known = self.columns.slots
        states: list[DocumentState] = []
        for identifier, version in removals:
            slot = known.get(identifier, next_slot)
            next_slot = max(next_slot, slot + 1)
            states.append(DocumentState(slot, identifier, version, "", True, {}, {}))
            self.words.delete(identifier)
        for document in documents:
            slot = known.get(document.id, next_slot)
            next_slot = max(next_slot, slot + 1)
            facets = {**document.facets, **list_own_facets(tuple(text.language for text in document.texts))}
            states.append(
                DocumentState(slot, document.id, document.version, document.hash, False, facets, document.numbers)
            )
            self.words.replace(
                slot, document.id, document.texts, document.facets, document.numbers, is_new=document.id not in known
            )
        rows = self._append_vectors(documents, [state.slot for state in states[len(removals) :]])
        self.words.commit()
        return states, rows

    def _append_vectors(self, documents: list[Document], slots: list[int]) -> list[VectorRow]:
        if self._centring is None or self.meta.embedder is None:
            return []
        pairs = [
            (slot, document, vector)
            for slot, document in zip(slots, documents, strict=True)
            for vector in document.vectors
        ]
        if not pairs:
            return []
        blocks = [to_array(vector.values).reshape(-1, self.meta.dimensions) for _, _, vector in pairs]
        raw = np.concatenate(blocks)
        roles = [judge_vector(document, vector) for _, document, vector in pairs]
        languages = [vector.language for _, _, vector in pairs]
        counts = [len(block) for block in blocks]
        places = np.repeat(places_of(roles, languages), counts, axis=0)
        first = self._files.append(raw, self._centring.centre_passages(raw, places))
        owners = [
            (slot, language)
            for (slot, _, _), language, count in zip(pairs, languages, counts, strict=True)
            for _ in range(count)
        ]
        return [VectorRow(first + place, slot, language) for place, (slot, language) in enumerate(owners)]

    def _take_back(self, ids: list[str]) -> None:
        """After a failure: the documents in doubt go out of every part, to be sent again."""
        self.words.rollback()
        for identifier in ids:
            self.words.delete(identifier)
            self.columns.forget(identifier)
        self.words.commit()
        self._state.forget(ids)

    def status_rows(self) -> tuple[int, int]:
        """Return the numbers of living documents and of living vectors."""
        return int(np.count_nonzero(self.columns.alive)), self.view.living_vectors

    def state(self) -> StateStore:
        return self._state

    def close(self) -> None:
        self.words.close()
        self._state.close()


def is_whole(directory: Path) -> bool:
    """Say whether every part of an index stands there; `VectorFiles` looks at the length of its own."""
    parts = (directory / "meta.json", directory / "state.sqlite")
    return all(part.exists() for part in parts) and is_readable(directory / "words")
