"""Markets made of water pumps on a cluster, and people who write and search there all the time."""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

from search.elastic.connection import Connection
from search.elastic.engine import ElasticEngine
from search.port import Document, SearchUnavailable
from tests.search.contract import by_words
from tests.search.making import ask, make_document


@contextmanager
def using(url: str | list[str], **options: Any) -> Iterator[ElasticEngine]:
    """An engine on an index of its own; the index is gone afterwards where the cluster is still there."""
    urls = [url] if isinstance(url, str) else url
    engine = ElasticEngine(
        Connection(urls), alias=f"faults-{uuid.uuid4().hex[:12]}", **{"embedder": None, "centring": None, **options}
    )
    try:
        yield engine
    finally:
        with suppress(SearchUnavailable):
            engine.indices.delete_all()
        engine.close()


@contextmanager
def joining(engine: ElasticEngine, url: str) -> Iterator[ElasticEngine]:
    """As another process has it: on the same index, with a connection of its own."""
    other = ElasticEngine(Connection([url]), alias=engine._alias, embedder=None, centring=None)
    try:
        yield other
    finally:
        other.close()


def make_pump(number: int, version: int = 1) -> Document:
    return make_document(f"pump-{number:03}", {"en": f"Water pump {number}"}, version=version)


def finds(engine: ElasticEngine, words: str) -> list[str]:
    try:
        return by_words(engine, ask(words, limit=100))
    except SearchUnavailable:
        return []


class Traffic:
    """Somebody who writes as an outbox does, again until it is taken, and somebody who searches.

    `living` is what is stored, which comes before it is written. Pump 0 is there all along: `missed` counts the
    searches that did not find it.
    """

    def __init__(self, engine: ElasticEngine) -> None:
        self._engine = engine
        self._stop = threading.Event()
        self.living = {"pump-000": 1}
        self.written = 0
        self.missed = 0
        self.faults = 0

    def list_documents(self) -> Iterator[Document]:
        """For a rebuild: read in portions that grow old while they are sent."""
        for identifier, version in sorted(self.living.items()):
            yield make_pump(int(identifier.removeprefix("pump-")), version)
            time.sleep(0.02)

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._write), threading.Thread(target=self._search)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _write(self) -> None:
        for number in count(1):
            if self._stop.is_set():
                return
            document = make_pump(1 + number % 49, version=number)
            if number % 7:
                self.living[document.id] = number
                self._send(lambda document=document: self._engine.write([document]))
            else:
                self.living.pop(document.id, None)
                self._send(lambda document=document: self._engine.remove([(document.id, document.version)]))
            self.written = number
            time.sleep(0.05)

    def _send(self, send: Any) -> None:
        while True:
            try:
                send()
            except SearchUnavailable:
                time.sleep(0.2)
            else:
                return

    def _search(self) -> None:
        while not self._stop.is_set():
            try:
                self.missed += "pump-000" not in by_words(self._engine, ask("pump", limit=100))
            except SearchUnavailable:
                self.faults += 1
            time.sleep(0.05)
