"""Who organizes an event."""

from fastapi import APIRouter, Response

from market.accounts.queries import find_user
from market.events import queries, rules, service
from market.events.enums import TEAM_ROLES
from market.events.forms import TeamForm
from market.events.models import Event
from market.events.presenting import choose_words
from market.kernel.errors import Fault, Faulty, NotAllowed, NotFound
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, parse_form
from market.web.page import PageRefused

router = APIRouter()


@router.get("/manage/events/{slug}/team", name="events.team")
def show_team(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    return _team_page(db, page, queries.get_organized(db, slug, viewer), values={}, faults={})


@router.post("/manage/events/{slug}/team", name="events.add_to_team")
def add_to_team(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """Only a head learns here that an address has an account."""
    event = queries.get_organized(db, slug, viewer)
    if not rules.may_lead(viewer, queries.find_role(db, event.id, viewer)):
        raise NotAllowed
    try:
        service.add_to_team_by_address(db, event, parse_form(TeamForm, sent), by=viewer, now=now)
    except Faulty as problem:
        values = {name: sent.first(name) for name in TeamForm.model_fields}
        refused = _team_page(db, page, event, values=values, faults=problem.faults, status=problem.status)
        raise PageRefused(refused) from problem
    return page.redirect("events.team", slug=slug, notice="saved")


@router.post("/manage/events/{slug}/team/remove", name="events.remove_from_team")
def remove_from_team(slug: str, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = queries.get_organized(db, slug, viewer)
    user = find_user(db, sent.first("email"))
    if user is None:
        # Who may not remove members gets one answer for every address: it tells nobody who has an account.
        raise NotFound if rules.may_lead(viewer, queries.find_role(db, event.id, viewer)) else NotAllowed
    service.remove_from_team(db, event, user, by=viewer)
    if user.id == viewer.id and not viewer.is_staff:
        return page.redirect("accounts.account", notice="saved")
    return page.redirect("events.team", slug=slug, notice="saved")


def _team_page(
    db: Db, page: Page, event: Event, *, values: dict[str, str], faults: dict[str, Fault], status: int = 200
) -> Response:
    return page.render(
        "events/team.html", status=status, event=event, shown=choose_words(event, page.language),
        team=queries.list_team(db, event.id), roles=TEAM_ROLES, values=values, faults=faults,
        may_lead=rules.may_lead(page.viewer, queries.find_role(db, event.id, page.viewer)),
    )  # fmt: skip
