"""`docker-compose.yml` as Docker reads it: with an operator's values put in, by profile."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import market

ROOT = Path(market.__file__).parents[1]
FILE = ROOT / "docker-compose.yml"

SMALL = {
    "MARKET_DOMAIN": "market.example.org",
    "MARKET_SECRET_KEY": "0123456789abcdef" * 4,
    "POSTGRES_PASSWORD": "a1" * 24,
    "MARKET_MAIL_URL": "smtp://127.0.0.1:9?from=market@example.org",
}
LARGE = {**SMALL, "COMPOSE_PROFILES": "cluster", "SEARCH_PASSWORD": "b2" * 24, "SEARCH_ADMIN_PASSWORD": "c3" * 24}
"""What an operator writes into `.env` for either size."""

_INNERMOST = re.compile(r"\$\{(?P<name>\w+)(?::(?P<way>[-?+])(?P<word>[^${}]*))?\}")
_DOLLAR = "\0"


class Missing(Exception):
    """The file demands a value that nobody gave."""


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    described: Mapping[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.described.get("environment", {}))

    @property
    def is_ours(self) -> bool:
        return "build" in self.described

    @property
    def command(self) -> list[str]:
        """That of the file, else the image's own."""
        return list(self.described.get("command") or json.loads(read_instruction("CMD")))

    @property
    def is_in_cluster_only(self) -> bool:
        return "cluster" in self.described.get("profiles", [])

    @property
    def number(self) -> int:
        """How many containers of it there are."""
        return int(self.described.get("deploy", {}).get("replicas", 1))

    @property
    def dependencies(self) -> dict[str, Mapping[str, Any]]:
        return dict(self.described.get("depends_on", {}))

    @property
    def ends(self) -> bool:
        """It does something once, instead of running."""
        return self.described.get("restart") in ("no", "on-failure")

    @property
    def has_health_check(self) -> bool:
        check = self.described.get("healthcheck")
        if check is None:
            return self.is_ours and bool(read_instruction("HEALTHCHECK"))
        return not check.get("disable") and bool(check["test"])


def read_services(values: Mapping[str, str]) -> dict[str, Service]:
    """Those that `docker compose up` starts with these values in `.env`."""
    services = [Service(name, fill_in(part, values)) for name, part in read_file()["services"].items()]
    cluster = values.get("COMPOSE_PROFILES") == "cluster"
    return {service.name: service for service in services if cluster or not service.is_in_cluster_only}


@cache
def read_file() -> dict[str, Any]:
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(FILE)
    return read


@cache
def read_instruction(name: str) -> str:
    """Of the image that is the result of our Dockerfile; without its options."""
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2].replace("\\\n", " ")
    found = re.findall(rf"^{name}\b[^\[\n]*(.*)$", last_stage, re.MULTILINE)
    return found[-1] if found else ""


def fill_in(part: Any, values: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {name: fill_in(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [fill_in(value, values) for value in part]
    return fill_in_text(part, values) if isinstance(part, str) else part


def fill_in_text(text: str, values: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:-else}`, `${NAME:+then}`, `${NAME:?complaint}`, one within another; `$$` is a dollar."""

    def put(match: re.Match[str]) -> str:
        value = values.get(match["name"], "")
        if match["way"] == "?" and not value:
            raise Missing(match["name"])
        if match["way"] == "+":
            return match["word"] if value else ""
        return value or (match["word"] or "" if match["way"] == "-" else "")

    filled, more = text.replace("$$", _DOLLAR), 1
    while more:
        filled, more = _INNERMOST.subn(put, filled)
    return filled.replace(_DOLLAR, "$")
