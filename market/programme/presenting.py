"""What pages of a programme show: days, times, names in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.events.models import Event
from market.kernel.errors import BadInput
from market.programme import queries, released
from market.programme.conflicts import Conflict
from market.programme.enums import SessionKind
from market.programme.formats.times import find_day
from market.programme.models import Programme, ProgrammeSession, Room, SessionText, StoredConflict, Track
from market.programme.released import SlotRow


@dataclass(frozen=True, slots=True)
class ProgrammeAddress:
    """What a visitor narrows a programme down by. `speaks`: spoken on the floor, or interpreted into."""

    day: date | None = None
    room: str = ""
    track: str = ""
    kind: str = ""
    speaks: str = ""

    @property
    def query(self) -> dict[str, str]:
        parts = {
            "day": self.day.isoformat() if self.day else "", "room": self.room, "track": self.track,
            "kind": self.kind, "speaks": self.speaks,
        }  # fmt: skip
        return {name: value for name, value in parts.items() if value}

    def with_day(self, day: date | None) -> dict[str, str]:
        return {**{name: value for name, value in self.query.items() if name != "day"}, **_day_part(day)}

    @property
    def is_filtered(self) -> bool:
        return bool(self.room or self.track or self.kind or self.speaks)


def _day_part(day: date | None) -> dict[str, str]:
    return {"day": day.isoformat()} if day else {}


def show_conflicts(rows: Sequence[StoredConflict], sessions: Sequence[ProgrammeSession]) -> list[Conflict]:
    """With the sessions they are about, of which those are given that are there now."""
    by_id = {one.id: one for one in sessions}
    return [
        Conflict(
            row.kind, by_id[row.session_id], by_id.get(row.other_id) if row.other_id else None, row.name, row.severity
        )
        for row in rows
        if row.session_id in by_id
    ]


def read_programme_address(*, day: str, room: str, track: str, kind: str, speaks: str) -> ProgrammeAddress:
    """What no form of ours would send is refused; a room or a track that is not there finds nothing."""
    if (kind and kind not in set(SessionKind)) or (speaks and speaks not in LANGUAGES):
        raise BadInput
    try:
        for one in (room, track):
            if one:
                UUID(one)
        chosen = date.fromisoformat(day) if day else None
    except ValueError as problem:
        raise BadInput from problem
    return ProgrammeAddress(chosen, room, track, kind, speaks)


@dataclass(frozen=True, slots=True)
class ShownSession:
    """`title_language` is empty where it is the page's, as is a speaker's. `ends_at` is wall time, like `starts_at`."""

    code: str
    kind: SessionKind
    starts_at: datetime
    ends_at: datetime
    title: str
    title_language: str
    subtitle: str
    room: str
    track: str
    speakers: str
    floor: str
    interpreted: Sequence[str]
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class ShownTime:
    starts_at: datetime
    sessions: list[ShownSession]


@dataclass(frozen=True, slots=True)
class ShownDay:
    day: date
    times: list[ShownTime]


@dataclass(frozen=True, slots=True)
class ShownProgramme:
    """`days`: those that are shown; `all_days`: those that have sessions."""

    days: list[ShownDay]
    all_days: list[date]
    rooms: list[tuple[str, str]]
    tracks: list[tuple[str, str]]
    kinds: list[SessionKind]
    spoken: list[str]
    sessions: int


class Named(Protocol):
    """A room or a track, or what was read of one."""

    @property
    def name(self) -> str: ...
    @property
    def names(self) -> Mapping[str, str]: ...


class NamedPerson(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def language(self) -> str: ...


def name_in(named: Named, language: str) -> str:
    """A room's or a track's name in the reader's language, in English, else as files know it."""
    return named.names.get(language) or named.names.get("en") or named.name


def name_speaker(speaker: NamedPerson, language: str) -> str:
    """As the person writes it; to readers of other languages in Latin letters, where that is known."""
    return speaker.name_en if speaker.name_en and language != speaker.language else speaker.name


def present_programme(
    session: Session, event: Event, programme: Programme, asked: ProgrammeAddress, *, language: str
) -> ShownProgramme:
    """What the current release shows. The same number of queries however many sessions there are."""
    release_id = programme.current_release_id
    slots = released.list_slots(session, release_id) if release_id else []
    rooms = queries.list_rooms(session, event.id)
    tracks = queries.list_tracks(session, event.id)
    names = Names(session, release_id, rooms, tracks, language=language) if release_id else None
    days = [find_day(slot.starts_at, programme.day_change) for slot in slots]
    chosen = [
        (day, names.show(slot))
        for day, slot in zip(days, slots, strict=True)
        if names is not None and (asked.day is None or asked.day == day) and _is_wanted(slot, asked)
    ]
    shown = [
        ShownDay(day, [ShownTime(start, list(group)) for start, group in groupby(_second(rows), key=_start_of)])
        for day, rows in groupby(chosen, key=_first)
    ]
    used_rooms, used_tracks = {slot.room_id for slot in slots}, {slot.track_id for slot in slots}
    used_kinds = {slot.kind for slot in slots}
    return ShownProgramme(
        days=shown, all_days=sorted(set(days)),
        rooms=[(str(room.id), name_in(room, language)) for room in rooms if room.id in used_rooms],
        tracks=[(str(track.id), name_in(track, language)) for track in tracks if track.id in used_tracks],
        kinds=[kind for kind in SessionKind if kind in used_kinds],
        spoken=[code for code in LANGUAGES if any(code in _list_spoken(slot) for slot in slots)],
        sessions=len(chosen),
    )  # fmt: skip


class Names:
    """What a programme's rows are called in the reader's language, read once for all of them."""

    def __init__(
        self, session: Session, release_id: UUID, rooms: Sequence[Room], tracks: Sequence[Track], *, language: str,
        among: ColumnElement[bool] = released.ALL,
    ) -> None:  # fmt: skip
        self.language = language
        self.rooms: Mapping[UUID | None, str] = {room.id: name_in(room, language) for room in rooms}
        self.tracks: Mapping[UUID | None, str] = {track.id: name_in(track, language) for track in tracks}
        self.titles = released.map_titles(session, release_id, language=language, among=among)
        self.speakers = released.map_speakers(session, release_id, among=among)

    def name_speakers(self, slot: SlotRow) -> list[str]:
        return [name_speaker(one, self.language) for one in self.speakers.get(slot.id, ())]

    def show(self, slot: SlotRow) -> ShownSession:
        code, title, subtitle = self.titles[slot.id]
        return ShownSession(
            slot.code, slot.kind, slot.starts_at, slot.starts_at + timedelta(minutes=slot.minutes), title,
            "" if code == self.language else code, subtitle, self.rooms.get(slot.room_id, ""),
            self.tracks.get(slot.track_id, ""), ", ".join(self.name_speakers(slot)), slot.floor,
            slot.interpreted.split(), slot.is_cancelled,
        )  # fmt: skip


def choose_session_words(texts: Mapping[str, SessionText], own: str, language: str) -> SessionText:
    return texts.get(language) or texts.get(released.SECOND_LANGUAGE) or texts[own]


def _is_wanted(slot: SlotRow, asked: ProgrammeAddress) -> bool:
    return (
        (not asked.room or str(slot.room_id) == asked.room)
        and (not asked.track or str(slot.track_id) == asked.track)
        and (not asked.kind or slot.kind == asked.kind)
        and (not asked.speaks or asked.speaks in _list_spoken(slot))
    )


def _list_spoken(slot: SlotRow) -> list[str]:
    return [slot.floor, *slot.interpreted.split()]


def _first(pair: tuple[date, ShownSession]) -> date:
    return pair[0]


def _second(rows: Any) -> list[ShownSession]:
    return [shown for _day, shown in rows]


def _start_of(shown: ShownSession) -> datetime:
    return shown.starts_at
