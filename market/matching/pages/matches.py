"""The doors of matches: those of one listing, those of all one's own, and what staff keep for them."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from market.kernel.errors import Faulty, NotFound
from market.kernel.money import CURRENCIES
from market.listings import queries as listing_queries
from market.listings.choices import CHOICES
from market.listings.enums import ListingState
from market.listings.models import Listing
from market.listings.presenting import present_listing
from market.matching import desk, queries, rules, service
from market.matching.enums import CONSTRAINTS, UNFIT, VERDICTS
from market.matching.forms import RateForm, VerdictForm
from market.matching.presenting import STRENGTHS, present_briefly, present_matches
from market.web.deps import Db, Now, Page, SignedIn, Staff
from market.web.forms import Sent, parse_form
from market.web.page import Page as PageObject
from market.web.page import PageRefused
from market.web.paging import PAGE_SIZE, read_cursor, write_cursor

router = APIRouter()

APART = 10
"""Listings shown that a constraint keeps apart."""

TABLES: dict[str, Any] = {"strengths": STRENGTHS, "verdicts": VERDICTS, "unfit": UNFIT, "constraints": CONSTRAINTS}


@router.get("/listings/{reference}/matches", name="matching.of_listing")
def show_matches(reference: str, db: Db, page: Page, now: Now) -> Response:
    listing = _get_public(db, page, reference)
    return page.public(_show(db, page, listing, now))


@router.post("/listings/{reference}/matches/{other}/verdict", name="matching.judge")
def judge_match(reference: str, other: str, sent: Sent, db: Db, viewer: SignedIn, page: Page, now: Now) -> Response:
    listing = _get_public(db, page, reference)
    counterpart = listing_queries.get_listing(db, other, viewer=None)
    try:
        form = parse_form(VerdictForm, sent)
        service.judge_match(
            db, listing, counterpart, form.verdict, unfit=form.unfit, note=form.note, by=viewer, now=now
        )
    except Faulty as problem:
        values = {name: sent.first(name) for name in VerdictForm.model_fields}
        raise _refuse(db, page, listing, now, other=other, values=values, faults=problem.faults) from problem
    return page.redirect("matching.of_listing", notice="judged", reference=reference)


@router.post("/listings/{reference}/matches/{other}/take-back", name="matching.take_back")
def take_verdict_back(reference: str, other: str, _sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    listing = _get_public(db, page, reference)
    service.take_back(db, listing, listing_queries.get_listing(db, other, viewer=None), by=viewer)
    return page.redirect("matching.of_listing", notice="judged", reference=reference)


@router.get("/account/matches", name="matching.own")
def list_own_matches(db: Db, viewer: SignedIn, page: Page, now: Now, cursor: str = "") -> Response:
    after = queries.read_place(*map(str, read_cursor(cursor, str, str, str))) if cursor else None
    found = queries.list_own_matches(db, viewer, today=now.date(), after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    following = write_cursor(*queries.write_place(shown[-1].place)) if len(found) > PAGE_SIZE else None
    matches = present_matches(db, [one.row for one in shown], page.reader)
    own = {row.reference: row for row in listing_queries.list_by_reference(
        db, list(dict.fromkeys(one.row.own for one in shown)), language=page.language)}  # fmt: skip
    return page.render(
        "matching/own.html", matches=matches, own=own, next_cursor=following, is_first=not cursor,
        proposals=desk.map_proposals(db, {one.row.pair for one in shown}), **TABLES, **CHOICES,
    )  # fmt: skip


@router.get("/staff/rates", name="matching.rates")
def show_rates(db: Db, _viewer: Staff, page: Page, now: Now) -> Response:
    return _rates_page(db, page, values={"stated_on": now.date().isoformat()}, faults={})


@router.post("/staff/rates", name="matching.put_rate")
def put_rate(sent: Sent, db: Db, viewer: Staff, page: Page) -> Response:
    try:
        form = parse_form(RateForm, sent)
    except Faulty as problem:
        values = {name: sent.first(name) for name in RateForm.model_fields}
        raise PageRefused(_rates_page(db, page, values=values, faults=problem.faults, status=422)) from problem
    service.put_rate(db, form.currency, form.worth, source=form.source, stated_on=form.stated_on, by=viewer)
    return page.redirect("matching.rates", notice="saved")


def _rates_page(
    db: Session, page: PageObject, *, values: dict[str, Any], faults: dict[str, Any], status: int = 200
) -> Response:
    return page.render(
        "matching/rates.html", status=status, rates=queries.list_rates(db), currencies=CURRENCIES, values=values,
        faults=faults,
    )  # fmt: skip


def _get_public(db: Session, page: PageObject, reference: str) -> Listing:
    """Who acts for it may see a draft, but nothing matches one."""
    listing = listing_queries.get_listing(db, reference, viewer=page.viewer)
    if listing.state is not ListingState.PUBLISHED:
        raise NotFound
    return listing


def _show(db: Session, page: PageObject, listing: Listing, now: datetime, **values: Any) -> Response:
    may_judge = rules.may_judge(page.viewer, listing)
    found = queries.list_matches(db, listing, today=now.date(), limit=PAGE_SIZE)
    apart = queries.list_kept_apart(db, listing, today=now.date(), limit=APART) if may_judge else []
    return page.render(
        "matching/matches.html",
        listing=listing,
        shown=present_listing(listing, page.language),
        matches=present_matches(db, found, page.reader),
        apart=present_briefly(db, apart, page.reader),
        may_judge=may_judge,
        proposals=desk.map_proposals(db, {one.pair for one in found}) if may_judge else {},
        **{"judged": "", "values": {}, "faults": {}, "status": 200, **TABLES, **CHOICES, **values},
    )


def _refuse(
    db: Session, page: PageObject, listing: Listing, now: datetime, *, other: str, **values: Any
) -> PageRefused:
    page.stand_at(page.url("matching.of_listing", reference=listing.reference))
    return PageRefused(_show(db, page, listing, now, judged=other, status=422, **values))
