"""The kinds of events: what each is called, which parts it may have, and what schema.org calls it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from market.events.enums import EventKind, EventPart
from market.kernel.errors import N_


@dataclass(frozen=True, slots=True)
class Kind:
    label: str
    parts: frozenset[EventPart]
    schema_type: str


KINDS: Final[Mapping[EventKind, Kind]] = {
    EventKind.EXPO: Kind(
        N_("Expo"), frozenset({EventPart.PROGRAMME, EventPart.BOOTHS, EventPart.MEETINGS}), "ExhibitionEvent"
    ),
    EventKind.CONFERENCE: Kind(N_("Conference"), frozenset({EventPart.PROGRAMME, EventPart.MEETINGS}), "BusinessEvent"),
    EventKind.MATCHMAKING: Kind(
        N_("Matchmaking event"), frozenset({EventPart.PROGRAMME, EventPart.MEETINGS}), "BusinessEvent"
    ),
    EventKind.TAKING_PART: Kind(
        N_("Delegation to a fair"), frozenset({EventPart.BOOTHS, EventPart.MEETINGS}), "BusinessEvent"
    ),
}

EVENT_KINDS: Final[Mapping[EventKind, str]] = {code: kind.label for code, kind in KINDS.items()}


def has_part(kind: EventKind, part: EventPart) -> bool:
    return part in KINDS[kind].parts
