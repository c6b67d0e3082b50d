"""A programme from a file: an event of its own the first time, the same event again afterwards; a table into an event
that is there, whose columns somebody may have to name first.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Response

from market.events.enums import EventPart
from market.events.kinds import has_part
from market.events.models import Event
from market.events.queries import find_event_by_id, get_organized, list_organized
from market.events.rules import may_plan
from market.exchange.forms import TAKEN_TWICE
from market.kernel.errors import N_, BadInput, Fault, NotAllowed
from market.kernel.viewer import Viewer
from market.programme import keeping
from market.programme.formats.columns import COLUMNS, REQUIRED
from market.programme.formats.detecting import is_table, read_programme
from market.programme.formats.limits import MOST_BYTES
from market.programme.formats.neutral import Problem, ReadProgramme
from market.programme.formats.tables import Column, list_columns
from market.programme.models import ProgrammeFile
from market.programme.tabular import read_event_table
from market.programme.takeover import UnusableProgramme, take_over_programme
from market.web.deps import Db, Now, Page, SignedIn
from market.web.forms import Sent, SentForm
from market.web.page import PageRefused
from market.web.uploads import Upload

router = APIRouter()

UPLOAD_PATH: Final = "/manage/events/import"
SHOWN_PROBLEMS: Final = 200
MOST_OFFERED: Final = 200

CHOOSE_FILE = N_("Please choose a file.")
CHOOSE_EVENT = N_("Please choose the event of this table.")


@router.get(UPLOAD_PATH, name="programme.import")
def show_import(db: Db, viewer: SignedIn, page: Page, event: str = "") -> Response:
    if not may_plan(viewer):
        raise NotAllowed
    return page.render("programme/import.html", **_about(db, viewer, page, event), problems=[], faults={})


@router.post(UPLOAD_PATH, name="programme.do_import")
def import_programme(sent: Upload, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """Whole, or not at all: what is wrong is told line by line. A table whose columns we do not know is kept until
    they are named."""
    if not may_plan(viewer):
        raise NotAllowed
    about = _about(db, viewer, page, sent.first("event"))
    if sent.file is None:
        raise page.refusal("programme/import.html", **about, problems=[], faults={"file": Fault(CHOOSE_FILE)})
    event = get_organized(db, sent.first("event"), viewer) if sent.first("event") else None
    content = sent.file.path.read_bytes()
    if not is_table(content):
        return _take_over(db, page, read_programme(content), event, viewer=viewer, now=now, about=about)
    if event is None:
        raise page.refusal("programme/import.html", **about, problems=[], faults={"event": Fault(CHOOSE_EVENT)})
    columns = list_columns(content)
    if columns and len(content) <= MOST_BYTES and not {one.guess for one in columns}.issuperset(REQUIRED):
        keeping.keep_file(db, event, name=sent.file.name, content=content, by=viewer, now=now)
        return page.redirect("programme.columns")
    return _take_over(db, page, read_event_table(db, event, content), event, viewer=viewer, now=now, about=about)


@router.get(f"{UPLOAD_PATH}/columns", name="programme.columns")
def show_columns(db: Db, viewer: SignedIn, page: Page) -> Response:
    kept = _find_kept(db, viewer)
    if kept is None:
        return page.redirect("programme.import")
    columns = list_columns(kept.content)
    chosen = {place: column.guess for place, column in enumerate(columns)}
    return page.render("programme/columns.html", **_show_columns(kept.name, columns, chosen), problems=[], faults={})


@router.post(f"{UPLOAD_PATH}/columns", name="programme.name_columns")
def name_columns(sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    kept = _find_kept(db, viewer)
    event = find_event_by_id(db, kept.event_id) if kept else None
    if kept is None or event is None:
        return page.redirect("programme.import")
    columns = list_columns(kept.content)
    chosen = _read_columns(columns, sent)
    about = _show_columns(kept.name, columns, chosen)
    if faults := _find_faults(chosen):
        raise page.refusal("programme/columns.html", **about, problems=[], faults=faults)
    mapping = {column: columns[place].name for place, column in chosen.items() if column}
    read = read_event_table(db, event, kept.content, mapping=mapping)
    answer = _take_over(db, page, read, event, viewer=viewer, now=now, about=about, template="programme/columns.html")
    keeping.drop_file(db, viewer)
    return answer


def _find_kept(db: Db, viewer: Viewer) -> ProgrammeFile | None:
    if not may_plan(viewer):
        raise NotAllowed
    return keeping.find_file(db, viewer)


def _take_over(
    db: Db, page: Page, read: ReadProgramme, event: Event | None, *, viewer: Viewer, now: Now, about: dict[str, Any],
    template: str = "programme/import.html",
) -> Response:  # fmt: skip
    if read.programme is None or read.problems:
        raise _refuse(page, template, about, read.problems)
    try:
        taken = take_over_programme(db, read.programme, into=event, by=viewer, now=now)
    except UnusableProgramme as problem:
        raise _refuse(page, template, about, [Problem(Fault(problem.message, **problem.values))]) from problem
    return page.redirect("programme.manage", slug=taken.event.slug, notice="programme_imported")


def _refuse(page: Page, template: str, about: dict[str, Any], problems: Sequence[Problem]) -> PageRefused:
    return page.refusal(template, **about, problems=problems[:SHOWN_PROBLEMS], faults={})


def _about(db: Db, viewer: Viewer, page: Page, chosen: str) -> dict[str, Any]:
    rows = list_organized(db, viewer, language=page.language, limit=MOST_OFFERED)
    offered = [
        (row.slug, f"{row.title} · {row.starts_on:%Y}") for row in rows if has_part(row.kind, EventPart.PROGRAMME)
    ]
    return {"events": offered, "values": {"event": chosen}}


def _show_columns(name: str, columns: Sequence[Column], chosen: Mapping[int, str]) -> dict[str, Any]:
    return {"file_name": name, "columns": columns, "chosen": chosen, "ours": COLUMNS, "required": REQUIRED}


def _read_columns(columns: Sequence[Column], sent: SentForm) -> dict[int, str]:
    """Place → our column, or nothing where it is left out."""
    chosen = {place: sent.first(f"column-{place}") for place in range(len(columns))}
    if not set(COLUMNS).issuperset(filter(None, chosen.values())):
        raise BadInput
    return chosen


def _find_faults(chosen: Mapping[int, str]) -> dict[str, Fault]:
    taken: set[str] = set()
    faults: dict[str, Fault] = {}
    for place, column in chosen.items():
        if column and column in taken:
            faults[f"column-{place}"] = Fault(TAKEN_TWICE)
        taken.add(column)
    return faults
