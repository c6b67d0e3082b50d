"""Drafts of a programme: asking for one, stopping it, taking it over or not. It is computed in `drafting`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from market.events.models import Event
from market.events.service import check_editor
from market.kernel import outbox
from market.kernel.errors import N_, Fault, Faulty, NotFound, Refusal
from market.kernel.viewer import Viewer
from market.programme import queries
from market.programme.drafting.loading import Loaded
from market.programme.drafting.problem import Proposal, Reason
from market.programme.enums import DraftState
from market.programme.facts import DraftAsked
from market.programme.forms import DraftForm
from market.programme.models import Draft, DraftPlace, ProgrammeSession
from market.programme.moving import Move, MovedMeanwhile, move_sessions
from market.programme.service import open_programme

UNDER_WAY: Final = (DraftState.ASKED, DraftState.COMPUTING)
SHOWN: Final = (DraftState.READY, DraftState.STOPPED)
"""With a proposal that can be taken over."""

BACKWARDS = N_("The days must end after they begin.")

REASONS: Final[Mapping[Reason, str]] = {
    Reason.NO_ROOM: N_("No room is big enough."),
    Reason.OUTSIDE: N_("It does not fit within the hours of the days."),
    Reason.NO_TIME: N_("Every room that is big enough is taken all the time."),
    Reason.PERSONS: N_("Whenever a room is free, these persons are bound elsewhere:"),
    Reason.TRACK: N_("Whenever a room is free, its track has as many sessions at once as it may."),
    Reason.INTERPRETERS: N_("Whenever a room is free, all interpreters are needed elsewhere."),
    Reason.SEVERAL: N_("Whenever a room is free, a person, the track or the interpreters are not."),
}


class WrongDraftState(Refusal):
    status = 409
    message = N_("This cannot be done in the draft's present state.")


def find_last_draft(session: Session, event_id: UUID) -> Draft | None:
    chosen = select(Draft).where(Draft.event_id == event_id).order_by(Draft.asked_at.desc(), Draft.id)
    return session.scalar(chosen.limit(1))


def get_draft(session: Session, event_id: UUID, draft_id: UUID) -> Draft:
    """As it is now, and kept from others until the transaction ends."""
    chosen = select(Draft).where(Draft.event_id == event_id, Draft.id == draft_id).with_for_update()
    draft = session.scalar(chosen.execution_options(populate_existing=True))
    if draft is None:
        raise NotFound
    return draft


def list_places(session: Session, draft: Draft) -> Sequence[DraftPlace]:
    return session.scalars(select(DraftPlace).where(DraftPlace.draft_id == draft.id)).all()


def list_moves(places: Sequence[DraftPlace], sessions: Mapping[UUID, ProgrammeSession]) -> list[Move]:
    """What taking it over would do. One that found no place gives up the one that it has, since others may be there
    now; one that has none yet keeps what was said of its time or its room."""
    return [
        Move(place.session_id, place.version, place.starts_at, place.room_id)
        for place in places
        if place.starts_at is not None or _is_placed(sessions.get(place.session_id))
    ]


def _is_placed(one: ProgrammeSession | None) -> bool:
    return one is not None and one.starts_at is not None and one.room_id is not None


def ask_for_draft(session: Session, event: Event, form: DraftForm, *, by: Viewer, now: datetime) -> Draft:
    """One at a time for an event: while one is under way, that one is answered. Earlier proposals are discarded."""
    check_editor(session, event, by)
    if form.opens_minutes >= form.closes_minutes:
        raise Faulty({"closes": Fault(BACKWARDS)})
    open_programme(session, event, now=now)
    under_way = select(Draft).where(Draft.event_id == event.id, Draft.state.in_(UNDER_WAY))
    draft = session.scalar(under_way.execution_options(populate_existing=True))
    if draft is not None:
        return draft
    earlier = update(Draft).where(Draft.event_id == event.id, Draft.state.in_(SHOWN))
    session.execute(earlier.values(state=DraftState.DISCARDED).execution_options(synchronize_session=False))
    draft = Draft(
        event_id=event.id, asked_by_id=by.person_id, asked_at=now, opens=form.opens_minutes,
        closes=form.closes_minutes, track_limit=form.track_limit, replans=bool(form.replans),
    )  # fmt: skip
    session.add(draft)
    session.flush()  # its id names the fact
    outbox.record(session, DraftAsked(draft.id, event.id), by=by.person_id)
    return draft


def stop_draft(session: Session, event: Event, draft_id: UUID, *, by: Viewer) -> None:
    """The worker answers with the best that it has. Stopping what is not under way changes nothing."""
    check_editor(session, event, by)
    draft = get_draft(session, event.id, draft_id)
    if draft.state is DraftState.ASKED:
        draft.state = DraftState.DISCARDED
    elif draft.state is DraftState.COMPUTING:
        draft.is_to_stop = True


def discard_draft(session: Session, event: Event, draft_id: UUID, *, by: Viewer) -> None:
    """Also one that is under way: the worker hears of it. One that was taken over stays so."""
    check_editor(session, event, by)
    draft = get_draft(session, event.id, draft_id)
    if draft.state is not DraftState.APPLIED:
        draft.state = DraftState.DISCARDED
        session.execute(delete(DraftPlace).where(DraftPlace.draft_id == draft.id))


def take_over_draft(session: Session, event: Event, draft_id: UUID, *, by: Viewer, now: datetime) -> None:
    """All of it or nothing: what somebody has changed since the draft was begun is named and left alone. Twice changes
    nothing."""
    check_editor(session, event, by)
    open_programme(session, event, now=now)
    draft = get_draft(session, event.id, draft_id)
    if draft.state is DraftState.APPLIED:
        return
    if draft.state not in SHOWN:
        raise WrongDraftState
    places = list_places(session, draft)
    homeless = [place.session_id for place in places if place.starts_at is not None and place.room_id is None]
    if homeless:  # their rooms are gone
        raise MovedMeanwhile(names=", ".join(queries.list_titles(session, homeless)))
    sessions = queries.map_sessions_anew(session, event.id, {place.session_id for place in places})
    move_sessions(session, event, list_moves(places, sessions), by=by, now=now)
    draft.state = DraftState.APPLIED


def keep_proposal(session: Session, draft_id: UUID, loaded: Loaded, proposal: Proposal, *, seconds: int) -> None:
    """What the search came to. Nothing of it where the draft was discarded meanwhile."""
    chosen = select(Draft).where(Draft.id == draft_id, Draft.state == DraftState.COMPUTING).with_for_update()
    draft = session.scalar(chosen.execution_options(populate_existing=True))
    if draft is None:
        return
    draft.state = DraftState.STOPPED if draft.is_to_stop else DraftState.READY
    draft.placed, draft.value, draft.bound, draft.seconds = (
        len(proposal.places), proposal.value, proposal.bound, seconds
    )  # fmt: skip
    there = queries.map_sessions_anew(session, draft.event_id, set(loaded.versions))
    rooms = {room.id for room in queries.list_rooms(session, draft.event_id)}
    for session_id, version in loaded.versions.items():
        if session_id not in there:
            continue
        place, unplaced = proposal.places.get(session_id), proposal.unplaced.get(session_id)
        session.add(
            DraftPlace(
                draft_id=draft.id, session_id=session_id, version=version,
                starts_at=(loaded.starts.get(session_id) or loaded.grid.find_wall(place.start)) if place else None,
                room_id=place.room if place and place.room in rooms else None,
                reason=unplaced.reason.value if unplaced else "", names=", ".join(unplaced.names) if unplaced else "",
            )
        )  # fmt: skip
