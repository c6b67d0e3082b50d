"""Every read of types, questions and participants. One's own are found by the account, or by its confirmed address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from market.events.models import Event
from market.events.queries import ROWS, EventRow, visible_to
from market.kernel.cursors import read_moment
from market.kernel.errors import NotFound
from market.kernel.outbox import FactRow, RecordedFact
from market.kernel.text import normalize
from market.kernel.viewer import Viewer
from market.organizations.models import Membership, Organization
from market.registration.enums import ParticipantState
from market.registration.models import Participant, Question, RegistrationType
from market.registration.rules import LIVE

Key = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class ParticipantFilters:
    """What the team narrows the list down by."""

    type_id: UUID | None = None
    states: tuple[ParticipantState, ...] = ()
    country: str = ""
    words: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.type_id is not None:
            conditions.append(Participant.type_id == self.type_id)
        if self.states:
            conditions.append(Participant.state.in_(self.states))
        if self.country:
            conditions.append(Participant.country == self.country)
        conditions += [
            Participant.search_text.contains(word, autoescape=True) for word in fold_words(self.words).split()
        ]
        return conditions


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    id: UUID
    code: str
    name: str
    organization: str
    country: str | None
    email: str
    state: ParticipantState
    type_id: UUID
    registered_at: datetime


@dataclass(frozen=True, slots=True)
class OwnRow:
    """A registration of one's own, with its event."""

    code: str
    state: ParticipantState
    event: EventRow


def fold_words(text: str) -> str:
    """As the team's search compares them."""
    return normalize(text, "NFKC").casefold()


def list_types(session: Session, event_id: UUID) -> Sequence[RegistrationType]:
    chosen = select(RegistrationType).where(RegistrationType.event_id == event_id)
    return session.scalars(chosen.order_by(RegistrationType.position, RegistrationType.id)).all()


def lock_types(session: Session, event_id: UUID) -> dict[UUID, RegistrationType]:
    """Kept from others until the transaction ends: whoever changes participants of an event takes them first, in one
    order, so that no two wait for each other."""
    chosen = select(RegistrationType).where(RegistrationType.event_id == event_id).order_by(RegistrationType.id)
    locked = chosen.with_for_update().execution_options(populate_existing=True)  # what was read before is old
    return {kind.id: kind for kind in session.scalars(locked)}


def get_type(session: Session, event_id: UUID, type_id: UUID) -> RegistrationType:
    kind = session.get(RegistrationType, type_id)
    if kind is None or kind.event_id != event_id:
        raise NotFound
    return kind


def list_questions(session: Session, event_id: UUID) -> Sequence[Question]:
    chosen = select(Question).where(Question.event_id == event_id)
    return session.scalars(chosen.order_by(Question.position, Question.id)).all()


def get_question(session: Session, event_id: UUID, question_id: UUID) -> Question:
    question = session.get(Question, question_id)
    if question is None or question.event_id != event_id:
        raise NotFound
    return question


def belongs_to(viewer: Viewer) -> ColumnElement[bool]:
    """One's own: by the account; by the address too where somebody else brought it in, once that is confirmed."""
    mine = Participant.user_id == viewer.id
    if not viewer.is_confirmed:
        return mine
    return or_(mine, and_(Participant.email == viewer.email, Participant.user_id.is_(None)))


def find_own(session: Session, event_id: UUID, viewer: Viewer) -> Participant | None:
    chosen = select(Participant).where(Participant.event_id == event_id, belongs_to(viewer))
    return session.scalar(chosen.order_by(Participant.registered_at).limit(1))


def get_own(session: Session, code: str, viewer: Viewer) -> Participant:
    """With its event, the event's words and its type. Anybody else's is not found."""
    chosen = select(Participant).join(Event, Event.id == Participant.event_id)
    chosen = chosen.where(Participant.code == code, belongs_to(viewer), visible_to(viewer))
    loaded = chosen.options(joinedload(Participant.event).selectinload(Event.texts), joinedload(Participant.type))
    participant = session.scalar(loaded)
    if participant is None:
        raise NotFound
    return participant


def list_own(session: Session, viewer: Viewer, *, language: str, limit: int) -> list[OwnRow]:
    """The event that is furthest ahead first."""
    chosen = ROWS.add_columns(Participant.code, Participant.state).join(Participant, Participant.event_id == Event.id)
    rows = session.execute(
        chosen.where(belongs_to(viewer), visible_to(viewer))
        .order_by(Event.ends_on.desc(), Event.id.desc())
        .limit(limit),
        {"reader": language},
    )
    return [OwnRow(code, state, EventRow(*columns)) for *columns, code, state in rows]


def is_told_later(session: Session, fact: RecordedFact) -> bool:
    """Whether something of the same kind has happened to the same since."""
    later = select(FactRow.id).where(FactRow.subject_id == fact.subject_id, FactRow.name == fact.name)
    return session.scalar(later.where(FactRow.recorded_at > fact.recorded_at).limit(1)) is not None


def find_by_email(session: Session, event_id: UUID, email: str) -> Participant | None:
    chosen = select(Participant).where(Participant.event_id == event_id, Participant.email == email)
    return session.scalar(chosen.execution_options(populate_existing=True))


def get_participant(session: Session, event_id: UUID, code: str) -> Participant:
    """For the team, with its type."""
    chosen = select(Participant).where(Participant.event_id == event_id, Participant.code == code)
    participant = session.scalar(chosen.options(joinedload(Participant.type)))
    if participant is None:
        raise NotFound
    return participant


def list_to_decide(session: Session, event_id: UUID, codes: Sequence[str]) -> Sequence[Participant]:
    """In the order in which they came, as they are now."""
    chosen = select(Participant).where(Participant.event_id == event_id, Participant.code.in_(codes))
    ordered = chosen.order_by(Participant.registered_at, Participant.id)
    return session.scalars(ordered.execution_options(populate_existing=True)).all()


def list_waiting(session: Session, type_id: UUID, *, limit: int) -> Sequence[Participant]:
    """In the order in which they have a place, as they are now."""
    chosen = select(Participant).where(Participant.type_id == type_id, Participant.state == ParticipantState.WAITING)
    first = chosen.order_by(Participant.waits_since, Participant.id).limit(limit)
    return session.scalars(first.execution_options(populate_existing=True)).all()


def count_waiting_before(session: Session, participant: Participant) -> int:
    """How many stand before somebody on the waiting list."""
    earlier = or_(
        Participant.waits_since < participant.waits_since,
        and_(Participant.waits_since == participant.waits_since, Participant.id < participant.id),
    )
    counted = select(func.count()).select_from(Participant)
    chosen = counted.where(
        Participant.type_id == participant.type_id, Participant.state == ParticipantState.WAITING, earlier
    )
    return session.scalar(chosen) or 0


def list_participants(
    session: Session, event_id: UUID, filters: ParticipantFilters, *, after: Key | None = None, limit: int
) -> list[ParticipantRow]:
    """Whoever registered last stands first."""
    chosen = select(
        Participant.id, Participant.code, Participant.name, Participant.organization, Participant.country,
        Participant.email, Participant.state, Participant.type_id, Participant.registered_at,
    ).where(Participant.event_id == event_id, *filters.conditions())  # fmt: skip
    if after is not None:
        moment, participant_id = after
        same_moment = and_(Participant.registered_at == moment, Participant.id < participant_id)
        chosen = chosen.where(or_(Participant.registered_at < moment, same_moment))
    ordered = chosen.order_by(Participant.registered_at.desc(), Participant.id.desc()).limit(limit)
    return [ParticipantRow(*row) for row in session.execute(ordered)]


def write_key(row: ParticipantRow) -> tuple[str, str]:
    return row.registered_at.isoformat(), str(row.id)


def read_key(moment: str, participant_id: str) -> Key:
    """Anything that we did not write is refused."""
    return read_moment(moment, participant_id)


def count_participants(session: Session, event_id: UUID) -> Mapping[tuple[UUID, ParticipantState], int]:
    counted = select(Participant.type_id, Participant.state, func.count()).where(Participant.event_id == event_id)
    rows = session.execute(counted.group_by(Participant.type_id, Participant.state))
    return {(type_id, state): number for type_id, state, number in rows}


def has_participants(session: Session, type_id: UUID) -> bool:
    return session.scalar(select(Participant.id).where(Participant.type_id == type_id).limit(1)) is not None


def is_code_taken(session: Session, code: str) -> bool:
    return session.scalar(select(Participant.id).where(Participant.code == code)) is not None


def list_to_tell(session: Session, event_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Participant]:
    """Those who come or may still come, in order of their ids."""
    chosen = select(Participant).where(Participant.event_id == event_id, Participant.state.in_(LIVE))
    if after is not None:
        chosen = chosen.where(Participant.id > after)
    return session.scalars(chosen.order_by(Participant.id).limit(limit)).all()


def find_organization_of(session: Session, viewer: Viewer) -> Organization | None:
    """The first that the person is a member of: what a form is filled in with."""
    chosen = select(Organization).join(Membership, Membership.organization_id == Organization.id)
    mine = chosen.where(Membership.user_id == viewer.id).order_by(Membership.joined_at, Organization.id)
    return session.scalar(mine.limit(1))
