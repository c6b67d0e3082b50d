"""Pages of imports: one's runs, sending a file, looking at what would come of it, and deciding."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from locales import LANGUAGES
from market.exchange import presenting, queries, service
from market.exchange.enums import RUN_STATES, FileFormat, RunState, Verdict
from market.exchange.exporting import MEDIA_TYPES
from market.exchange.files import keep_file, place_of
from market.exchange.formats.rows import UnreadableFile
from market.exchange.formats.streams import find_format
from market.exchange.formats.template import write_template
from market.exchange.forms import TAKEN_TWICE, ReadingForm, UploadForm
from market.exchange.models import ImportRun
from market.exchange.reports import write_report
from market.exchange.rules import may_import
from market.kernel.errors import N_, BadInput, Fault, Faulty, NotAllowed
from market.kernel.viewer import Viewer
from market.listings.enums import LISTING_KINDS
from market.listings.queries import read_key
from market.organizations.models import Organization
from market.organizations.queries import get_organization, list_acted_for, lock_organization
from market.web.deps import Db, Now, Page, SignedIn
from market.web.downloads import send_file
from market.web.forms import Sent, SentForm, parse_form
from market.web.page import PageRefused
from market.web.paging import PAGE_SIZE, read_cursor, write_cursor
from market.web.uploads import SentFile, SentUpload, Upload
from search.port import Sort

router = APIRouter()

UPLOAD_PATH: Final = "/account/imports/new"
FIRST_ROWS: Final = 8
PROBLEMS_AT_ONCE: Final = 50
LAST_LINE: Final = 1_000_000_000
ENDINGS: Final = {".jsonl": FileFormat.JSONL, ".ndjson": FileFormat.JSONL, ".csv": FileFormat.CSV}

CHOOSE_FILE = N_("Please choose a file.")
TITLE_NEEDED = N_("Please say which column is the title.")


@router.get("/account/imports", name="exchange.imports")
def list_imports(db: Db, viewer: SignedIn, page: Page, cursor: str = "") -> Response:
    after = None
    if cursor:
        moment, run_id = read_cursor(cursor, str, str)
        after = read_key(str(moment), str(run_id), sort=Sort.NEWEST)
    runs = queries.list_runs(db, viewer, after=after, limit=PAGE_SIZE + 1)
    shown = runs[:PAGE_SIZE]
    following = write_cursor(shown[-1].created_at.isoformat(), str(shown[-1].id)) if len(runs) > PAGE_SIZE else None
    return page.render(
        "exchange/imports.html",
        runs=shown,
        states=RUN_STATES,
        organizations=list_acted_for(db, viewer),
        next_cursor=following,
    )


@router.get(UPLOAD_PATH, name="exchange.new")
def show_new(db: Db, viewer: SignedIn, page: Page, organization: str = "") -> Response:
    organizations = list_acted_for(db, viewer)
    slugs = [body.slug for body in organizations]
    values = {"organization": organization if organization in slugs else "".join(slugs[:1]), "publishes": "1"}
    return page.render("exchange/new.html", **_choices(page, organizations), values=values, faults={})


@router.post(UPLOAD_PATH, name="exchange.start")
def start_import(sent: Upload, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """The same file with the same choices, sent again, leads to the run that is there."""
    try:
        form = parse_form(UploadForm, sent)
        organization = get_organization(db, form.organization)
        if not may_import(viewer, organization.id):
            raise NotAllowed
        file, file_format = _look_at_file(sent)
    except Faulty as problem:
        raise _refuse_new(page, db, viewer, sent, problem.faults) from problem
    lock_organization(db, organization.id)
    run = service.start_run(
        db, organization.id, name=file.name, file_format=file_format, file_hash=service.hash_file(file.path),
        options=form.as_options(), by=viewer.id, now=now, represented_by=viewer.centre_for(organization.id),
    )  # fmt: skip
    settings = page.resources.settings
    if not place_of(settings, run.id).exists():
        with file.path.open("rb") as blocks:
            keep_file(settings, run.id, iter(lambda: blocks.read(1 << 20), b""))
        service.send_to_worker(db, run)
    return page.redirect("exchange.show", run_id=str(run.id))


@router.get("/account/imports/template.xlsx", name="exchange.template")
def send_template(_viewer: SignedIn, page: Page) -> Response:
    """In the reader's language."""
    return send_file(
        lambda file: write_template(file, page.language),
        name=f"listings-{page.language}.xlsx",
        media_type=MEDIA_TYPES[FileFormat.XLSX],
    )


@router.get("/account/imports/{run_id}", name="exchange.show")
def show_import(run_id: UUID, db: Db, viewer: SignedIn, page: Page, only: str = "", cursor: str = "") -> Response:
    run = queries.get_run(db, run_id, viewer=viewer)
    return page.render("exchange/run.html", **_show_run(db, run, page, only=only, cursor=cursor))


@router.get("/account/imports/{run_id}/problems.csv", name="exchange.problems")
def send_problems(run_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    run = queries.get_run(db, run_id, viewer=viewer)
    return send_file(
        lambda file: write_report(file, queries.iterate_problems(db, run), page.reader),
        name=f"{run.file_name}.problems.csv",
        media_type=MEDIA_TYPES[FileFormat.CSV],
    )


@router.get("/account/imports/{run_id}/columns", name="exchange.columns")
def show_columns(run_id: UUID, db: Db, viewer: SignedIn, page: Page) -> Response:
    run = queries.get_run(db, run_id, viewer=viewer)
    if run.state not in (RunState.UNMAPPED, RunState.CHECKED):
        return page.redirect("exchange.show", run_id=str(run.id))
    return page.render("exchange/columns.html", **_columns(run, page))


@router.post("/account/imports/{run_id}/columns", name="exchange.name_columns")
def name_columns(run_id: UUID, sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    run = _get_to_change(db, run_id, viewer)
    chosen = _read_columns(run, sent)
    values = {name: sent.first(name) for name in ReadingForm.model_fields}
    try:
        form = parse_form(ReadingForm, SentForm({name: [value] for name, value in values.items()}))
        if faults := _find_column_faults(run, chosen):
            raise Faulty(faults)
    except Faulty as problem:
        shown = presenting.present_columns(run, chosen)
        again = {**_columns(run, page), "faults": problem.faults, "values": values, "columns": shown}
        raise page.refusal("exchange/columns.html", **again) from problem
    names = [name for name, _values in run.layout.get("columns", [])]
    mapping = {names[place]: column for place, column in chosen.items() if column}
    service.name_columns(db, run, mapping, form, by=viewer.id, now=now)
    return page.redirect("exchange.show", run_id=str(run.id))


@router.post("/account/imports/{run_id}/confirm", name="exchange.confirm")
def confirm_import(run_id: UUID, sent: Sent, db: Db, viewer: SignedIn, page: Page) -> Response:
    """`_skip` is sent by the button that says how many rows are left out. A second click changes nothing."""
    run = _get_to_change(db, run_id, viewer)
    service.confirm_run(db, run, skips_faults=sent.first("_skip") == "1", by=viewer.id)
    return page.redirect("exchange.show", run_id=str(run.id))


@router.post("/account/imports/{run_id}/stop", name="exchange.stop")
def stop_import(run_id: UUID, _sent: Sent, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    run = _get_to_change(db, run_id, viewer)
    service.stop_run(db, run, by=viewer.id, now=now)
    return page.redirect("exchange.show", run_id=str(run.id))


def _get_to_change(db: Session, run_id: UUID, viewer: Viewer) -> ImportRun:
    run = queries.get_run_to_change(db, run_id, viewer=viewer)
    if not may_import(viewer, run.organization_id):
        raise NotAllowed
    return run


def _look_at_file(sent: SentUpload) -> tuple[SentFile, FileFormat]:
    """The file and what it is, as far as its beginning tells; the rest turns out when it is checked."""
    if sent.file is None:
        raise Faulty({"file": Fault(CHOOSE_FILE)})
    name = sent.file.name.lower().removesuffix(".gz")
    wanted = next((kind for ending, kind in ENDINGS.items() if name.endswith(ending)), None)
    try:
        return sent.file, find_format(sent.file.path, wanted)
    except UnreadableFile as problem:
        raise Faulty({"file": Fault(problem.message, **problem.values)}) from problem


def _refuse_new(page: Page, db: Session, viewer: Viewer, sent: SentUpload, faults: dict[str, Fault]) -> PageRefused:
    values = {name: sent.first(name) for name in UploadForm.model_fields}
    organizations = list_acted_for(db, viewer)
    return page.refusal("exchange/new.html", **_choices(page, organizations), values=values, faults=faults)


def _choices(page: Page, organizations: Any) -> dict[str, Any]:
    bodies: list[Organization] = list(organizations)
    return {
        "organizations": bodies,
        "bodies": [(body.slug, body.name) for body in bodies],
        "own_languages": _list_languages(),
        "kinds": LISTING_KINDS,
        "encodings": presenting.list_encodings(page.reader),
    }


def _list_languages() -> list[tuple[str, str]]:
    return [(code, language.own_name) for code, language in LANGUAGES.items()]


def _show_run(db: Session, run: ImportRun, page: Page, *, only: str, cursor: str) -> dict[str, Any]:
    if only and only not in set(presenting.VERDICTS):
        raise BadInput
    after = _read_place(cursor) if cursor else None
    verdict = Verdict(only) if only else None
    problems = queries.list_problems(db, run, verdict=verdict, after=after, limit=PROBLEMS_AT_ONCE + 1)
    shown = problems[:PROBLEMS_AT_ONCE]
    following = write_cursor(shown[-1].line, shown[-1].number) if len(problems) > len(shown) else None
    return {
        "run": run,
        "lines": presenting.present_lines(shown, page.reader),
        "next_cursor": following,
        "only": only,
        "verdicts": presenting.VERDICTS,
        "counts": presenting.list_counts(run),
        "left_out": presenting.list_left_out(run),
        "reason": presenting.say(run.failure, run.failure_values, page.reader) if run.failure else "",
        "is_moving": run.state in presenting.MOVING,
        "states": RUN_STATES,
        **(_preview(db, run) if run.state is RunState.CHECKED else {}),
    }


def _preview(db: Session, run: ImportRun) -> dict[str, Any]:
    return {
        "effects": presenting.present_effects(run, queries.count_effects(db, run)),
        "rows": queries.list_first_rows(db, run, limit=FIRST_ROWS),
        "kinds": LISTING_KINDS,
        "changes": presenting.CHANGES,
    }


def _columns(run: ImportRun, page: Page) -> dict[str, Any]:
    return {
        "run": run,
        "columns": presenting.present_columns(run),
        "groups": list(presenting.list_column_groups(page.reader)),
        "encodings": presenting.list_encodings(page.reader) if presenting.has_encoding(run) else [],
        "own_languages": _list_languages(),
        "kinds": LISTING_KINDS,
        "values": {**run.options, "encoding": run.options.get("encoding") or run.layout.get("encoding", "")},
        "reason": presenting.say(run.failure, run.failure_values, page.reader) if run.failure else "",
        "faults": {},
    }


def _read_columns(run: ImportRun, sent: SentForm) -> dict[int, str]:
    """Place in the file → our column. JSON Lines name their own."""
    if run.file_format is FileFormat.JSONL:
        return {}
    known = presenting.list_column_codes()
    chosen = {column.place: sent.first(f"column-{column.place}") for column in presenting.present_columns(run)}
    if not known.issuperset(filter(None, chosen.values())):
        raise BadInput
    return chosen


def _find_column_faults(run: ImportRun, chosen: dict[int, str]) -> dict[str, Fault]:
    if run.file_format is FileFormat.JSONL:
        return {}
    taken: set[str] = set()
    faults: dict[str, Fault] = {}
    for place, column in chosen.items():
        if column and column in taken:
            faults[f"column-{place}"] = Fault(TAKEN_TWICE)
        taken.add(column)
    return faults if "title" in taken else {**faults, "columns": Fault(TITLE_NEEDED)}


def _read_place(cursor: str) -> tuple[int, int]:
    line, number = read_cursor(cursor, int, int)
    if not (0 <= int(line) <= LAST_LINE and 0 <= int(number) <= LAST_LINE):
        raise BadInput
    return int(line), int(number)
