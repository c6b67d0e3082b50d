"""Events for programs."""

from typing import Any

from market.events import queries
from market.events.enums import EventKind
from market.events.presenting import choose_words
from market.events.queries import EventFilters, EventRow
from market.kernel.viewer import Scope
from market.taxonomy.values import COUNTRIES
from market.web.apikit.answers import Answer, make_etag
from market.web.apikit.calls import MOST_ITEMS, Call
from market.web.apikit.doors import ApiRouter
from market.web.paging import LONGEST_CURSOR, read_cursor, write_cursor

router = ApiRouter()

EXAMPLE: dict[str, Any] = {
    "slug": "technology-exhibition-2027",
    "kind": "expo",
    "state": "announced",
    "title": "China–ASEAN Technology Exhibition",
    "summary": "Three days of technologies from twelve countries.",
    "language": "en",
    "country": "CN",
    "city": "Nanning",
    "venue": "Exhibition halls at the lake",
    "zone": "Asia/Shanghai",
    "starts_on": "2027-09-17",
    "ends_on": "2027-09-19",
    "url": "https://market.example/en/events/technology-exhibition-2027",
}
WHOLE_EXAMPLE: dict[str, Any] = EXAMPLE | {
    "description": "Offers and demands, shown and met.",
    "address": "1 Lake Road",
    "website": "https://www.example.org",
    "languages": ["en", "zh-Hans"],
    "version": 3,
}
LIST_EXAMPLE: dict[str, Any] = {"items": [EXAMPLE], "next": None}


@router.get(
    "/events", "api.list_events", summary="List events to come", gives="EventList", sees=Scope.EVENTS_READ,
    parameters={
        "kind": "Codes of kinds: expo, conference, matchmaking, taking_part.",
        "country": "Codes of the value list `countries`.",
        "past": "`1`: those that are over instead, the last one first.",
        "cursor": "Where the next items start: `next` of the last answer.",
        "limit": f"How many items, at most {MOST_ITEMS}; 20 if left out.",
    },
    example=LIST_EXAMPLE, refusals=(400, 422, 429, 503),
)  # fmt: skip
def list_events(call: Call) -> Answer:
    """What is announced, in order of the last day; also what was called off, with its state. Words are the reader's
    where there are any, else the organizer's own; `language` says which.
    """
    filters = EventFilters(kinds=call.codes("kind", set(EventKind)), countries=call.codes("country", COUNTRIES))
    limit, cursor = call.limit, call.text("cursor")[:LONGEST_CURSOR]
    after = queries.read_key(*map(str, read_cursor(cursor, str, str))) if cursor else None
    read = queries.list_past if call.codes("past", ("1",)) else queries.list_coming
    rows = read(call.db, filters, language=call.language, today=call.now.date(), after=after, limit=limit + 1)
    following = write_cursor(*queries.write_key(rows[limit - 1])) if len(rows) > limit else None
    return Answer({"items": [_show(call, row) for row in rows[:limit]], "next": following})


@router.get(
    "/events/{slug}", "api.show_event", summary="Read one event", gives="Event", sees=Scope.EVENTS_READ,
    example=WHOLE_EXAMPLE, refusals=(404, 429, 503),
)  # fmt: skip
def show_event(call: Call) -> Answer:
    """With a token that has the scope `events:read` also what the person's team has not announced yet."""
    event = queries.get_event(call.db, call.parts["slug"], viewer=call.viewer)
    row = queries.find_row(call.db, event.id, language=call.language)
    assert row is not None  # noqa: S101 - it was just read
    text = choose_words(event, call.language).text
    whole = _show(call, row) | {
        "description": text.description,
        "address": text.address,
        "website": event.website,
        "languages": sorted(event.texts),
        "version": event.version,
    }
    return Answer(whole, etag=make_etag(event.version, 0, language=call.language))


def _show(call: Call, row: EventRow) -> dict[str, Any]:
    return {
        "slug": row.slug,
        "kind": row.kind,
        "state": row.state,
        "title": row.title,
        "summary": row.summary,
        "language": row.language,
        "country": row.country,
        "city": row.city,
        "venue": row.venue,
        "zone": row.zone,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "url": call.pages("events") + row.slug,
    }
