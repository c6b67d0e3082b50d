"""What happens after listings change: their matches are looked for, one after the other. And mails of proposals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4, uuid5

from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel.clock import utc_now
from market.kernel.outbox import RecordedFact
from market.kernel.work import Interrupted, Work
from market.listings.models import Listing
from market.listings.queries import list_by_reference
from market.matching import desk, queries, service
from market.matching.facts import MatchesMissed
from market.matching.finding import NotIndexedYet, match_listing
from market.matching.models import Proposal
from market.notifications.queries import find_mail
from market.notifications.service import write_mail
from market.organizations.models import Organization
from market.organizations.queries import list_people_of

TURN_SECONDS: Final = 5.0
LISTED_AT_ONCE: Final = 500


def match_listings(work: Work, facts: Sequence[RecordedFact]) -> None:
    for listing_id in dict.fromkeys(fact.subject_id for fact in facts):
        if work.stopping.is_set():
            raise Interrupted
        work.keep_claim()
        match_listing(work, listing_id)


def find_missing_matches(work: Work, _now: datetime) -> None:
    """Have looked for what was not: of imports, of the demo, of an older scoring."""
    with work.database.reading() as session:  # a look at all of them, which keeps nobody from writing
        if not queries.list_unmatched(session, limit=1):
            return
    with work.database.transaction() as session:
        if not outbox.is_under_way(session, MatchesMissed):
            outbox.record(session, MatchesMissed(uuid4()), by=None)


def write_proposal_mails(work: Work, facts: Sequence[RecordedFact]) -> None:
    """To both sides, each person in the own language; to nobody where the two are no pair any more. A mail has a number
    made of fact and person: a second run finds it there and writes none.
    """
    for fact in facts:
        with work.database.transaction() as session:
            proposal = session.get(Proposal, fact.subject_id)
            if proposal is not None:
                _write_mails(session, work, fact, proposal)


def _write_mails(session: Session, work: Work, fact: RecordedFact, proposal: Proposal) -> None:
    now = utc_now()
    offer, demand = (session.get_one(Listing, one) for one in (proposal.offer_id, proposal.demand_id))
    centre = session.get_one(Organization, proposal.centre_id)
    match = desk.find_pair(session, offer.reference, demand.reference, today=now.date())
    if match is None or match.kept_apart_by is not None:
        return
    for own, other in ((offer, demand), (demand, offer)):
        for user in list_people_of(session, own.organization_id):
            mail_id = uuid5(fact.id, str(user.id))
            if user.id == proposal.proposed_by_id or find_mail(session, mail_id) is not None:
                continue
            rows = list_by_reference(session, [own.reference, other.reference], language=user.language)
            subject, body = work.letters.compose(
                "matching/pair_proposed.txt", language=user.language, name=user.name, centre=centre.name,
                mine=rows[0].title, theirs=rows[1].title, reference=own.reference,
            )  # fmt: skip
            write_mail(
                session, recipient=user.email, language=user.language, subject=subject, body=body, now=now,
                mail_id=mail_id,
            )  # fmt: skip


def count_demand_heat(work: Work, now: datetime) -> None:
    """Counted while nobody waits for the database, then replaced at once."""
    with work.database.reading() as session:
        counted = desk.count_demands(session, today=now.date())
    with work.database.transaction() as session:
        service.replace_heat(session, counted)


def match_missing(work: Work, _facts: Sequence[RecordedFact]) -> None:
    """For a turn; what is left is asked for again. Cut off anywhere, it goes on where it was."""
    turn = work.begin_turn(TURN_SECONDS)
    with work.database.reading() as session:
        ids = queries.list_unmatched(session, limit=LISTED_AT_ONCE)
    matched = 0
    for listing_id in ids:
        if turn.is_cut_short():
            raise Interrupted
        if turn.is_over():
            break
        work.keep_claim()
        try:
            match_listing(work, listing_id)
        except NotIndexedYet:
            continue  # the index is on its way to it
        matched += 1
    if matched:  # where none can be looked for yet, asking again at once would go round in circles
        with work.database.transaction() as session:
            outbox.record(session, MatchesMissed(uuid4()), by=None)
