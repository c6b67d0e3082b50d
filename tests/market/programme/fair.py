"""What most tests of programmes begin with."""

from dataclasses import dataclass

from market.accounts.models import User
from market.events.models import Event
from market.programme.models import Room


@dataclass(frozen=True, slots=True)
class Fair:
    """An event that everybody sees, its head, and a room at it."""

    organizer: User
    event: Event
    room: Room

    @property
    def address(self) -> str:
        return f"/events/{self.event.slug}/programme"
