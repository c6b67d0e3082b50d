"""What an event's page says to machines (JSON-LD, https://schema.org): an `ExhibitionEvent` or a `BusinessEvent`."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from market.events.enums import EventState
from market.events.kinds import KINDS
from market.events.models import Event, EventText
from market.events.presenting import ShownWords, choose_words
from market.kernel.text import shorten
from market.web.page import Page
from market.web.sharing import LONGEST_DESCRIPTION, Sharing, context_in, in_language, share_page

_STATUS = {EventState.CANCELLED: "https://schema.org/EventCancelled"}
_SCHEDULED = "https://schema.org/EventScheduled"


def share_event(page: Page, event: Event) -> Sharing:
    """Of one that everybody may see. It counts in the languages that it has words in."""
    shown = choose_words(event, page.language)
    languages = [event.language, *sorted(code for code in event.texts if code != event.language)]
    described = shorten(" ".join((shown.text.summary or shown.text.title).split()), LONGEST_DESCRIPTION)
    share = share_page(page, "events.show", description=described, languages=languages, slug=event.slug)
    return replace(share, linked_data=describe_event(page, event, shown, address=share.address))


def describe_event(page: Page, event: Event, shown: ShownWords, *, address: str) -> dict[str, Any]:
    """Days carry the offset of their zone, so that they are the same days everywhere."""
    text = shown.text
    description: dict[str, Any] = {
        "@context": context_in(page.language),
        "@type": KINDS[event.kind].schema_type,
        "@id": address,
        "url": address,
        "name": in_language(text.title, text.language, page.language),
        "startDate": _write_day(event.starts_on, event.zone, time(0)),
        "endDate": _write_day(event.ends_on, event.zone, time(23, 59)),
        "eventStatus": _STATUS.get(event.state, _SCHEDULED),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "inLanguage": sorted(event.texts),
        "location": _describe_place(event, shown.place, page.language),
    }
    if text.summary:
        description["description"] = in_language(text.summary, text.language, page.language)
    return description


def _describe_place(event: Event, text: EventText, language: str) -> dict[str, Any]:
    address: dict[str, Any] = {"@type": "PostalAddress"}
    if event.country:
        address["addressCountry"] = event.country
    if text.city:
        address["addressLocality"] = text.city
    if text.address:
        address["streetAddress"] = text.address
    name = in_language(text.venue, text.language, language) if text.venue else text.city
    return {"@type": "Place", "name": name, "address": address}


def _write_day(day: date, zone: str, at: time) -> str:
    return datetime.combine(day, at, ZoneInfo(zone)).isoformat(timespec="minutes")
