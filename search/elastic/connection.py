"""The way to the cluster: several hosts, deadlines, a breaker, and one error for whatever goes wrong."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError

from search.port import DocumentRefused, QueryRefused, SearchUnavailable

SEARCH_SECONDS: Final = 1.4
"""A search's patience with all its requests together, a little less than that of who asks."""

LEAST_SECONDS: Final = 0.05

WRITE_SECONDS: Final = 30.0
FAILURES: Final = 3
"""So many in a row, and the cluster is left alone for a while."""

PAUSE_SECONDS: Final = 5.0

_T = TypeVar("_T")
_logger = logging.getLogger(__name__)


class Breaker:
    """After some failures in a row nobody asks for a moment, then one asks and the others wait for what comes of it.

    A cluster that hangs costs its askers their whole patience, and so would each page.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_at = 0.0

    @contextmanager
    def trying(self) -> Iterator[None]:
        self._admit()
        try:
            yield
        except SearchUnavailable:
            self._note_failure()
            raise
        self._failures = 0

    @property
    def is_open(self) -> bool:
        return self._failures >= FAILURES

    def _admit(self) -> None:
        with self._lock:
            if self._failures < FAILURES:
                return
            if self._clock() < self._closed_at:
                message = "the search cluster failed a moment ago and is left alone"
                raise SearchUnavailable(message)
            self._closed_at = self._clock() + PAUSE_SECONDS  # this one asks; the next after the same pause

    def _note_failure(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures == FAILURES:
                _logger.warning("the search cluster failed %d times in a row: left alone for a moment", FAILURES)
            self._closed_at = self._clock() + PAUSE_SECONDS


class Deadline:
    """The moment until which the requests of one search are answered, or it is given up."""

    def __init__(self) -> None:
        self._until = time.monotonic() + SEARCH_SECONDS

    @property
    def seconds_left(self) -> float:
        return max(LEAST_SECONDS, self._until - time.monotonic())


class Connection:
    """Speaks to a cluster through any of its `urls`, of which one that fails is passed over for a while."""

    def __init__(self, urls: Sequence[str], *, ca_file: str = "") -> None:
        parts = [urlsplit(url) for url in urls]
        user = next((part for part in parts if part.username), None)
        options: dict[str, Any] = {"ca_certs": ca_file} if ca_file else {}
        if user is not None:
            options["basic_auth"] = (unquote(user.username or ""), unquote(user.password or ""))
        hosts = [f"{part.scheme}://{_spell_host(part.hostname or '')}:{part.port or 9200}" for part in parts]
        self._client = Elasticsearch(
            hosts, request_timeout=WRITE_SECONDS, max_retries=2, retry_on_timeout=False, retry_on_status=(502, 504),
            **options,
        )  # fmt: skip
        self.breaker = Breaker()

    def ask(self, call: Callable[[Elasticsearch], _T], *, seconds: float | None = None) -> _T:
        """For who waits for an answer, a search's patience unless said otherwise. Raises `SearchUnavailable`."""
        with self.breaker.trying():
            return self.run(call, seconds=SEARCH_SECONDS if seconds is None else seconds)

    def run(self, call: Callable[[Elasticsearch], _T], *, seconds: float = WRITE_SECONDS) -> _T:
        """For work that can wait and asks again later by itself."""
        with answering():
            return call(self._client.options(request_timeout=seconds))

    def close(self) -> None:
        self._client.close()


class NotThere(SearchUnavailable):
    """The cluster says that it has no such index."""


@contextmanager
def answering() -> Iterator[None]:
    """Turn whatever the cluster or the way to it says into the one error that callers know."""
    try:
        yield
    except (SearchUnavailable, QueryRefused, DocumentRefused):
        raise
    except (ApiError, TransportError) as problem:
        is_absent = isinstance(problem, NotFoundError) and isinstance(
            problem.body, dict
        )  # not some other server's page
        message = f"the search cluster failed: {_describe(problem)}"
        raise (NotThere if is_absent else SearchUnavailable)(message) from problem
    except (LookupError, TypeError, ValueError, AttributeError) as problem:
        _logger.exception("the search cluster answers nonsense")
        message = f"the search cluster answers nonsense: {problem!r}"
        raise SearchUnavailable(message) from problem


def _spell_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _describe(problem: Exception) -> str:
    """Without addresses, which may carry a password."""
    if isinstance(problem, ApiError):
        return f"{problem.status_code} {problem.error}"
    return type(problem).__name__
