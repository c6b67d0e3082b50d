"""What an organizer sends, and what pages and calendars of events say."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from httpx2 import Response
from icalendar import Calendar
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.events.enums import EventState, TeamRole
from market.events.models import Event, TeamMember
from market.events.service import change_state
from market.kernel.clock import utc_now
from market.web.rendering import Renderer
from tests.make.organizations import make_viewer
from tests.make.reading import read_html
from tests.make.visitor import Visitor

FAIR: Mapping[str, str] = {
    "kind": "expo",
    "language": "en",
    "title": "Drying fair",
    "summary": "Three days of kilns.",
    "description": "Roots.\n\nGrains.",
    "city": "Nanning",
    "venue": "Hall at the lake",
    "address": "1 Lake Road",
    "country": "CN",
    "starts_on": "2027-09-17",
    "ends_on": "2027-09-19",
    "zone": "Asia/Shanghai",
    "website": "https://www.example.org/fair?a=1",
}


def plan(browser: Visitor, **changes: str) -> Response:
    return browser.post("/en/manage/events/new", {**FAIR, **changes})


def take_in(db: Session, event: Event, user: User, role: TeamRole = TeamRole.EDITOR) -> None:
    """Into the team."""
    db.add(TeamMember(event_id=event.id, user_id=user.id, role=role))
    db.commit()


def call_off(db: Session, event: Event, *, by: User) -> None:
    change_state(db, event, EventState.CANCELLED, by=make_viewer(db, by), now=utc_now())
    db.commit()


def say_days(renderer: Renderer, first: str, last: str) -> str:
    """As an English page says them, blanks as a reader sees them."""
    said = renderer.reader("en").format.days(date.fromisoformat(first), date.fromisoformat(last))
    return " ".join(said.split())


def read_cards(page: Response) -> list[str]:
    """Titles of the events on a page of the calendar, in their order."""
    return [card.find("h3").text for card in read_html(page).find_all("article", css="event-card")]


def read_linked_data(page: Response) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(read_html(page).find("script", type="application/ld+json").raw_text)
    return described


def read_calendar(answer: Response) -> list[dict[str, Any]]:
    """Its events, in their order: property → value as another program understands it."""
    (calendar,) = Calendar.from_ical(answer.content, multiple=True)
    return [{name: entry.decoded(name) for name in entry} for entry in calendar.walk("VEVENT")]
