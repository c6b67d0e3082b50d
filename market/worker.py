"""Delivers facts and runs due jobs, until stopped: a lane a thread, so that slow work holds up nothing else."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from market import wiring
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.jobs import claim_job, ensure_jobs, list_due_jobs
from market.kernel.outbox import RecordedFact
from market.kernel.work import Handler, Interrupted, Lane, NotYet, Work
from search.port import DocumentRefused, SearchUnavailable

log = logging.getLogger("market.worker")

IDLE_SECONDS = 0.3
"""How long an idle lane rests: a published listing is found by its words within two seconds."""

AFTER_FAULT_SECONDS = 2.0
AWAY_SECONDS = 5.0
"""How long what waits for the search engine waits before it is tried again."""

JOBS_SECONDS = 5.0


class Worker:
    def __init__(self, work: Work) -> None:
        self.work = replace(work, stopping=threading.Event())
        self._subscriptions = wiring.list_subscriptions()
        self._stopping = self.work.stopping
        self._taking_index = threading.Lock()
        self._wrote_index = False
        self._engine_is_away = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        with self.work.database.transaction() as session:
            ensure_jobs(session, wiring.JOBS, now=utc_now())
        steps: dict[str, Callable[[], bool]] = {"dispatch": self.dispatch, "jobs": self.run_jobs}
        for lane in Lane:
            steps[lane.value] = partial(self.deliver_lane, lane)
        self._threads = [
            threading.Thread(target=self._repeat, args=(step,), name=f"market-{name}", daemon=True)
            for name, step in steps.items()
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, *, patience: float = 10.0) -> None:
        """What is under way is finished, if it can be in time, or left off between two batches; the rest is taken up
        again after its lease.
        """
        self._stopping.set()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def dispatch(self) -> bool:
        with self.work.database.reading() as session:
            if not outbox.has_new_facts(session):
                return False
        with self.work.database.transaction() as session:
            return outbox.dispatch_facts(session, self._subscriptions, now=utc_now()) > 0

    def deliver_lane(self, lane: Lane) -> bool:
        """A batch of each handler of the lane, in the order of `wiring.HANDLERS`; whether there was anything."""
        handlers = {handler.name: handler for handler in wiring.HANDLERS if handler.lane is lane}
        with self.work.database.reading() as session:
            due = outbox.list_due_handlers(session, list(handlers), now=utc_now())
        busy = False
        for name, handler in handlers.items():
            if name in due and not self._stopping.is_set():
                busy = self.deliver(handler) or busy
        return busy

    def deliver(self, handler: Handler) -> bool:
        """One batch of one handler. Claiming, working and noting the outcome are three steps: no transaction is open
        while the handler calls a mail server, a model or an engine."""
        if not self._may_run(handler):
            return False
        with self.work.database.transaction() as session:
            if handler.is_alone and outbox.has_claims(session, handler.name, now=utc_now()):
                return False
            facts = outbox.claim_deliveries(
                session, handler.name, now=utc_now(), lease=handler.lease, limit=handler.batch
            )
        if not facts:
            return False
        try:
            handler.run(replace(self.work, keep_claim=self._make_keeper(handler, facts)), facts)
        except Interrupted:
            self.work.note(lambda session: outbox.give_back_deliveries(session, handler.name, facts, now=utc_now()))
        except DocumentRefused as problem:
            self._set_refused_apart(handler, facts, problem)
        except Exception as problem:  # noqa: BLE001 - whatever it was, the facts come again
            self._put_off(handler, facts, problem)
        else:
            self._engine_is_away = self._engine_is_away and not handler.writes_index
            self.work.note(lambda session: outbox.finish_deliveries(session, handler.name, facts))
        return True

    def _put_off(self, handler: Handler, facts: list[RecordedFact], problem: Exception) -> None:
        """An engine that is away for a day is not the fault of what waits for it: no attempt is counted, and all of it
        goes on by itself when the engine is back. Who works alone is watched by a command that wants an end.
        """
        error = repr(problem)
        if isinstance(problem, NotYet | SearchUnavailable) and not handler.is_alone:
            self._note_waiting(problem)
            until = utc_now() + timedelta(seconds=AWAY_SECONDS)
            self.work.note(
                lambda session: outbox.put_off_deliveries(session, handler.name, facts, error=error, until=until)
            )
            return
        log.warning("%s failed on %d facts: %s", handler.name, len(facts), error)
        self.work.note(
            lambda session: outbox.postpone_deliveries(session, handler.name, facts, error=error, now=utc_now())
        )

    def _note_waiting(self, problem: Exception) -> None:
        """Once for as long as the engine is away: hundreds of facts may wait for it."""
        if isinstance(problem, SearchUnavailable) and not self._engine_is_away:
            self._engine_is_away = True
            log.warning("work waits for the search engine: %r", problem)

    def _set_refused_apart(self, handler: Handler, facts: list[RecordedFact], problem: DocumentRefused) -> None:
        """Waiting would change nothing: who shares a batch with it is tried alone at once, and it is set aside."""
        log.warning("%s was refused on %d facts: %r", handler.name, len(facts), problem)
        separate = partial(outbox.separate_deliveries, facts=facts)
        set_aside = partial(outbox.set_aside_delivery, fact=facts[0])
        apart = separate if len(facts) > 1 else set_aside
        self.work.note(lambda session: apart(session, handler.name, error=repr(problem), now=utc_now()))

    def run_jobs(self) -> bool:
        with suppress(SearchUnavailable):
            self._writes_index()
        with self.work.database.reading() as session:
            due = list_due_jobs(session, wiring.JOBS, now=utc_now())
        for job in wiring.JOBS:
            if job.name not in due:
                continue
            with self.work.database.transaction() as session:
                ours = claim_job(session, job, now=utc_now())
            if ours:
                job.run(self.work, utc_now())
        self._stopping.wait(JOBS_SECONDS)
        return False

    def drain(self, *, seconds: float = 600.0, lanes: tuple[Lane, ...] = tuple(Lane)) -> None:
        """Deliver until nothing of these lanes is due: for commands and tests."""
        deadline = time.monotonic() + seconds
        busy = True
        while busy and time.monotonic() < deadline:
            busy = self.dispatch()
            for lane in lanes:
                busy = self.deliver_lane(lane) or busy

    def _may_run(self, handler: Handler) -> bool:
        return not handler.writes_index or self._writes_index()

    def _make_keeper(self, handler: Handler, facts: Sequence[RecordedFact]) -> Callable[[], None]:
        """What prolongs a claim when a third of its lease has gone by."""
        pause = handler.lease.total_seconds() / 3
        following = time.monotonic() + pause

        def keep_claim() -> None:
            nonlocal following
            if time.monotonic() < following:
                return
            following = time.monotonic() + pause
            until = utc_now() + handler.lease
            # Where the database does not take it, the claim may end, and the work is done twice: no reason to stop it.
            with suppress(SQLAlchemyError), self.work.database.transaction() as session:
                outbox.prolong_claims(session, handler.name, facts, until=until)

        return keep_claim

    def _writes_index(self) -> bool:
        """Whoever takes the index's lock takes up at once what the last holder was at: its claims ended with it. Where
        none writes alone, claims belong to workers that may live.
        """
        if not self.work.search.writes_alone:
            return self.work.search.may_write()
        with self._taking_index:
            writes = self.work.search.may_write()
            if writes and not self._wrote_index:
                names = [handler.name for handler in wiring.HANDLERS if handler.writes_index]
                with self.work.database.transaction() as session:
                    outbox.release_claims(session, names, now=utc_now())
            self._wrote_index = writes
            return writes

    def _repeat(self, step: Callable[[], bool]) -> None:
        while not self._stopping.is_set():
            try:
                busy = step()
            except SQLAlchemyError as problem:  # such as a database that is away: said in a line, it comes again soon
                log.warning("worker step failed: %s", str(getattr(problem, "orig", problem)).partition("\n")[0])
                busy = self._stopping.wait(AFTER_FAULT_SECONDS)
            except BaseException:  # a thread that ended would be a lane that stands still, with nobody to see it
                log.exception("worker step failed")
                busy = self._stopping.wait(AFTER_FAULT_SECONDS)
            if not busy:
                self._stopping.wait(IDLE_SECONDS)
