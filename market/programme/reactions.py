"""What the worker does when something happened to an event or its programme."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from market.events.models import Event
from market.events.queries import find_event_by_id
from market.kernel.clock import utc_now
from market.kernel.outbox import RecordedFact
from market.kernel.work import Work
from market.notifications.service import write_mail
from market.programme import queries
from market.programme.copying import copy_programme, derive_instants
from market.programme.enums import ChangeKind
from market.programme.models import ReleaseNotice, SessionChange, Speaker


@dataclass(slots=True)
class _Recipient:
    """Somebody to be told of what a release changed: one mail for all of it."""

    speaker: Speaker
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


def tell_speakers(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Who speaks in a session that is new, moved or cancelled gets one mail about all of a release's changes, in the
    person's language. A mail and the note that it was written go through together, so nobody is told twice.
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
    for change, speaker, user in queries.list_concerned(session, release_id):
        address = user.email if user is not None else speaker.email
        if not address:
            continue
        language = user.language if user is not None else speaker.language
        recipient = by_address.setdefault(address, _Recipient(speaker, address, language))
        own, translated = titles[change.session_id]
        recipient.changes.append((change, translated.get(language) or translated[own]))
    return list(by_address.values())


def _tell(work: Work, event: Event, release_id: UUID, recipient: _Recipient, *, now: datetime) -> None:
    text = event.words_in(recipient.language)
    subject, body = work.letters.compose(
        "programme/programme_changed.txt", language=recipient.language, name=recipient.speaker.name, event=text.title,
        slug=event.slug, zone=event.zone, kinds_of_change=ChangeKind,
        changes=recipient.changes,
    )  # fmt: skip
    with work.database.transaction() as session:
        if session.get(ReleaseNotice, (release_id, recipient.speaker.id)) is not None:
            return
        session.add(ReleaseNotice(release_id=release_id, speaker_id=recipient.speaker.id, told_at=now))
        write_mail(
            session, recipient=recipient.address, language=recipient.language, subject=subject, body=body, now=now
        )
