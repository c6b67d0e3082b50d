from datetime import datetime

from market.events import service
from market.events.queries import Key
from market.kernel.work import Work


def move_events_on(work: Work, now: datetime) -> None:
    """Events begin and end by their dates. Safe to repeat."""
    after: Key | None = None
    while True:
        with work.database.transaction() as session:
            after = service.move_events_on(session, now=now, after=after)
        if after is None:
            return
