"""An index that lacks what is published is filled by itself, once, by whoever writes it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.work import Lane, Work
from market.listings.reactions import mend_index
from market.worker import Worker
from search.embedded import open_engine
from search.port import Engine
from tests.make.engines import DownEngine
from tests.make.listings import make_listing


@pytest.fixture
def lacking(tmp_path: Path) -> Iterator[Engine]:
    """Made anew, where there should have been one."""
    engine = open_engine(tmp_path / "lost", embedder=None, filled=True)
    yield engine
    engine.close()


def test_an_index_that_was_lost_is_filled_from_the_database(
    db: Session, work: Work, lacking: Engine, facts: Callable[[], list[str]]
) -> None:
    listing = make_listing(db)
    worker = Worker(replace(work, search=lacking))

    for _turn in range(2):
        mend_index(worker.work, utc_now())
    worker.drain(lanes=tuple(Lane))
    mend_index(worker.work, utc_now())

    assert facts().count("IndexRebuildAsked") == 1
    assert ([state.id for state in lacking.iterate()], lacking.status().problem) == ([listing.reference], None)


def test_a_whole_index_is_let_be(db: Session, work: Work, facts: Callable[[], list[str]]) -> None:
    make_listing(db)

    mend_index(work, utc_now())

    assert "IndexRebuildAsked" not in facts()


def test_only_the_one_that_writes_the_index_mends_it(
    db: Session, work: Work, lacking: Engine, tmp_path: Path, facts: Callable[[], list[str]]
) -> None:
    reader = open_engine(tmp_path / "lost", embedder=None)

    for engine in (reader, DownEngine()):
        mend_index(replace(work, search=engine), utc_now())

    assert "IndexRebuildAsked" not in facts()
    reader.close()
