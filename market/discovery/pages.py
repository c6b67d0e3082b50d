from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import PlainTextResponse, RedirectResponse

from locales import DEFAULT_LANGUAGE, negotiate_language
from market.discovery import queries, sitemaps
from market.discovery.linked_data import share_home
from market.events.enums import EVENT_STATES
from market.events.kinds import EVENT_KINDS
from market.events.queries import EventFilters, list_coming
from market.kernel.errors import NotFound
from market.listings.choices import CHOICES
from market.listings.enums import ListingKind
from market.notifications.queries import list_latest_mails
from market.web.deps import AppResources, Db, Now, Page, require_development
from market.web.sharing import CLAIM, share_page

router = APIRouter()
root = APIRouter()

EVENTS_SHOWN = 2


@root.get("/", name="discovery.negotiate")
async def choose_language(request: Request) -> Response:
    """To the home page in the language the browser asks for."""
    code = negotiate_language(request.headers.get("accept-language", ""))
    response = RedirectResponse(f"/{code}/", status_code=303)
    response.headers["Vary"] = "Accept-Language"
    return response


@root.get("/robots.txt", name="discovery.robots")
async def show_robots(resources: AppResources) -> Response:
    renderer, site = resources.renderer, resources.settings.base_url.rstrip("/")
    text = renderer.render("discovery/robots.txt", renderer.reader(DEFAULT_LANGUAGE), site=site)
    return PlainTextResponse(text, headers={"Cache-Control": "public, max-age=3600"})


@root.get("/sitemap.xml", name="discovery.sitemap")
def show_sitemap(db: Db, resources: AppResources) -> Response:
    """An index of sitemaps: one of our own pages, those of organizations, events and sessions, those of the listings of
    each month."""
    events, sessions = queries.count_events(db)
    content = sitemaps.write_index(
        resources, months=queries.count_listings_by_month(db), organizations=queries.count_organizations(db),
        events=events, sessions=sessions,
    )  # fmt: skip
    return _answer_sitemap(content)


@root.get("/sitemaps/pages.xml", name="discovery.sitemap_of_pages")
async def show_sitemap_of_pages(resources: AppResources) -> Response:
    return _answer_sitemap(sitemaps.write_pages(resources))


@root.get("/sitemaps/organizations-{part}.xml", name="discovery.sitemap_of_organizations")
def show_sitemap_of_organizations(part: str, db: Db, resources: AppResources) -> Response:
    rows = queries.list_organizations_for_sitemap(db, part=sitemaps.read_part(part))
    if not rows:
        raise NotFound
    return _answer_sitemap(sitemaps.write_organizations(resources, rows))


@root.get("/sitemaps/events-{part}.xml", name="discovery.sitemap_of_events")
def show_sitemap_of_events(part: str, db: Db, resources: AppResources) -> Response:
    rows = queries.list_events_for_sitemap(db, part=sitemaps.read_part(part))
    if not rows:
        raise NotFound
    return _answer_sitemap(sitemaps.write_events(resources, rows))


@root.get("/sitemaps/sessions-{part}.xml", name="discovery.sitemap_of_sessions")
def show_sitemap_of_sessions(part: str, db: Db, resources: AppResources) -> Response:
    rows = queries.list_sessions_for_sitemap(db, part=sitemaps.read_part(part))
    if not rows:
        raise NotFound
    return _answer_sitemap(sitemaps.write_sessions(resources, rows))


@root.get("/sitemaps/listings-{month}.xml", name="discovery.sitemap_of_listings")
def show_sitemap_of_listings(month: str, db: Db, resources: AppResources) -> Response:
    """`month`: that of publication, `2026-11`, with the number of the part behind it where it has several."""
    first_day, part = sitemaps.read_month(month)
    rows = queries.list_listings_for_sitemap(db, first_day, part=part)
    if not rows:
        raise NotFound
    return _answer_sitemap(sitemaps.write_listings(resources, rows))


def _answer_sitemap(content: bytes) -> Response:
    return Response(content, media_type="application/xml", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/", name="discovery.home")
def show_home(db: Db, now: Now, page: Page) -> Response:
    response = page.render(
        "discovery/home.html",
        figures=queries.count_home_figures(db),
        events=list_coming(db, EventFilters(), language=page.language, today=now.date(), limit=EVENTS_SHOWN),
        event_kinds=EVENT_KINDS,
        event_states=EVENT_STATES,
        offers=queries.list_newest(db, ListingKind.OFFER, language=page.language),
        demands=queries.list_newest(db, ListingKind.DEMAND, language=page.language),
        share=share_home(page),
        **CHOICES,
    )
    return page.public(response)


@router.get("/about", name="discovery.about")
async def show_about(page: Page) -> Response:
    share = share_page(page, "discovery.about", description=page.reader.gettext(CLAIM))
    return page.public(page.render("discovery/about.html", share=share))


@root.get("/dev/mail", name="discovery.dev_mail", dependencies=[Depends(require_development)])
def show_mails(db: Db, page: Page) -> Response:
    """Development only: every mail that would have been sent."""
    return page.render("discovery/dev_mail.html", mails=list_latest_mails(db))
