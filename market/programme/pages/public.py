"""The programme that visitors see, and each session's page."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from markupsafe import Markup

from market.events import queries as events
from market.events.enums import EventState
from market.events.models import Event
from market.events.presenting import choose_words, name_offset
from market.events.rules import HIDDEN_STATES
from market.kernel.errors import NotFound
from market.kernel.zones import begin_of_day
from market.listings.choices import CHOICES as LISTING_CHOICES
from market.programme import presenting, queries, released, schedules
from market.programme.enums import SESSION_KINDS
from market.programme.linked_data import describe_session
from market.programme.models import Programme
from market.programme.presenting import ProgrammeAddress, read_programme_address
from market.programme.reading import read_session
from market.web.deps import Db, Now, Page
from market.web.sharing import share_page

router = APIRouter()


def get_released(db: Db, slug: str, page: Page) -> tuple[Event, Programme]:
    """An event with a programme that was released. Its team finds the page too while nobody else does."""
    event = events.get_event(db, slug, viewer=page.viewer)
    programme = queries.find_programme(db, event.id)
    if programme is None or programme.current_release_id is None:
        raise NotFound
    return event, programme


@router.get("/events/{slug}/programme", name="programme.show")
def show_programme(
    slug: str, db: Db, now: Now, page: Page, day: str = "", room: str = "", track: str = "", kind: str = "",
    speaks: str = "",
) -> Response:  # fmt: skip
    asked = read_programme_address(day=day, room=room, track=track, kind=kind, speaks=speaks)
    event, programme = get_released(db, slug, page)
    query = f"?{urlencode(asked.query)}" if asked.query else ""
    shown = choose_words(event, page.language)
    response = page.render(
        "programme/show.html",
        event=event,
        shown=shown,
        release=queries.find_release(db, programme.current_release_id),
        sessions=Markup(_show_list(db, page, event, programme, asked)),  # noqa: S704 - made by our escaping template
        running=_list_running(db, page, event, programme, now),
        offset=name_offset(event.zone, begin_of_day(event.starts_on, event.zone)),
        share=_share(page, event, shown.text.title, query),
    )
    return page.public(response)


@router.get("/events/{slug}/programme/{session}", name="programme.session")
def show_session(slug: str, session: str, db: Db, page: Page) -> Response:
    """What no release has shown is not there."""
    event, programme = get_released(db, slug, page)
    shown = read_session(db, event.id, programme.current_release_id, session, language=page.language)
    share = _share(page, event, shown.words.title, "", session=session)
    if share is not None:
        share = replace(share, linked_data=describe_session(page, event, shown, address=share.address))
    response = page.render(
        "programme/session.html",
        event=event,
        shown=choose_words(event, page.language),
        session=shown,
        is_marked=page.viewer is not None and schedules.is_marked(db, page.viewer.id, shown.id),
        room=presenting.name_in(shown.room, page.language) if shown.room else "",
        track=presenting.name_in(shown.track, page.language) if shown.track else "",
        speakers=[(presenting.name_speaker(one, page.language), one) for one in shown.speakers],
        kind_label=SESSION_KINDS[shown.kind],
        offset=name_offset(event.zone, shown.starts_utc),
        share=share,
        **LISTING_CHOICES,
    )
    return page.public(response)


def _show_list(db: Db, page: Page, event: Event, programme: Programme, asked: ProgrammeAddress) -> str:
    def make() -> str:
        shown = presenting.present_programme(db, event, programme, asked, language=page.language)
        return page.part(
            "programme/list.html", event=event, programme=shown, asked=asked, kinds=SESSION_KINDS,
            base=page.url("programme.show", slug=event.slug),
        )  # fmt: skip

    key = ("programme", event.id, event.slug, programme.version, page.language, asked)
    return page.resources.kept_parts.get_or_make(key, make)


def _list_running(db: Db, page: Page, event: Event, programme: Programme, now: Now) -> list[released.RunningRow]:
    """What is on now, while the event is."""
    if event.state is not EventState.RUNNING or programme.current_release_id is None:
        return []
    begun = released.list_begun(db, programme.current_release_id, now=now, language=page.language)
    return [row for row in begun if row.starts_utc + timedelta(minutes=row.minutes) > now]


def _share(page: Page, event: Event, title: str, query: str, *, session: str | None = None) -> Any:
    if event.state in HIDDEN_STATES:
        return None
    if session is None:
        return share_page(page, "programme.show", description=title, query=query, slug=event.slug)
    return share_page(page, "programme.session", description=title, slug=event.slug, session=session)
