"""Programmes as we write them and as files have them, small enough to be read here."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from icalendar import Calendar

from market.programme.formats.neutral import FileProgramme, FileRoom, FileSession, ReadProgramme

NAMESPACE = UUID(int=1)

EVENT = """
      <event guid="11111111-1111-4111-8111-111111111111" id="7">
        <date>2026-11-24T09:30:00+08:00</date>
        <start>09:30</start>
        <duration>00:45</duration>
        <room>Hall 1</room>
        <title>Heat pumps</title>
      </event>"""


def at(text: str) -> datetime:
    """Wall time, which has no zone."""
    return datetime.fromisoformat(text)


def make_guid(name: object) -> UUID:
    return uuid5(NAMESPACE, str(name))


def make_session(number: int = 1, **values: Any) -> FileSession:
    session = FileSession(
        guid=make_guid(number),
        number=number,
        title=f"Session {number}",
        room="Hall 1",
        starts_at=at("2026-11-24T09:30"),
        minutes=45,
    )
    return replace(session, **values)


def make_programme(sessions: Iterable[FileSession] = (), **values: Any) -> FileProgramme:
    programme = FileProgramme(
        acronym="expo_2026",
        title="Expo 2026",
        starts_on=date(2026, 11, 24),
        ends_on=date(2026, 11, 25),
        zone="Asia/Shanghai",
        rooms=(FileRoom("Hall 1"), FileRoom("Hall 2")),
        sessions=tuple(sessions),
    )
    return replace(programme, **values)


def make_xml(events: str = EVENT, *, conference: str = "", zone: str = "Asia/Shanghai", day: str = "") -> bytes:
    """`conference` are further elements of it, `day` the attributes of the one day."""
    named = f"<time_zone_name>{zone}</time_zone_name>" if zone else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<schedule>
  <version>1.0</version>
  <conference><acronym>expo_2026</acronym><title>Expo 2026</title>{named}{conference}</conference>
  <day index="1" {day or 'date="2026-11-24" start="2026-11-24T04:00:00+08:00" end="2026-11-25T03:59:00+08:00"'}>
    <room name="Hall 1">{events}
    </room>
  </day>
</schedule>
""".encode()


def make_event(**texts: str | None) -> str:
    """These texts in place of the usual ones, or none (None). `guid`, `id` and `code` are attributes."""
    usual = {
        "guid": "11111111-1111-4111-8111-111111111111",
        "id": "7",
        "date": "2026-11-24T09:30:00+08:00",
        "duration": "00:45",
        "title": "Heat pumps",
    }
    said = {name: text for name, text in (usual | texts).items() if text is not None}
    attributes = "".join(f' {name}="{said.pop(name)}"' for name in ("guid", "id", "code") if name in said)
    return f"<event{attributes}>{''.join(f'<{name}>{text}</{name}>' for name, text in said.items())}</event>"


def make_json(*events: Any, conference: dict[str, Any] | None = None, day: dict[str, Any] | None = None) -> bytes:
    """`conference` and `day` replace what is usual; `...` takes a name away, None is JSON's null."""
    the_day = {
        "index": 1,
        "date": "2026-11-24",
        "day_start": "2026-11-24T04:00:00+08:00",
        "day_end": "2026-11-25T04:00:00+08:00",
        "rooms": {"Hall 1": list(events)},
    }
    said = {
        "acronym": "expo_2026",
        "title": "Expo 2026",
        "time_zone_name": "Asia/Shanghai",
        "days": [_drop(the_day | (day or {}))],
    }
    return json.dumps({"schedule": {"version": "1.0", "conference": _drop(said | (conference or {}))}}).encode()


def make_json_event(**values: Any) -> dict[str, Any]:
    """As with `make_json`."""
    usual = {
        "guid": "11111111-1111-4111-8111-111111111111",
        "id": 7,
        "date": "2026-11-24T09:30:00+08:00",
        "duration": "00:45",
        "title": "Heat pumps",
    }
    return _drop(usual | values)


def tell(read: ReadProgramme) -> list[tuple[str, int | None, str]]:
    """What is wrong: the message with its values, the line, the place."""
    return [(problem.fault.message % problem.fault.values, problem.line, problem.place) for problem in read.problems]


def take(read: ReadProgramme) -> FileProgramme:
    """The programme of a file that has no faults."""
    assert tell(read) == []
    assert read.programme is not None
    return read.programme


def take_session(read: ReadProgramme) -> FileSession:
    (session,) = take(read).sessions
    return session


def settle(programme: FileProgramme) -> FileProgramme:
    """Without what differs between two files of one programme: the lines, and the order of sessions."""
    sessions = sorted(programme.sessions, key=lambda session: session.number)
    return replace(programme, sessions=tuple(replace(session, line=None) for session in sessions))


def read_events(content: bytes) -> list[Any]:
    """As another program reads a calendar."""
    return list(Calendar.from_ical(content).walk("VEVENT"))


def _drop(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not ...}
