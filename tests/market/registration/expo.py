from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.models import Event
from market.registration.models import Participant, RegistrationType


@dataclass(frozen=True, slots=True)
class Expo:
    """An event whose registration is open, for one type of two places."""

    organizer: User
    event: Event
    kind: RegistrationType

    @property
    def address(self) -> str:
        return f"/events/{self.event.slug}"


def read_state(db: Session, participant: Participant) -> str:
    """As the database has it."""
    db.commit()
    state = db.get_one(Participant, participant.id, populate_existing=True).state.value
    db.commit()  # or the next request would wait for this session
    return state


def read_admitted(db: Session, kind: RegistrationType) -> int:
    db.commit()
    admitted = db.get_one(RegistrationType, kind.id, populate_existing=True).admitted
    db.commit()
    return admitted
