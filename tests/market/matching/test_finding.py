"""A listing that is published, changed or taken back brings its matches up to date, in both directions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import Delivery, DeliveryState
from market.kernel.work import Lane, Work
from market.listings.indexing import load_documents
from market.listings.models import Listing
from market.listings.service import edit_listing, withdraw_listing
from market.matching import queries, service, weights
from market.matching.enums import Constraint
from market.matching.finding import NotIndexedYet, match_listing
from market.matching.models import Match, MatchState
from market.matching.reactions import find_missing_matches, match_missing
from market.worker import Worker
from tests.make.engines import DownEngine
from tests.make.listings import make_form, make_listing
from tests.make.matches import make_match
from tests.make.organizations import make_viewer
from tests.make.stored import read_stored
from tests.market.matching.conftest import ENGLISH, FITTING

Deliver = Callable[[], None]
TODAY = date(2026, 11, 30)


def list_pairs(database: Database) -> list[tuple[str, str, Constraint | None]]:
    """Reference of the offer, of the demand, and what keeps them apart."""
    with database.reading() as session:
        references = dict(session.execute(select(Listing.id, Listing.reference)).all())
        matches = session.scalars(select(Match).order_by(Match.score.desc())).all()
    return [(references[one.offer_id], references[one.demand_id], one.kept_apart_by) for one in matches]


def index(work: Work, *listings: Listing) -> None:
    with work.database.reading() as session:
        work.search.write(load_documents(session, [one.id for one in listings], model=None)[0])


def test_two_listings_published_at_once_find_each_other(
    database: Database, offer: Listing, demand: Listing, deliver: Deliver
) -> None:
    deliver()

    assert list_pairs(database) == [(offer.reference, demand.reference, None)]


def test_nobody_is_looked_for_before_the_listing_itself_can_be_found(
    work: Work, database: Database, offer: Listing, demand: Listing
) -> None:
    """Else each of two would look before the other is there, and neither find it."""
    index(work, demand)

    with pytest.raises(NotIndexedYet):
        match_listing(work, offer.id)
    index(work, offer)
    match_listing(work, offer.id)

    assert list_pairs(database) == [(offer.reference, demand.reference, None)]


def test_a_listing_that_waits_for_the_index_costs_its_delivery_no_attempt(
    work: Work, database: Database, offer: Listing
) -> None:
    worker = Worker(work)
    worker.dispatch()

    worker.deliver_lane(Lane.MATCH)

    (delivery,) = read_stored(database, select(Delivery).where(Delivery.handler == "match_listings"))
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 0)
    assert list_pairs(database) == []
    assert offer.reference in (delivery.error or "")


def test_what_is_withdrawn_has_no_matches_any_more(
    db: Session, database: Database, lan: User, offer: Listing, demand: Listing, deliver: Deliver
) -> None:
    deliver()
    assert list_pairs(database)
    withdraw_listing(db, offer, by=make_viewer(db, lan), now=utc_now())
    db.commit()

    deliver()

    assert list_pairs(database) == []
    assert [one.listing_id for one in read_stored(database, select(MatchState))] == [demand.id]


def test_a_change_takes_a_match_away_and_another_brings_it_back(
    db: Session, database: Database, mai: User, offer: Listing, demand: Listing, deliver: Deliver
) -> None:
    def rewrite(title: str, **changes: Any) -> None:
        form = make_form(title, **changes)
        edit_listing(db, demand, form, version=demand.version, by=make_viewer(db, mai), now=utc_now())
        db.commit()

    deliver()
    rewrite("Software for hospital appointments", fields=[6], industries=["ict"], target_countries=["CN"])
    deliver()
    gone = list_pairs(database)
    rewrite(ENGLISH["en"], **FITTING)
    deliver()

    assert (gone, list_pairs(database)) == ([], [(offer.reference, demand.reference, None)])


def test_what_keeps_two_apart_is_kept_with_its_name(
    db: Session, database: Database, mai: User, offer: Listing, deliver: Deliver
) -> None:
    elsewhere = make_listing(db, by=mai, kind="demand", texts=ENGLISH, **{**FITTING, "target_countries": ["TH"]})
    deliver()

    assert list_pairs(database) == [(offer.reference, elsewhere.reference, Constraint.COUNTRY_OF_OFFER)]


def test_what_was_computed_of_older_state_does_not_replace_newer(
    db: Session, work: Work, database: Database, offer: Listing, demand: Listing, deliver: Deliver
) -> None:
    """Two workers at once: the slower one read before the change that the quicker one has seen."""
    deliver()
    (match,) = read_stored(database, select(Match))
    with database.transaction() as session:
        session.execute(update(Match).values(score=9.0, offer_version=match.offer_version + 1))

    match_listing(work, demand.id)

    (kept,) = read_stored(database, select(Match))
    assert (kept.score, kept.offer_version) == (9.0, match.offer_version + 1)


def test_looking_twice_changes_nothing(
    work: Work, database: Database, offer: Listing, demand: Listing, deliver: Deliver
) -> None:
    deliver()
    before = [(one.score, one.parts, one.first_found_at) for one in read_stored(database, select(Match))]

    match_listing(work, offer.id)
    match_listing(work, offer.id)

    after = [(one.score, one.parts, one.first_found_at) for one in read_stored(database, select(Match))]
    assert (len(before), after) == (1, before)


def test_what_nobody_has_looked_for_is_found_by_the_job(
    work: Work, database: Database, offer: Listing, demand: Listing, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another scoring makes all of them old."""
    deliver()
    with database.transaction() as session:
        session.execute(update(Match).values(score=9.0))
    for module in (queries, service, weights):
        monkeypatch.setattr(module, "SCORING", weights.SCORING + 1)

    find_missing_matches(work, utc_now())
    find_missing_matches(work, utc_now())
    deliver()

    assert [one.scoring for one in read_stored(database, select(MatchState))] == [weights.SCORING] * 2
    (match,) = read_stored(database, select(Match))
    assert match.score < 9.0
    assert {one.handler for one in read_stored(database, select(Delivery).where(Delivery.handler == "match_missing"))}


def test_without_an_engine_the_missing_stay_missing_and_nothing_breaks(work: Work, offer: Listing) -> None:
    with pytest.raises(Exception, match="down"):
        match_listing(replace(work, search=DownEngine()), offer.id)
    match_missing(work, [])

    with work.database.reading() as session:
        assert queries.list_unmatched(session, limit=9) == [offer.id]


def test_an_expired_counterpart_is_not_shown_before_the_job_has_taken_it_out(
    db: Session, offer: Listing, demand: Listing
) -> None:
    make_match(db, offer, demand)
    demand.expires_on = TODAY
    db.commit()

    assert [row.other for row in queries.list_matches(db, offer, today=TODAY, limit=5)] == [demand.reference]
    assert queries.list_matches(db, offer, today=TODAY + timedelta(days=1), limit=5) == []
