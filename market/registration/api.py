"""Registration for programs: what one may register as; for an event's team who comes."""

from typing import Any

from market.events.queries import get_event, get_organized
from market.kernel.viewer import Scope
from market.kernel.zones import find_wall
from market.registration import queries, rules
from market.registration.enums import ParticipantState
from market.registration.presenting import name_in, name_types
from market.registration.queries import ParticipantFilters
from market.web.apikit.answers import Answer
from market.web.apikit.calls import MOST_ITEMS, Call
from market.web.apikit.doors import ApiRouter
from market.web.paging import LONGEST_CURSOR, read_cursor, write_cursor

router = ApiRouter()

EXAMPLE: dict[str, Any] = {
    "is_open": True,
    "items": [
        {
            "id": "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60",
            "name": "Trade visitor",
            "needs_approval": False,
            "opens_on": "2027-05-01",
            "closes_on": "2027-09-10",
            "is_open": True,
            "capacity": 150,
            "left": 12,
        }
    ],
    "url": "https://market.example/en/events/technology-exhibition-2027/register",
}
PARTICIPANTS_EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "code": "7F3K9Q",
            "name": "Nguyễn Thu Hà",
            "organization": "Hanoi Drying Works",
            "country": "VN",
            "email": "ha@example.org",
            "state": "admitted",
            "type": "Trade visitor",
            "registered_at": "2027-06-01T08:00:00Z",
        }
    ],
    "next": None,
}


@router.get(
    "/events/{slug}/registration", "api.show_registration", summary="Read what one may register as for an event",
    gives="Registration", sees=Scope.EVENTS_READ, example=EXAMPLE, refusals=(404, 429, 503),
)  # fmt: skip
def show_registration(call: Call) -> Answer:
    """`left` is how many places are left; `null` without a limit. Whoever comes when there is none waits on a list.
    People register on
    the page `url`.
    """
    event = get_event(call.db, call.parts["slug"], viewer=call.viewer)
    today = find_wall(call.now, event.zone).date()
    kinds = queries.list_types(call.db, event.id)
    items = [
        {
            "id": str(kind.id),
            "name": name_in(kind, call.language),
            "needs_approval": kind.needs_approval,
            "opens_on": kind.opens_on.isoformat() if kind.opens_on else None,
            "closes_on": kind.closes_on.isoformat() if kind.closes_on else None,
            "is_open": rules.is_offered(kind, today),
            "capacity": kind.capacity,
            "left": rules.count_left(kind),
        }
        for kind in kinds
    ]
    is_open = rules.find_obstacle(event.state, kinds, today) is None
    return Answer({"is_open": is_open, "items": items, "url": f"{call.pages('events')}{event.slug}/register"})


@router.get(
    "/events/{slug}/participants", "api.list_participants", summary="List who comes to an event",
    gives="ParticipantList", needs=Scope.EVENTS_READ,
    parameters={
        "state": "Codes: waiting_approval, admitted, waiting, declined, cancelled.",
        "cursor": "Where the next items start: `next` of the last answer.",
        "limit": f"How many items, at most {MOST_ITEMS}; 20 if left out.",
    },
    example=PARTICIPANTS_EXAMPLE, refusals=(400, 401, 403, 404, 422, 429, 503),
)  # fmt: skip
def list_participants(call: Call) -> Answer:
    """For the event's team alone; for others it is not there. Whoever registered last stands first."""
    event = get_organized(call.db, call.parts["slug"], call.require_person(Scope.EVENTS_READ))
    states = tuple(ParticipantState(code) for code in call.codes("state", set(ParticipantState)))
    limit, cursor = call.limit, call.text("cursor")[:LONGEST_CURSOR]
    after = queries.read_key(*map(str, read_cursor(cursor, str, str))) if cursor else None
    filters = ParticipantFilters(states=states)
    rows = queries.list_participants(call.db, event.id, filters, after=after, limit=limit + 1)
    names = name_types(queries.list_types(call.db, event.id), call.language)
    items = [
        {
            "code": row.code,
            "name": row.name,
            "organization": row.organization,
            "country": row.country or "",
            "email": row.email,
            "state": row.state,
            "type": names[row.type_id],
            "registered_at": row.registered_at,
        }
        for row in rows[:limit]
    ]
    following = write_cursor(*queries.write_key(rows[limit - 1])) if len(rows) > limit else None
    return Answer({"items": items, "next": following})
