"""What a worker does for a draft: it searches in a thread of low priority, notes how far it is, and hears of whoever
stops it. Killed anywhere, it begins anew when another worker takes the draft up."""

import logging
from collections.abc import Sequence
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from market.events.queries import find_event_by_id
from market.kernel.crew import Crew
from market.kernel.outbox import RecordedFact
from market.kernel.work import Interrupted, Work
from market.programme.drafting.loading import Loaded, load_problem
from market.programme.drafting.problem import Proposal
from market.programme.drafts import UNDER_WAY, keep_proposal
from market.programme.enums import DraftState
from market.programme.models import Draft

if TYPE_CHECKING:
    from market.programme.drafting.solve import Progress, Search

log = logging.getLogger("market.programme")

NOTED_EVERY: Final = 1.0


def compute_drafts(work: Work, facts: Sequence[RecordedFact]) -> None:
    for fact in facts:
        try:
            compute_draft(work, fact.subject_id)
        except (Interrupted, SQLAlchemyError):
            raise
        except Exception:
            log.exception("draft %s failed", fact.subject_id)
            _change(work, fact.subject_id, state=DraftState.FAILED)


def compute_draft(work: Work, draft_id: UUID) -> None:
    loaded = _begin(work, draft_id)
    if loaded is None:
        return
    # The solver takes a second to load and 60 MB, which only a worker that makes a draft is to spend.
    from market.programme.drafting.solve import Search  # noqa: PLC0415 - as said above

    settings = work.settings
    search = Search(loaded.problem, seconds=settings.draft_seconds, workers=settings.draft_workers)
    with Crew() as crew:
        proposal = _watch(work, draft_id, search, crew.submit(search.run))
    with work.database.transaction() as session:
        keep_proposal(session, draft_id, loaded, proposal, seconds=round(search.progress.seconds))


def _begin(work: Work, draft_id: UUID) -> Loaded | None:
    """None where it is not to be computed any more."""
    with work.database.reading() as session:
        draft = session.get(Draft, draft_id)
        event = find_event_by_id(session, draft.event_id) if draft is not None else None
        if draft is None or event is None or draft.state not in UNDER_WAY:
            return None
        loaded = load_problem(session, event, draft)
    is_ours = _change(work, draft_id, state=DraftState.COMPUTING, sessions=len(loaded.problem.sessions))
    return loaded if is_ours else None


def _watch(work: Work, draft_id: UUID, search: "Search", found: "Future[Proposal]") -> Proposal:
    """Until it has an end. The search is stopped, and waited for, before anything leaves this."""
    try:
        while not wait([found], timeout=NOTED_EVERY).done:
            work.keep_claim()
            if work.stopping.is_set():
                raise Interrupted
            if not _is_to_go_on(work, draft_id, search.progress):
                search.stop()
    finally:
        search.stop()
        wait([found])
    return found.result()


def _is_to_go_on(work: Work, draft_id: UUID, progress: "Progress") -> bool:
    """Notes how far it is. Where the database does not take it, the next note will tell."""
    figures = {"placed": progress.placed, "value": progress.value, "bound": progress.bound}
    try:
        return _change(work, draft_id, is_to_stop=False, seconds=round(progress.seconds), **figures)
    except OperationalError as problem:
        log.warning("the database takes no note of a draft yet: %s", problem.orig)
        return True


def _change(work: Work, draft_id: UUID, *, is_to_stop: bool | None = None, **values: Any) -> bool:
    """Whether it was still under way and, where that is asked, not to stop."""
    condition = [Draft.id == draft_id, Draft.state.in_(UNDER_WAY)]
    if is_to_stop is not None:
        condition.append(Draft.is_to_stop.is_(is_to_stop))
    with work.database.transaction() as session:
        return session.execute(update(Draft).where(*condition).values(**values).returning(Draft.id)).first() is not None
