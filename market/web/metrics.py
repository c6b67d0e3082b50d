"""Figures of this process for Prometheus: what it answered and how quickly, and how its database and engine are."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.routing import BaseRoute
from starlette.types import Scope

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import measure_backlog
from search.port import Engine, SearchUnavailable

KEPT_SECONDS = 5.0
"""How long what database and engine said is shown again: they are asked once in this time, however many ask us."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other is one: what strangers make up is not to fill our memory."""

NO_ROUTE = "none"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """With a registry of its own, since a process may make several applications."""

    def __init__(self, database: Database, search: Engine) -> None:
        self.registry = CollectorRegistry()
        self.degraded = Counter(
            "market_searches_degraded", "Searches that the engine did not answer in time.", registry=self.registry
        )
        self._requests = Histogram(
            "market_request_seconds",
            "Requests and how long their answers took, by name of the route.",
            ("route", "method", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._observed: dict[tuple[str, str, str], Histogram] = {}
        self._names: Mapping[object, str] = {}
        self.registry.register(Surroundings(database, search))
        for collect in (ProcessCollector, PlatformCollector, GCCollector):
            collect(registry=self.registry)

    def know_routes(self, routes: Iterable[BaseRoute]) -> None:
        """By what handles them: the only thing that every kind of route leaves behind on a request."""
        named = ((getattr(route, "endpoint", getattr(route, "app", None)), route) for route in routes)
        self._names = {handles: name for handles, route in named if (name := getattr(route, "name", ""))}

    def observe(self, scope: Scope, status: int, seconds: float) -> None:
        """By the name of the route, never by address: these are endless and private."""
        method = scope["method"] if scope["method"] in METHODS else "other"
        key = (self._names.get(scope.get("endpoint"), NO_ROUTE), method, f"{status // 100}xx" if status else "none")
        child = self._observed.get(key)
        if child is None:
            child = self._observed[key] = self._requests.labels(*key)
        child.observe(seconds)

    def write(self) -> bytes:
        return generate_latest(self.registry)


class Surroundings(Collector):
    """What database and engine say of themselves. One that is away leaves the rest readable."""

    def __init__(self, database: Database, search: Engine) -> None:
        self._database = database
        self._search = search
        self._asking = threading.Lock()
        self._asked_at = float("-inf")
        self._said: Mapping[str, float] = {}

    def describe(self) -> Iterable[Metric]:
        """Nothing: else the registry would ask both when it is made."""
        return ()

    def collect(self) -> Iterator[Metric]:
        # Who comes while another asks gets what was said before: a database that hangs holds one thread of ours.
        if self._asking.acquire(blocking=False):
            try:
                if time.monotonic() - self._asked_at >= KEPT_SECONDS:
                    self._said = {**self._ask_database(), **self._ask_engine()}
                    self._asked_at = time.monotonic()
            finally:
                self._asking.release()
        for name, value in self._said.items():
            yield GaugeMetricFamily(name, GAUGES[name], value=value)

    def _ask_database(self) -> dict[str, float]:
        try:
            with self._database.reading() as session:
                backlog = measure_backlog(session)
        except SQLAlchemyError:
            return {"market_database_up": 0}
        age = (utc_now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
        return {
            "market_database_up": 1,
            "market_facts_waiting": backlog.waiting,
            "market_facts_set_aside": backlog.set_aside,
            "market_facts_oldest_seconds": max(age, 0.0),
        }

    def _ask_engine(self) -> dict[str, float]:
        try:
            status = self._search.status()
        except SearchUnavailable:
            return {"market_search_up": 0}
        return {"market_search_up": int(status.problem is None), "market_search_documents": status.documents}


GAUGES: Mapping[str, str] = {
    "market_database_up": "1 where the database answers.",
    "market_facts_waiting": "Facts and deliveries that wait for a worker.",
    "market_facts_set_aside": "Deliveries that nobody could do, for a person to look at.",
    "market_facts_oldest_seconds": "Age of the oldest that waits.",
    "market_search_up": "1 where the search engine answers and its index can be searched.",
    "market_search_documents": "Documents in the search index.",
}
