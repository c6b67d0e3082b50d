"""The whole house at once: every route, every role, one furnished market, and what a request changed in it."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from starlette.routing import Mount
from starlette.testclient import TestClient

from market.app import create_app
from market.kernel.clock import utc_now
from market.kernel.config import Settings
from market.kernel.db import Database
from market.web.limits import Limits
from market.web.rendering import HTMX_ADDRESS, Renderer
from market.web.tokens import FORM_TOKEN, SESSION_COOKIE, VISITOR_COOKIE, make_form_token
from search.port import Engine
from tests.make.accounts import PASSWORD
from tests.make.listings import make_fields, make_words
from tests.make.visitor import Fields

SAFE = "GET"
API = "/api/"
VISITORS_COOKIE = "a-visitor-of-the-tests"


class Role(StrEnum):
    """Who stands at a door. `MEMBER` and `OWNER` belong to the organization whose things the doors are about."""

    VISITOR = "visitor"
    UNCONFIRMED = "unconfirmed"
    STRANGER = "stranger"  # signed in, without an organization
    MEMBER = "member"
    OWNER = "owner"
    OTHER = "other"  # owner of another organization
    ORGANIZER = "organizer"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, order=True)
class Door:
    """One route with one of its verbs."""

    name: str
    verb: str
    path: str

    @property
    def is_safe(self) -> bool:
        return self.verb == SAFE

    def __str__(self) -> str:
        return f"{self.verb} {self.name}"


@dataclass(frozen=True, slots=True)
class Market:
    """A furnished market in a file, and what one must know to ask for its parts."""

    file: Path
    emails: Mapping[Role, str]
    cookies: Mapping[Role, str]
    slug: str
    references: Mapping[str, str]
    """State of a listing → its reference. All of them belong to the organization with this slug."""
    versions: Mapping[str, int]
    """State of a listing → its version."""
    tokens: Mapping[str, str]
    """Route → a token that its address carries: of a mail to the unconfirmed person, or of what the owner keeps."""
    session_id: str
    """Another browser of the owner."""
    token_id: str
    """An API token of the owner."""
    centre: str
    """Slug of a centre, of the owner's too, that acts for the organization."""
    other_centre: str
    """Slug of one that acts for nobody."""
    runs: Mapping[str, str]
    """State of an import → its id."""
    set_aside: str
    """A fact that one handler gave up on."""
    counterparts: Mapping[str, str]
    """What its owner or a centre has said of a match of the published listing → the reference of its counterpart."""
    search_id: str
    """A search that the owner has saved. It has a feed."""
    bookmark_id: str
    """The owner's, of the published listing."""

    @property
    def clients(self) -> Mapping[str, str]:
        """Route → the slug it is used with, where that is not the organization's."""
        return {"organizations.new_client": self.centre, "organizations.found_client": self.centre}

    def reference(self, case: str) -> str:
        return self.references.get(case, self.references["published"])

    def run(self, case: str) -> str:
        return self.runs.get(case, self.runs["checked"])

    def version(self, case: str) -> str:
        return str(self.versions.get(case, self.versions["published"]))

    def email(self, role: Role) -> str:
        return self.emails.get(role, self.emails[Role.OWNER])


def _sign_in(market: Market, role: Role, case: str) -> Fields:
    return {"email": market.email(role), "password": "wrong words of tests" if case == "wrong" else PASSWORD}


def _profile(_market: Market, _role: Role, _case: str) -> Fields:
    return {"name": "Somebody else", "language": "vi"}


def _password(_market: Market, _role: Role, case: str) -> Fields:
    return {"old_password": "wrong words of tests" if case == "wrong" else PASSWORD, "new_password": "four other words"}


def _organization(_market: Market, _role: Role, _case: str) -> Fields:
    return {"name": "Mekong Mills", "kind": "firm", "country": "VN", "language": "en", "_version": "1"}


def _removal(market: Market, _role: Role, case: str) -> Fields:
    emails = {
        "member": market.emails[Role.MEMBER],
        "last-owner": market.emails[Role.OWNER],
        "stranger": market.emails[Role.STRANGER],
    }
    return {"email": emails.get(case, "nobody@example.org")}


def _new_listing(market: Market, _role: Role, _case: str) -> Fields:
    own = {"form_id": "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "kind": "offer", "organization": market.slug}
    return {**make_fields(), **own, "_action": "save"}


def _listing(market: Market, _role: Role, case: str) -> Fields:
    return {**make_fields(), "_version": "0" if case == "stale" else market.version(case)}


def _translation(market: Market, _role: Role, case: str) -> Fields:
    return {**make_words("Lò sấy sắn"), "_version": "0" if case == "stale" else market.version(case)}


def _proposal(market: Market, _role: Role, case: str) -> Fields:
    return {
        "offer": market.reference(case) if case != "missing" else "TO-CN-222222",
        "demand": market.counterparts["proposed" if case == "proposed" else "plain"],
        "centre": "" if case == "of-none" else market.centre,
        "note": "x" * 1_001 if case == "wrong" else "Both dry roots.",
    }


FIELDS: Mapping[str, Callable[[Market, Role, str], Fields]] = {
    "accounts.do_sign_in": _sign_in,
    "accounts.do_register": lambda _market, _role, _case: {
        "name": "Mai", "email": "mai@example.org", "password": PASSWORD,
    },
    "accounts.do_forgot": lambda market, role, case: {
        "email": f"nobody.{role}@example.org" if case == "unknown" else market.email(role)
    },
    "accounts.do_confirm": lambda _market, _role, case: {"password": "not this one" if case == "wrong" else PASSWORD},
    "accounts.do_reset": lambda _market, _role, _case: {"password": PASSWORD},
    "accounts.change_profile": _profile,
    "accounts.change_password": _password,
    "accounts.make_token": lambda _market, _role, case: {
        "form_id": "7f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "name": "" if case == "wrong" else "Mirror",
        "scopes": ["listings:read"], "lifetime": "year",
    },
    "organizations.found": _organization,
    "organizations.found_client": _organization,
    "organizations.grant": lambda market, _role, case: {
        "centre": market.slug if case == "itself" else market.other_centre,
    },
    "organizations.end_representation": lambda market, _role, _case: {"centre": market.centre},
    "organizations.do_edit": _organization,
    "organizations.add_member": lambda market, _role, _case: {"email": market.emails[Role.STRANGER], "role": "member"},
    "organizations.remove_member": _removal,
    "listings.draft": _new_listing,
    "listings.do_edit": _listing,
    "listings.do_translate": _translation,
    "matching.judge": lambda _market, _role, case: {"verdict": "not_for_us" if case == "wrong" else "interested"},
    "matching.propose": _proposal,
    "matching.put_rate": lambda _market, _role, case: {
        "currency": "THB", "dollars": "much" if case == "wrong" else "0.031", "source": "Central bank",
        "stated_on": "2026-11-20",
    },
    "exchange.start": lambda market, _role, _case: {"organization": market.slug, "publishes": "1"},
    "exchange.name_columns": lambda _market, _role, case: {
        "column-0": "title" if case != "twice" else "summary", "column-1": "summary", "column-2": "language",
        "column-3": "kind",
    },
    "exchange.confirm": lambda _market, _role, case: {"_skip": "" if case == "faulty" else "1"},
    "interests.save_search": lambda _market, _role, case: {
        "form_id": "5f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60", "query": "q=kiln&kind=offer",
        "name": "" if case == "wrong" else "Kilns", "often": "weekly",
    },
    "interests.change_search": lambda _market, _role, case: {
        "name": "" if case == "wrong" else "Dryers", "words": "dryer", "often": "never",
    },
    "interests.change_note": lambda _market, _role, case: {
        "note": "x" * 2_001 if case == "wrong" else "Ask for the price", "_cursor": "",
    },
    "interests.change_follow": lambda _market, _role, case: {"often": "hourly" if case == "wrong" else "weekly"},
    "listings.do_together": lambda market, _role, case: {
        "_action": "withdraw", "_reference": market.reference(case), "_back": "",
    },
}  # fmt: skip
"""Route → what its form sends when it is filled in rightly. The others are a button alone."""

FILES: Mapping[str, tuple[str, bytes]] = {
    "exchange.start": ("rows.csv", b"title,summary,language,kind\nKiln,Dries roots,en,offer\n"),
}
"""Route → the file that its form takes along."""

USUAL_CASE = {
    "organizations.remove_member": "member",
    "listings.publish": "draft",
    "listings.delete": "draft",
}
"""Route → on what its owner uses it; the others on something published."""


STAFF_DOORS = {"matching.rates", "matching.put_rate"}


def usual_case(door: Door) -> str:
    return USUAL_CASE.get(door.name, "published")


def usual_role(door: Door) -> Role:
    """Who comes through: the owner has all that an organization can have, and staff have rooms of their own."""
    return Role.STAFF if door.name in STAFF_DOORS or door.name.startswith("deliveries.") else Role.OWNER


def list_doors(app: FastAPI) -> list[Door]:
    """Every route × verb, and a file of each mounted folder."""
    doors = []
    for route in iter_route_contexts(app.routes):
        if str(route.path).startswith(API):
            continue  # they have no pages and know no cookie: `tests/market/api` walks through them
        if isinstance(route.original_route, Mount):
            doors.append(Door(str(route.name), SAFE, MOUNTED[str(route.name)]))
        else:
            doors.extend(Door(str(route.name), verb, str(route.path)) for verb in route.methods or ())
    return sorted(doors)


MOUNTED = {"static": "/static/site.css", "htmx": urlsplit(HTMX_ADDRESS).path}


class House:
    """The application on a copy of the furnished market, and one browser that can be anybody."""

    def __init__(
        self, market: Market, doors: Sequence[Door], settings: Settings, engine: Engine, renderer: Renderer, *,
        raise_errors: bool = True,
    ) -> None:  # fmt: skip
        self.market = market
        self.doors = doors
        self.settings = settings
        self.database = Database(settings.database_address)
        self._file = settings.data_dir / "market.sqlite3"
        self.app = create_app(settings, database=self.database, search=engine, renderer=renderer)
        self.reset()
        self.client = TestClient(self.app, base_url=settings.base_url, raise_server_exceptions=raise_errors)

    def __enter__(self) -> Self:
        self.client.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.__exit__(kind, problem, trace)
        self.database.close()

    def door(self, name: str) -> Door:
        return next(door for door in self.doors if door.name == name)

    def reset(self) -> None:
        """The market as it was furnished, under the feet of the running application; nobody has tried anything yet."""
        self.app.state.resources.limits = Limits()
        with closing(sqlite3.connect(self.market.file)) as furnished, closing(sqlite3.connect(self._file)) as file:
            furnished.backup(file)

    def address(self, door: Door, case: str = "", *, language: str = "en", **others: str) -> str:
        """`others` stand in place of parts that the market has."""
        market = self.market
        parts = {
            "language": language,
            "slug": market.clients.get(door.name, market.slug),
            "reference": "TO-CN-222222" if case == "missing" else market.reference(case),
            "code": "vi",
            "month": f"{utc_now():%Y-%m}",
            "part": "1",
            "token": "used-up" if case == "used" else market.tokens.get(door.name, ""),
            "session_id": market.session_id,
            "run_id": "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60" if case == "missing" else market.run(case),
            "token_id": market.token_id,
            "fact_id": "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60" if case == "missing" else market.set_aside,
            "handler": "index_listings",
            "other": market.counterparts[
                "judged" if door.name == "matching.take_back" and case != "plain" else "plain"
            ],
            "search_id": "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60" if case == "missing" else market.search_id,
            "bookmark_id": "6f6a7f0e-5a0b-4f6e-9d8a-2b1c3d4e5f60" if case == "missing" else market.bookmark_id,
            **others,
        }
        return door.path.format_map(parts)

    def send(
        self, role: Role, verb: str, address: str, fields: Fields | None = None, *, token: str | None = None,
        headers: Mapping[str, str] | None = None, file: tuple[str, bytes] | None = None,
    ) -> Response:  # fmt: skip
        """One request as this role's browser would send it, redirects not followed; `token` replaces the form's."""
        self.client.cookies.clear()
        sent = dict(headers or {})
        cookie = self.cookie(role) if role is not Role.VISITOR or verb != SAFE else ""
        if cookie:
            sent["cookie"] = cookie
        if verb == SAFE:
            return self.client.get(address, headers=sent, follow_redirects=False)
        values = {name: value if isinstance(value, str) else list(value) for name, value in (fields or {}).items()}
        form = {FORM_TOKEN: self.form_token(role) if token is None else token, **values}
        files = {"file": file} if file else None
        return self.client.request(verb, address, data=form, files=files, headers=sent, follow_redirects=False)

    def cookie(self, role: Role) -> str:
        if role is Role.VISITOR:
            return f"{VISITOR_COOKIE}={VISITORS_COOKIE}"
        return f"{SESSION_COOKIE}={self.market.cookies[role]}"

    def form_token(self, role: Role) -> str:
        return make_form_token(self.settings, self.market.cookies.get(role, VISITORS_COOKIE))

    def use(self, door: Door, role: Role, case: str = "", *, language: str = "en") -> Response:
        """Through a door with what its form asks for."""
        fields = FIELDS[door.name](self.market, role, case) if door.name in FIELDS else {}
        address = self.address(door, case, language=language)
        return self.send(role, door.verb, address, fields, file=FILES.get(door.name))
