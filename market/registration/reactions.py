"""What the worker does when somebody's registration, or the event itself, took another turn."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from market.events.enums import EventState
from market.events.models import Event
from market.events.presenting import choose_words
from market.events.queries import find_event_by_id
from market.kernel.clock import utc_now
from market.kernel.outbox import RecordedFact
from market.kernel.work import Work
from market.notifications.queries import find_mail
from market.notifications.service import write_mail
from market.registration import queries, rules
from market.registration.models import Participant
from market.registration.offering import copy_registration

TOLD_AT_ONCE: Final = 100
CALLED_OFF: Final = "called_off"
"""What is told of an event, among the states that are told of a participant."""


def write_participant_mails(work: Work, facts: Sequence[RecordedFact]) -> None:
    """One mail for each change of state, in the participant's language. What has changed again since is told by the
    later fact alone. The mail's number is made of fact and person: a second run finds it there and writes none.
    """
    for fact in facts:
        with work.database.transaction() as session:
            participant = session.get(Participant, fact.subject_id)
            event = find_event_by_id(session, UUID(fact.content["event_id"]))
            if participant is None or event is None or not rules.may_tell(event.state):
                continue
            told = fact.content["state"]
            if participant.state == told and not queries.is_told_later(session, fact):
                _tell(session, work, fact, event, participant, told=told, was=fact.content["was"], now=utc_now())


def tell_called_off(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Everybody who comes, or may still come, once. Cut off anywhere, it goes on where it was."""
    for fact in facts:
        if fact.content["state"] == EventState.CANCELLED:
            after = _tell_some(work, fact, after=None)
            while after is not None:
                after = _tell_some(work, fact, after=after)


def _tell_some(work: Work, fact: RecordedFact, *, after: UUID | None) -> UUID | None:
    """The last one who was told; none where nobody is left, or where the event takes place after all."""
    with work.database.transaction() as session:
        event = find_event_by_id(session, fact.subject_id)
        if event is None or event.state is not EventState.CANCELLED:
            return None
        participants = queries.list_to_tell(session, event.id, after=after, limit=TOLD_AT_ONCE)
        for participant in participants:
            _tell(session, work, fact, event, participant, told=CALLED_OFF, was="", now=utc_now())
        return participants[-1].id if participants else None


def copy_registrations(work: Work, facts: Sequence[RecordedFact]) -> None:
    for fact in facts:
        with work.database.transaction() as session:
            source = find_event_by_id(session, UUID(fact.content["source_id"]))
            copy = find_event_by_id(session, fact.subject_id)
            if source is not None and copy is not None:
                copy_registration(session, source, copy)


def _tell(
    session: Session, work: Work, fact: RecordedFact, event: Event, participant: Participant, *, told: str, was: str,
    now: datetime,
) -> None:  # fmt: skip
    mail_id = uuid5(fact.id, str(participant.id))
    if find_mail(session, mail_id) is not None:
        return
    language = participant.language
    shown = choose_words(event, language)
    subject, body = work.letters.compose(
        "registration/participant_moved.txt", language=language, name=participant.name, event=shown.text.title,
        slug=event.slug, first=event.starts_on, last=event.ends_on, code=participant.code, told=told, was=was,
        has_account=participant.user_id is not None,
    )  # fmt: skip
    write_mail(
        session, recipient=participant.email, language=language, subject=subject, body=body, now=now, mail_id=mail_id
    )
