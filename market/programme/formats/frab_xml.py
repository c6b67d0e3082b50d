"""frab's XML, which frab, pretalx and others write and dozens of programs read (https://c3voc.de/wiki/schedule).

The schema has no place for venue, city, biographies and the size of rooms: they are read where a file has them, and not
written. When a day changes is told by the start and the end of the days.
"""

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

from market.kernel.text import printable
from market.programme.formats.addresses import is_web_address, quote_address
from market.programme.formats.assembling import assemble
from market.programme.formats.limits import MOST_BYTES, TOO_LARGE
from market.programme.formats.naming import Codes, Slugs, fit_acronym
from market.programme.formats.neutral import FileLink, FilePerson, FileProgramme, FileSession, ReadProgramme
from market.programme.formats.parts import Part
from market.programme.formats.problems import NOWHERE, Problems
from market.programme.formats.times import write_clock, write_instant, write_minutes
from market.programme.formats.writing import GENERATOR, Day, list_days
from market.programme.formats.xml_parts import Grammar, read_parts

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
"""Put in front by hand: encoding the whole at once is a third quicker than letting the library write bytes."""

_ACRONYM: Final = re.compile("[a-z0-9_-]{4,}")
_SLUG: Final = re.compile("[a-z0-9_]{4,}-[a-z0-9_-]{4,}")


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_PERSON: Final = Grammar(attributes=_same("id", "guid"), content="name")
_LINK: Final = Grammar(attributes={"href": "address"}, labels={"address": "href"}, content="title")
_EVENT: Final = Grammar(
    attributes=_same("id", "guid", "code"),
    texts=_same(
        "title", "subtitle", "date", "start", "duration", "room", "slug", "track", "type", "language", "abstract",
        "description", "url", "logo",
    ),
    wrappers={
        "persons": Grammar(parts={"person": ("persons", _PERSON)}),
        "links": Grammar(parts={"link": ("links", _LINK)}),
        "attachments": Grammar(parts={"attachment": ("attachments", _LINK)}),
        "recording": Grammar(texts=_same("license", "optout")),
    },
)  # fmt: skip
_ROOM: Final = Grammar(attributes=_same("name", "guid"), parts={"event": ("events", _EVENT)})
_DAY: Final = Grammar(attributes=_same("date", "start", "end"), parts={"room": ("rooms", _ROOM)})
_TRACK: Final = Grammar(attributes=_same("name"), content="name")
_TRACKS: Final = Grammar(parts={"track": ("tracks", _TRACK)})
_CONFERENCE: Final = Grammar(
    texts=_same(
        "acronym", "title", "start", "end", "time_zone_name", "day_change", "timeslot_duration", "base_url", "url",
        "venue", "city",
    ),
    parts={"track": ("tracks", _TRACK)},
)  # fmt: skip
_SCHEDULE: Final = Grammar(
    texts=_same("version"),
    parts={"conference": ("conferences", _CONFERENCE), "day": ("days", _DAY)},
    wrappers={"tracks": _TRACKS},
)


def read_frab_xml(content: bytes) -> ReadProgramme:
    problems = Problems()
    if len(content) > MOST_BYTES:
        problems.add(NOWHERE, TOO_LARGE, most=MOST_BYTES >> 20)
        return ReadProgramme(None, problems.listed)
    root = read_parts(content, "schedule", _SCHEDULE, problems)
    if root is None:
        return ReadProgramme(None, problems.listed)
    conference = next(iter(root.list_parts("conferences")), Part("conference", root.line))
    conference.texts["version"] = root.text("version")
    conference.parts.setdefault("tracks", []).extend(root.list_parts("tracks"))
    return assemble(conference, root.list_parts("days"), problems)


def write_frab_xml(programme: FileProgramme) -> bytes:
    root = Element("schedule")
    SubElement(root, "generator", {"name": GENERATOR})
    _add(root, "version", programme.version)
    days = list(list_days(programme))
    _add_conference(root, programme, len(days))
    writer = _SessionWriter(programme)
    zone = ZoneInfo(programme.zone)
    guids = {room.name: str(room.guid) for room in programme.rooms if room.guid}
    for day in days:
        element = SubElement(root, "day", _describe_day(day, zone))
        for name, sessions in day.rooms.items():
            attributes = {"name": printable(name)} | ({"guid": guids[name]} if name in guids else {})
            room = SubElement(element, "room", attributes)
            for session in sessions:
                writer.add(room, session)
    return _DECLARATION + tostring(root, encoding="unicode").encode()


def _add_conference(root: Element, programme: FileProgramme, days: int) -> None:
    conference = SubElement(root, "conference")
    _add(conference, "acronym", fit_acronym(programme, _ACRONYM))
    _add(conference, "title", programme.title)
    _add(conference, "start", programme.starts_on.isoformat())
    _add(conference, "end", programme.ends_on.isoformat())
    _add(conference, "days", str(days))
    _add(conference, "timeslot_duration", write_minutes(programme.slot_minutes))
    _add_address(conference, "base_url", programme.base_url)
    _add_address(conference, "url", programme.url)
    _add(conference, "time_zone_name", programme.zone)
    for track in programme.tracks:
        SubElement(conference, "track", {"name": printable(track)})


def _describe_day(day: Day, zone: ZoneInfo) -> dict[str, str]:
    return {
        "index": str(day.index),
        "date": day.date.isoformat(),
        "start": write_instant(day.starts_at, zone),
        "end": write_instant(day.ends_at, zone),
    }


class _SessionWriter:
    def __init__(self, programme: FileProgramme) -> None:
        self._zone = ZoneInfo(programme.zone)
        self._slugs = Slugs(programme)
        self._codes = Codes()

    def add(self, room: Element, session: FileSession) -> None:
        attributes = {"guid": str(session.guid), "id": str(session.number)}
        if self._codes.take(session.code):
            attributes["code"] = session.code
        event = SubElement(room, "event", attributes)
        event.tail = "\n"  # so that two files can be compared line by line
        _add(event, "date", write_instant(session.starts_at, self._zone))
        _add(event, "start", write_clock(session.starts_at))
        _add(event, "duration", write_minutes(session.minutes))
        _add(event, "room", session.room)
        if session.slug:
            _add(event, "slug", self._slugs.fit(session, _SLUG))
        _add_address(event, "url", session.url)
        _add(event, "title", session.title)
        _add(event, "subtitle", session.subtitle)
        _add(event, "track", session.track)
        _add(event, "type", session.kind)
        _add(event, "language", session.language)
        _add(event, "abstract", session.abstract)
        _add(event, "description", session.description)
        _add_address(event, "logo", session.logo)
        _add_recording(event, session)
        _add_persons(event, session.persons)
        _add_links(event, "links", "link", session.links)
        _add_links(event, "attachments", "attachment", session.attachments)


def _add_recording(event: Element, session: FileSession) -> None:
    if session.licence or session.may_not_be_recorded:
        recording = SubElement(event, "recording")
        _add(recording, "license", session.licence)
        _add(recording, "optout", "true" if session.may_not_be_recorded else "false")


def _add_persons(event: Element, persons: Iterable[FilePerson]) -> None:
    element = SubElement(event, "persons")
    for person in persons:
        attributes = {}
        if person.number is not None:
            attributes["id"] = str(person.number)
        if person.guid:
            attributes["guid"] = str(person.guid)
        SubElement(element, "person", attributes).text = printable(person.name)


def _add_links(event: Element, list_tag: str, tag: str, links: Iterable[FileLink]) -> None:
    element = SubElement(event, list_tag)
    for link in links:
        SubElement(element, tag, {"href": quote_address(link.address)}).text = printable(link.title)


def _add_address(parent: Element, tag: str, address: str) -> None:
    if is_web_address(address):
        _add(parent, tag, quote_address(address))


def _add(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = printable(text)
