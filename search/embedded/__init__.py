"""The search engine that needs no server: tantivy for words, a scanned matrix for meaning.

`open_engine` is the way in. `engine` holds the directory, its lock and its rebuilds; `generation`
one index on disk with its `words`, `vectors`, `columns` (facets and numbers) and `state`;
`wording` turns a query's words into a tantivy query and `searching` carries a search out.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.centring import load_centring
from search.embedded.engine import NO_INDEX, EmbeddedEngine
from search.port import Embedder, Engine, SearchUnavailable


def open_engine(directory: Path, *, embedder: Embedder | None, write: bool = True, filled: bool = False) -> Engine:
    """Open the index in a directory, made if there is none.

    With `write` the process takes the directory's lock; where another one holds it, and without
    `write`, the engine only searches (`status().writable`) and follows what the other writes.
    Raises `SearchUnavailable` where there is no index and this process may not make one. `filled`
    says that there is something to find: an index made anew then needs a rebuild before it answers.
    """
    if not write and not directory.is_dir():  # who only looks leaves nothing behind
        raise SearchUnavailable(NO_INDEX)
    centring = None if embedder is None else load_centring(embedder, directory)
    return EmbeddedEngine(directory, embedder=embedder, centring=centring, write=write, filled=filled)


@contextmanager
def open_throwaway(embedder: Embedder | None) -> Iterator[Engine]:
    """An empty index that is deleted when this ends."""
    with tempfile.TemporaryDirectory(prefix="search-") as directory:
        engine = open_engine(Path(directory), embedder=embedder)
        try:
            yield engine
        finally:
            engine.close()
