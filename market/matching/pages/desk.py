"""The doors of the broker's desk: pairs across the market, what was proposed, and where demand is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Response
from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from market.kernel.cursors import read_moment, write_moment
from market.kernel.errors import BadInput, Fault, Faulty, NotAllowed
from market.kernel.viewer import Viewer
from market.listings import queries as listing_queries
from market.listings.choices import CHOICES
from market.matching import desk, service
from market.matching.desk import DeskFilters
from market.matching.enums import UNFIT, VERDICTS
from market.matching.forms import ProposalForm
from market.matching.presenting import STRENGTHS, draw_heat, present_pair, present_pairs
from market.matching.queries import read_place, write_place
from market.organizations.models import Organization
from market.organizations.queries import list_own_centres
from market.taxonomy.fields import FIELDS
from market.taxonomy.values import COUNTRIES
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import MESSAGES, Sent, SentForm, parse_form
from market.web.page import Page as PageObject
from market.web.page import PageRefused
from market.web.paging import PAGE_SIZE, read_cursor, write_cursor

router = APIRouter()

TABLES: dict[str, Any] = {"strengths": STRENGTHS, "verdicts": VERDICTS, "unfit": UNFIT}

KNOWN_VALUES: Mapping[str, frozenset[str]] = {
    "field": frozenset(map(str, FIELDS)),
    "offer_country": frozenset(COUNTRIES),
    "demand_country": frozenset(COUNTRIES),
}
"""Key in the address → what it may be."""


async def require_broker(viewer: SignedIn) -> Viewer:
    if not viewer.is_broker:
        raise NotAllowed
    return viewer


Broker = Annotated[Viewer, Depends(require_broker)]


@dataclass(frozen=True, slots=True)
class DeskAddress:
    """The address of the desk, taken apart."""

    filters: DeskFilters
    cursor: str = ""

    @property
    def is_filtered(self) -> bool:
        return self.filters != DeskFilters()

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in {**asdict(self.filters), "cursor": self.cursor}.items() if value}

    @property
    def back(self) -> str:
        """For the form, which leads back here."""
        return urlencode(self.query)


def read_desk_address(query: QueryParams) -> DeskAddress:
    values = {name: query.get(name, "") for name in KNOWN_VALUES}
    if any(value and value not in KNOWN_VALUES[name] for name, value in values.items()):
        raise BadInput
    return DeskAddress(DeskFilters(**values), query.get("cursor", ""))


@router.get("/broker", name="matching.desk")
def show_desk(db: Db, viewer: Broker, page: Page, now: Now) -> Response:
    address = read_desk_address(page.request.query_params)
    after = read_place(*map(str, read_cursor(address.cursor, str, str, str))) if address.cursor else None
    found = desk.list_unseen(db, address.filters, today=now.date(), after=after, limit=PAGE_SIZE)
    further = replace(address, cursor=write_cursor(*write_place(found.further))) if found.further else None
    return page.render(
        "matching/desk.html",
        pairs=present_pairs(db, found.rows, page.reader),
        address=address,
        further=further,
        is_cut=found.is_cut,
        **_form_values(db, viewer),
        **TABLES,
        **CHOICES,
    )


@router.post("/broker/proposals", name="matching.propose")
def propose_pair(sent: Sent, db: Db, viewer: Broker, page: Page, now: Now) -> Response:
    """Back to the desk as it was narrowed down."""
    back = read_desk_address(QueryParams(sent.first("_back")))
    try:
        form = parse_form(ProposalForm, sent)
        service.propose_pair(db, _find_centre(db, viewer, form.centre), form, by=viewer, now=now)
    except Faulty as problem:
        raise _refuse(db, page, viewer, now=now, sent=sent, faults=problem.faults) from problem
    return page.redirect_to(f"{page.url('matching.desk')}?{urlencode({**back.query, 'notice': 'proposed'})}")


@router.get("/broker/proposals", name="matching.proposals")
def list_proposals(db: Db, viewer: Broker, page: Page, cursor: str = "") -> Response:
    after = read_moment(*map(str, read_cursor(cursor, str, str))) if cursor else None
    found = desk.list_proposals(db, viewer.centres, after=after, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    last = shown[-1] if len(found) > PAGE_SIZE else None
    references = list(dict.fromkeys(one for row in shown for one in (row.offer, row.demand)))
    listings = listing_queries.list_by_reference(db, references, language=page.language)
    return page.render(
        "matching/proposals.html",
        proposals=shown,
        listings={row.reference: row for row in listings},
        has_centres=len(viewer.centres) > 1,
        next_cursor=write_cursor(*write_moment(last.proposed_at, last.id)) if last else None,
        is_first=not cursor,
        **TABLES,
        **CHOICES,
    )


@router.get("/broker/heat", name="matching.heat")
def show_heat(db: Db, _viewer: Broker, page: Page) -> Response:
    return page.render("matching/heat.html", heat=draw_heat(desk.list_heat(db), page.reader), **CHOICES)


def _form_values(db: Session, viewer: Viewer, **values: Any) -> dict[str, Any]:
    """What the form of a proposal shows. A broker of several centres says for which."""
    centres = [(centre.slug, centre.name) for centre in list_own_centres(db, viewer)]
    return {"centres": centres, "values": {}, "faults": {}, **values}


def _find_centre(db: Session, viewer: Viewer, slug: str) -> Organization:
    """The one with this slug; the only one, where none is named."""
    centres = list_own_centres(db, viewer)
    found = [centre for centre in centres if slug in (centre.slug, "")]
    if len(found) != 1:
        raise Faulty({"centre": Fault(MESSAGES["enum"])})
    return found[0]


def _refuse(
    db: Session, page: PageObject, viewer: Viewer, *, now: datetime, sent: SentForm, faults: Mapping[str, Fault]
) -> PageRefused:
    """The pair alone, with what was typed and what is wrong with it."""
    offer, demand = sent.first("offer"), sent.first("demand")
    match = desk.find_pair(db, offer, demand, today=now.date())
    if match is None:
        raise service.PairGone
    page.stand_at(page.url("matching.desk"))
    values = {name: sent.first(name) for name in ProposalForm.model_fields}
    return PageRefused(
        page.render(
            "matching/propose.html",
            status=422,
            pair=present_pair(db, match, offer=offer, demand=demand, reader=page.reader),
            address=read_desk_address(QueryParams(sent.first("_back"))),
            **_form_values(db, viewer, values=values, faults=faults),
            **TABLES,
            **CHOICES,
        )
    )
