"""Every error becomes a page in the reader's language, without a word about our insides."""

import logging

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from market.kernel.errors import N_, BadInput, NotAllowed, NotFound, Refusal, SignInRequired, TooLarge, TooMany
from market.web.forms import FormTokenWrong
from market.web.middleware import BodyTooLarge
from market.web.page import Page, PageRefused, language_of
from market.web.resources import resources_of

log = logging.getLogger("market.web")

RETRY_SECONDS = 3


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
    app.add_exception_handler(BodyTooLarge, _show_too_large)
    app.add_exception_handler(OperationalError, _show_busy)
    app.add_exception_handler(PoolTimeout, _show_busy)


def error_page(request: Request, refusal: Refusal) -> Response:
    # Without the viewer: reading him needs the database, which may be what failed.
    page = Page(request, None)
    response = page.render("error.html", status=refusal.status, refusal=refusal, sentence=page.say(refusal))
    response.headers["Cache-Control"] = "no-store"
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.values["seconds"])
    return response


async def _show_refused_page(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, PageRefused)  # noqa: S101 - registered for this class alone
    return problem.response


async def _send_to_sign_in(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, SignInRequired)  # noqa: S101 - registered for this class alone
    if request.method != "GET":
        return error_page(request, problem)
    renderer = resources_of(request).renderer
    there = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(renderer.address("accounts.sign_in", {"next": there}, language=language_of(request)), 303)


async def _show_refusal(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refusal)  # noqa: S101 - registered for this class alone
    return error_page(request, problem)


async def _show_http_error(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101 - registered for this class alone
    known: dict[int, type[Refusal]] = {403: NotAllowed, 404: NotFound, 405: WrongMethod, 413: TooLarge}
    return error_page(request, known.get(problem.status_code, BadInput)())


async def _show_bad_address(request: Request, _problem: Exception) -> Response:
    return error_page(request, BadInput())


async def _show_too_large(request: Request, _problem: Exception) -> Response:
    return error_page(request, TooLarge())


async def _show_busy(request: Request, problem: Exception) -> Response:
    log.warning("database busy: %s", type(problem).__name__)
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
    return error_page(request, Broken())
