"""A programme from a file: an event of its own the first time, the same event again afterwards."""

from typing import Final

from fastapi import APIRouter, Response

from market.events.rules import may_plan
from market.kernel.errors import N_, Fault, NotAllowed
from market.programme.formats.detecting import read_programme
from market.programme.formats.neutral import Problem
from market.programme.takeover import UnusableProgramme, take_over_programme
from market.web.deps import Db, Now, Page, SignedIn
from market.web.page import PageRefused
from market.web.uploads import Upload

router = APIRouter()

UPLOAD_PATH: Final = "/manage/events/import"
SHOWN_PROBLEMS: Final = 200

CHOOSE_FILE = N_("Please choose a file.")


@router.get(UPLOAD_PATH, name="programme.import")
def show_import(viewer: SignedIn, page: Page) -> Response:
    if not may_plan(viewer):
        raise NotAllowed
    return page.render("programme/import.html", problems=[], faults={})


@router.post(UPLOAD_PATH, name="programme.do_import")
def import_programme(sent: Upload, db: Db, viewer: SignedIn, now: Now, page: Page) -> Response:
    """Whole, or not at all: what is wrong is told line by line."""
    if not may_plan(viewer):
        raise NotAllowed
    if sent.file is None:
        raise page.refusal("programme/import.html", problems=[], faults={"file": Fault(CHOOSE_FILE)})
    read = read_programme(sent.file.path.read_bytes())
    if read.programme is None or read.problems:
        raise _refuse(page, read.problems)
    try:
        taken = take_over_programme(db, read.programme, by=viewer, now=now)
    except UnusableProgramme as problem:
        raise _refuse(page, [Problem(Fault(problem.message, **problem.values))]) from problem
    return page.redirect("programme.manage", slug=taken.event.slug, notice="programme_imported")


def _refuse(page: Page, problems: list[Problem]) -> PageRefused:
    return page.refusal("programme/import.html", problems=problems[:SHOWN_PROBLEMS], faults={})
