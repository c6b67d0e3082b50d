"""frab's JSON (https://c3voc.de/schedule/schema.json).

What the schema has no place for stands in `meta`, which it leaves open: venue, city, when the day changes, and a time
zone whose name it does not take.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from market.kernel.errors import N_
from market.kernel.text import printable
from market.programme.formats.addresses import is_web_address, quote_address
from market.programme.formats.assembling import assemble
from market.programme.formats.json_parts import PartMaker, Shape, TooManyParts, load_json
from market.programme.formats.limits import MOST_BYTES, TOO_LARGE, TOO_MUCH
from market.programme.formats.naming import CODE, Slugs, derive_guid, fit_acronym
from market.programme.formats.neutral import FileLink, FilePerson, FileProgramme, FileRoom, FileSession, ReadProgramme
from market.programme.formats.problems import NOWHERE, Problems
from market.programme.formats.times import write_clock, write_instant, write_minutes
from market.programme.formats.writing import GENERATOR, Day, list_days

OTHER_JSON = N_("This JSON is no programme: it has no schedule with a conference in it.")

_SCHEMA: Final = "https://c3voc.de/schedule/schema.json"
_ACRONYM: Final = re.compile("[a-z0-9_-][a-z0-9_]{3,}(-2[0-9]{3}-[a-z]+)?")
_SLUG: Final = re.compile("[a-z0-9_-]+[a-z0-9]")
_ZONE: Final = re.compile("[A-Z][a-z]+/[A-Z][a-z]+.*|UTC")
"""Those that the schema takes: it looks at the beginning alone."""


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_PERSON: Final = Shape(
    texts={"full_public_name": "name", "public_name": "name", "name": "name", "guid": "guid", "biography": "biography"},
    numbers=_same("id"),
)
_LINK: Final = Shape(texts={"url": "address", "title": "title"}, labels={"address": "url"})
_EVENT: Final = Shape(
    texts=_same(
        "guid", "code", "title", "subtitle", "date", "start", "duration", "room", "slug", "track", "type", "language",
        "abstract", "description", "url", "logo",
    ) | {"recording_license": "license"},
    numbers=_same("id"),
    truths={"do_not_record": "optout"},
    lists={"persons": _PERSON, "links": _LINK, "attachments": _LINK},
    labels={"license": "recording_license", "optout": "do_not_record"},
)  # fmt: skip
_ROOM: Final = Shape(texts=_same("name", "guid"), numbers=_same("capacity"))
_DAY: Final = Shape(
    texts={"date": "date", "day_start": "start", "day_end": "end"},
    named={"rooms": ("events", _EVENT)},
    labels={"start": "day_start", "end": "day_end"},
)
_OF_OUR_OWN: Final = ("venue", "city", "day_change", "time_zone_name")
_CONFERENCE: Final = Shape(
    texts=_same("acronym", "title", "start", "end", "timeslot_duration", "url", *_OF_OUR_OWN),
    lists={"tracks": Shape(texts=_same("name")), "rooms": _ROOM, "days": _DAY},
)
_SCHEDULE: Final = Shape(texts=_same("version", "base_url"))
_META: Final = Shape(texts=_same(*_OF_OUR_OWN))


def read_frab_json(content: bytes) -> ReadProgramme:
    problems = Problems()
    if len(content) > MOST_BYTES:
        problems.add(NOWHERE, TOO_LARGE, most=MOST_BYTES >> 20)
        return ReadProgramme(None, problems.listed)
    root = load_json(content, problems)
    if problems.count:
        return ReadProgramme(None, problems.listed)
    schedule = _take_object(root, "schedule")
    values = _take_object(schedule, "conference")
    if not values:
        problems.add(NOWHERE, OTHER_JSON)
        return ReadProgramme(None, problems.listed)
    maker = PartMaker()
    try:
        conference = maker.make(values, "", _CONFERENCE)
        around = maker.make(schedule, "", _SCHEDULE)
    except TooManyParts:
        problems.add(NOWHERE, TOO_MUCH)
        return ReadProgramme(None, problems.listed)
    conference.texts |= maker.make(_take_object(values, "meta"), "meta", _META).texts | around.texts
    conference.faults |= around.faults
    return assemble(conference, conference.list_parts("days"), problems)


def write_frab_json(programme: FileProgramme) -> bytes:
    schedule = {
        "version": printable(programme.version),
        **_write_address("base_url", programme.base_url),
        "conference": _write_conference(programme),
    }
    return orjson.dumps({"$schema": _SCHEMA, "generator": {"name": GENERATOR}, "schedule": schedule})


def _take_object(values: object, name: str) -> Mapping[str, Any]:
    inner = values.get(name) if isinstance(values, Mapping) else None
    return inner if isinstance(inner, dict) else {}


def _write_conference(programme: FileProgramme) -> dict[str, Any]:
    writer = _SessionWriter(programme)
    days = [writer.write_day(day) for day in list_days(programme)]
    return {
        "acronym": fit_acronym(programme, _ACRONYM),
        "title": printable(programme.title),
        "start": programme.starts_on.isoformat(),
        "end": programme.ends_on.isoformat(),
        "daysCount": len(days),
        "timeslot_duration": write_minutes(programme.slot_minutes),
        **({"time_zone_name": programme.zone} if _ZONE.fullmatch(programme.zone) else {}),
        **_write_address("url", programme.url),
        "meta": _write_meta(programme),
        "tracks": [{"name": printable(track)} for track in programme.tracks],
        "rooms": [_write_room(programme, room) for room in programme.rooms],
        "days": days,
    }


def _write_meta(programme: FileProgramme) -> dict[str, str]:
    return {
        "venue": printable(programme.venue),
        "city": printable(programme.city),
        "day_change": write_minutes(programme.day_change),
        **({} if _ZONE.fullmatch(programme.zone) else {"time_zone_name": programme.zone}),
    }


def _write_room(programme: FileProgramme, room: FileRoom) -> dict[str, Any]:
    """The schema asks for a guid."""
    guid = room.guid or derive_guid(programme.acronym, "room", room.name)
    return {"name": printable(room.name), "guid": str(guid), "capacity": room.capacity}


class _SessionWriter:
    def __init__(self, programme: FileProgramme) -> None:
        self._zone = ZoneInfo(programme.zone)
        self._slugs = Slugs(programme)

    def write_day(self, day: Day) -> dict[str, Any]:
        rooms: dict[str, list[dict[str, Any]]] = {}
        for name, sessions in day.rooms.items():
            rooms.setdefault(printable(name), []).extend(map(self._write_session, sessions))
        return {
            "index": day.index,
            "date": day.date.isoformat(),
            "day_start": write_instant(day.starts_at, self._zone),
            "day_end": write_instant(day.ends_at, self._zone),
            "rooms": rooms,
        }

    def _write_session(self, session: FileSession) -> dict[str, Any]:
        return {
            "guid": str(session.guid),
            "id": session.number,
            **({"code": session.code} if CODE.fullmatch(session.code) else {}),
            "date": write_instant(session.starts_at, self._zone),
            "start": write_clock(session.starts_at),
            "duration": write_minutes(session.minutes),
            "room": printable(session.room),
            "slug": self._slugs.fit(session, _SLUG),
            # The schema asks for an address; the guid is one that leads nowhere.
            **(_write_address("url", session.url) or {"url": session.guid.urn}),
            "title": printable(session.title),
            "subtitle": printable(session.subtitle),
            "track": printable(session.track),
            "type": printable(session.kind),
            "language": printable(session.language),
            "abstract": printable(session.abstract),
            "description": printable(session.description),
            **_write_address("logo", session.logo),
            "recording_license": printable(session.licence),
            "do_not_record": session.may_not_be_recorded,
            "persons": [_write_person(person) for person in session.persons],
            "links": [_write_link(link) for link in session.links],
            "attachments": [_write_link(link) for link in session.attachments],
        }


def _write_person(person: FilePerson) -> dict[str, Any]:
    """As pretalx does: with `public_name` beside it the schema would take the person for one of two kinds."""
    return {
        "name": printable(person.name),
        "biography": printable(person.biography),
        **({} if person.number is None else {"id": person.number}),
        **({"guid": str(person.guid)} if person.guid else {}),
    }


def _write_link(link: FileLink) -> dict[str, str]:
    return {"url": quote_address(link.address), "title": printable(link.title)}


def _write_address(name: str, address: str) -> dict[str, str]:
    return {name: quote_address(address)} if is_web_address(address) else {}
