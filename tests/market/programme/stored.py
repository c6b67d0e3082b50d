"""What is stored of an event's conflicts."""

from sqlalchemy.orm import Session

from market.events.models import Event
from market.programme import queries
from market.programme.presenting import show_conflicts

Found = list[tuple[str, str, str, str]]
"""Kind, titles of the one or two sessions, name."""


def list_conflicts(db: Session, event: Event) -> Found:
    sessions = queries.list_sessions(db, event.id)
    titles = {one.id: one.texts[one.language].title for one in sessions}
    rows = show_conflicts(queries.list_conflicts(db, event.id, limit=100), sessions)
    return [
        (one.kind.value, titles[one.session.id], titles[one.other.id] if one.other else "", one.name) for one in rows
    ]
