"""Tables that wait for somebody to say what their columns are: one of each person, for a day."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from market.accounts.queries import lock_user
from market.events.models import Event
from market.kernel.viewer import Viewer
from market.programme.models import ProgrammeFile

KEPT: Final = timedelta(days=1)


def keep_file(session: Session, event: Event, *, name: str, content: bytes, by: Viewer, now: datetime) -> None:
    """In place of the person's last one. What others have left lying goes with it."""
    lock_user(session, by.id)
    session.execute(delete(ProgrammeFile).where(ProgrammeFile.kept_at < now - KEPT))
    session.execute(delete(ProgrammeFile).where(ProgrammeFile.user_id == by.id))
    session.add(ProgrammeFile(user_id=by.id, event_id=event.id, name=name, content=content, kept_at=now))


def find_file(session: Session, by: Viewer) -> ProgrammeFile | None:
    return session.get(ProgrammeFile, by.id)


def drop_file(session: Session, by: Viewer) -> None:
    """Twice is harmless."""
    session.execute(delete(ProgrammeFile).where(ProgrammeFile.user_id == by.id))
