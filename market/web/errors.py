"""Every error becomes a page in the reader's language, without a word about our insides."""

import logging
from urllib.parse import quote, unquote, urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from market.kernel.errors import N_, BadInput, NotAllowed, NotFound, Refusal, SignInRequired, TooLarge, TooMany
from market.web.addresses import own_address
from market.web.apikit.problems import is_api, make_problem
from market.web.forms import FormTokenWrong, list_typed
from market.web.middleware import BodyTooLarge
from market.web.page import Page, PageRefused, language_of
from market.web.resources import resources_of

log = logging.getLogger("market.web")

RETRY_SECONDS = 3
MOVED_SECONDS = 86_400
"""How long a browser may remember that an address is spelt otherwise. Without a figure many never ask again; only the
browser, because a link of a mail carries its secret in its address."""


class Broken(Refusal):
    status = 500
    message = N_("Something went wrong on our side. Nothing you saved is lost; please try again.")


class Busy(Refusal):
    status = 503
    message = N_("The site is busy right now. Nothing you saved is lost; please try again in a moment.")


class WrongMethod(Refusal):
    status = 405
    message = N_("This address cannot be used in this way.")


def add_error_pages(app: FastAPI) -> None:
    app.add_exception_handler(PageRefused, _show_refused_page)
    app.add_exception_handler(SignInRequired, _send_to_sign_in)
    app.add_exception_handler(Refusal, _show_refusal)
    app.add_exception_handler(HTTPException, _show_http_error)
    app.add_exception_handler(RequestValidationError, _show_bad_address)
    app.add_exception_handler(BodyTooLarge, show_too_large)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(OperationalError, _show_busy)
    app.add_exception_handler(PoolTimeout, _show_busy)


def error_page(request: Request, refusal: Refusal) -> Response:
    if is_api(request):
        return make_problem(request, refusal)
    # Without the viewer: reading him needs the database, which may be what failed.
    page = Page(request, None)
    page.stand_at(*_find_switchable(request, page, refusal))
    response = page.render(
        "error.html", status=refusal.status, refusal=refusal, sentence=page.say(refusal), alternates=False,
        typed=list_typed(request),
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.values["seconds"])
    return response


def _find_switchable(request: Request, page: Page, refusal: Refusal) -> tuple[str, str]:
    """Where the language switch of an error page starts from. Its own address, if one can go there: nobody can go to
    one that only takes forms, so from there it is the page that had the form, else the home page."""
    book = page.resources.addresses
    if (request.method == "GET" and not isinstance(refusal, WrongMethod)) or book.has_page(request.scope["path"]):
        return page.path, page.query
    came_from = request.headers.get("referer", "")
    try:
        parts = urlsplit(came_from)
    except ValueError:  # a bracket too many: no browser wrote this
        return page.url("discovery.home"), ""
    is_ours = parts.netloc in (request.headers.get("host"), urlsplit(page.resources.settings.base_url).netloc)
    if is_ours and book.has_page(unquote(parts.path)):
        return parts.path, parts.query
    return page.url("discovery.home"), ""


async def _show_refused_page(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, PageRefused)  # noqa: S101 - registered for this class alone
    return problem.response


async def _send_to_sign_in(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, SignInRequired)  # noqa: S101 - registered for this class alone
    if request.method != "GET" or is_api(request):
        return error_page(request, problem)
    renderer = resources_of(request).renderer
    there = "?".join(part for part in own_address(request) if part)
    return RedirectResponse(renderer.address("accounts.sign_in", {"next": there}, language=language_of(request)), 303)


async def _show_refusal(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refusal)  # noqa: S101 - registered for this class alone
    if isinstance(problem, NotFound) and (moved := _lead_to_proper_address(request)):
        return moved
    return error_page(request, problem)


async def _show_http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101 - registered for this class alone
    if problem.status_code == NotFound.status:
        return _lead_to_proper_address(request) or error_page(request, NotFound())
    if problem.status_code == WrongMethod.status:
        return _refuse_method(request)
    known: dict[int, type[Refusal]] = {403: NotAllowed, 413: TooLarge}
    return error_page(request, known.get(problem.status_code, BadInput)())


def _lead_to_proper_address(request: Request) -> Response | None:
    """One that is ours but for its spelling is led to the right one, for good; a form is never sent on."""
    if request.method != "GET":
        return None
    proper = resources_of(request).addresses.find_proper(request.scope["path"])
    if proper is None:
        return None
    query = own_address(request)[1]
    response = RedirectResponse(quote(proper) + (f"?{query}" if query else ""), 301)
    response.headers["Cache-Control"] = f"private, max-age={MOVED_SECONDS}"
    return response


def _refuse_method(request: Request) -> Response:
    """Say what may be asked, which the router knows of one route alone where several share an address. `OPTIONS` asks
    for no more than that."""
    methods = resources_of(request).addresses.list_methods(request.scope["path"])
    if not methods:
        return error_page(request, NotFound())
    response = Response(status_code=204) if request.method == "OPTIONS" else error_page(request, WrongMethod())
    response.headers["Allow"] = ", ".join(methods)
    return response


async def _show_bad_address(request: Request, _problem: Exception) -> Response:
    return error_page(request, BadInput())


async def show_too_large(request: Request, _problem: Exception) -> Response:
    """Also for `BodyLimit`."""
    return error_page(request, TooLarge())


async def _answer_nobody(_request: Request, _problem: Exception) -> Response:
    """Who sent half a form has left: nothing went wrong here, and nobody reads the answer."""
    return Response(status_code=BadInput.status)


async def _show_busy(request: Request, problem: Exception) -> Response:
    log.warning("database busy: %s", str(getattr(problem, "orig", problem)).partition("\n")[0])
    response = error_page(request, Busy())
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


async def show_foreign(request: Request, _problem: Exception) -> Response:
    """For `OriginCheck`: the same sentence as for a form that we did not make."""
    return error_page(request, FormTokenWrong())


async def show_broken(request: Request, problem: Exception) -> Response:
    """For `LastResort`."""
    request_id = request.scope.get("state", {}).get("request_id")
    log.error("request %s failed", request_id, exc_info=problem)
    response = error_page(request, Broken())
    response.headers["Connection"] = "close"  # which the server does; a browser that is not told sends into the void
    return response
