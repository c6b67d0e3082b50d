"""One call of a door: who asks, in which language, with which parameters and body."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from starlette.requests import Request

from locales import resolve_language
from market.kernel.errors import N_, BadInput, Fault, Faulty, NotFound
from market.kernel.text import UNSTORABLE
from market.kernel.viewer import Bearer, Scope, Viewer
from market.web.apikit.problems import MatchNeeded, NotJson, ScopeMissing, TokenNeeded, UnreadableJson, api_language
from market.web.forms import MESSAGES
from market.web.paging import PAGE_SIZE
from market.web.rendering import Reader
from market.web.resources import Resources, resources_of

UNKNOWN_PARAMETER = N_("There is no such parameter here.")
UNKNOWN_FIELD = N_("There is no such field.")
GIVEN_TWICE = N_("Please give this only once.")
NO_INSTANT = N_("Please write an instant with its time zone, like 2027-03-31T08:00:00Z.")
UNKNOWN_VALUE = MESSAGES["enum"]

MOST_ITEMS = 100
JSON_TYPES = ("application/json", "application/merge-patch+json")
_FIGURES = 6

FoundT = TypeVar("FoundT")


@dataclass(slots=True)
class Prepared(Generic[FoundT]):
    """What a door found out before the database was asked."""

    value: FoundT


@dataclass
class Call:
    """`person` is whose token it is; `viewer` the same, where the token has the scope that the door reads with."""

    request: Request
    now: datetime
    parts: Mapping[str, str]
    bearer: Bearer | None = None
    person: Viewer | None = None
    viewer: Viewer | None = None
    prepared: Any = None
    raw: bytes = b""
    _db: Session | None = field(default=None, repr=False)
    _connection: Connection | None = field(default=None, repr=False)

    @property
    def db(self) -> Session:
        """Made when it is first asked for: a list that takes rows from the connection does without."""
        if self._db is None:
            self._db = Session(self._connection, expire_on_commit=False)
        return self._db

    @property
    def connection(self) -> Connection:
        return self._connection if self._connection is not None else self.db.connection()

    @cached_property
    def resources(self) -> Resources:
        return resources_of(self.request)

    @cached_property
    def language(self) -> str:
        return api_language(self.request)

    @cached_property
    def reader(self) -> Reader:
        return self.resources.renderer.reader(self.language)

    def pages(self, place: str) -> str:
        """Where the pages of one kind stand, up to the reference or slug, in the reader's language."""
        return f"{self.resources.settings.base_url.rstrip('/')}/{self.language}/{place}/"

    def require_person(self, scope: Scope | None) -> Viewer:
        """The person, with all rights, for what the scope allows."""
        if self.bearer is None or self.person is None:
            raise TokenNeeded
        if scope is not None and scope not in self.bearer.scopes:
            raise ScopeMissing(scope=scope.value)
        return self.person

    # Parameters ---------------------------------------------------------------------------------------------------

    @cached_property
    def parameters(self) -> Mapping[str, list[str]]:
        """Values in order; those of one name may stand in one, separated by commas."""
        values: dict[str, list[str]] = {}
        for name, text in self.request.query_params.multi_items():
            values.setdefault(name, []).append(text)
        return values

    def refuse_others(self, known: Collection[str]) -> None:
        """A parameter that we do not know is refused: ignored, it would answer something else than was asked."""
        faults = {name: Fault(UNKNOWN_PARAMETER) for name in self.parameters if name not in known}
        faults |= {
            name: Fault(GIVEN_TWICE) for name in ONCE if name not in faults and len(self.parameters.get(name, ())) > 1
        }
        if any(UNSTORABLE.search(text) for texts in self.parameters.values() for text in texts):
            raise BadInput
        if "language" in self.parameters and resolve_language(self.text("language")) is None:
            faults["language"] = Fault(UNKNOWN_VALUE)
        if faults:
            raise Faulty(faults)

    def text(self, name: str) -> str:
        return self.parameters.get(name, [""])[0]

    def codes(self, name: str, known: Collection[str]) -> tuple[str, ...]:
        values = [part.strip() for text in self.parameters.get(name, ()) for part in text.split(",")]
        codes = tuple(dict.fromkeys(value for value in values if value))
        if any(code not in known for code in codes):
            raise Faulty({name: Fault(UNKNOWN_VALUE)})
        return codes

    def number(self, name: str, *, least: int, most: int) -> int | None:
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= _FIGURES):
            raise Faulty({name: Fault(MESSAGES["int_parsing"])})
        if int(text) < least:
            raise Faulty({name: Fault(MESSAGES["greater_than_equal"], ge=least)})
        if int(text) > most:
            raise Faulty({name: Fault(MESSAGES["less_than_equal"], le=most)})
        return int(text)

    @property
    def limit(self) -> int:
        return self.number("limit", least=1, most=MOST_ITEMS) or PAGE_SIZE

    def instant(self, name: str) -> datetime | None:
        text = self.text(name)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus of an address is a blank
            if moment.tzinfo is None or "T" not in text.upper():
                raise Faulty({name: Fault(NO_INSTANT)})
            moment.utctimetuple()
        except (ValueError, OverflowError) as problem:
            raise Faulty({name: Fault(NO_INSTANT)}) from problem
        return moment

    # Body and conditions ------------------------------------------------------------------------------------------

    @cached_property
    def body(self) -> dict[str, Any]:
        content_type = self.request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type not in JSON_TYPES or self.request.headers.get("content-encoding", "identity") != "identity":
            raise NotJson
        try:
            body = orjson.loads(self.raw)
        except orjson.JSONDecodeError as problem:
            raise UnreadableJson from problem
        if not isinstance(body, dict):
            raise UnreadableJson
        return body

    def require_match(self) -> str:
        """The tag of what the sender has read."""
        match = self.request.headers.get("if-match", "").strip()
        if not match:
            raise MatchNeeded
        return match

    def identifier(self, name: str) -> UUID:
        try:
            return UUID(self.parts[name])
        except ValueError as problem:
            raise NotFound from problem


ONCE = ("q", "language", "sort", "cursor", "limit", "trl_min", "modified_since", "organization")
"""Parameters that mean one thing."""
