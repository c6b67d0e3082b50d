"""Table of contents: every room's pages, what its facts set off, its jobs, and which panels stand on whose pages."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

import market.accounts.models
import market.kernel.jobs
import market.listings.models
import market.notifications.models
import market.organizations.models  # noqa: F401 - the tables of every room are known once these are imported
from market.accounts import pages as accounts_pages
from market.accounts.facts import ConfirmationAsked, PasswordChanged, PasswordResetAsked, RegistrationRepeated
from market.discovery import pages as discovery_pages
from market.kernel.clock import utc_now
from market.kernel.upkeep import clear_deliveries
from market.kernel.viewer import Viewer
from market.kernel.work import Handler, Lane, PeriodicJob
from market.listings import pages as listings_pages
from market.listings import panels as listings_panels
from market.listings import reactions as listings_reactions
from market.listings.facts import (
    EmbeddingMissed,
    IndexRebuildAsked,
    ListingChanged,
    ListingEmbedded,
    ListingExpired,
    ListingPublished,
    ListingRemoved,
    ListingWithdrawn,
)
from market.notifications import reactions as notifications_reactions
from market.notifications.facts import MailWritten
from market.organizations import pages as organizations_pages
from market.organizations.facts import OrganizationChanged
from market.organizations.queries import load_viewer
from market.web import health
from market.web.resources import Panel

PAGES: Sequence[APIRouter] = (
    accounts_pages.router,
    organizations_pages.router,
    listings_pages.router,
    discovery_pages.router,
)
"""Under `PAGES_PREFIX`."""

PAGES_PREFIX = "/{language}"

ROOT: Sequence[APIRouter] = (health.router, discovery_pages.root)
"""Without a language in the address."""

HANDLERS: Sequence[Handler] = (
    Handler(
        "write_account_mails",
        (ConfirmationAsked, RegistrationRepeated, PasswordResetAsked, PasswordChanged),
        notifications_reactions.write_account_mails,
        Lane.MAIL,
        batch=1,
    ),
    Handler("send_mails", (MailWritten,), notifications_reactions.send_mails, Lane.MAIL, batch=1),
    Handler(
        "index_listings",
        (ListingPublished, ListingChanged, ListingWithdrawn, ListingExpired, ListingEmbedded),
        listings_reactions.index_listings,
        Lane.INDEX,
        writes_index=True,
    ),
    Handler("forget_listings", (ListingRemoved,), listings_reactions.forget_listings, Lane.INDEX, writes_index=True),
    Handler(
        "rebuild_index",
        (IndexRebuildAsked,),
        listings_reactions.rebuild_index,
        Lane.REBUILD,
        batch=1,
        writes_index=True,
        lease=timedelta(hours=6),
    ),
    Handler("follow_organization", (OrganizationChanged,), listings_reactions.follow_organization, Lane.INDEX, batch=1),
    Handler(
        "embed_listings",
        (ListingPublished, ListingChanged, EmbeddingMissed),
        listings_reactions.embed_listings,
        Lane.EMBED,
        batch=8,
    ),
)

JOBS: tuple[PeriodicJob, ...] = (
    PeriodicJob("expire_listings", timedelta(minutes=10), listings_reactions.expire_listings),
    PeriodicJob("find_missing_embeddings", timedelta(minutes=5), listings_reactions.find_missing_embeddings),
    PeriodicJob("clear_deliveries", timedelta(hours=6), clear_deliveries),
)

PANELS: Mapping[str, Sequence[Panel]] = {
    "organizations.show": (listings_panels.list_of_organization,),
    "listings.show": (),
}
"""Page → what rooms above show on it."""


def map_addresses() -> dict[str, str]:
    """Route name → path. Two routes of one name would hide each other, so names are unique."""
    addresses: dict[str, str] = {}
    for prefix, routers in (("", ROOT), (PAGES_PREFIX, PAGES)):
        routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        for route in routes:
            if route.name in addresses:
                raise ValueError(f"two routes are named {route.name}")
            addresses[route.name] = prefix + route.path
    return addresses


def list_subscriptions() -> dict[str, list[str]]:
    """Fact name → names of the handlers that asked for it."""
    subscriptions: dict[str, list[str]] = {}
    for handler in HANDLERS:
        for fact in handler.facts:
            subscriptions.setdefault(fact.__name__, []).append(handler.name)
    return subscriptions


def recognize_viewer(session: Session, token: str) -> Viewer | None:
    return load_viewer(session, token, now=utc_now())
