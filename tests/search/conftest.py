"""A model of meaning small enough to read, and engines that use it."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from search.centring import Centring, compute_centring
from search.embedded.engine import EmbeddedEngine
from tests.search.making import ConceptEmbedder


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


@pytest.fixture(autouse=True)
def _same_numbers_every_time() -> None:
    np.random.seed(int(hashlib.sha256(b"search").hexdigest()[:8], 16))  # noqa: NPY002 (libraries draw from it)
