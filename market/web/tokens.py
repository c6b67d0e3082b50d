"""Cookies and form tokens. A form carries a token that only a page of ours, shown to the same browser, could know."""

import hashlib
import hmac

from starlette.requests import Request
from starlette.responses import Response

from market.kernel.config import Settings
from market.kernel.ids import new_token

SESSION_COOKIE = "session"
VISITOR_COOKIE = "visitor"
FORM_TOKEN = "_token"  # noqa: S105 - the field's name
SESSION_SECONDS = 30 * 24 * 3600


def make_form_token(settings: Settings, browser: str) -> str:
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"form:" + browser.encode(), hashlib.sha256).hexdigest()


def browser_of(request: Request) -> str | None:
    """What a form token is bound to: the sign-in session, else the visitor cookie."""
    return request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISITOR_COOKIE)


def is_form_token_right(settings: Settings, request: Request, token: str) -> bool:
    browser = browser_of(request)
    return browser is not None and hmac.compare_digest(make_form_token(settings, browser).encode(), token.encode())


def new_visitor() -> str:
    return new_token()


def set_cookie(response: Response, settings: Settings, name: str, value: str, *, seconds: int | None) -> None:
    """`__Host-` would need https, which development has not: Secure, host-only and path / give the same there."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=settings.uses_https
    )
