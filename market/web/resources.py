"""What a running application holds, made once by `app.create_app` and passed along on `app.state`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from market.kernel.config import Settings
from market.kernel.db import Database
from market.kernel.viewer import Bearer, Viewer
from market.web.addresses import AddressBook
from market.web.kept import Kept
from market.web.limits import Limits
from market.web.metrics import Metrics
from market.web.rendering import Renderer
from search.port import Engine

LoadViewer = Callable[[Session, str], Viewer | None]
"""Session and the cookie's token → who that is. Given by wiring, because accounts stand above web."""

LoadBearer = Callable[[Connection, str], Bearer | None]
"""Connection and an API token → for whom it speaks. Given by wiring, as the one above."""

LoadPerson = Callable[[Session, Bearer], Viewer]
"""The person for whom a program speaks, with all rights."""

NoteBearer = Callable[[Session, Bearer], None]
"""Notes for its owner that a token was used."""

Panel = Callable[[Any, Session, Any], str]
"""(page, session, what the page is about) → a part of the page. Given by wiring, because its room stands above."""

SEARCHES_AT_ONCE = 4


@dataclass(slots=True)
class Resources:
    settings: Settings
    database: Database
    search: Engine
    renderer: Renderer
    addresses: AddressBook
    limits: Limits
    load_viewer: LoadViewer
    load_bearer: LoadBearer
    load_person: LoadPerson
    note_bearer: NoteBearer
    panels: Mapping[str, Sequence[Panel]] = field(default_factory=dict)
    database_slots: asyncio.Semaphore = field(init=False)
    search_threads: ThreadPoolExecutor = field(init=False)
    kept_parts: Kept[str] = field(init=False)
    kept_files: Kept[bytes] = field(init=False)
    metrics: Metrics = field(init=False)

    def __post_init__(self) -> None:
        # As many requests hold a session as there are connections: none waits inside the pool with a thread in its
        # hand.
        self.database_slots = asyncio.Semaphore(self.database.pool_size)
        self.kept_parts = Kept()
        self.kept_files = Kept()
        self.metrics = Metrics(self.database, self.search)
        self.search_threads = ThreadPoolExecutor(SEARCHES_AT_ONCE, thread_name_prefix="market-search")


def resources_of(connection: HTTPConnection) -> Resources:
    resources: Resources = connection.app.state.resources
    return resources
