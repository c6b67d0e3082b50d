from sqlalchemy.orm import Session

from market.events.enums import EventPart
from market.events.kinds import has_part
from market.events.models import Event
from market.kernel.clock import utc_now
from market.listings.models import Listing
from market.programme import queries, released
from market.web.page import Page

SHOWN = 5


def programme_of_event(page: Page, session: Session, event: Event) -> str:
    """On an event's page: the way to its programme."""
    programme = queries.find_programme(session, event.id)
    if programme is None or programme.current_release_id is None:
        return ""
    return page.part(
        "programme/of_event.html", event=event, sessions=released.count_shown(session, programme.current_release_id)
    )


def programme_to_manage(page: Page, session: Session, event: Event) -> str:
    """On the page where organizers manage an event."""
    if not has_part(event.kind, EventPart.PROGRAMME):
        return ""
    programme = queries.find_programme(session, event.id)
    release = queries.find_release(session, programme.current_release_id) if programme else None
    return page.part(
        "programme/to_manage.html", event=event, sessions=queries.count_sessions(session, event.id), release=release
    )


def sessions_of_listing(page: Page, session: Session, listing: Listing) -> str:
    """On a listing's page: where it is presented."""
    found = released.list_presentations(session, listing.id, language=page.language, now=utc_now(), limit=SHOWN)
    return page.part("programme/of_listing.html", presentations=found) if found else ""
