from datetime import timedelta
from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from market import wiring
from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.outbox import Delivery, FactRow
from market.kernel.upkeep import clear_deliveries
from market.kernel.work import Work
from market.listings.facts import ListingPublished
from market.worker import Worker
from tests.make.stored import count_stored


def test_the_trail_of_what_happened_outlives_its_deliveries(db: Session, work: Work) -> None:
    outbox.record(db, ListingPublished(uuid4()), by=None)
    db.commit()
    Worker(work).drain()
    deliveries = count_stored(work.database, Delivery)

    clear_deliveries(work, utc_now())
    kept = count_stored(work.database, Delivery)
    db.execute(update(FactRow).values(recorded_at=utc_now() - timedelta(days=31)))
    db.commit()
    clear_deliveries(work, utc_now())

    assert deliveries == kept == [sum(ListingPublished in handler.facts for handler in wiring.HANDLERS)]
    assert count_stored(work.database, Delivery, FactRow) == [0, 1]
