from dataclasses import dataclass
from uuid import UUID

from market.kernel.outbox import Fact


@dataclass(frozen=True, slots=True)
class ImportReceived(Fact):
    """A file waits to be read; recorded again by a worker whose turn is over."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class ImportConfirmed(Fact):
    """What was checked is to be taken over; recorded again by a worker whose turn is over."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class ListingsImported(Fact):
    """All rows of a run are in the market. Recorded again while not all of them are in the index."""

    run_id: UUID


@dataclass(frozen=True, slots=True)
class ImportStopped(Fact):
    """What came of the file goes; recorded again by a worker whose turn is over."""

    run_id: UUID
