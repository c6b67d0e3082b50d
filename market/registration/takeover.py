"""Participants from a table: kept until somebody has said which column is which, then taken over all or none."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.models import Event
from market.events.service import check_editor
from market.exchange.formats.delimited import NO_TABLE
from market.exchange.formats.reading import JsonLines, open_rows
from market.exchange.formats.rows import TOO_MANY_ROWS, Row, UnreadableFile
from market.kernel import outbox
from market.kernel.errors import Fault, NotFound
from market.kernel.ids import new_reference_code
from market.kernel.viewer import Viewer
from market.kernel.work import Work
from market.registration import queries, seats, service
from market.registration.checking import Person, Problem
from market.registration.enums import ParticipantState
from market.registration.facts import ParticipantsImported
from market.registration.models import Participant, ParticipantImport

MOST_ROWS: Final = 5_000
KEPT: Final = timedelta(days=1)
_AT_ONCE: Final = 500
_ONE_AFTER_ANOTHER: Final = timedelta(microseconds=1)


class UnreadableRows(Exception):
    """Rows that cannot be read at all, with their lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems


def keep_table(
    session: Session, event: Event, path: Path, *, file_name: str, by: Viewer, now: datetime
) -> ParticipantImport:
    """In place of the one before. Raises `UnreadableFile` or `UnreadableRows`."""
    check_editor(session, event, by)
    reading = open_rows(path)
    if isinstance(reading, JsonLines):
        raise UnreadableFile(NO_TABLE)
    # Under their place cells stay as they are in the file: no name of ours is a number.
    places = {name: str(place) for place, name in enumerate(reading.header)}
    rows: list[dict[str, str]] = []
    problems: list[Problem] = []
    for row in reading.rows(places):
        if isinstance(row, Row):
            rows.append({"line": str(row.line), **row.values})
        else:
            problems.append(Problem(row.line, "", Fault(row.message, **row.values)))
        if len(rows) > MOST_ROWS:
            raise UnreadableFile(TOO_MANY_ROWS, most=MOST_ROWS)
    if problems:
        raise UnreadableRows(problems)
    if not rows:
        raise UnreadableFile(NO_TABLE)
    queries.lock_types(session, event.id)
    session.execute(delete(ParticipantImport).where(ParticipantImport.event_id == event.id))
    table = ParticipantImport(
        id=uuid4(), event_id=event.id, file_name=file_name, rows=rows, created_at=now,
        columns=[{"name": name} for name in reading.header],
    )  # fmt: skip
    session.add(table)
    return table


def get_table(session: Session, event: Event, table_id: UUID) -> ParticipantImport:
    table = session.get(ParticipantImport, table_id)
    if table is None or table.event_id != event.id:
        raise NotFound
    return table


def discard_table(session: Session, event: Event, table: ParticipantImport, *, by: Viewer) -> None:
    """Whoever stands in it is known to nobody here then."""
    check_editor(session, event, by)
    queries.lock_types(session, event.id)
    session.delete(table)


def clear_tables(work: Work, now: datetime) -> None:
    """What nobody has taken over within a day is forgotten."""
    with work.database.transaction() as session:
        session.execute(delete(ParticipantImport).where(ParticipantImport.created_at < now - KEPT))


def take_over(
    session: Session, event: Event, table: ParticipantImport, people: Sequence[Person], *, by: Viewer, now: datetime
) -> int:
    """How many are new."""
    queries.lock_types(session, event.id)  # before the table, as whoever sends another one does
    session.delete(table)
    return add_people(session, event, people, by=by, now=now)


def add_people(session: Session, event: Event, people: Sequence[Person], *, by: Viewer, now: datetime) -> int:
    """Whoever is there already, in whatever state, stays as is, so that the same people again change nothing. The
    others, whose number this is, have seats as long as there are any, then wait; they are told nothing: they
    registered elsewhere.
    """
    check_editor(session, event, by)
    kinds = queries.lock_types(session, event.id)
    if any(person.form.type not in kinds for person in people):
        raise NotFound  # somebody has removed it since it was chosen
    known = set(session.scalars(select(Participant.email).where(Participant.event_id == event.id)))
    new = [person for person in people if person.form.email not in known]
    accounts = _map_accounts(session, [person.form.email for person in new])
    codes = _choose_codes(session, len(new))
    left: dict[UUID, int] = {}
    for kind in kinds.values():
        left[kind.id] = seats.take_seats(session, kind, sum(person.form.type == kind.id for person in new))
    for place, (person, code) in enumerate(zip(new, codes, strict=True)):
        moment = now + place * _ONE_AFTER_ANOTHER
        has_seat = left[person.form.type] > 0
        left[person.form.type] -= has_seat
        session.add(_make(event, person, code, accounts.get(person.form.email), has_seat=has_seat, moment=moment))
    if new:
        outbox.record(session, ParticipantsImported(event.id, len(new)), by=by.person_id)
    return len(new)


def _make(
    event: Event, person: Person, code: str, user_id: UUID | None, *, has_seat: bool, moment: datetime
) -> Participant:
    form = person.form
    participant = Participant(
        id=uuid4(), event_id=event.id, type_id=form.type, user_id=user_id, code=code, name=form.name,
        organization=form.organization, country=form.country or None, email=form.email, language=form.language,
        state=ParticipantState.ADMITTED if has_seat else ParticipantState.WAITING,
        waits_since=None if has_seat else moment, answers=dict(person.answers), registered_at=moment,
        changed_at=moment,
    )  # fmt: skip
    service.write_search_text(participant)
    return participant


def _map_accounts(session: Session, emails: Sequence[str]) -> dict[str, UUID]:
    """Of confirmed addresses."""
    accounts: dict[str, UUID] = {}
    for start in range(0, len(emails), _AT_ONCE):
        some = emails[start : start + _AT_ONCE]
        chosen = select(User.email, User.id).where(User.email.in_(some), User.confirmed_at.is_not(None))
        accounts |= dict(session.execute(chosen).all())
    return accounts


def _choose_codes(session: Session, number: int) -> list[str]:
    """As many that nobody has."""
    codes: set[str] = set()
    while len(codes) < number:
        drawn = {new_reference_code() for _code in range(min(number - len(codes), _AT_ONCE))}
        codes |= drawn.difference(session.scalars(select(Participant.code).where(Participant.code.in_(drawn))))
    return list(codes)
