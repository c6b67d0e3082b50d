"""What the market asks of a search engine. Rooms know this file and nothing else of `search`.

Both engines (embedded, Elasticsearch) implement `Engine` and pass `tests/search/contract.py`.
The index is a copy: a caller takes ids and their order from here, never truth.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

FUSED_WINDOW = 200
"""How many places the fused order of a search with words has; paging ends there."""

MEANING_LIMIT = 50
"""How many hits found by meaning alone one search shows at most."""

MAX_QUERY_CHARACTERS = 1_000


_FILLERS = "\u115f\u1160\u3164\uffa0"
"""Blanks of the Korean script, which Unicode counts among the letters."""


class SearchUnavailable(Exception):
    """The engine did not answer in time or at all. Callers fall back to the database and say so."""


class QueryRefused(Exception):
    """The query cannot be answered as it stands: too long, or an unknown filter or sort."""


class DocumentRefused(ValueError):
    """A document that can never be indexed as it is: a vector of another size, a number no engine has a field for."""


class FoundBy(StrEnum):
    WORDS = "words"
    MEANING = "meaning"


class Sort(StrEnum):
    RELEVANCE = "relevance"
    NEWEST = "newest"
    EXPIRING = "expiring"


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The words of a document in one language. `body` is everything after the summary."""

    language: str
    title: str
    summary: str = ""
    body: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vector:
    """The raw (uncentred) unit vectors of one text: one, or one for each piece of it, end to end.

    `search.embedding.embed_text` makes them.
    """

    language: str
    values: tuple[float, ...] | bytes
    """float32, little endian when bytes."""


@dataclass(frozen=True, slots=True)
class Document:
    """One listing as the index knows it.

    `version` only grows; an older version than the indexed one is ignored. `facets` holds
    the codes to filter and count by (kind, country, field, industry, stage, partnership, language …),
    `numbers` what ranges and sorts use (trl, published_at and expires_at in epoch seconds).
    """

    id: str
    version: int
    hash: str
    texts: tuple[DocumentText, ...]
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    vectors: tuple[Vector, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """Within one facet any of the codes, between facets all of them."""

    any_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    at_least: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """`language` is the reader's: it is trusted first when the words' own language is unsure."""

    words: str
    language: str
    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()


def says_nothing(words: str) -> bool:
    """Say whether there are signs in it and neither a letter nor a figure of any script.

    Every engine answers such a query with `find_nothing`: a model has a vector for it all the same, and what is near
    that is near by chance. Without any sign it is no search: it lists what passes the filters.
    """
    return bool(words.strip()) and not any(
        unicodedata.category(sign)[0] in "LN" and sign not in _FILLERS for sign in words
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found. `coverage` (0–1) says how much of the query's weight its words cover,
    `similarity` how near its meaning is (standardised, None without a vector);
    `language` is that of the text that fits best."""

    id: str
    score: float
    by: FoundBy
    language: str
    coverage: float
    similarity: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`total` and `facets` count what matches by words and filters. `by_meaning` counts the hits
    that come on top of these. `meaning_asked` is False when no embedder answered:
    the search then went by words alone and the page says so."""

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    by_meaning: int
    more: bool
    query_language: str
    meaning_asked: bool


def find_nothing(query: Query, language: str) -> Answer:
    """Answer a query that says nothing, in the language found for it. No meaning is missed."""
    counted: dict[str, dict[str, int]] = {name: {} for name in query.facets}
    return Answer((), 0, counted, by_meaning=0, more=False, query_language=language, meaning_asked=True)


@dataclass(frozen=True, slots=True)
class Counts:
    total: int
    facets: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Asks for what resembles a listing: the `limit` nearest by its words, and as many by its meaning.

    `vectors` are its raw ones, of one language where it has several: translations say the same.
    """

    texts: tuple[DocumentText, ...]
    vectors: tuple[Vector, ...]
    filters: Filters
    limit: int


@dataclass(frozen=True, slots=True)
class Passages:
    """The raw vectors of one text, and how many characters it has: short texts have a mean of their own."""

    vector: Vector
    characters: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How near two texts are in meaning: a cosine, about 0 for unrelated ones of any two languages. `mine` and `other`
    are the places of the two passages that agree most.
    """

    similarity: float
    mine: int
    other: int


@dataclass(frozen=True, slots=True)
class IndexedState:
    """What the index says of one document, for comparison with the database."""

    id: str
    version: int
    hash: str


@dataclass(frozen=True, slots=True)
class IndexStatus:
    engine: str
    name: str
    documents: int
    vectors: int
    embedder: str | None
    means: str | None
    writable: bool
    """False in a process that does not hold the index's lock; always True where no process writes alone."""
    problem: str | None = None
    """Why the index cannot be searched as it stands, such as another model: it needs a rebuild."""


class Engine(Protocol):
    """Every method may raise `SearchUnavailable`; none raises anything else for a fault of the engine."""

    @property
    def writes_alone(self) -> bool:
        """Whether one process writes at a time. Whoever becomes that one knows that the last one has ended; where it
        is False, any number of processes write, and none knows of the others. Asks nobody.
        """
        ...

    def search(self, query: Query) -> Answer: ...

    def count(self, filters: Filters, facets: tuple[str, ...]) -> Counts:
        """Exact counts without words: what browsing shows beside its list."""
        ...

    def resemble(self, likeness: Likeness) -> Mapping[str, float]:
        """Find what is near a whole listing in its words or its meaning, whatever language it is in: id → the share
        (0–1) of the weight of the listing's telling words that stand there as well.
        """
        ...

    def compare(self, mine: Passages, others: Sequence[Passages]) -> Sequence[Agreement]:
        """Compare a text with others passage by passage, less what all texts of the index have in common. Nothing of
        them needs to be in the index; empty where it has no vectors.
        """
        ...

    def find_version(self, identifier: str) -> int | None:
        """The version under which a document can be found; None where it is not there, or was taken out."""
        ...

    def write(self, documents: Iterable[Document]) -> int:
        """Add or replace; visible to searches when this returns. Older versions are ignored.

        Returns how many were taken. Raises `DocumentRefused` for one that can never be taken.
        """
        ...

    def remove(self, removals: Iterable[tuple[str, int]]) -> int:
        """Take out by id with the version of the removal. Repeating is harmless."""
        ...

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Build a new index beside the live one and swap; searches go on meanwhile.

        A failure leaves the live one as it was. Writes that arrive meanwhile go to both.
        """
        ...

    def may_write(self) -> bool:
        """Say whether this process writes the index; it takes over from one that has ended."""
        ...

    def iterate(self) -> Iterator[IndexedState]:
        """Every document's state, in order of id."""
        ...

    def status(self) -> IndexStatus: ...

    def close(self) -> None: ...


class Embedder(Protocol):
    """Texts to unit vectors. Implementations: the bundled model, an OpenAI-compatible address."""

    name: str
    dimensions: int

    def embed_passages(self, texts: list[str]) -> "list[bytes]":
        """One float32 little-endian vector a text. Raises `SearchUnavailable` when the model does not answer."""
        ...

    def embed_query(self, text: str) -> bytes: ...
