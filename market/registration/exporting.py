"""Participants out to a file. What this writes, an import takes."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.events.models import Event
from market.registration import queries
from market.registration.models import Participant
from market.registration.queries import ParticipantFilters

COLUMNS: Final = ("code", "name", "email", "organization", "country", "language", "type", "state", "registered_at")
EXPORTED_AT_ONCE: Final = 500


def iterate_rows(session: Session, event: Event, filters: ParticipantFilters) -> Iterator[Sequence[str]]:
    """The header, then a row for each, in batches. Answers stand under their questions, in the organizer's words."""
    questions = queries.list_questions(session, event.id)
    kinds = {kind.id: kind.name for kind in queries.list_types(session, event.id)}
    yield [*COLUMNS, *(question.name for question in questions)]
    chosen = select(Participant).where(Participant.event_id == event.id, *filters.conditions())
    ordered = chosen.order_by(Participant.registered_at, Participant.id)
    for one in session.scalars(ordered.execution_options(yield_per=EXPORTED_AT_ONCE)):
        yield [
            one.code, one.name, one.email, one.organization, one.country or "", one.language, kinds[one.type_id],
            one.state.value, one.registered_at.isoformat(timespec="seconds"),
            *(one.answers.get(str(question.id), "") for question in questions),
        ]  # fmt: skip
