"""What a session's page says to machines (JSON-LD): an `Event` within another."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from market.events.models import Event
from market.programme.presenting import name_in, name_speaker
from market.programme.reading import SessionPage
from market.web.page import Page
from market.web.sharing import context_in, in_language


def describe_session(page: Page, event: Event, shown: SessionPage, *, address: str) -> dict[str, Any]:
    zone = ZoneInfo(event.zone)
    words = shown.words
    ends = shown.starts_utc + timedelta(minutes=shown.minutes)
    status = "EventCancelled" if shown.is_cancelled else "EventScheduled"
    described: dict[str, Any] = {
        "@context": context_in(page.language),
        "@type": "Event",
        "@id": address,
        "url": address,
        "name": in_language(words.title, words.language, page.language),
        "startDate": shown.starts_utc.astimezone(zone).isoformat(timespec="minutes"),
        "endDate": ends.astimezone(zone).isoformat(timespec="minutes"),
        "eventStatus": f"https://schema.org/{status}",
        "inLanguage": [shown.floor, *shown.interpreted],
        "superEvent": {"@type": "Event", "@id": page.absolute_url("events.show", slug=event.slug)},
    }
    if shown.room is not None:
        described["location"] = {"@type": "Place", "name": name_in(shown.room, page.language)}
    if words.abstract:
        described["description"] = in_language(words.abstract, words.language, page.language)
    if shown.speakers:
        names = [name_speaker(one, page.language) for one in shown.speakers]
        described["performer"] = [{"@type": "Person", "name": name} for name in names]
    return described
