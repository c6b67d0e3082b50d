"""The calendar of events, and each event's page."""

from dataclasses import replace
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from market.events import queries, rules
from market.events.calendars import write_events
from market.events.enums import EVENT_STATES
from market.events.kinds import KINDS
from market.events.linked_data import share_event
from market.events.presenting import (
    CHOICES,
    choose_words,
    group_by_month,
    list_months,
    name_offset,
    read_calendar_address,
)
from market.kernel.zones import begin_of_day
from market.web.conditional import answer_if_changed
from market.web.deps import Db, Now, Page
from market.web.paging import PAGE_SIZE, read_cursor, write_cursor
from market.web.sharing import CLAIM, share_page

router = APIRouter()

MOST_IN_CALENDAR = 200
KEPT_SECONDS = 300


@router.get("/events", name="events.index")
def list_events(
    db: Db, now: Now, page: Page, kind: str = "", country: str = "", month: str = "", past: str = "", cursor: str = ""
) -> Response:
    asked = read_calendar_address(kind=kind, country=country, month=month, past=past)
    after = queries.read_key(*map(str, read_cursor(cursor, str, str))) if cursor else None
    read = queries.list_past if asked.past else queries.list_coming
    rows = read(db, asked.filters, language=page.language, today=now.date(), after=after, limit=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    following = write_cursor(*queries.write_key(shown[-1])) if len(rows) > PAGE_SIZE else ""
    query = asked.query | ({"cursor": cursor} if cursor else {})
    response = page.render(
        "events/index.html",
        asked=asked,
        months=group_by_month(shown),
        offered_months=list_months(now.date()),
        next_address="?" + urlencode(asked.query | {"cursor": following}) if following else None,
        turned=replace(asked, past=not asked.past, month="").query,
        may_plan=rules.may_plan(page.viewer),
        event_states=EVENT_STATES,
        share=share_page(
            page, "events.index", description=page.reader.gettext(CLAIM), query=f"?{urlencode(query)}" if query else ""
        ),
        **CHOICES,
    )
    return page.public(response)


@router.get("/events.ics", name="events.calendar")
def show_calendar(db: Db, now: Now, page: Page, kind: str = "", country: str = "", month: str = "") -> Response:
    """What is announced and to come, for calendar programs: they ask again by themselves."""
    asked = read_calendar_address(kind=kind, country=country, month=month, past="")
    rows = queries.list_coming(db, asked.filters, language=page.language, today=now.date(), limit=MOST_IN_CALENDAR)
    changes = queries.map_changes(db, [row.id for row in rows])
    content = write_events(page, rows, changes)
    newest = max((moment for moment, _sequence in changes.values()), default=begin_of_day(now.date(), "UTC"))
    return answer_if_changed(page.request, content, media_type="text/calendar", changed_at=newest, seconds=KEPT_SECONDS)


@router.get("/events/{slug}", name="events.show")
def show_event(slug: str, db: Db, page: Page) -> Response:
    event = queries.get_event(db, slug, viewer=page.viewer)
    role = queries.find_role(db, event.id, page.viewer)
    response = page.render(
        "events/show.html",
        event=event,
        shown=choose_words(event, page.language),
        editions=queries.list_editions(db, event, viewer=page.viewer, language=page.language),
        offset=name_offset(event.zone, begin_of_day(event.starts_on, event.zone)),
        may_edit=rules.may_edit(page.viewer, role),
        panels=page.show_panels("events.show", db, event),
        event_states=EVENT_STATES,
        kind_label=KINDS[event.kind].label,
        share=None if event.state in rules.HIDDEN_STATES else share_event(page, event),
        **CHOICES,
    )
    return page.public(response)
