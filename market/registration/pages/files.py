"""Participants from a table, and as one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from locales import LANGUAGES
from market.events.models import Event
from market.events.presenting import choose_words
from market.events.queries import get_organized
from market.exchange.enums import FileFormat
from market.exchange.exporting import MEDIA_TYPES
from market.exchange.formats import delimited, xlsx
from market.exchange.formats.rows import UnreadableFile
from market.kernel.errors import N_, BadInput, Fault, NotFound
from market.registration import queries, takeover
from market.registration.checking import FIELDS, Asked, Problem, check_rows, find_missing, guess_fields
from market.registration.exporting import iterate_rows
from market.registration.forms import ANSWER
from market.registration.models import ParticipantImport, Question
from market.registration.presenting import CHOICES, name_in, name_types, read_list_address
from market.web.deps import Db, Now, Page, SignedIn
from market.web.downloads import send_file
from market.web.forms import Sent, SentForm
from market.web.limits import EXPORT_PER_ACCOUNT
from market.web.page import PageRefused
from market.web.uploads import Upload

router = APIRouter()

SHOWN_PROBLEMS: Final = 200
SHOWN_ROWS: Final = 3
COLUMN: Final = "column-"

CHOOSE_FILE = N_("Please choose a file.")
CHOOSE_COLUMNS = N_("Please choose a column for the name and one for the mail address.")
FILE_FORMATS: Final = {"csv": FileFormat.CSV, "xlsx": FileFormat.XLSX}


@router.get("/manage/events/{slug}/participants.{ending}", name="registration.export")
def export_participants(
    slug: str, ending: str, db: Db, viewer: SignedIn, page: Page, type: str = "", state: str = "", country: str = "",  # noqa: A002 - the query key
    q: str = "",
) -> Response:  # fmt: skip
    """Those that the list shows."""
    event = get_organized(db, slug, viewer)
    if ending not in FILE_FORMATS:
        raise NotFound
    page.resources.limits.check(EXPORT_PER_ACCOUNT, "export", str(viewer.id))
    rows = iterate_rows(db, event, read_list_address(type, state, country, q).filters)
    return send_file(
        lambda file: (
            xlsx.write_rows(file, rows, sheet_name="participants")
            if ending == "xlsx"
            else delimited.write_rows(file, rows)
        ),
        name=f"participants-{event.slug}.{ending}",
        media_type=MEDIA_TYPES[FILE_FORMATS[ending]],
    )


@router.get("/manage/events/{slug}/participants/import", name="registration.import")
def show_import(slug: str, db: Db, viewer: SignedIn, page: Page) -> Response:
    return _upload_page(page, get_organized(db, slug, viewer), problems=[], faults={})


@router.post("/manage/events/{slug}/participants/import", name="registration.do_import")
def import_table(slug: str, sent: Upload, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """Nobody is taken over yet: first somebody says which column is which."""
    event = get_organized(db, slug, viewer)
    if sent.file is None:
        raise PageRefused(_upload_page(page, event, problems=[], faults={"file": Fault(CHOOSE_FILE)}, status=422))
    try:
        table = takeover.keep_table(db, event, sent.file.path, file_name=sent.file.name, by=viewer, now=now)
    except UnreadableFile as problem:
        faults = {"file": Fault(problem.message, **problem.values)}
        raise PageRefused(_upload_page(page, event, problems=[], faults=faults, status=422)) from problem
    except takeover.UnreadableRows as unreadable:
        raise PageRefused(
            _upload_page(page, event, problems=unreadable.problems, faults={}, status=422)
        ) from unreadable
    return page.redirect("registration.columns", slug=slug, table_id=str(table.id))


@router.get("/manage/events/{slug}/participants/import/{table_id}", name="registration.columns")
def show_columns(slug: str, table_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    table = takeover.get_table(db, event, table_id)
    questions = queries.list_questions(db, event.id)
    chosen = guess_fields([column["name"] for column in table.columns], questions)
    values = {"language": event.language}
    return _columns_page(db, page, event, table, questions, chosen=chosen, values=values, problems=[], faults={})


@router.post("/manage/events/{slug}/participants/import/{table_id}", name="registration.take_over")
def take_over(slug: str, table_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """All or none."""
    event = get_organized(db, slug, viewer)
    table = takeover.get_table(db, event, table_id)
    questions = queries.list_questions(db, event.id)
    chosen = _read_columns(sent, table, questions)
    values = {name: sent.first(name) for name in ("type", "language")}
    if values["language"] not in LANGUAGES:
        raise BadInput
    kinds = queries.list_types(db, event.id)
    faults = {"columns": Fault(CHOOSE_COLUMNS)} if find_missing(chosen) else {}
    people, problems = ([], []) if faults else check_rows(table, chosen, Asked(kinds, questions, **_defaults(values)))
    if faults or problems:
        refused = _columns_page(
            db, page, event, table, questions, chosen=chosen, values=values, problems=problems, faults=faults,
            status=422,
        )  # fmt: skip
        raise PageRefused(refused)
    takeover.take_over(db, event, table, people, by=viewer, now=now)
    return page.redirect("registration.participants", slug=slug, notice="participants_imported")


@router.post("/manage/events/{slug}/participants/import/{table_id}/discard", name="registration.discard_table")
def discard_table(slug: str, table_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    event = get_organized(db, slug, viewer)
    takeover.discard_table(db, event, takeover.get_table(db, event, table_id), by=viewer)
    return page.redirect("registration.import", slug=slug)


def _defaults(values: Mapping[str, str]) -> dict[str, str]:
    return {"type_id": values["type"], "language": values["language"]}


def _read_columns(sent: SentForm, table: ParticipantImport, questions: Sequence[Question]) -> dict[int, str]:
    """Place of a column → what was chosen for it; of two that are the same the first counts."""
    offered = {*FIELDS, *(f"{ANSWER}{one.id}" for one in questions)}
    chosen: dict[int, str] = {}
    for place in range(len(table.columns)):
        field = sent.first(f"{COLUMN}{place}")
        if field and field not in offered:
            raise BadInput
        if field and field not in chosen.values():
            chosen[place] = field
    return chosen


def _upload_page(
    page: Page, event: Event, *, problems: Sequence[Problem], faults: dict[str, Fault], status: int = 200
) -> Response:
    return page.render(
        "registration/import.html", status=status, event=event, shown=choose_words(event, page.language),
        problems=problems[:SHOWN_PROBLEMS], faults=faults,
    )  # fmt: skip


def _columns_page(
    db: Db, page: Page, event: Event, table: ParticipantImport, questions: Sequence[Question], *,
    chosen: Mapping[int, str], values: dict[str, Any], problems: Sequence[Problem], faults: dict[str, Fault],
    status: int = 200,
) -> Response:  # fmt: skip
    reader = page.reader
    options = [(field, reader.gettext(label)) for field, label in FIELDS.items()]
    options += [(f"{ANSWER}{one.id}", name_in(one, reader.code)) for one in questions]
    columns = [
        (f"{COLUMN}{place}", column["name"], [text for row in table.rows[:SHOWN_ROWS] if (text := row.get(str(place)))])
        for place, column in enumerate(table.columns)
    ]
    return page.render(
        "registration/columns.html",
        status=status,
        event=event,
        shown=choose_words(event, page.language),
        table=table,
        columns=columns,
        options=options,
        chosen={f"{COLUMN}{place}": field for place, field in chosen.items()},
        names=name_types(queries.list_types(db, event.id), page.language),
        values=values,
        problems=problems[:SHOWN_PROBLEMS],
        faults=faults,
        **CHOICES,
    )
