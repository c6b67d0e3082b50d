"""Living vectors that stand for all of their language: what a query's scores are compared with.

Drawn by a number that each document has by chance, in one request a language, and drawn anew when the index has
changed noticeably. Until the first one is there the stored statistics stand alone.
"""

import logging
import threading
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.centring import CODES, Floats, place_of
from search.elastic.asking import LIVING, Body
from search.elastic.connection import WRITE_SECONDS, Connection, answering
from search.elastic.mapping import read_code
from search.port import SearchUnavailable
from search.ranking import find_theme

LARGEST: Final = 500
"""Documents of each language in a sample; an embedded index takes twice as many vectors."""

DRAWN_AT_ONCE: Final = 2_000
"""Size of an index up to which whoever asks waits for the sample."""

_AGAIN: Final = 0.05
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sample:
    """Centred vectors (n, d) with their languages (n,), and `theme` (d,), what they have in common."""

    vectors: Floats
    languages: NDArray[np.int16]
    theme: Floats

    def score(self, query: Floats) -> Floats:
        return np.asarray(self.vectors @ query, np.float32)


def nothing(dimensions: int) -> Sample:
    return Sample(np.zeros((0, dimensions), np.float32), np.zeros(0, np.int16), np.zeros(dimensions, np.float32))


class Sampler:
    def __init__(self, connection: Connection, index: str, dimensions: int) -> None:
        self._connection = connection
        self._index = index
        self._dimensions = dimensions
        self._lock = threading.Lock()
        self._drawn = -1
        self._sample = nothing(dimensions)

    def take(self, size: int) -> Sample:
        """`size`: how many documents and vectors the index has now."""
        if abs(size - self._drawn) > _AGAIN * self._drawn and self._lock.acquire(blocking=False):
            if size <= DRAWN_AT_ONCE:
                self._draw(size)
            else:
                threading.Thread(target=self._try_to_draw, args=(size,), daemon=True).start()
        return self._sample

    def _try_to_draw(self, size: int) -> None:
        """Whoever searches next tries again."""
        try:
            with answering():
                self._draw(size)
        except SearchUnavailable as problem:
            _logger.warning("no sample of vectors was drawn: %s", problem)

    def _draw(self, size: int) -> None:
        try:
            bodies: list[Body] = []
            for code in CODES:
                bodies += [{"index": self._index}, _ask(code)]
            answers = self._connection.run(lambda client: client.msearch(searches=bodies), seconds=WRITE_SECONDS)
            self._sample = _read(answers["responses"], self._dimensions)
            self._drawn = size
        finally:
            self._lock.release()


def _ask(code: str) -> Body:
    mine: Body = {"term": {"vectors.language": code}}
    inner = {"size": 3, "_source": False, "docvalue_fields": ["vectors.code", "vectors.language"]}
    return {
        "query": {"bool": {"filter": [LIVING, {"nested": {"path": "vectors", "query": mine, "inner_hits": inner}}]}},
        "sort": ["draw"],
        "size": LARGEST,
        "_source": False,
    }


def _read(answers: list[Any], dimensions: int) -> Sample:
    vectors: list[Floats] = []
    languages: list[int] = []
    for answer in answers:
        for hit in answer.get("hits", {}).get("hits", []):
            for inner in hit["inner_hits"]["vectors"]["hits"]["hits"]:
                fields = inner["fields"]
                vectors.append(read_code(fields["vectors.code"][0]))
                languages.append(place_of(fields["vectors.language"][0]))
    if not vectors:
        return nothing(dimensions)
    matrix = np.array(vectors, np.float32)
    places = np.array(languages, np.int16)
    return Sample(matrix, places, find_theme(matrix, places))
