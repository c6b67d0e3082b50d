from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from locales import negotiate_language
from market.discovery import queries
from market.listings.choices import CHOICES
from market.listings.enums import ListingKind
from market.notifications.queries import list_latest_mails
from market.web.deps import Db, Page, require_development

router = APIRouter()
root = APIRouter()


@root.get("/", name="discovery.negotiate")
async def choose_language(request: Request) -> Response:
    """To the home page in the language the browser asks for."""
    code = negotiate_language(request.headers.get("accept-language", ""))
    response = RedirectResponse(f"/{code}/", status_code=303)
    response.headers["Vary"] = "Accept-Language"
    return response


@router.get("/", name="discovery.home")
def show_home(db: Db, page: Page) -> Response:
    response = page.render(
        "discovery/home.html",
        figures=queries.count_home_figures(db),
        offers=queries.list_newest(db, ListingKind.OFFER, language=page.language),
        demands=queries.list_newest(db, ListingKind.DEMAND, language=page.language),
        **CHOICES,
    )
    return page.public(response)


@router.get("/about", name="discovery.about")
async def show_about(page: Page) -> Response:
    return page.public(page.render("discovery/about.html"))


@root.get("/dev/mail", name="discovery.dev_mail", dependencies=[Depends(require_development)])
def show_mails(db: Db, page: Page) -> Response:
    """Development only: every mail that would have been sent."""
    return page.render("discovery/dev_mail.html", mails=list_latest_mails(db))
