"""Released programmes for programs."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from market.events.models import Event
from market.events.queries import get_event
from market.kernel.errors import NotFound
from market.kernel.viewer import Scope
from market.programme import queries, released
from market.programme.formats.times import find_day
from market.programme.models import Programme, Release
from market.programme.presenting import Names
from market.web.apikit.answers import OPTIONS, Answer, make_etag
from market.web.apikit.calls import Call
from market.web.apikit.doors import ApiRouter

router = ApiRouter()

EXAMPLE: dict[str, Any] = {
    "release": "3.0",
    "released_at": "2027-08-01T08:00:00Z",
    "zone": "Asia/Shanghai",
    "items": [
        {
            "code": "7F3K9Q",
            "guid": "0b9b1c1e-8f0e-4b44-9d4f-0a1e5a3a7c11",
            "kind": "matchmaking",
            "title": "Drying tropical fruit",
            "language": "en",
            "floor": "zh-Hans",
            "interpreted": ["vi", "en"],
            "day": "2027-09-17",
            "starts": "2027-09-17T09:30:00+08:00",
            "ends": "2027-09-17T11:00:00+08:00",
            "room": "Hall A",
            "track": "Agriculture",
            "speakers": ["Wei Lan"],
            "is_cancelled": False,
            "sequence": 1,
            "url": "https://market.example/en/events/technology-exhibition-2027/programme/7F3K9Q",
        }
    ],
}


@router.get(
    "/events/{slug}/programme", "api.show_programme", summary="Read the released programme of an event",
    gives="Programme", sees=Scope.EVENTS_READ, example=EXAMPLE, refusals=(404, 429, 503),
)  # fmt: skip
def show_programme(call: Call) -> Answer:
    """All sessions of the current release in order of time, also those that were called off since they were shown.
    `sequence` grows with each release that moves or cancels a session; `day` is that of the programme, to which also
    belongs what begins after midnight.
    """
    event = get_event(call.db, call.parts["slug"], viewer=call.viewer)
    programme = queries.find_programme(call.db, event.id)
    release = queries.find_release(call.db, programme.current_release_id) if programme else None
    if programme is None or release is None:
        raise NotFound

    def make() -> bytes:
        items = _list_items(call, event, programme, release)
        whole = {"release": release.name, "released_at": release.released_at, "zone": event.zone, "items": items}
        return orjson.dumps(whole, option=OPTIONS)

    key = ("programme", event.id, event.version, programme.version, call.language, "api")
    content = call.resources.kept_files.get_or_make(key, make)
    return Answer(orjson.Fragment(content), etag=make_etag(programme.version, event.version, language=call.language))


def _list_items(call: Call, event: Event, programme: Programme, release: Release) -> list[dict[str, Any]]:
    zone = ZoneInfo(event.zone)
    rooms, tracks = queries.list_rooms(call.db, event.id), queries.list_tracks(call.db, event.id)
    names = Names(call.db, release.id, rooms, tracks, language=call.language)
    pages = f"{call.pages('events')}{event.slug}/programme/"
    return [
        {
            "code": slot.code,
            "guid": str(slot.guid),
            "kind": slot.kind,
            "title": names.titles[slot.id][1],
            "language": names.titles[slot.id][0],
            "floor": slot.floor,
            "interpreted": slot.interpreted.split(),
            "day": find_day(slot.starts_at, programme.day_change).isoformat(),
            "starts": slot.starts_utc.astimezone(zone).isoformat(),
            "ends": (slot.starts_utc + timedelta(minutes=slot.minutes)).astimezone(zone).isoformat(),
            "room": names.rooms.get(slot.room_id),
            "track": names.tracks.get(slot.track_id),
            "speakers": names.name_speakers(slot),
            "is_cancelled": slot.is_cancelled,
            "sequence": slot.sequence,
            "url": pages + slot.code,
        }
        for slot in released.list_slots(call.db, release.id)
    ]
