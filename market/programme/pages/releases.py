"""What a release would change, making one, and those that were."""

from fastapi import APIRouter, Response

from market.events.models import Event
from market.events.presenting import choose_words
from market.kernel.errors import Fault, Faulty
from market.programme import queries, releasing
from market.programme.conflicts import CONFLICTS
from market.programme.enums import CHANGES
from market.programme.forms import ReleaseForm
from market.programme.pages.sessions import get_managed
from market.programme.presenting import choose_session_words, show_conflicts
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, parse_form
from market.web.page import PageRefused

router = APIRouter()

SHOWN_CONFLICTS = 20


@router.get("/manage/events/{slug}/programme/releases", name="programme.releases")
def show_releases(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    return _releases_page(db, page, get_managed(db, slug, viewer), values={}, faults={})


@router.post("/manage/events/{slug}/programme/releases", name="programme.release")
def release_programme(slug: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    try:
        releasing.release_programme(db, event, parse_form(ReleaseForm, sent), by=viewer, now=now)
    except Faulty as problem:
        values = {name: sent.first(name) for name in ReleaseForm.model_fields}
        refused = _releases_page(db, page, event, values=values, faults=problem.faults, status=problem.status)
        raise PageRefused(refused) from problem
    return page.redirect("programme.releases", slug=slug, notice="programme_released")


def _releases_page(
    db: Db, page: Page, event: Event, *, values: dict[str, str], faults: dict[str, Fault], status: int = 200
) -> Response:
    programme = queries.find_programme(db, event.id)
    sessions = queries.list_sessions(db, event.id)
    blocking = queries.list_conflicts(db, event.id, grave=True, limit=SHOWN_CONFLICTS)
    changes = releasing.find_changes(sessions, releasing.map_slots(db, programme))
    return page.render(
        "programme/releases.html",
        status=status,
        event=event,
        shown=choose_words(event, page.language),
        changes=changes,
        titles={one.id: choose_session_words(one.texts, one.language, page.language) for one in sessions},
        rooms={room.id: room.name for room in queries.list_rooms(db, event.id)},
        blocking=show_conflicts(blocking, sessions),
        conflict_names=CONFLICTS,
        releases=queries.list_releases(db, event.id),
        change_names=CHANGES,
        values=values,
        faults=faults,
    )
