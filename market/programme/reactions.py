"""What the worker does when something happened to an event or its programme."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from market.events.models import Event, Interpreter
from market.events.queries import find_event_by_id
from market.kernel.clock import utc_now
from market.kernel.outbox import RecordedFact
from market.kernel.work import Work
from market.notifications.service import write_mail
from market.programme import queries
from market.programme.checking import recheck
from market.programme.copying import copy_programme, derive_instants
from market.programme.enums import ChangeKind
from market.programme.models import ReleaseNotice, SessionChange, Speaker

CHECKED_AT_ONCE: Final = 20


@dataclass(slots=True)
class _Recipient:
    """Somebody to be told of what a release changed: one mail for all of it."""

    person: Speaker | Interpreter
    address: str
    language: str
    changes: list[tuple[SessionChange, str]] = field(default_factory=list)


def copy_programmes(work: Work, facts: Sequence[RecordedFact]) -> None:
    for fact in facts:
        with work.database.transaction() as session:
            source = find_event_by_id(session, UUID(fact.content["source_id"]))
            copy = find_event_by_id(session, fact.subject_id)
            if source is not None and copy is not None:
                copy_programme(session, source, copy, now=utc_now())


def follow_zones(work: Work, facts: Sequence[RecordedFact]) -> None:
    for event_id in dict.fromkeys(fact.subject_id for fact in facts):
        with work.database.transaction() as session:
            event = find_event_by_id(session, event_id)
            if event is not None:
                derive_instants(session, event, now=utc_now())


def check_listings(work: Work, facts: Sequence[RecordedFact]) -> None:
    """A listing that is not public any more is a conflict where it is on show."""
    with work.database.reading() as session:
        event_ids = queries.list_events_showing(session, [fact.subject_id for fact in facts])
    for event_id in event_ids:
        _check(work, event_id)


def check_programmes(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Of events whose people are bound elsewhere since, and of those that were called off: they bind nobody any more,
    until they take place after all."""
    for event_id in dict.fromkeys(fact.subject_id for fact in facts):
        _check(work, event_id)


def check_what_is_due(work: Work, _now: datetime) -> None:
    """Nothing else happens to a programme that was never checked, or when a listing is published again."""
    with work.database.reading() as session:
        event_ids = queries.list_to_check(session, limit=CHECKED_AT_ONCE)
    for event_id in event_ids:
        _check(work, event_id)


def _check(work: Work, event_id: UUID) -> None:
    with work.database.transaction() as session:
        event = find_event_by_id(session, event_id)
        programme = queries.lock_programme(session, event_id)
        if event is not None and programme is not None:
            recheck(session, event, programme, now=utc_now())


def tell_speakers(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Who speaks or interprets in a session that is new, moved or cancelled gets one mail about all of a release's
    changes, in the person's language. A mail and the note that it was written go through together, so nobody is told
    twice.
    """
    for fact in facts:
        with work.database.reading() as session:
            event = find_event_by_id(session, UUID(fact.content["event_id"]))
            recipients = _list_recipients(session, fact.subject_id) if event is not None else []
        for recipient in recipients:
            if event is not None:
                _tell(work, event, fact.subject_id, recipient, now=utc_now())


def _list_recipients(session: Session, release_id: UUID) -> list[_Recipient]:
    by_address: dict[str, _Recipient] = {}
    titles = queries.map_changed_titles(session, release_id)
    for change, person, user in queries.list_concerned(session, release_id):
        address = user.email if user is not None else person.email
        if not address:
            continue
        language = user.language if user is not None else person.language
        recipient = by_address.setdefault(address, _Recipient(person, address, language))
        own, translated = titles[change.session_id]
        told = (change, translated.get(language) or translated[own])
        if told not in recipient.changes:  # somebody may both speak and interpret
            recipient.changes.append(told)
    return list(by_address.values())


def _tell(work: Work, event: Event, release_id: UUID, recipient: _Recipient, *, now: datetime) -> None:
    text = event.words_in(recipient.language)
    subject, body = work.letters.compose(
        "programme/programme_changed.txt", language=recipient.language, name=recipient.person.name, event=text.title,
        slug=event.slug, zone=event.zone, kinds_of_change=ChangeKind,
        changes=recipient.changes,
    )  # fmt: skip
    with work.database.transaction() as session:
        if session.get(ReleaseNotice, (release_id, recipient.person.id)) is not None:
            return
        session.add(ReleaseNotice(release_id=release_id, person_id=recipient.person.id, told_at=now))
        write_mail(
            session, recipient=recipient.address, language=recipient.language, subject=subject, body=body, now=now
        )
