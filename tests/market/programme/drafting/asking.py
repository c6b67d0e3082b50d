"""What tests of drafts ask and look at."""

import threading

from sqlalchemy.orm import Session

from market.kernel.clock import utc_now
from market.kernel.db import Database
from market.kernel.outbox import RecordedFact
from market.kernel.work import Work
from market.programme import queries
from market.programme.drafting.computing import compute_drafts
from market.programme.drafts import find_last_draft
from market.programme.models import Draft
from tests.make.events import make_session
from tests.make.reading import read_form
from tests.make.visitor import Visitor
from tests.market.programme.fair import Fair


def page_of(fair: Fair) -> str:
    return f"/en/manage{fair.address}/draft"


def ask(browser: Visitor, fair: Fair, **fields: str) -> None:
    browser.post(page_of(fair), {"opens": "09:00", "closes": "12:00", **fields})


def press(browser: Visitor, fair: Fair, action: str) -> int:
    """A button of the page as it is now."""
    form = read_form(browser.get(page_of(fair)), f"/draft/{action}")
    return browser.post(form.address, form.values).status_code


def list_stored(database: Database, fair: Fair) -> dict[str, tuple[str, str]]:
    """Title → time and room."""
    with database.reading() as session:
        return {
            one.texts["en"].title: (
                f"{one.starts_at:%H:%M}" if one.starts_at else "",
                one.room.name if one.room else "",
            )
            for one in queries.list_sessions(session, fair.event.id)
        }


def read_draft(database: Database, fair: Fair) -> Draft:
    with database.reading() as session:
        draft = find_last_draft(session, fair.event.id)
        assert draft is not None
        return draft


def make_many(db: Session, fair: Fair) -> None:
    """More than fit, of many lengths: nobody proves quickly what is best."""
    for number in range(40):
        make_session(db, fair.event, by=fair.organizer, title=f"Talk {number}", minutes=15 + 15 * (number * 7 % 11))


def begin(work: Work, draft: Draft) -> threading.Thread:
    """A worker at this draft."""
    fact = RecordedFact(draft.id, "DraftAsked", draft.id, {}, utc_now(), 0)
    thread = threading.Thread(target=compute_drafts, args=(work, [fact]))
    thread.start()
    return thread
