"""The furnished market behind an application, and one browser that can be anybody."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response
from starlette.routing import Mount
from starlette.testclient import TestClient

from market.app import create_app
from market.kernel.config import Settings
from market.kernel.db import Database
from market.web.limits import Limits
from market.web.rendering import HTMX_ADDRESS, Renderer
from market.web.tokens import FORM_TOKEN, SESSION_COOKIE, VISITOR_COOKIE, make_form_token
from search.port import Engine
from tests.house.walking import API, FIELDS, FILES, SAFE, VISITORS_COOKIE, Door, Market, Role
from tests.make.visitor import Fields


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
            "slug": market.slug_of(door.name, case),
            "session": market.session(case),
            "person_id": market.events["interpreter_id" if "interpreter" in door.name else "speaker_id"],
            "room_id": market.events["room_id"],
            "ending": "pdf" if case == "missing" else "csv" if door.name == "registration.export" else "xml",
            "reference": "TO-CN-222222" if case == "missing" else market.reference(case),
            "code": "vi",
            "month": market.month,
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
            "type_id": market.type_of(door.name, case),
            "question_id": market.events["question_id"],
            "table_id": market.events["table_id"],
            "participant": market.events["participant"],
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
