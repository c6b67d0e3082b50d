"""A program that calls the API, with or without a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from httpx2 import Response
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from market.accounts.models import User
from market.accounts.service import make_token
from market.kernel.clock import utc_now
from market.kernel.viewer import Scope
from tests.make.listings import STRUCTURE, make_words

V1 = "/api/v1"
ALL = tuple(Scope)


def make_api_token(
    db: Session, user: User, *, scopes: tuple[Scope, ...] = ALL, lifetime: timedelta | None = None,
    now: datetime | None = None,
) -> str:  # fmt: skip
    token = make_token(
        db, user, token_id=uuid4(), name="a program of the tests", scopes=scopes, now=now or utc_now(),
        lifetime=lifetime,
    )  # fmt: skip
    assert token is not None
    db.commit()
    return token


def make_sent_listing(**changes: Any) -> dict[str, Any]:
    """What a program sends for a listing that can be published."""
    return {"kind": "offer", "language": "en", **make_words(), **STRUCTURE, **changes}


@dataclass(frozen=True, slots=True)
class Program:
    client: TestClient
    token: str | None = None

    def get(self, address: str, **headers: str) -> Response:
        return self.send("GET", address, headers=headers)

    def post(self, address: str, body: Any = None, **headers: str) -> Response:
        return self.send("POST", address, body, headers=headers)

    def patch(self, address: str, body: Any, **headers: str) -> Response:
        return self.send("PATCH", address, body, headers=headers)

    def put(self, address: str, body: Any, **headers: str) -> Response:
        return self.send("PUT", address, body, headers=headers)

    def delete(self, address: str, **headers: str) -> Response:
        return self.send("DELETE", address, headers=headers)

    def send(self, verb: str, address: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Response:
        """Header names with underscores, as keywords are."""
        said = {name.replace("_", "-"): text for name, text in (headers or {}).items()}
        if self.token is not None:
            said.setdefault("authorization", f"Bearer {self.token}")
        content = {} if body is None else {"content": body} if isinstance(body, bytes) else {"json": body}
        self.client.cookies.clear()
        return self.client.request(verb, V1 + address, headers=said, follow_redirects=False, **content)
