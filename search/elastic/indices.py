"""The indices of one market on a cluster, by their aliases: the one that is searched, and the one a rebuild fills.

Names tell whose they are: the alias, and sixteen figures that no other index of it has.
"""

import logging
import re
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any, Final

from search.elastic.connection import SEARCH_SECONDS, WRITE_SECONDS, Connection, NotThere, answering
from search.elastic.mapping import describe_index
from search.meta import Meta
from search.port import SearchUnavailable

FIRST: Final = "0" * 16
"""In place of chance, in the name of an index that is made where none is."""

PATIENCE: Final = "60s"
GRACE_SECONDS: Final = SEARCH_SECONDS + 0.6
"""How long an index outlives the swap."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Targets:
    """Where the aliases lead: to the index that is searched, and to those that rebuilds fill.

    One rebuild is at work, save where a worker came to a standstill in the middle of it and another took over.
    """

    live: str | None
    filling: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [*([] if self.live is None else [self.live]), *self.filling]


class Indices:
    def __init__(self, connection: Connection, alias: str, *, shards: int = 1) -> None:
        self.alias = alias
        self._next_alias = f"{alias}-next"
        self._connection = connection
        self._shards = shards
        self._own = re.compile(re.escape(alias) + "-[0-9a-f]{16}")

    @property
    def aliases(self) -> list[str]:
        return [self.alias, self._next_alias]

    @answering()
    def find(self, *, seconds: float = WRITE_SECONDS) -> Targets:
        found = self._ask(seconds)
        live = next((name for name, aliases in found.items() if self.alias in aliases), None)
        return Targets(live, tuple(name for name, aliases in found.items() if self._next_alias in aliases))

    def list_names(self) -> list[str]:
        """Not those of another alias that begins like this one, as `market-test` beside `market`."""
        return list(self._ask(WRITE_SECONDS))

    @answering()
    def _ask(self, seconds: float) -> dict[str, list[str]]:
        answer = self._connection.run(lambda client: client.indices.get_alias(index=f"{self.alias}-*"), seconds=seconds)
        return {name: list(about["aliases"]) for name, about in answer.items() if self._own.fullmatch(name)}

    def make_first(self, meta: Meta, *, is_lacking: bool) -> None:
        """Where none is. Several processes may do so at once: its name is the same for all, so that one of them makes
        it. `is_lacking`: there is something to find, which an index made anew has not.
        """
        try:
            self._make(f"{self.alias}-{FIRST}", self.alias, replace(meta, lacking=is_lacking))
        except SearchUnavailable:
            if self.find().live is None:
                raise

    def make_next(self, meta: Meta) -> str:
        """What an earlier rebuild left that was killed goes; one that still runs fails by it."""
        self._clear_leftovers()
        return self._make(f"{self.alias}-{uuid.uuid4().hex[:16]}", self._next_alias, meta)

    def _clear_leftovers(self) -> None:
        for name, aliases in self._ask(WRITE_SECONDS).items():
            if self._next_alias in aliases:
                self.abandon(name)
            elif self.alias not in aliases:
                self.delete(name)

    def swap(self, fresh: str) -> str | None:
        """At one moment for all who search and write. Return the index that was searched until now, to `let_go`."""
        self._connection.run(lambda client: client.indices.refresh(index=fresh))
        former = self.find().live
        actions: list[dict[str, Any]] = [
            {"remove": {"index": fresh, "alias": self._next_alias, "must_exist": True}},
            {"add": {"index": fresh, "alias": self.alias}},
        ]
        if former is not None:
            actions.append({"remove": {"index": former, "alias": self.alias, "must_exist": True}})
        try:
            self._connection.run(lambda client: client.indices.update_aliases(actions=actions))
        except SearchUnavailable:
            if self.find().live != fresh:  # else it was done, and only the answer was lost
                raise
        return former

    def let_go(self, former: str) -> None:
        """Delete it when whoever was searching it is done: a search loses what it holds of an index that is deleted."""
        time.sleep(GRACE_SECONDS)
        self.delete(former)

    def abandon(self, name: str) -> None:
        """Delete one that a rebuild fills, unless it has been swapped in by now: without its alias it never can be."""
        given_up = {"remove": {"index": name, "alias": self._next_alias, "must_exist": True}}
        try:
            self._connection.run(lambda client: client.indices.update_aliases(actions=[given_up]))
        except NotThere:
            return
        except SearchUnavailable as problem:
            _logger.warning("the index %s was not given up: %s", name, problem)
        else:
            self.delete(name)

    def delete(self, name: str) -> None:
        try:
            self._connection.run(lambda client: client.indices.delete(index=name))
        except NotThere:
            return
        except SearchUnavailable as problem:
            _logger.warning("the index %s was not deleted: %s", name, problem)

    def delete_all(self) -> None:
        """For an index that was made to be thrown away."""
        for name in self.list_names():
            self.delete(name)

    def _make(self, name: str, alias: str, meta: Meta) -> str:
        body = describe_index(meta, shards=self._shards)
        self._connection.run(
            lambda client: client.indices.create(
                index=name, **body, aliases={alias: {}}, wait_for_active_shards="1", timeout=PATIENCE
            ),
            seconds=2 * WRITE_SECONDS,
        )
        return name
