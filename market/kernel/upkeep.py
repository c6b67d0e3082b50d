"""Periodic work on the kernel's own tables."""

from datetime import datetime, timedelta

from market.kernel import idempotency, outbox
from market.kernel.work import Work

KEEP_DELIVERIES = timedelta(days=30)


def clear_deliveries(work: Work, now: datetime) -> None:
    """In batches, each its own transaction: nobody waits long for the database."""
    while True:
        with work.database.transaction() as session:
            if not outbox.clear_done_deliveries(session, before=now - KEEP_DELIVERIES):
                return


def clear_keyed_requests(work: Work, now: datetime) -> None:
    """Answers are kept for a day; a request sent again later is a new one."""
    while True:
        with work.database.transaction() as session:
            if not idempotency.clear_keys(session, before=now - idempotency.KEPT):
                return
