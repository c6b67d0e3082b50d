"""Table of contents: every room's pages, what its facts set off, its jobs, and which panels stand on whose pages."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import Connection
from sqlalchemy.orm import Session

import market.accounts.models
import market.events.models
import market.exchange.models
import market.interests.models
import market.kernel.idempotency
import market.kernel.jobs
import market.listings.models
import market.matching.models
import market.notifications.models
import market.organizations.models
import market.programme.models
import market.registration.models  # noqa: F401 - the tables of every room are known once these are imported
from market.accounts import pages as accounts_pages
from market.accounts import service as accounts_service
from market.accounts.facts import ConfirmationAsked, PasswordChanged, PasswordResetAsked, RegistrationRepeated
from market.accounts.queries import find_bearer
from market.deliveries import pages as deliveries_pages
from market.discovery import pages as discovery_pages
from market.events import api as events_api
from market.events import pages as events_pages
from market.events import reactions as events_reactions
from market.events.facts import EventChanged, EventCopied, EventStateChanged
from market.events.queries import IS_ON_TEAM
from market.exchange import pages as exchange_pages
from market.exchange import reactions as exchange_reactions
from market.exchange import upkeep as exchange_upkeep
from market.exchange.facts import ImportConfirmed, ImportReceived, ImportStopped, ListingsImported
from market.interests import alerting, digests, preparing
from market.interests import pages as interests_pages
from market.interests import panels as interests_panels
from market.interests.facts import DigestsDue, ProspectingAsked, SearchSaved
from market.kernel.clock import utc_now
from market.kernel.upkeep import clear_deliveries, clear_keyed_requests
from market.kernel.viewer import Bearer, Viewer
from market.kernel.work import Handler, Lane, PeriodicJob
from market.listings import embedding as listings_embedding
from market.listings import feeds as listings_feeds
from market.listings import pages as listings_pages
from market.listings import panels as listings_panels
from market.listings import reactions as listings_reactions
from market.listings.api import doors as listings_api
from market.listings.facts import (
    EmbeddingsMissed,
    IndexRebuildAsked,
    ListingChanged,
    ListingEmbedded,
    ListingExpired,
    ListingPublished,
    ListingRemoved,
    ListingWithdrawn,
)
from market.matching import api as matching_api
from market.matching import pages as matching_pages
from market.matching import panels as matching_panels
from market.matching import reactions as matching_reactions
from market.matching.facts import MatchesMissed, PairProposed
from market.notifications import reactions as notifications_reactions
from market.notifications.facts import MailWritten
from market.organizations import api as organizations_api
from market.organizations import pages as organizations_pages
from market.organizations import reactions as organizations_reactions
from market.organizations.facts import RepresentationEnded, RepresentationGranted
from market.organizations.queries import load_person, load_viewer
from market.programme import api as programme_api
from market.programme import pages as programme_pages
from market.programme import panels as programme_panels
from market.programme import reactions as programme_reactions
from market.programme.drafting import computing
from market.programme.facts import BoundElsewhere, DraftAsked, ProgrammeReleased
from market.registration import api as registration_api
from market.registration import pages as registration_pages
from market.registration import panels as registration_panels
from market.registration import reactions as registration_reactions
from market.registration import takeover as registration_takeover
from market.registration.facts import ParticipantMoved
from market.taxonomy import api as taxonomy_api
from market.web import assets, health
from market.web.apikit.docs import ADDRESSES as API_DOCS
from market.web.apikit.doors import ApiRouter, Door
from market.web.resources import Panel

PAGES: Sequence[APIRouter] = (
    listings_feeds.router,  # first: `works.atom` is no organization's slug
    accounts_pages.router,
    organizations_pages.router,
    *exchange_pages.ROUTERS,  # before listings: `export` is no reference
    *matching_pages.ROUTERS,
    *interests_pages.ROUTERS,
    *listings_pages.ROUTERS,
    *programme_pages.ROUTERS,  # before events: `import` is no event
    *registration_pages.ROUTERS,
    *events_pages.ROUTERS,
    deliveries_pages.router,
    discovery_pages.router,
)
"""Under `PAGES_PREFIX`."""

PAGES_PREFIX = "/{language}"

UPLOADS: Mapping[str, int] = {**exchange_pages.UPLOADS, **programme_pages.UPLOADS}
"""Page that takes files → bytes of a request; everywhere else it is `MAX_BODY`."""

ROOT: Sequence[APIRouter] = (health.router, assets.router, discovery_pages.root)
"""Without a language in the address."""

API: Sequence[ApiRouter] = (
    listings_api.router,
    matching_api.router,
    events_api.router,
    programme_api.router,
    registration_api.router,
    organizations_api.router,
    taxonomy_api.router,
)
"""For programs, under `/api/v1`."""

HANDLERS: Sequence[Handler] = (
    Handler(
        "write_account_mails",
        (ConfirmationAsked, RegistrationRepeated, PasswordResetAsked, PasswordChanged),
        notifications_reactions.write_account_mails,
        Lane.MAIL,
        batch=1,
    ),
    Handler(
        "write_representation_mails",
        (RepresentationGranted, RepresentationEnded),
        organizations_reactions.write_representation_mails,
        Lane.MAIL,
        batch=1,
    ),
    Handler("write_proposal_mails", (PairProposed,), matching_reactions.write_proposal_mails, Lane.MAIL, batch=1),
    Handler("send_mails", (MailWritten,), notifications_reactions.send_mails, Lane.MAIL, batch=1),
    Handler(
        "index_listings",
        (ListingPublished, ListingChanged, ListingWithdrawn, ListingExpired, ListingEmbedded),
        listings_reactions.index_listings,
        Lane.INDEX,
        batch=200,
        writes_index=True,
    ),
    Handler("forget_listings", (ListingRemoved,), listings_reactions.forget_listings, Lane.INDEX, writes_index=True),
    Handler(
        "rebuild_index",
        (IndexRebuildAsked,),
        listings_reactions.rebuild_index,
        Lane.REBUILD,
        writes_index=True,
        is_alone=True,
    ),
    Handler(
        "embed_listings",
        (ListingPublished, ListingChanged),
        listings_embedding.embed_listings,
        Lane.EMBED,
        batch=8,
    ),
    Handler(
        "match_listings",
        (ListingPublished, ListingChanged, ListingEmbedded, ListingWithdrawn, ListingExpired),
        matching_reactions.match_listings,
        Lane.MATCH,
        batch=1,
    ),
    # First in its lane: whoever has confirmed waits for no file of others that are to be checked.
    Handler("take_over_imports", (ImportConfirmed,), exchange_reactions.take_over_imports, Lane.IMPORT, batch=1),
    Handler("check_imports", (ImportReceived,), exchange_reactions.check_imports, Lane.IMPORT, batch=1),
    Handler("clear_imports", (ImportStopped,), exchange_reactions.clear_imports, Lane.IMPORT, batch=1),
    Handler(
        "index_imports", (ListingsImported,), exchange_reactions.index_imports, Lane.BULK, batch=1, writes_index=True
    ),
    Handler(
        "embed_missing", (EmbeddingsMissed, ListingsImported), listings_embedding.embed_missing, Lane.BULK, batch=1
    ),
    Handler("match_missing", (MatchesMissed,), matching_reactions.match_missing, Lane.BULK, batch=1),
    Handler("prepare_searches", (SearchSaved,), preparing.prepare_searches, Lane.EMBED, batch=8),
    # Each batch reads all saved searches once, so many at once cost hardly more than one.
    Handler(
        "find_alerts", (ListingPublished, ListingChanged, ListingEmbedded), alerting.find_alerts, Lane.BULK, batch=200
    ),
    Handler("match_imports", (ListingsImported, ProspectingAsked), alerting.match_imports, Lane.BULK, batch=1),
    Handler("write_digests", (DigestsDue,), digests.write_digests, Lane.BULK, batch=1),
    Handler("copy_programmes", (EventCopied,), programme_reactions.copy_programmes, Lane.IMPORT, batch=1),
    Handler("follow_zones", (EventChanged,), programme_reactions.follow_zones, Lane.IMPORT, batch=8),
    Handler(
        "check_listings", (ListingWithdrawn, ListingExpired), programme_reactions.check_listings, Lane.IMPORT, batch=50
    ),
    Handler(
        "check_programmes",
        (BoundElsewhere, EventStateChanged),
        programme_reactions.check_programmes,
        Lane.IMPORT,
        batch=8,
    ),
    Handler("compute_drafts", (DraftAsked,), computing.compute_drafts, Lane.DRAFT, batch=1),
    Handler("tell_speakers", (ProgrammeReleased,), programme_reactions.tell_speakers, Lane.MAIL, batch=1),
    Handler("copy_registrations", (EventCopied,), registration_reactions.copy_registrations, Lane.IMPORT, batch=1),
    Handler(
        "write_participant_mails",
        (ParticipantMoved,),
        registration_reactions.write_participant_mails,
        Lane.MAIL,
        batch=8,
    ),
    Handler("tell_called_off", (EventStateChanged,), registration_reactions.tell_called_off, Lane.MAIL, batch=1),
)

JOBS: tuple[PeriodicJob, ...] = (
    PeriodicJob("expire_listings", timedelta(minutes=10), listings_reactions.expire_listings),
    PeriodicJob("find_missing_embeddings", timedelta(minutes=5), listings_embedding.find_missing_embeddings),
    PeriodicJob("find_missing_matches", timedelta(minutes=1), matching_reactions.find_missing_matches),
    PeriodicJob("find_unprepared_searches", timedelta(minutes=5), preparing.find_unprepared_searches),
    PeriodicJob("find_due_digests", timedelta(minutes=1), digests.find_due_digests),
    PeriodicJob("count_demand_heat", timedelta(minutes=10), matching_reactions.count_demand_heat),
    PeriodicJob("move_events_on", timedelta(minutes=5), events_reactions.move_events_on),
    PeriodicJob("check_programmes", timedelta(minutes=5), programme_reactions.check_what_is_due),
    PeriodicJob("mend_index", timedelta(minutes=1), listings_reactions.mend_index),
    PeriodicJob("clear_deliveries", timedelta(hours=6), clear_deliveries),
    PeriodicJob("clear_old_imports", timedelta(hours=6), exchange_upkeep.clear_old_imports),
    PeriodicJob("clear_participant_tables", timedelta(hours=1), registration_takeover.clear_tables),
    PeriodicJob("clear_keyed_requests", timedelta(hours=1), clear_keyed_requests),
)

PANELS: Mapping[str, Sequence[Panel]] = {
    "organizations.show": (listings_panels.list_of_organization,),
    "organizations.show.head": (interests_panels.offer_to_follow,),
    "listings.show": (programme_panels.sessions_of_listing, matching_panels.matches_of_listing),
    "events.show": (registration_panels.registration_of_event, programme_panels.programme_of_event),
    "events.manage": (programme_panels.programme_to_manage, registration_panels.registration_to_manage),
    "listings.show.head": (interests_panels.offer_to_bookmark,),
    "listings.index": (interests_panels.offer_to_save,),
}
"""Page, or a place on it → what rooms above show there. Buttons stand in the head."""


def map_addresses() -> dict[str, str]:
    """Route name → path. Two routes of one name would hide each other, so names are unique."""
    addresses: dict[str, str] = {}
    for path, route in _list_routes():
        if route.name in addresses:
            raise ValueError(f"two routes are named {route.name}")
        addresses[route.name] = path
    return {**addresses, **{door.name: door.path for door in list_doors()}, **API_DOCS}


def list_doors() -> list[Door]:
    """Of the API, in the order of their rooms."""
    return [door for router in API for door in router.doors]


def map_methods() -> dict[str, set[str]]:
    """Path → what may be asked of it."""
    methods: dict[str, set[str]] = {}
    for path, route in _list_routes():
        methods.setdefault(path, set()).update(route.methods or ())
    for door in list_doors():
        methods.setdefault(door.path, set()).add(door.verb)
    return {**methods, **{path: {"GET"} for path in API_DOCS.values()}}


def _list_routes() -> Iterator[tuple[str, APIRoute]]:
    for prefix, routers in (("", ROOT), (PAGES_PREFIX, PAGES)):
        for route in (route for router in routers for route in router.routes):
            if isinstance(route, APIRoute):
                yield prefix + route.path, route


def list_subscriptions() -> dict[str, list[str]]:
    """Fact name → names of the handlers that asked for it."""
    subscriptions: dict[str, list[str]] = {}
    for handler in HANDLERS:
        for fact in handler.facts:
            subscriptions.setdefault(fact.__name__, []).append(handler.name)
    return subscriptions


def recognize_viewer(session: Session, token: str) -> Viewer | None:
    return load_viewer(session, token, now=utc_now(), is_on_team=IS_ON_TEAM)


def recognize_bearer(connection: Connection, token: str) -> Bearer | None:
    return find_bearer(connection, token, now=utc_now())


def recognize_person(session: Session, bearer: Bearer) -> Viewer:
    return load_person(session, bearer)


def note_bearer(session: Session, bearer: Bearer) -> None:
    accounts_service.note_token_use(session, bearer.token_id, now=utc_now())
