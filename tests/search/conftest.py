"""A model of meaning small enough to read, and engines that use it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from search.centring import Centring, compute_centring
from search.elastic import connection
from search.embedded.engine import EmbeddedEngine
from search.port import Engine
from tests.search.making import ConceptEmbedder, make_document


@pytest.fixture(autouse=True)
def unhurried_cluster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine may take longer than the deadline; only the test of the deadline itself keeps it."""
    if "hangs" not in request.node.nodeid:
        monkeypatch.setattr(connection, "SEARCH_SECONDS", 30.0)


@pytest.fixture(scope="session")
def embedder() -> ConceptEmbedder:
    return ConceptEmbedder()


@pytest.fixture(scope="session")
def centring(embedder: ConceptEmbedder) -> Centring:
    return compute_centring(embedder)


@pytest.fixture
def open_index(
    tmp_path: Path, embedder: ConceptEmbedder, centring: Centring
) -> Iterator[Callable[..., EmbeddedEngine]]:
    """Opens the test's index, again if asked again; everything opened is closed at the end."""
    opened: list[EmbeddedEngine] = []

    def open_one(*, write: bool = True, embedded: bool = True) -> EmbeddedEngine:
        engine = EmbeddedEngine(
            tmp_path / "index",
            embedder=embedder if embedded else None,
            centring=centring if embedded else None,
            write=write,
        )
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture
def fair(engine: Engine, embedder: ConceptEmbedder) -> Engine:
    """An engine with six listings in four languages."""
    rows: list[tuple[str, dict[str, str], tuple[str, str, str], dict[str, int]]] = [
        (
            "dryer-en",
            {"en": "Solar drying of cassava chips"},
            ("offer", "MY", "30 18"),
            {"trl": 7, "published_at": 300, "expires_at": 900},
        ),
        ("dryer-th", {"th": "เครื่องอบแห้งมันสำปะหลัง"}, ("offer", "TH", "30"), {"trl": 5, "published_at": 100}),
        (
            "dryer-vi",
            {"vi": "Máy sấy sắn lát"},
            ("demand", "VN", "30"),
            {"trl": 3, "published_at": 200, "expires_at": 500},
        ),
        ("shrimp-vi", {"vi": "Xử lý nước ao nuôi tôm"}, ("demand", "VN", "24"), {"trl": 6, "published_at": 400}),
        ("battery-zh", {"zh-Hans": "废旧电池回收技术"}, ("offer", "CN", "1"), {"trl": 9, "published_at": 500}),
        (
            "silk-two",
            {"en": "Silk reeling machine", "zh-Hans": "丝绸缫丝机"},
            ("offer", "CN", "28"),
            {"trl": 8, "published_at": 600},
        ),
    ]
    engine.write(
        make_document(
            one,
            texts,
            facets={"kind": (kind,), "country": (country,), "field": tuple(fields.split())},
            numbers=numbers,
            embedder=embedder,
        )
        for one, texts, (kind, country, fields), numbers in rows
    )
    return engine
