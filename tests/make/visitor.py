"""A browser as tests need it: keeps cookies, sends forms with their token, can be signed in as anybody."""

from collections.abc import Mapping, Sequence
from typing import Self

from httpx2 import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from market.accounts.models import User
from market.accounts.service import start_sign_in
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.web.tokens import FORM_TOKEN, SESSION_COOKIE, VISITOR_COOKIE, make_form_token

Fields = Mapping[str, str | Sequence[str]]


class Visitor:
    def __init__(self, app: ASGIApp, settings: Settings, *, raise_errors: bool = True) -> None:
        self.app = app
        self.settings = settings
        self.client = TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=raise_errors)

    def __enter__(self) -> Self:
        self.client.__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        self.client.__exit__(*problem)

    def get(self, address: str, *, follow: bool = True, headers: Mapping[str, str] | None = None) -> Response:
        return self.client.get(address, follow_redirects=follow, headers=dict(headers or {}))

    def post(
        self, address: str, fields: Fields | None = None, *, follow: bool = True, token: str | None = None
    ) -> Response:
        """Send a form as a page of ours would; `token` sends another one instead of the right one."""
        values = {name: value if isinstance(value, str) else list(value) for name, value in (fields or {}).items()}
        data = {FORM_TOKEN: self.form_token() if token is None else token, **values}
        return self.client.post(address, data=data, follow_redirects=follow, headers={"sec-fetch-site": "same-origin"})

    def form_token(self) -> str:
        browser = self.client.cookies.get(SESSION_COOKIE) or self.client.cookies.get(VISITOR_COOKIE)
        if browser is None:
            browser = "a-visitor-of-the-tests"
            self.client.cookies.set(VISITOR_COOKIE, browser)
        return make_form_token(self.settings, browser)

    def sign_in(self, user: User, database: Database) -> "Visitor":
        """A second browser; its application is the same and has been started already."""
        with database.transaction() as session:
            token = start_sign_in(session, user, browser="tests", now=utc_now())
        other = Visitor(self.app, self.settings)
        other.client.cookies.set(SESSION_COOKIE, token)
        return other
