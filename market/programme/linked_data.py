"""What a session's page says to machines (JSON-LD): an `Event` within another."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from market.events.models import Event
from market.programme.models import ProgrammeSession, ReleasedSlot, Room, SessionText
from market.programme.presenting import name_in, name_speaker
from market.web.page import Page
from market.web.sharing import context_in, in_language


def describe_session(
    page: Page, event: Event, planned: ProgrammeSession, slot: ReleasedSlot, words: SessionText, room: Room | None, *,
    address: str,
) -> dict[str, Any]:  # fmt: skip
    zone = ZoneInfo(event.zone)
    ends = slot.starts_utc + timedelta(minutes=slot.minutes)
    status = "EventCancelled" if slot.is_cancelled else "EventScheduled"
    described: dict[str, Any] = {
        "@context": context_in(page.language),
        "@type": "Event",
        "@id": address,
        "url": address,
        "name": in_language(words.title, words.language, page.language),
        "startDate": slot.starts_utc.astimezone(zone).isoformat(timespec="minutes"),
        "endDate": ends.astimezone(zone).isoformat(timespec="minutes"),
        "eventStatus": f"https://schema.org/{status}",
        "inLanguage": [planned.language, *planned.interpreted_into],
        "superEvent": {"@type": "Event", "@id": page.absolute_url("events.show", slug=event.slug)},
    }
    if room is not None:
        described["location"] = {"@type": "Place", "name": name_in(room, page.language)}
    if words.abstract:
        described["description"] = in_language(words.abstract, words.language, page.language)
    if planned.speakers:
        names = [name_speaker(link.speaker, page.language) for link in planned.speakers]
        described["performer"] = [{"@type": "Person", "name": name} for name in names]
    return described
