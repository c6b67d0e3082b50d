"""A programme as CSV: a row for each session, as spreadsheets write and read it.

A table has no place for rooms without a session, for when the day changes, for links, pictures and licences, nor for
what is known of speakers beside their names. Its dates are those of the calendar.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from market.exchange.formats.delimited import WRONG_COUNT, write_rows
from market.exchange.formats.encodings import has_bad_bytes
from market.exchange.formats.jsonl import BAD_BYTES
from market.exchange.formats.rows import MAX_COLUMNS
from market.kernel.errors import N_
from market.kernel.text import printable, slugify
from market.programme.formats.assembling import assemble
from market.programme.formats.cells import (
    read_clock_cell,
    read_date_cell,
    read_minutes_cell,
    read_speakers_cell,
    write_speakers_cell,
)
from market.programme.formats.columns import COLUMNS, REQUIRED, guess_columns
from market.programme.formats.limits import MOST_BYTES, TOO_LARGE
from market.programme.formats.neutral import FileProgramme, FileSession, ReadProgramme
from market.programme.formats.parts import Part
from market.programme.formats.problems import NOWHERE, Problems, Where, make_problem
from market.programme.formats.reading import NO_CLOCK, NO_DURATION
from market.programme.formats.records import Record, Table, read_table
from market.programme.formats.times import write_clock

NO_SESSIONS = N_("We found no session in this table.")
NO_COLUMN = N_("This table has no column for %(column)s.")
UNKNOWN_HEADER = N_("This table has no column that is called %(name)s.")
NO_DATE = N_("This is no date like 2026-11-24.")

_SHOWN: Final = 3
_SHOWN_SIGNS: Final = 80
_NAMES: Final = {"number": "id", "kind": "type", "minutes": "duration"}
"""What the other formats call a column; it is read as theirs."""


def write_csv(programme: FileProgramme) -> bytes:
    """By time, with a byte order mark, and safe to open in a spreadsheet."""
    sessions = sorted(programme.sessions, key=lambda session: (session.starts_at, session.number))
    file = io.BytesIO()
    write_rows(file, [COLUMNS, *map(_make_row, sessions)])
    return file.getvalue()


def read_csv(content: bytes, *, mapping: Mapping[str, str] | None, zone: str, title: str) -> ReadProgramme:
    """`mapping`: our column → the file's header; without one, headers are recognised. `zone` is that of the times."""
    problems = Problems()
    if len(content) > MOST_BYTES:
        problems.add(NOWHERE, TOO_LARGE, most=MOST_BYTES >> 20)
        return ReadProgramme(None, problems.listed)
    table = read_table(content, mapping, problems)
    places = _find_places(table, mapping, problems) if table else {}
    if table is None or not table.records:
        if not problems.count:
            problems.add(NOWHERE, NO_SESSIONS)
        return ReadProgramme(None, problems.listed)
    if not places:
        return ReadProgramme(None, problems.listed)
    events = [_make_part(record, table, places) for record in table.records]
    acronym = slugify(title, fallback="")
    conference = Part("", texts={"title": title, "acronym": acronym, "time_zone_name": zone})
    room = Part("", parts={"events": events})
    read = assemble(conference, [Part("", parts={"rooms": [room]})], problems)
    read.columns = frozenset(places)
    return read


@dataclass(frozen=True, slots=True)
class Column:
    """Of a file: its header, some of what stands below, and which of ours it is by its name, if any."""

    name: str
    values: Sequence[str]
    guess: str


def list_columns(content: bytes) -> list[Column]:
    """For somebody to say which is which. None where it is no table at all; of two of one name, the first."""
    table = read_table(content, None, Problems()) if len(content) <= MOST_BYTES else None
    if table is None:
        return []
    names = table.header.cells[:MAX_COLUMNS]
    guessed = {name: column for column, name in guess_columns(names).items()}
    rows = [record.cells for record in table.records[:_SHOWN]]
    return [
        Column(name, [row[place][:_SHOWN_SIGNS] for row in rows if place < len(row) and row[place].strip()], guess)
        for place, name in enumerate(names)
        if name.strip() and names.index(name) == place
        for guess in (guessed.get(name, ""),)
    ]


def _make_row(session: FileSession) -> list[str]:
    cells = [
        str(session.guid),
        str(session.number),
        session.code,
        session.title,
        session.subtitle,
        session.track,
        session.kind,
        session.language,
        session.room,
        session.starts_at.date().isoformat(),
        session.starts_at.time().isoformat() if session.starts_at.second else write_clock(session.starts_at),
        str(session.minutes),
        write_speakers_cell(person.name for person in session.persons),
        session.abstract,
        session.description,
        session.url,
    ]
    return [printable(cell) for cell in cells]


def _find_places(table: Table, mapping: Mapping[str, str] | None, problems: Problems) -> dict[str, int]:
    """Our column → its place in a row. Empty where one that we cannot do without is missing, which is told."""
    header = table.header
    named = guess_columns(header.cells) if mapping is None else mapping
    told = problems.count
    for column, name in named.items():
        if name not in header.cells:
            problems.add(Where(header.line, column), UNKNOWN_HEADER, name=name[:80])
    for column in REQUIRED:
        if column not in named:
            problems.add(Where(header.line), NO_COLUMN, column=column)
    if problems.count > told:
        return {}
    return {column: header.cells.index(name) for column, name in named.items() if column in COLUMNS}


def _make_part(record: Record, table: Table, places: Mapping[str, int]) -> Part:
    """A row as the other formats would have it. Cells that cannot be read are its faults."""
    cells = record.cells
    part = Part(
        "", line=record.line, labels={_NAMES.get(name, name): table.header.cells[at] for name, at in places.items()}
    )
    width = len(table.header.cells)
    if any(cell.strip() for cell in cells[width:]):
        problem = make_problem(Where(record.line), WRONG_COUNT, found=len(cells), expected=width)
        part.faults["row"] = problem
    for column, place in places.items():
        cell = cells[place] if place < len(cells) else ""
        name = _NAMES.get(column, column)
        if has_bad_bytes(cell):
            part.faults[name] = make_problem(part.at(name), BAD_BYTES, encoding=table.encoding)
        elif column == "speakers":
            part.parts["persons"] = [_make_person(part, speaker) for speaker in read_speakers_cell(cell)]
        elif cell.strip():
            _set(part, name, cell)
    if "date" in part.texts and "start" in part.texts:
        part.texts["date"] += f"T{part.texts.pop('start')}"
    return part


def _make_person(part: Part, name: str) -> Part:
    return Part("", line=part.line, labels={"name": part.labels["speakers"]}, texts={"name": name})


def _set(part: Part, name: str, cell: str) -> None:
    read, message = _READERS.get(name, (None, ""))
    text = read(cell) if read else cell
    if text is None:
        part.faults[name] = make_problem(part.at(name), message)
    else:
        part.texts[name] = text


_READERS: Final[Mapping[str, tuple[Callable[[str], str | None], str]]] = {
    "date": (read_date_cell, NO_DATE),
    "start": (read_clock_cell, NO_CLOCK),
    "duration": (read_minutes_cell, NO_DURATION),
}
