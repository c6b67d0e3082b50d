"""Every change of matches."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from market.kernel import outbox
from market.kernel.db import insert_or_update
from market.kernel.errors import N_, Fault, Faulty, NotAllowed, NotFound, Refusal
from market.kernel.viewer import Viewer
from market.listings.enums import ListingKind
from market.listings.models import Listing
from market.matching import desk, queries, rules
from market.matching.desk import Heat
from market.matching.enums import Constraint, Unfit, Verdict
from market.matching.facts import MatchJudged, PairProposed, RateChanged
from market.matching.forms import ProposalForm
from market.matching.models import CurrencyRate, DemandHeat, Match, MatchState, MatchVerdict, Proposal
from market.matching.scoring import Rated
from market.matching.sides import Side
from market.matching.weights import SCORING
from market.organizations.models import Organization
from market.organizations.queries import lock_organization

KEPT: Final = 60
"""Matches kept of one look, the best."""

KEPT_APART: Final = 10
"""And of those that a constraint keeps apart."""


class PairGone(Refusal):
    status = 409
    message = N_("This pair is gone: one of the two listings is not public any more, or it was changed.")


class PairKeptApart(Refusal):
    status = 409
    message = N_("A condition of one of the two sides, or what it has said, keeps this pair apart.")


class AlreadyProposed(Refusal):
    status = 409
    message = N_("Your centre has proposed this pair already.")


@dataclass(frozen=True, slots=True)
class Found:
    """A pair good enough to be kept. `words`: share of the telling words of the listing that was looked for; None where
    it was not asked for."""

    offer: Side
    demand: Side
    score: float
    kept_apart_by: Constraint | None
    rated: Sequence[Rated]
    words: float | None


def keep_matches(session: Session, side: Side, found: Iterable[Found], *, level: float | None, now: datetime) -> None:
    """What was found of a listing takes the place of what was there, save where that is of newer state. Repeating does
    no harm; another worker may be at the counterparts."""
    best = sorted(found, key=lambda one: (-one.score, one.offer.id, one.demand.id))
    kept = [one for one in best if one.kept_apart_by is None][:KEPT]
    kept += [one for one in best if one.kept_apart_by is not None][:KEPT_APART]
    _forget_others(session, side, kept)
    rows = [_make_row(one, side.kind, now) for one in kept]
    # In one order, so that two workers never wait for each other. Rows of equal columns go together.
    for keys in sorted({tuple(row) for row in rows}):
        alike = sorted((row for row in rows if tuple(row) == keys), key=lambda row: (row["offer_id"], row["demand_id"]))
        insert_or_update(session, Match, alike, not_older=("offer_version", "demand_version"), kept=("first_found_at",))
    state = {"listing_id": side.id, "version": side.version, "scoring": SCORING, "level": level}
    insert_or_update(session, MatchState, [state], not_older=("version",))


def _make_row(found: Found, asked: ListingKind, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {
        "offer_id": found.offer.id,
        "demand_id": found.demand.id,
        "score": found.score,
        "kept_apart_by": found.kept_apart_by,
        "parts": [
            {"part": one.part.value, "value": round(one.value, 4), "facts": dict(one.facts)} for one in found.rated
        ],
        "offer_version": found.offer.version,
        "demand_version": found.demand.version,
        "first_found_at": now,
    }
    if found.words is not None:
        row["offer_words" if asked is ListingKind.OFFER else "demand_words"] = found.words
    return row


def _forget_others(session: Session, side: Side, kept: Sequence[Found]) -> None:
    own, other, version = (
        (Match.offer_id, Match.demand_id, Match.offer_version)
        if side.kind is ListingKind.OFFER
        else (Match.demand_id, Match.offer_id, Match.demand_version)
    )
    staying = [one.demand.id if side.kind is ListingKind.OFFER else one.offer.id for one in kept]
    session.execute(delete(Match).where(own == side.id, other.not_in(staying), version <= side.version))


def forget_matches(session: Session, listing_id: UUID) -> None:
    """Of a listing that is not public any more. What was said of them stays, in case it comes back."""
    session.execute(delete(Match).where(or_(Match.offer_id == listing_id, Match.demand_id == listing_id)))
    session.execute(delete(MatchState).where(MatchState.listing_id == listing_id))


def judge_match(
    session: Session, listing: Listing, other: Listing, verdict: Verdict, *, unfit: Unfit | None, note: str,
    by: Viewer, now: datetime,
) -> None:  # fmt: skip
    """What the side of `listing` says; said again it replaces what was said. *Not for us* parts the two at once."""
    if not rules.may_judge(by, listing):
        raise NotAllowed
    match = _get_pair(session, listing, other)
    if verdict is Verdict.NOT_FOR_US and unfit is None:
        raise Faulty({"unfit": Fault(N_("Please choose a reason."))})
    said = queries.get_verdict(session, listing.id, other.id)
    if said is None:
        said = MatchVerdict(listing_id=listing.id, other_id=other.id)
        session.add(said)
    said.verdict, said.note, said.given_by_id, said.given_at = verdict, note, by.id, now
    said.unfit = unfit if verdict is Verdict.NOT_FOR_US else None
    _part_or_join(session, match, listing, other, verdict)
    outbox.record(session, MatchJudged(listing.id, other.id, verdict.value), by=by.id)


def take_back(session: Session, listing: Listing, other: Listing, *, by: Viewer) -> None:
    if not rules.may_judge(by, listing):
        raise NotAllowed
    match = _get_pair(session, listing, other)
    said = queries.get_verdict(session, listing.id, other.id)
    if said is None:
        return
    session.delete(said)
    _part_or_join(session, match, listing, other, None)
    outbox.record(session, MatchJudged(listing.id, other.id, ""), by=by.id)


def _get_pair(session: Session, listing: Listing, other: Listing) -> Match:
    match = queries.find_pair(session, listing, other) if listing.kind is not other.kind else None
    if match is None:
        raise NotFound
    return match


def _part_or_join(session: Session, match: Match, listing: Listing, other: Listing, verdict: Verdict | None) -> None:
    """No other constraint comes after this one: where it parted the two, nothing else did."""
    theirs = queries.get_verdict(session, other.id, listing.id)
    is_unfit = verdict is Verdict.NOT_FOR_US or (theirs is not None and theirs.verdict is Verdict.NOT_FOR_US)
    if is_unfit and match.kept_apart_by is None:
        match.kept_apart_by = Constraint.NOT_FOR_US
    elif not is_unfit and match.kept_apart_by is Constraint.NOT_FOR_US:
        match.kept_apart_by = None


def put_rate(session: Session, currency: str, dollars: Decimal, *, source: str, stated_on: date, by: Viewer) -> None:
    """What one unit of a currency is worth. Matches take it up when they are next looked for."""
    if not by.is_staff:
        raise NotAllowed
    row = {"currency": currency, "dollars": dollars, "source": source, "stated_on": stated_on}
    insert_or_update(session, CurrencyRate, [row])
    outbox.record(session, RateChanged(uuid4(), currency), by=by.id)


def propose_pair(session: Session, centre: Organization, form: ProposalForm, *, by: Viewer, now: datetime) -> None:
    """Both sides hear of it after the commit. The same form again changes nothing: sent twice it tells them once."""
    if not rules.may_propose(by, centre.id):
        raise NotAllowed
    lock_organization(session, centre.id)
    match = desk.find_pair(session, form.offer, form.demand, today=now.date())
    if match is None:
        raise PairGone
    known = desk.find_proposal(session, match.offer_id, match.demand_id, centre.id)
    if known is not None and known.note == form.note:
        return
    if known is not None:
        raise AlreadyProposed
    if match.kept_apart_by is not None:
        raise PairKeptApart
    proposal = Proposal(
        offer_id=match.offer_id, demand_id=match.demand_id, centre_id=centre.id, proposed_by_id=by.id, note=form.note,
        proposed_at=now,
    )  # fmt: skip
    session.add(proposal)
    session.flush()  # the fact needs its id
    outbox.record(session, PairProposed(proposal.id), by=by.id)


def replace_heat(session: Session, counted: Sequence[Heat]) -> None:
    """Two at once end with the counts of one of them."""
    session.execute(delete(DemandHeat))
    insert_or_update(session, DemandHeat, [asdict(one) for one in counted])
