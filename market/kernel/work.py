"""Work after the commit: who handles which fact, which jobs run when, and what both may use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.outbox import Fact, RecordedFact
from search.port import Embedder, Engine


class Lane(StrEnum):
    """Lanes run side by side, so that slow work does not hold up quick work."""

    INDEX = "index"
    REBUILD = "rebuild"
    EMBED = "embed"
    MAIL = "mail"
    BULK = "bulk"


class Letters(Protocol):
    """Composes mails; `web` implements it with its templates."""

    def compose(self, template: str, *, language: str, **values: Any) -> tuple[str, str]:
        """(subject, body) in the recipient's language."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler may use. It opens its own transactions and holds none while it calls another service."""

    settings: Settings
    database: Database
    search: Engine
    embedder: Embedder | None
    letters: Letters


@dataclass(frozen=True, slots=True)
class Handler:
    """Told of each fact of these kinds, at least once. Running twice must be harmless."""

    name: str
    facts: tuple[type[Fact], ...]
    run: Callable[[Work, Sequence[RecordedFact]], None]
    lane: Lane
    batch: int = 50
    writes_index: bool = False  # then only the process that holds the index's lock runs it
    lease: timedelta = field(default=timedelta(minutes=2))
    """How long a worker that died keeps what it had claimed; one that lives may take longer where it writes the index,
    which nobody else can meanwhile. At most `outbox.LONGEST_RETRY`."""


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Run every so often by one worker of all."""

    name: str
    every: timedelta
    run: Callable[[Work, datetime], None]
