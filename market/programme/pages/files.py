"""A released programme as files: for calendars, for screens at the venue, for other programs."""

from fastapi import APIRouter, Response

from market.events.models import Event
from market.kernel.errors import NotFound
from market.programme.enums import FileForm
from market.programme.exporting import Addresses, write_programme
from market.programme.pages.public import get_released
from market.web.conditional import answer_if_changed
from market.web.deps import Db, Page

router = APIRouter()

KEPT_SECONDS = 300
FORMS = {
    "xml": (FileForm.FRAB_XML, "application/xml"),
    "json": (FileForm.FRAB_JSON, "application/json"),
    "csv": (FileForm.CSV, "text/csv"),
    "ics": (FileForm.ICAL, "text/calendar"),
}
"""Ending of the address → what is written, and its media type."""


def make_addresses(page: Page, event: Event) -> Addresses:
    """What a file of this event points at."""
    return Addresses(
        site=page.own_site, programme=page.absolute_url("programme.show", slug=event.slug),
        session=lambda code: page.absolute_url("programme.session", slug=event.slug, session=code),
    )  # fmt: skip


@router.get("/events/{slug}/programme.{ending}", name="programme.file")
def show_file(slug: str, ending: str, db: Db, page: Page) -> Response:
    """As frab XML or JSON, CSV or iCalendar; programs that have it already are told so."""
    if ending not in FORMS:
        raise NotFound
    form, media_type = FORMS[ending]
    event, programme = get_released(db, slug, page)

    def make() -> bytes:
        addresses = make_addresses(page, event)
        return write_programme(db, event, programme, form, language=page.language, addresses=addresses)

    key = ("programme", event.id, event.version, programme.version, page.language, ending)
    content = page.resources.kept_files.get_or_make(key, make)
    response = answer_if_changed(
        page.request, content, media_type=media_type, changed_at=programme.changed_at, seconds=KEPT_SECONDS,
        version=" ".join(map(str, key)),
    )  # fmt: skip
    if page.viewer is not None:
        response.headers["Cache-Control"] = "private, no-cache"
    return response
