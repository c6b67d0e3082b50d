"""A page about to be shown: knows its reader, renders, redirects, refuses."""

import logging
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from locales import DEFAULT_LANGUAGE, LANGUAGES, negotiate_language
from market.kernel.errors import Refusal
from market.kernel.viewer import Viewer
from market.web.addresses import LONGEST, find_meant_language, first_part, own_address
from market.web.rendering import Reader
from market.web.resources import resources_of
from market.web.tokens import VISITOR_COOKIE, browser_of, make_form_token, new_visitor, set_cookie

log = logging.getLogger("market.web")

NOTICE = "notice"
"""Query key under which a redirect carries the name of a notice (`notices.py`)."""


LONGEST_QUERY = 12_000
"""A search of a thousand characters of any script, percent-encoded, with some filters."""


class PageRefused(Exception):
    """Carries the answer of a refused form. Raised, so that the transaction rolls back."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Page:
    def __init__(self, request: Request, viewer: Viewer | None) -> None:
        self.request = request
        self.viewer = viewer
        self.resources = resources_of(request)
        self.language = language_of(request)
        self.path, self.query = own_address(request)
        self.reader: Reader = self.resources.renderer.reader(self.language)
        self._new_visitor: str | None = None

    def render(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        html = self.resources.renderer.render(
            template,
            self.reader,
            page=self,
            viewer=self.viewer,
            path=self.path,
            notice=self.request.query_params.get(NOTICE),
            **values,
        )
        response = HTMLResponse(html, status_code=status)
        if self.viewer is not None:
            response.headers["Cache-Control"] = "private, no-store"
        if self._new_visitor:
            set_cookie(response, self.resources.settings, VISITOR_COOKIE, self._new_visitor, seconds=None)
            response.headers["Cache-Control"] = "private, no-store"
        return response

    def redirect(self, name: str, *, notice: str | None = None, **parts: str) -> RedirectResponse:
        """303: the reload of what follows does no harm."""
        address = self.url(name, **parts)
        return self.redirect_to(f"{address}?{NOTICE}={notice}" if notice else address)

    def redirect_to(self, address: str) -> RedirectResponse:
        return RedirectResponse(address, status_code=303)

    def refusal(self, template: str, *, status: int = 422, at: str | None = None, **values: Any) -> PageRefused:
        """The page again with what is wrong. Raise it. `at`: the page's address where the form's own shows nothing."""
        if at:
            self.stand_at(at)
        return PageRefused(self.render(template, status=status, **values))

    def stand_at(self, path: str, query: str = "") -> None:
        """Before it is rendered: the address of ours that this page stands for, where its own shows nothing."""
        self.path, self.query = path, query

    def public(self, response: Response) -> Response:
        """Say that a page shown to a visitor may be kept for a moment; one for somebody signed in never."""
        if self.viewer is None and self._new_visitor is None:
            response.headers["Cache-Control"] = "public, max-age=5"
        return response

    def show_panels(self, name: str, session: Session, subject: object) -> list[Markup]:
        """What rooms above show on this page (`wiring.PANELS`). One that fails is left out with a note in the log."""
        shown = []
        for panel in self.resources.panels.get(name, ()):
            try:
                shown.append(Markup(panel(self, session, subject)))  # noqa: S704 - rendered by our own escaping template
            except Exception:
                log.exception("panel %s of %s failed", panel.__name__, name)
        return shown

    def part(self, template: str, **values: Any) -> str:
        """A part of a page, for panels."""
        return self.resources.renderer.render(template, self.reader, page=self, viewer=self.viewer, **values)

    def url(self, name: str, **parts: str) -> str:
        parts.setdefault("language", self.language)
        return self.resources.renderer.address(name, **parts)

    @cached_property
    def _kept_query(self) -> str:
        """What of the query stays when the language changes; nothing of one too long to be meant, which would otherwise
        stand two dozen times on its own error page."""
        kept = [(key, value) for key, value in QueryParams(self.query).multi_items() if key != NOTICE]
        query = urlencode(kept)
        return query if len(query) <= LONGEST_QUERY else ""

    @cached_property
    def addresses(self) -> dict[str, str]:
        """This page in every language: the same address, filters and all. Nothing is at one too long to be meant."""
        first, separator, rest = self.path.lstrip("/").partition("/")
        is_ours = first in LANGUAGES and separator and len(rest) <= LONGEST
        tail = f"{rest if is_ours else ''}{'?' if self._kept_query else ''}{self._kept_query}"
        return {code: f"/{code}/{tail}" for code in LANGUAGES}

    @property
    def own_site(self) -> str:
        return self.resources.settings.base_url.rstrip("/")

    def absolute_url(self, name: str, **parts: str) -> str:
        """For mails. From the settings, never from the Host header, which anybody can set."""
        return self.own_site + self.url(name, **parts)

    def form_token(self) -> str:
        """For the hidden field of a form; gives a visitor without a cookie one."""
        browser = browser_of(self.request) or self._new_visitor
        if browser is None:
            browser = self._new_visitor = new_visitor()
        return make_form_token(self.resources.settings, browser)

    def say(self, refusal: Refusal) -> str:
        return self.reader.gettext(refusal.message) % refusal.values

    def refuse(self, refusal: Refusal) -> NoReturn:
        raise refusal


def language_of(request: Request) -> str:
    """The address's language; where the address has none, what the browser asks for."""
    meant = find_meant_language(first_part(request.scope["path"]))
    return meant or negotiate_language(request.headers.get("accept-language", DEFAULT_LANGUAGE))
