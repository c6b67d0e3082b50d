"""A table as the programme of an event that is there: what the table has no column for stays as it is."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from market.events.models import Event
from market.programme import queries
from market.programme.formats.neutral import FileLink, FilePerson, FileProgramme, FileSession, ReadProgramme
from market.programme.formats.tables import read_csv
from market.programme.models import ProgrammeSession, Speaker

WORDS = ("subtitle", "abstract", "description")


def read_event_table(
    session: Session, event: Event, content: bytes, *, mapping: Mapping[str, str] | None = None
) -> ReadProgramme:
    """`mapping`: our column → the file's header; without one, headers are recognised."""
    read = read_csv(content, mapping=mapping, zone=event.zone, title=event.slug)
    if read.programme is not None and not read.problems:
        read.programme = _complete(session, event, read.programme, read.columns)
    return read


def _complete(session: Session, event: Event, file: FileProgramme, columns: AbstractSet[str]) -> FileProgramme:
    kept = queries.find_programme(session, event.id)
    stored = queries.list_sessions(session, event.id)
    names = _map_names(queries.list_speakers(session, event.id))
    sessions = tuple(_complete_all(file.sessions, stored, names, columns))
    if kept is None:
        return replace(file, sessions=sessions)
    return replace(file, sessions=sessions, day_change=kept.day_change, slot_minutes=kept.slot_minutes)


def _complete_all(
    sessions: Sequence[FileSession], stored: Sequence[ProgrammeSession], names: Mapping[str, FilePerson],
    columns: AbstractSet[str],
) -> Iterator[FileSession]:  # fmt: skip
    known = _Known(sessions, stored, columns)
    last_number = max((one.number for one in stored), default=0)
    for one in sessions:
        planned = known.find(one)
        values: dict[str, Any] = {"persons": tuple(names.get(person.name, person) for person in one.persons)}
        if planned is not None:
            values |= _keep(planned, one, columns)
        if "number" not in columns:
            last_number += planned is None
            values["number"] = last_number if planned is None else planned.number
        yield replace(one, **values)


class _Known:
    """Which session of the event a row is: by its guid, else by its code, else by a title that is there once.
    What a row names by guid or code is no other row's."""

    def __init__(
        self, sessions: Sequence[FileSession], stored: Sequence[ProgrammeSession], columns: AbstractSet[str]
    ) -> None:
        self._guids = {one.guid: one for one in stored}
        self._codes = {one.code: one for one in stored if "code" in columns}
        guids, codes = {one.guid for one in sessions}, {one.code for one in sessions if "code" in columns}
        left = [one for one in stored if one.guid not in guids and one.code not in codes]
        counts = Counter(one.title for one in sessions) + Counter(_title_of(one) for one in stored)
        self._titles = {title: one for one in left if counts[title := _title_of(one)] == 1 + 1}
        self._by_title = "guid" not in columns

    def find(self, one: FileSession) -> ProgrammeSession | None:
        found = self._guids.get(one.guid)
        if found is None and self._by_title:
            found = self._codes.get(one.code) or self._titles.get(one.title)
        return found


def _keep(planned: ProgrammeSession, one: FileSession, columns: AbstractSet[str]) -> dict[str, Any]:
    """What no table says, and what this one does not say."""
    values: dict[str, Any] = {
        "guid": planned.guid, "logo": planned.logo, "licence": planned.licence,
        "may_not_be_recorded": planned.may_not_be_recorded,
        "links": tuple(FileLink(**link) for link in planned.links),
        "attachments": tuple(FileLink(**link) for link in planned.attachments),
        "language": one.language or planned.language,
    }  # fmt: skip
    text = planned.texts[planned.language]
    values |= {name: getattr(text, name) for name in WORDS if name not in columns}
    if "track" not in columns:
        values["track"] = planned.track.name if planned.track else ""
    if "kind" not in columns:
        values["kind"] = planned.file_kind or planned.kind.value
    if "speakers" not in columns:
        values["persons"] = tuple(_make_person(link.speaker) for link in planned.speakers)
    return values


def _map_names(speakers: Sequence[Speaker]) -> Mapping[str, FilePerson]:
    """Name → the speaker of the event who is called so, where that is one alone."""
    counts = Counter(speaker.name for speaker in speakers)
    return {speaker.name: _make_person(speaker) for speaker in speakers if counts[speaker.name] == 1}


def _make_person(speaker: Speaker) -> FilePerson:
    return FilePerson(speaker.name, speaker.guid, speaker.number, speaker.biography)


def _title_of(planned: ProgrammeSession) -> str:
    return planned.texts[planned.language].title
