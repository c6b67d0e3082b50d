from dataclasses import dataclass
from uuid import UUID

from market.kernel.outbox import Fact


@dataclass(frozen=True, slots=True)
class SearchSaved(Fact):
    """A search was saved, or its words were changed: they are to be prepared."""

    saved_search_id: UUID


@dataclass(frozen=True, slots=True)
class ProspectingAsked(Fact):
    """The rest of an import's listings is to be matched with the saved searches: recorded by a worker whose turn is
    over.
    """

    run_id: UUID


@dataclass(frozen=True, slots=True)
class DigestsDue(Fact):
    """People are to be written to; recorded again while there are some."""

    request_id: UUID


@dataclass(frozen=True, slots=True)
class AlertsStopped(Fact):
    """Somebody wants no more alert mails."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class AlertsResumed(Fact):
    user_id: UUID
