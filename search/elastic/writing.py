"""Whole documents into an index, each with its own version: what is older than what is there is left out."""

import logging
import random
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import orjson
from elasticsearch import Elasticsearch

from search.batches import cut_batches
from search.elastic.connection import Connection, NotThere, answering
from search.port import DocumentRefused, SearchUnavailable

AT_ONCE: Final = 200
"""Documents of one request."""

IN_FLIGHT: Final = 3
"""Requests at once: while the cluster works at one, the next is put together and sent."""

ATTEMPTS: Final = 4
FIRST_WAIT_SECONDS: Final = 0.2
UNANSWERED_WAIT_SECONDS: Final = 2.0

_OLDER: Final = 409
_AGAIN: Final = frozenset({429, 502, 503, 504})
_GONE: Final = 404
_logger = logging.getLogger(__name__)


class IndexGone(SearchUnavailable):
    """Deleted, as by a rebuild that put another in its place."""


@dataclass(frozen=True, slots=True)
class Change:
    """A document or a tombstone as it is sent."""

    id: str
    version: int
    source: dict[str, Any]


def send(connection: Connection, index: str, changes: Iterable[Change], *, tries: int = 1) -> list[str]:
    """Return the ids of those that were taken; the others were older than what is there. `tries`: how often a request
    is sent that gets no answer.

    What the cluster has no room for now is sent again after a little while. Raises `SearchUnavailable` when it stays
    so, and `DocumentRefused` for what it will never take; what was taken before stays.
    """
    taken: list[str] = []
    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        under_way: deque[Future[list[str]]] = deque()
        for batch in cut_batches(changes, AT_ONCE):
            if len(under_way) == IN_FLIGHT:
                taken += under_way.popleft().result()
            under_way.append(threads.submit(_send_batch, connection, index, batch, tries=tries))
        for sending in under_way:
            taken += sending.result()
    return taken


@answering()
def _send_batch(connection: Connection, index: str, batch: Sequence[Change], *, tries: int) -> list[str]:
    taken: list[str] = []
    refused: list[str] = []
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(FIRST_WAIT_SECONDS * 2**attempt * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        again: list[Change] = []
        answer = _request(connection, index, batch, tries=tries)
        for change, item in zip(batch, answer["items"], strict=True):
            outcome = item["index"]
            status = outcome["status"]
            if status < 300:  # noqa: PLR2004 - done
                taken.append(change.id)
            elif status in _AGAIN:
                again.append(change)
            elif status == _GONE:
                message = f"the index {index} is gone"
                raise IndexGone(message)
            elif status != _OLDER:
                refused.append(f"{change.id}: {status} {outcome['error'].get('reason', '')[:300]}")
        if not again:
            break
        batch = again
    else:
        message = f"the search cluster has no room for {len(batch)} documents now"
        raise SearchUnavailable(message)
    if refused:
        raise DocumentRefused(*refused)
    return taken


def _request(connection: Connection, index: str, batch: Sequence[Change], *, tries: int) -> Any:
    """What was done of a request whose answer never came is not done again: each document has its version."""
    for left in reversed(range(tries)):
        try:
            return connection.run(lambda client: _bulk(client, index, batch))
        except NotThere:
            raise
        except SearchUnavailable as problem:
            if not left:
                raise
            _logger.warning("%d documents are sent again: %s", len(batch), problem)
            time.sleep(UNANSWERED_WAIT_SECONDS)
    raise AssertionError


def _bulk(client: Elasticsearch, index: str, batch: Sequence[Change]) -> Any:
    lines: list[dict[str, Any]] = []
    for change in batch:
        action = {"_index": index, "_id": change.id, "version": change.version, "version_type": "external"}
        lines += [{"index": action}, change.source]
    body = b"\n".join(map(orjson.dumps, lines)) + b"\n"
    return client.perform_request(
        "POST",
        "/_bulk",
        params={"require_alias": "false"},
        headers={"content-type": "application/x-ndjson", "accept": "application/json"},
        body=body,
    )
