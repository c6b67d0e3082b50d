"""What happens after listings change: their matches are looked for, one after the other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

from market.kernel import outbox
from market.kernel.outbox import RecordedFact
from market.kernel.work import Interrupted, Work
from market.matching import queries
from market.matching.facts import MatchesMissed
from market.matching.finding import NotIndexedYet, match_listing

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
    with work.database.transaction() as session:
        if queries.list_unmatched(session, limit=1) and not outbox.is_under_way(session, MatchesMissed):
            outbox.record(session, MatchesMissed(uuid4()), by=None)


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
