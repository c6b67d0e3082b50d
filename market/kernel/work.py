"""Work after the commit: who handles which fact, which jobs run when, and what both may use."""

import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Any, Final, Protocol

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.outbox import Fact, RecordedFact
from search.port import Embedder, Engine

log = logging.getLogger("market.worker")

NOTE_SECONDS = 1.0
"""How long a note waits that the database did not take."""


class Lane(StrEnum):
    """Lanes run side by side, so that slow work does not hold up quick work."""

    INDEX = "index"
    REBUILD = "rebuild"
    EMBED = "embed"
    MAIL = "mail"
    IMPORT = "import"
    BULK = "bulk"
    MATCH = "match"
    DRAFT = "draft"


class Letters(Protocol):
    """Composes mails; `web` implements it with its templates."""

    def compose(self, template: str, *, language: str, **values: Any) -> tuple[str, str]:
        """(subject, body) in the recipient's language."""
        ...

    def link(self, name: str, *, language: str, **parts: str) -> str:
        """The whole address of a page, as it stands in a mail."""
        ...


class Interrupted(Exception):
    """A handler left off because its worker is to stop. Its facts come again at the next start, and no attempt is
    counted.
    """


class NotYet(Exception):
    """What a handler needs is on its way: its facts come again in a moment, and no attempt is counted."""


class Turn:
    """A handler's share of its lane's time. Between two batches it asks whether the turn is over, and then has the
    rest delivered as a fact of its own, behind what waits. A worker that is to stop ends all turns.
    """

    def __init__(self, seconds: float, stopping: threading.Event) -> None:
        self._seconds = seconds
        self._stopping = stopping
        self._began = monotonic()
        self._end = self._began + seconds

    def is_over(self) -> bool:
        return self.is_cut_short() or monotonic() >= self._end

    def is_cut_short(self) -> bool:
        """Whether the worker is to stop."""
        return self._stopping.is_set()

    def begin_again(self) -> None:
        """What went by was spent on getting ready: as long again, and no less than a turn, is for the work itself."""
        now = monotonic()
        self._end = now + max(self._seconds, now - self._began)


ENDLESS: Final = Turn(math.inf, threading.Event())
"""For commands, which do one thing to its end."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler may use. It opens its own transactions and holds none while it calls another service. One that
    takes long looks at `stopping` between two batches, or takes turns.
    """

    settings: Settings
    database: Database
    search: Engine
    embedder: Embedder | None
    letters: Letters
    stopping: threading.Event = field(default_factory=threading.Event)
    keep_claim: Callable[[], None] = lambda: None
    """To be called by a handler that gets on with work that may outlast its lease, however often: no other worker
    begins the same meanwhile. One that hangs loses its claim.
    """

    def begin_turn(self, seconds: float) -> Turn:
        return Turn(seconds, self.stopping)

    def note(self, write: Callable[[Session], None]) -> None:
        """Write down what has happened outside the database, which would happen again if nobody knew: tries until the
        database takes it. Raises what the database said when the worker is to stop.
        """
        while True:
            try:
                with self.database.transaction() as session:
                    write(session)
            except OperationalError as problem:
                log.warning("the database takes no note yet: %s", str(problem.orig).partition("\n")[0])
                if self.stopping.wait(NOTE_SECONDS):
                    raise
            else:
                return


@dataclass(frozen=True, slots=True)
class Handler:
    """Told of each fact of these kinds, at least once. Running twice must be harmless."""

    name: str
    facts: tuple[type[Fact], ...]
    run: Callable[[Work, Sequence[RecordedFact]], None]
    lane: Lane
    batch: int = 50
    writes_index: bool = False  # then only a process that may write the index runs it
    lease: timedelta = field(default=timedelta(minutes=2))
    """How long a worker that died keeps what it had claimed. One that lives may take longer where it keeps its claim
    (`Work.keep_claim`). At most `outbox.LONGEST_RETRY`."""

    is_alone: bool = False
    """Two at once would disturb each other: what is due is claimed together and handled once for all, and while one
    worker is at it, no other begins."""


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """Run every so often by one worker of all."""

    name: str
    every: timedelta
    run: Callable[[Work, datetime], None]
