"""Who interprets a session, channel by channel."""

from typing import Any

from fastapi import APIRouter, Response

from market.events.models import Event
from market.events.people import list_interpreters
from market.events.presenting import choose_words
from market.kernel.errors import Fault, Faulty
from market.organizations.service import ChangedMeanwhile
from market.programme import interpreting, queries
from market.programme.conflicts.interpretation import count_needed
from market.programme.enums import INTERPRETING_MODES
from market.programme.forms import InterpretingForm
from market.programme.models import ProgrammeSession
from market.programme.pages.sessions import get_managed
from market.programme.presenting import choose_session_words
from market.programme.rules import is_interpreted_by
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, parse_form
from market.web.page import PageRefused

router = APIRouter()


@router.get("/manage/events/{slug}/programme/{session}/interpreters", name="programme.session_interpreters")
def show_channels(slug: str, session: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_managed(db, slug, viewer)
    planned = queries.get_session(db, event.id, session)
    return _channels_page(db, page, event, planned, values=_stored_values(planned), faults={})


@router.post("/manage/events/{slug}/programme/{session}/interpreters", name="programme.assign_interpreters")
def assign_interpreters(
    slug: str, session: str, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page
) -> Response:
    event = get_managed(db, slug, viewer)
    planned = queries.get_session(db, event.id, session)
    version = sent.number("_version")
    values = {"interpreting": sent.first("interpreting"), "channels": sent.all("channels")}
    try:
        form = parse_form(InterpretingForm, sent)
        interpreting.assign_interpreters(db, event, planned, form, version=version, by=viewer, now=now)
    except Faulty as problem:
        refused = _channels_page(
            db, page, event, planned, values=values, faults=problem.faults, status=problem.status, version=version
        )
        raise PageRefused(refused) from problem
    except ChangedMeanwhile as stale:
        stored = queries.get_session_anew(db, event.id, session)
        refused = _channels_page(db, page, event, stored, values=values, faults={}, status=stale.status, stale=stale)
        raise PageRefused(refused) from stale
    return page.redirect("programme.edit_session", slug=slug, session=session, notice="saved")


def _stored_values(planned: ProgrammeSession) -> dict[str, Any]:
    return {
        "interpreting": planned.interpreting.value,
        "channels": [f"{one.language} {one.interpreter_id}" for one in planned.interpreters],
    }


def _channels_page(
    db: Db, page: Page, event: Event, planned: ProgrammeSession, *, values: dict[str, Any], faults: dict[str, Fault],
    status: int = 200, version: int | None = None, stale: ChangedMeanwhile | None = None,
) -> Response:  # fmt: skip
    """Of each channel those who work between its two languages, and who is on it already."""
    on_it = {(one.language, one.interpreter_id) for one in planned.interpreters}
    everybody = list_interpreters(db, event.id)
    channels = [
        (
            language,
            [
                (f"{language} {one.id}", one.name)
                for one in everybody
                if is_interpreted_by(planned.language, language, one) or (language, one.id) in on_it
            ],
        )
        for language in planned.interpreted_into
    ]
    return page.render(
        "programme/channels.html", status=status, event=event, shown=choose_words(event, page.language),
        session=planned, title=choose_session_words(planned.texts, planned.language, page.language), values=values,
        faults=faults, version=planned.version if version is None else version, stale=stale, channels=channels,
        needed=count_needed(planned), modes=INTERPRETING_MODES,
    )  # fmt: skip
