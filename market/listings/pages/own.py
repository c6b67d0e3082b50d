"""Everything one acts for in one list, and the same change to many of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from starlette.datastructures import QueryParams

from locales import LANGUAGES
from market.kernel.errors import BadInput, Fault, Faulty, NotAllowed, Refusal
from market.kernel.text import clean_line
from market.listings import queries, together
from market.listings.choices import CHOICES
from market.listings.enums import LISTING_KINDS, LISTING_STATES
from market.listings.forms import TogetherForm
from market.listings.queries import OwnFilters
from market.listings.together import MOST, Action, Outcome, TooManyTogether
from market.organizations.models import Organization
from market.organizations.queries import list_acted_for
from market.organizations.rules import may_add_clients
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, SentForm, parse_form
from market.web.page import PageRefused
from market.web.paging import read_cursor, write_cursor
from search.port import Sort

router = APIRouter()

PAGE_SIZES = ("50", "200")
MAX_WORDS = 200
ROW_CHOICES: dict[str, Any] = {**CHOICES, "most": MOST, "page_sizes": PAGE_SIZES, "actions": list(Action)}
KNOWN_VALUES: Mapping[str, frozenset[str]] = {
    "state": frozenset(LISTING_STATES),
    "kind": frozenset(LISTING_KINDS),
    "written_in": frozenset(LANGUAGES),
    "per_page": frozenset(PAGE_SIZES),
}
"""Key in the address → what it may be."""


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """The address of the page of one's own listings, taken apart."""

    q: str = ""
    state: str = ""
    kind: str = ""
    organization: str = ""
    written_in: str = ""
    per_page: str = ""

    @property
    def is_filtered(self) -> bool:
        return any((self.q, self.state, self.kind, self.organization, self.written_in))

    @property
    def size(self) -> int:
        return int(self.per_page or PAGE_SIZES[0])

    @property
    def query(self) -> str:
        return urlencode({name: value for name, value in asdict(self).items() if value})


def read_own_address(query: QueryParams) -> OwnAddress:
    for name, known in KNOWN_VALUES.items():
        if query.get(name) and query[name] not in known:
            raise BadInput
    values = {name: query.get(name, "") for name in OwnAddress.__dataclass_fields__}
    return OwnAddress(**values | {"q": clean_line(values["q"])[:MAX_WORDS]})


@router.get("/account/listings", name="listings.own")
def list_own(db: Db, viewer: SignedIn, page: Page, cursor: str = "") -> Response:
    address = read_own_address(page.request.query_params)
    organizations = list_acted_for(db, viewer)
    filters = _filters(address, organizations)
    after = None
    if cursor:
        moment, listing_id = read_cursor(cursor, str, str)
        after = queries.read_key(str(moment), str(listing_id), sort=Sort.NEWEST)
    rows = queries.list_own(db, viewer, filters, language=page.language, after=after, limit=address.size + 1)
    shown = rows[: address.size]
    following = None
    if len(rows) > address.size:
        key = write_cursor(shown[-1].changed_at.isoformat(), str(shown[-1].id))
        following = "?" + urlencode({"cursor": key}) + (f"&{address.query}" if address.query else "")
    return page.render(
        "listings/own.html",
        address=address,
        listings=shown,
        total=queries.count_own(db, viewer, filters),
        organizations=organizations,
        centres=[body for body in organizations if may_add_clients(viewer, body.id, body.kind)],
        next_address=following,
        **ROW_CHOICES,
    )


@router.get("/account/listings/together", name="listings.together")
def show_together(
    db: Db, viewer: SignedIn, now: Now, page: Page, reference: Annotated[list[str] | None, Query()] = None,
    action: str = Action.PUBLISH.value, shown: str = "", whole_page: str = "", back: str = "",
    done: Annotated[int, Query(ge=0, le=MOST)] = 0,
) -> Response:  # fmt: skip
    """What would come of it. With `done` it has been carried out, and what is listed could not be."""
    chosen = _read_references([*(reference or []), *(shown.split(",") if whole_page else [])])
    asked = _Asked(_read_action(action), chosen, read_own_address(QueryParams(back)).query, done)
    query = page.request.query_params
    values = {name: query.getlist(name) for name in TogetherForm.model_fields if name in query}
    if asked.action is not Action.EDIT or done:
        form = parse_form(TogetherForm, SentForm(values)) if asked.action is Action.EDIT else None
        return _preview(page, db, viewer, now, asked, form=form, sent=SentForm(values))
    return _edit_page(page, db, viewer, asked, sent=SentForm(values), faults={})


@router.post("/account/listings/together", name="listings.do_together")
def change_together(sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """`_step` is `check` where a filled in form is to be looked at once more. What cannot be done is shown with its
    reasons afterwards, and stays as it was."""
    back = read_own_address(QueryParams(sent.first("_back"))).query
    asked = _Asked(_read_action(sent.first("_action")), _read_references(sent.all("_reference")), back)
    form = _read_edit(page, db, viewer, asked, sent) if asked.action is Action.EDIT else None
    if sent.first("_step") == "check":
        raise PageRefused(_preview(page, db, viewer, now, asked, form=form, sent=sent))
    listings = queries.list_own_to_change(db, viewer, asked.references)
    if not listings:
        raise NotAllowed
    change = together.make_change(asked.action, form, session=db, by=viewer, now=now)
    outcomes = together.change_together(db, listings, change)
    failed = [outcome.reference for outcome in outcomes.values() if outcome.problem]
    done = len(outcomes) - len(failed)
    if not failed:
        address = page.url("listings.own")
        return page.redirect_to(f"{address}?{back}&notice=together_done" if back else f"{address}?notice=together_done")
    return page.redirect_to(f"{page.url('listings.together')}?{_result_query(asked, failed, done, sent)}")


@dataclass(frozen=True, slots=True)
class _Asked:
    action: Action
    references: list[str]
    back: str
    """Query of the list one came from."""
    done: int = 0


def _read_action(name: str) -> Action:
    if name not in set(Action):
        raise BadInput
    return Action(name)


def _read_references(sent: Sequence[str]) -> list[str]:
    references = list(dict.fromkeys(reference for reference in sent if reference))
    if len(references) > MOST:
        raise TooManyTogether(most=MOST)
    return references


def _filters(address: OwnAddress, organizations: Sequence[Organization]) -> OwnFilters:
    """An organization that one does not act for any more narrows nothing down."""
    ids = {organization.slug: organization.id for organization in organizations}
    return OwnFilters(
        state=address.state, kind=address.kind, written_in=address.written_in, words=address.q,
        organization_id=ids.get(address.organization),
    )  # fmt: skip


def _read_edit(page: Page, db: Db, viewer: SignedIn, asked: _Asked, sent: SentForm) -> TogetherForm:
    try:
        form = parse_form(TogetherForm, sent)
        if not form.changes:
            raise Faulty({"": Fault(together.NOTHING_TO_CHANGE)})
    except Faulty as problem:
        shown = _edit_page(page, db, viewer, asked, sent=sent, faults=problem.faults, status=problem.status)
        raise PageRefused(shown) from problem
    return form


def _edit_page(
    page: Page, db: Db, viewer: SignedIn, asked: _Asked, *, sent: SentForm, faults: dict[str, Fault], status: int = 200
) -> Response:
    rows = queries.list_own_by_reference(db, viewer, asked.references, language=page.language)
    return page.render(
        "listings/edit_together.html", status=status, asked=asked, rows=rows, values=_values(sent), faults=faults,
        **ROW_CHOICES,
    )  # fmt: skip


def _preview(
    page: Page, db: Db, viewer: SignedIn, now: datetime, asked: _Asked, *, form: TogetherForm | None, sent: SentForm
) -> Response:
    rows = queries.list_own_by_reference(db, viewer, asked.references, language=page.language)
    change = together.make_change(asked.action, form, session=db, by=viewer, now=now)
    outcomes = together.try_together(db, queries.list_own_whole(db, viewer, asked.references), change)
    return page.render(
        "listings/together.html",
        asked=asked,
        possible=[row for row in rows if outcomes[row.reference].changed],
        idle=[row for row in rows if not outcomes[row.reference].changed and not outcomes[row.reference].problem],
        refused=[(row, *_say(page, outcomes[row.reference])) for row in rows if outcomes[row.reference].problem],
        gone=len(asked.references) - len(rows),
        values=_values(sent),
        changes=form.changes if form else {},
        form=form,
        **ROW_CHOICES,
    )


def _say(page: Page, outcome: Outcome) -> tuple[str, dict[str, Fault]]:
    """Why not: a sentence, or faults by their field."""
    problem: Refusal | None = outcome.problem
    if isinstance(problem, Faulty):
        return "", problem.faults
    return page.say(problem) if problem else "", {}


def _values(sent: SentForm) -> dict[str, Any]:
    many = ("partnership_types", "industries", "target_countries")
    return {name: sent.all(name) if name in many else sent.first(name) for name in TogetherForm.model_fields}


def _result_query(asked: _Asked, failed: list[str], done: int, sent: SentForm) -> str:
    """An address that tells how it went. What was filled in comes along, without the mail address: it is nobody's
    fault and does not belong into addresses."""
    pairs = [("action", asked.action.value), ("done", str(done)), ("back", asked.back)]
    pairs += [("reference", reference) for reference in failed]
    if asked.action is Action.EDIT:
        pairs += [
            (name, value)
            for name in TogetherForm.model_fields
            if name != "contact_email"
            for value in sent.all(name)
            if value
        ]
    return urlencode(pairs)
