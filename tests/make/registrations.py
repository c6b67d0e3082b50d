"""What one may register as, questions and participants, made as organizers and visitors make them."""

import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.enums import EventState
from market.events.models import Event
from market.events.service import change_state
from market.kernel.clock import utc_now
from market.registration import offering, service
from market.registration.forms import AddedForm, QuestionForm, RegistrationForm, TypeForm
from market.registration.models import Participant, ParticipantImport, Question, RegistrationType
from market.registration.takeover import keep_table
from tests.make.organizations import make_viewer


def make_type(
    db: Session, event: Event, *, by: User, name: str = "Trade visitor", capacity: int | None = None, **fields: Any
) -> RegistrationType:
    """Open, without approval."""
    form = TypeForm.model_validate({"name": name, "capacity": capacity, "is_open": "1", **fields})
    kind = offering.add_type(db, event, form, by=make_viewer(db, by))
    db.commit()
    return kind


def make_question(
    db: Session, event: Event, *, by: User, name: str = "Diet", kind: str = "line", **fields: Any
) -> Question:
    form = QuestionForm.model_validate({"name": name, "kind": kind, **fields})
    question = offering.add_question(db, event, form, by=make_viewer(db, by))
    db.commit()
    return question


def open_registration(db: Session, event: Event, *, by: User) -> None:
    change_state(db, event, EventState.OPEN, by=make_viewer(db, by), now=utc_now())
    db.commit()


def make_registration(
    db: Session, event: Event, kind: RegistrationType, user: User, *, answers: dict[str, str] | None = None,
    **fields: Any,
) -> Participant:  # fmt: skip
    """By the person."""
    usual = {"type": kind.id, "name": user.name, "language": user.language}
    form = RegistrationForm.model_validate(usual | fields)
    own = service.register(db, event, form, answers or {}, by=make_viewer(db, user), now=utc_now())
    db.commit()
    return own


def make_table(db: Session, event: Event, content: bytes, *, by: User) -> ParticipantImport:
    """A file that waits for its columns to be named."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        table = keep_table(db, event, Path(file.name), file_name="people.csv", by=make_viewer(db, by), now=utc_now())
    db.commit()
    return table


def make_participant(
    db: Session, event: Event, kind: RegistrationType, *, by: User, email: str = "mai@example.org", **fields: Any
) -> Participant:
    """By an organizer."""
    form = AddedForm.model_validate({"type": kind.id, "name": "Mai", "language": "en", "email": email, **fields})
    participant = service.add_participant(db, event, form, {}, by=make_viewer(db, by), now=utc_now())
    db.commit()
    return participant
