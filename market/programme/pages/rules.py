"""What an event makes of each kind of conflict."""

from typing import Any

from fastapi import APIRouter, Response

from market.events.models import Event
from market.events.presenting import choose_words
from market.kernel.errors import Fault, Faulty
from market.programme import interpreting, queries
from market.programme.conflicts import CONFLICTS, Surroundings
from market.programme.enums import SEVERITY_NAMES
from market.programme.forms import RulesForm
from market.programme.models import Programme
from market.programme.pages.sessions import get_managed
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, parse_form
from market.web.page import PageRefused

router = APIRouter()


@router.get("/manage/events/{slug}/programme/rules", name="programme.rules")
def show_rules(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    return _rules_page(page, event, values=_stored_values(queries.find_programme(db, event.id)), faults={})


@router.post("/manage/events/{slug}/programme/rules", name="programme.set_rules")
def set_rules(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    try:
        interpreting.set_rules(db, event, parse_form(RulesForm, sent), by=viewer, now=now)
    except Faulty as problem:
        values = {"travel_minutes": sent.first("travel_minutes"), "severities": sent.all("severities")}
        raise PageRefused(_rules_page(page, event, values=values, faults=problem.faults, status=422)) from problem
    return page.redirect("programme.manage", slug=slug, notice="saved")


def _stored_values(programme: Programme | None) -> dict[str, Any]:
    around = Surroundings(severities=programme.severities if programme else {})
    minutes = programme.travel_minutes if programme else 10
    return {"travel_minutes": str(minutes), "severities": [around.find_severity(kind).value for kind in CONFLICTS]}


def _rules_page(
    page: Page, event: Event, *, values: dict[str, Any], faults: dict[str, Fault], status: int = 200
) -> Response:
    return page.render(
        "programme/rules.html", status=status, event=event, shown=choose_words(event, page.language), values=values,
        faults=faults, conflict_names=CONFLICTS, severities=SEVERITY_NAMES,
    )  # fmt: skip
