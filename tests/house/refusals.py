"""Each way in which the site refuses something with a page, asked for in any language."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from sqlalchemy.exc import OperationalError

from tests.house.opening import House
from tests.house.walking import Role

FORBIDDEN = "You may not do this."
FOREIGN = "This form is too old or was not made by us. Please go back, reload the page and send it again."
NOWHERE = "We could not find this page."
UNREADABLE = "We could not read what was sent."


def add_broken_doors(house: House) -> None:
    @house.app.get("/{language}/broken")
    def break_down() -> None:
        raise RuntimeError("a fault of the tests")

    @house.app.get("/{language}/busy")
    def be_busy() -> None:
        raise OperationalError("", {}, sqlite3.OperationalError("database is locked"))


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks in one language. The house has the broken doors and does not raise errors."""

    house: House
    language: str = "en"

    def get(self, address: str, role: Role = Role.VISITOR) -> Response:
        return self.house.send(role, "GET", self._place(address))

    def post(self, address: str, role: Role = Role.VISITOR, *, headers: Any = None, **fields: str) -> Response:
        token = fields.pop("token", None)
        return self.house.send(role, "POST", self._place(address), fields, token=token, headers=headers)

    def use(self, name: str, role: Role, case: str = "") -> Response:
        return self.house.use(self.house.door(name), role, case, language=self.language)

    def _place(self, address: str) -> str:
        market = self.house.market
        return f"/{self.language}{address}".format(slug=market.slug, draft=market.references["draft"])


@dataclass(frozen=True, slots=True)
class Refused:
    """`sentence` is the English message of the page."""

    name: str
    status: int
    sentence: str
    ask: Callable[[Asker], Response]

    def __str__(self) -> str:
        return f"{self.status} {self.name}"


REFUSALS = (
    Refused("facet", 400, UNREADABLE, lambda a: a.get("/listings?kind=opera")),
    Refused("cursor", 400, UNREADABLE, lambda a: a.get("/organizations?cursor=abc")),
    Refused("query-key", 400, UNREADABLE, lambda a: a.get("/listings/{draft}/edit?check=perhaps", Role.OWNER)),
    Refused(
        "version", 400, UNREADABLE,
        lambda a: a.post("/listings/{draft}/edit", Role.OWNER, title="Kiln", language="en", _version="x"),
    ),
    Refused(
        "long-search", 400, "This search is too long. Please use at most %(characters)s characters.",
        lambda a: a.get(f"/listings?q={'a' * 1_001}"),
    ),
    Refused("not-signed-in", 401, "Please sign in first.", lambda a: a.post("/account/profile")),
    Refused("rights", 403, FORBIDDEN, lambda a: a.get("/organizations/{slug}/edit", Role.STRANGER)),
    Refused(
        "unconfirmed", 403, "Please confirm your mail address first: the link is in the mail we sent you.",
        lambda a: a.use("organizations.found", Role.UNCONFIRMED),
    ),
    Refused("token", 403, FOREIGN, lambda a: a.post("/sign-out", Role.OWNER, token="")),
    Refused("origin", 403, FOREIGN, lambda a: a.post("/sign-out", headers={"origin": "https://evil.example"})),
    Refused("no-page", 404, NOWHERE, lambda a: a.get("/nothing")),
    Refused("no-listing", 404, NOWHERE, lambda a: a.get("/listings/TO-CN-222222")),
    Refused("hidden-listing", 404, NOWHERE, lambda a: a.get("/listings/{draft}")),
    Refused("no-organization", 404, NOWHERE, lambda a: a.get("/organizations/nobody")),
    Refused("verb", 405, "This address cannot be used in this way.", lambda a: a.post("/about")),
    Refused(
        "state", 409, "This cannot be done in the listing's present state.",
        lambda a: a.use("listings.withdraw", Role.OWNER, "draft"),
    ),
    Refused(
        "last-owner", 409, "An organization needs at least one owner.",
        lambda a: a.use("organizations.remove_member", Role.OWNER, "last-owner"),
    ),
    Refused(
        "used-link", 410, "This link has been used already or is too old. Please ask for a new one.",
        lambda a: a.use("accounts.confirm", Role.VISITOR, "used"),
    ),
    Refused(
        "large", 413, "This is too large. Please send less at once.",
        lambda a: a.post("/sign-in", email="a" * 1_000_001),
    ),
    Refused(
        "often", 429, "Too many attempts. Please try again in %(seconds)s seconds.",
        lambda a: [a.use("accounts.do_forgot", Role.OWNER) for _time in range(6)][-1],
    ),
    Refused(
        "broken", 500, "Something went wrong on our side. Nothing you saved is lost; please try again.",
        lambda a: a.get("/broken"),
    ),
    Refused(
        "busy", 503, "The site is busy right now. Nothing you saved is lost; please try again in a moment.",
        lambda a: a.get("/busy"),
    ),
)  # fmt: skip
