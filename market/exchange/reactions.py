"""What a worker does for imports: check, take over, bring into the index. Each call is a turn of some seconds and then
asks for the next one, behind the runs of others: nobody waits for the end of somebody else's big file, and the share of
a worker that was killed is free again soon.
"""

import logging
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.exchange.enums import Change, RunState
from market.exchange.facts import ImportConfirmed, ImportReceived, ImportStopped, ListingsImported
from market.exchange.files import forget_file, place_of
from market.exchange.formats.rows import UnreadableFile
from market.exchange.models import ImportRun, StagedListing
from market.exchange.running import check_file, fail_run, set_back, take_over
from market.exchange.service import send_to_worker
from market.exchange.staging import clear_staged
from market.exchange.takeover import ChangedSinceChecked
from market.kernel import outbox
from market.kernel.errors import N_
from market.kernel.outbox import Fact, RecordedFact
from market.kernel.work import Work
from market.listings import indexing

log = logging.getLogger("market.exchange")

TURN_SECONDS: Final = 5.0
INDEXED_AT_ONCE: Final = 200

FILE_GONE: Final = N_("The file is not here any more. Please send it again.")


def check_imports(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Read and check files that pages sent."""
    for run_id in _subjects(facts):
        with work.database.reading() as session:
            run = session.get(ImportRun, run_id)
            if run is None or run.state not in (RunState.RECEIVED, RunState.CHECKING):
                continue
        path = place_of(work.settings, run_id)
        if not path.exists():
            fail_run(work.database, run_id, UnreadableFile(FILE_GONE))
            continue
        if not check_file(work.database, run_id, path, turn=work.begin_turn(TURN_SECONDS)):
            _ask_again(work, ImportReceived(run_id))


def take_over_imports(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Take over what a person has confirmed; what was changed meanwhile is checked and shown once more."""
    for run_id in _subjects(facts):
        with work.database.reading() as session:
            run = session.get(ImportRun, run_id)
            if run is None or run.state not in (RunState.TAKING_OVER, RunState.DONE):
                continue
        try:
            is_done = run.state is RunState.DONE or take_over(work.database, run_id, turn=work.begin_turn(TURN_SECONDS))
        except ChangedSinceChecked:
            log.info("import %s is checked again: listings were changed meanwhile", run_id)
            with work.database.transaction() as session:
                run = session.get_one(ImportRun, run_id)
                run.failure = ChangedSinceChecked.message
                send_to_worker(session, run)
            continue
        if is_done:
            forget_file(work.settings, run_id)
        else:
            _ask_again(work, ImportConfirmed(run_id))


def clear_imports(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Take out what is left of imports that were stopped."""
    for run_id in _subjects(facts):
        forget_file(work.settings, run_id)
        if not set_back(work.database, run_id, RunState.STOPPED, turn=work.begin_turn(TURN_SECONDS)):
            _ask_again(work, ImportStopped(run_id))


def index_imports(work: Work, facts: Sequence[RecordedFact]) -> None:
    """Bring what was imported into the index, batch by batch, and let go of its staged rows."""
    turn = work.begin_turn(TURN_SECONDS)
    for run_id in _subjects(facts):
        more = index_next(work, run_id)
        while more and not turn.is_over():
            more = index_next(work, run_id)
        if more:
            _ask_again(work, ListingsImported(run_id))


def index_next(work: Work, run_id: UUID) -> bool:
    """One batch; whether there may be more. Indexed first and forgotten then: a repeat does no harm."""
    with work.database.reading() as session:
        rows = _list_staged(session, run_id)
        ids = [listing_id for _line, listing_id, change in rows if change is not Change.UNCHANGED]
        model = work.embedder.name if work.embedder else None
        documents, _removals = indexing.load_documents(session, ids, model=model) if ids else ([], [])
    if not rows:
        return False
    if documents:
        work.search.write(documents)
    with work.database.transaction() as session:
        clear_staged(session, run_id, through=rows[-1][0])
    return len(rows) == INDEXED_AT_ONCE


def _list_staged(session: Session, run_id: UUID) -> list[tuple[int, UUID, Change]]:
    chosen = select(StagedListing.line, StagedListing.listing_id, StagedListing.change)
    chosen = chosen.where(StagedListing.run_id == run_id).order_by(StagedListing.line).limit(INDEXED_AT_ONCE)
    return [(line, listing_id, change) for line, listing_id, change in session.execute(chosen)]


def _ask_again(work: Work, fact: Fact) -> None:
    with work.database.transaction() as session:
        outbox.record(session, fact, by=None)


def _subjects(facts: Sequence[RecordedFact]) -> list[UUID]:
    return list(dict.fromkeys(fact.subject_id for fact in facts))
