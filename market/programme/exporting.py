"""The released programme as files carry it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from market.events.enums import EventState
from market.events.models import Event
from market.programme import queries, released
from market.programme.enums import FileForm
from market.programme.formats.calendars import write_calendar
from market.programme.formats.frab_json import write_frab_json
from market.programme.formats.frab_xml import write_frab_xml
from market.programme.formats.neutral import FileLink, FilePerson, FileProgramme, FileRoom, FileSession
from market.programme.formats.tables import write_csv
from market.programme.models import Programme


@dataclass(frozen=True, slots=True)
class Addresses:
    """What a file points at: the site, the programme's page, and, by its code, each session's."""

    site: str
    programme: str
    session: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Exported:
    """`cancelled`: what was shown once and was called off; calendars are told of it."""

    programme: FileProgramme
    cancelled: Sequence[FileSession]
    sequences: Mapping[UUID, int]
    changed_at: Mapping[UUID, datetime]


def write_programme(
    session: Session, event: Event, programme: Programme, form: FileForm, *, language: str, addresses: Addresses
) -> bytes:
    """What the current release shows, as a file."""
    exported = export_programme(session, event, programme, language=language, addresses=addresses)
    if form is FileForm.ICAL:
        return _write_calendar(exported, event, addresses, name=exported.programme.title)
    return _WRITERS[form](exported.programme)


def write_own_calendar(
    session: Session, event: Event, programme: Programme, among: ColumnElement[bool], *, name: str, language: str,
    addresses: Addresses,
) -> bytes:  # fmt: skip
    """Some of what the current release shows, for the calendar of one person."""
    exported = export_programme(session, event, programme, language=language, addresses=addresses, among=among)
    return _write_calendar(exported, event, addresses, name=f"{exported.programme.title} · {name}")


def _write_calendar(exported: Exported, event: Event, addresses: Addresses, *, name: str) -> bytes:
    if event.state is EventState.CANCELLED:
        exported = _call_off(exported, event)
    return write_calendar(
        exported.programme, address=lambda one: one.url or addresses.programme, sequences=exported.sequences,
        changed_at=exported.changed_at, cancelled=exported.cancelled,
        host=urlsplit(addresses.site).hostname or "localhost", name=name,
    )  # fmt: skip


def _call_off(exported: Exported, event: Event) -> Exported:
    """No release has called these sessions off: the event was."""
    return Exported(
        replace(exported.programme, sessions=()), [*exported.cancelled, *exported.programme.sessions],
        {guid: sequence + 1 for guid, sequence in exported.sequences.items()},
        {guid: max(changed_at, event.changed_at) for guid, changed_at in exported.changed_at.items()},
    )  # fmt: skip


def export_programme(
    session: Session, event: Event, programme: Programme, *, language: str, addresses: Addresses,
    among: ColumnElement[bool] = released.ALL,
) -> Exported:  # fmt: skip
    """What the current release shows, with today's words: the reader's where there are any, else a session's own. By
    columns: a thousand sessions as entities take four times as long."""
    release = queries.find_release(session, programme.current_release_id)
    rows = released.list_exported(session, release.id, among=among) if release else []
    words = released.map_words(session, release.id, language=language, among=among) if release else {}
    persons = _map_persons(session, release.id, among) if release else {}
    shown: list[FileSession] = []
    cancelled: list[FileSession] = []
    for row in rows:
        made = _export_session(row, words[row.id], persons.get(row.id, ()), addresses)
        (cancelled if row.is_cancelled else shown).append(made)
    text = event.words_in(language)
    return Exported(
        FileProgramme(
            acronym=programme.external_key or event.slug, title=text.title, starts_on=event.starts_on,
            ends_on=event.ends_on, zone=event.zone, version=release.name if release else "",
            day_change=programme.day_change, slot_minutes=programme.slot_minutes, venue=text.venue, city=text.city,
            url=addresses.programme, base_url=addresses.programme,
            rooms=tuple(
                FileRoom(room.name, room.guid, room.capacity) for room in queries.list_rooms(session, event.id)
            ),
            tracks=tuple(track.name for track in queries.list_tracks(session, event.id)), sessions=tuple(shown),
        ),
        cancelled,
        {row.guid: row.sequence for row in rows},
        {row.guid: max(row.placed_at, row.changed_at) for row in rows},
    )  # fmt: skip


def _map_persons(
    session: Session, release_id: UUID, among: ColumnElement[bool]
) -> Mapping[UUID, tuple[FilePerson, ...]]:
    """Session → who speaks there. One person is one object, however many sessions."""
    known: dict[UUID, FilePerson] = {}
    persons: dict[UUID, tuple[FilePerson, ...]] = {}
    for session_id, guid, name, number, biography in released.list_persons(session, release_id, among=among):
        person = known.setdefault(guid, FilePerson(name, guid, number, biography))
        persons[session_id] = (*persons.get(session_id, ()), person)
    return persons


def _export_session(
    row: released.ExportedRow, words: released.Words, persons: tuple[FilePerson, ...], addresses: Addresses
) -> FileSession:
    return FileSession(
        guid=row.guid, number=row.number, code=row.code, title=words.title, subtitle=words.subtitle, room=row.room,
        starts_at=row.starts_at, minutes=row.minutes, slug=row.file_slug, track=row.track,
        kind=row.file_kind or row.kind.value, language=row.language, abstract=words.abstract,
        description=words.description, persons=persons, links=_export_links(row.links),
        attachments=_export_links(row.attachments), url=addresses.session(row.code), logo=row.logo,
        licence=row.licence, may_not_be_recorded=row.may_not_be_recorded,
    )  # fmt: skip


def _export_links(links: list[dict[str, str]]) -> tuple[FileLink, ...]:
    return tuple(FileLink(**link) for link in links)


_WRITERS: Mapping[FileForm, Callable[[FileProgramme], bytes]] = {
    FileForm.FRAB_XML: write_frab_xml,
    FileForm.FRAB_JSON: write_frab_json,
    FileForm.CSV: write_csv,
}
