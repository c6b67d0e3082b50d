"""What a process tells Prometheus: names of routes and never addresses, and readable whatever is away."""

import re
from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from market.kernel.db import Database
from market.listings.facts import ListingPublished
from market.web import metrics
from search.port import Engine, SearchUnavailable
from tests.make.accounts import make_user
from tests.make.deliveries import set_aside
from tests.make.listings import make_listing
from tests.make.visitor import Visitor

Figures = dict[str, float]


@pytest.fixture
def read(visitor: Visitor) -> Callable[[], Figures]:
    """Name of each figure with its labels, which come in the order of their names → its value."""

    def scrape() -> Figures:
        answer = visitor.get("/metrics", follow=False)
        assert answer.status_code == 200
        return {
            "".join((sample.name, *(f" {value}" for value in sample.labels.values()))): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return scrape


def count_requests(figures: Figures) -> Figures:
    begin = "market_request_seconds_count "
    counted = {name.removeprefix(begin): value for name, value in figures.items() if name.startswith(begin)}
    return {name: value for name, value in counted.items() if "web.metrics" not in name}


def read_surroundings(figures: Figures) -> Figures:
    return {name: value for name, value in figures.items() if name in metrics.GAUGES}


def test_requests_are_counted_by_route_method_and_kind_of_status(
    visitor: Visitor, db: Session, read: Callable[[], Figures]
) -> None:
    listing = make_listing(db)
    for _ in range(2):  # the second one from the cache of a moment
        visitor.get(f"/en/listings/{listing.reference}")
    visitor.client.head("/en/about")
    visitor.get("/en/listings/TO-CN-222222")
    visitor.get("/api/v1/listings?q=secret")
    visitor.get("/static/site.css")
    visitor.post("/en/sign-in", {"email": "lan@example.org", "password": "four words of tests"})
    visitor.post("/en/sign-out", token="", follow=False)
    visitor.client.request("DANCE", "/en/about")
    visitor.get("/en/nobody/knows/secret")

    assert count_requests(read()) == {
        "GET listings.show 2xx": 2,
        "HEAD discovery.about 2xx": 1,
        "GET listings.show 4xx": 1,
        "GET api.list_listings 2xx": 1,
        "GET static 2xx": 1,
        "POST accounts.do_sign_in 4xx": 1,
        "POST accounts.sign_out 4xx": 1,
        "other discovery.about 4xx": 1,
        "GET none 4xx": 1,
    }


def test_nothing_of_an_address_stands_in_the_figures(
    visitor: Visitor, db: Session, sign_in: Callable[..., Visitor]
) -> None:
    browser = sign_in(make_user(db, email="lan@secret.example"))
    browser.get("/en/secret?q=secret")
    browser.get("/secret/secret")
    browser.get("/en/confirm/secret")

    text = visitor.get("/metrics").text

    assert "secret" not in text
    assert set(re.findall(r'(\w+)="', text)) <= {
        "route", "method", "status", "le", "generation", "implementation", "major", "minor", "patchlevel", "version",
    }  # fmt: skip


def test_each_request_falls_into_a_bucket_of_its_duration(visitor: Visitor, read: Callable[[], Figures]) -> None:
    visitor.get("/healthz")

    figures = read()

    assert figures["market_request_seconds_bucket +Inf GET web.health 2xx"] == 1
    assert 0 < figures["market_request_seconds_sum GET web.health 2xx"] < 5


def test_facts_and_documents_are_told(
    db: Session, read: Callable[[], Figures], deliver: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 0.0)
    listing = make_listing(db)
    waiting = read_surroundings(read())
    deliver()
    set_aside(db, ListingPublished(listing.id))

    told = read_surroundings(read())

    assert waiting["market_facts_waiting"] > 0
    assert waiting["market_facts_oldest_seconds"] > 0
    assert told == {
        "market_database_up": 1,
        "market_facts_waiting": 0,
        "market_facts_set_aside": 1,
        "market_facts_oldest_seconds": 0,
        "market_search_up": 1,
        "market_search_documents": 1,
    }


def test_a_database_that_is_away_leaves_the_rest_readable(
    database: Database, read: Callable[[], Figures], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("", {}, ConnectionRefusedError())

    monkeypatch.setattr(database, "reading", refuse)

    figures = read()

    assert read_surroundings(figures) == {"market_database_up": 0, "market_search_up": 1, "market_search_documents": 0}
    assert "market_searches_degraded_total" in figures


def test_an_engine_that_is_away_leaves_the_rest_readable_and_its_searches_are_counted(
    visitor: Visitor, engine: Engine, read: Callable[[], Figures], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_anything: object) -> None:
        raise SearchUnavailable

    for name in ("status", "search", "count"):
        monkeypatch.setattr(engine, name, refuse)
    visitor.get("/en/listings?q=kiln")
    visitor.get("/en/listings.atom?q=kiln")
    visitor.get("/api/v1/listings?q=kiln")

    figures = read()

    assert figures["market_searches_degraded_total"] == 3
    told = read_surroundings(figures)
    assert (told["market_database_up"], told["market_search_up"]) == (1, 0)
    assert "market_search_documents" not in told


def test_database_and_engine_are_asked_once_however_often_figures_are_read(
    engine: Engine, read: Callable[[], Figures], count_queries: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    status = engine.status

    def count() -> object:
        nonlocal asked
        asked += 1
        return status()

    monkeypatch.setattr(engine, "status", count)
    count_queries()

    read()
    first = count_queries()
    for _ in range(5):
        read()

    assert (first > 0, count_queries(), asked) == (True, 0, 1)


def test_the_process_tells_of_itself(read: Callable[[], Figures]) -> None:
    figures = read()

    assert figures["process_resident_memory_bytes"] > 0
    assert figures["process_cpu_seconds_total"] > 0
