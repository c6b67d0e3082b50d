"""What stands against a start: settings that nothing can be done with anywhere, and those that production refuses."""

import os
import re
import ssl
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from market.kernel.config import Settings, production_problems
from market.notifications.postman import Postman

DRIVERS = ("postgresql", "postgresql+psycopg", "sqlite", "sqlite+pysqlite")
PREFIX = "MARKET_"
FOR_TESTS = "MARKET_TEST_"
_INDEX_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


def list_problems(settings: Settings) -> list[str]:
    """A sentence each, one for each setting. None shows a value that may hold a password."""
    problems = list_unusable(settings)
    named = {_name_setting(problem) for problem in problems}
    strict = [problem for problem in production_problems(settings) if _name_setting(problem) not in named]
    return problems + [f"production is refused: {problem}" for problem in strict]


def list_unusable(settings: Settings) -> list[str]:
    return [problem for check in _CHECKS if (problem := check(settings))]


def list_unheard(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that look like settings and are none: of another release, or misspelt."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    names = {name.upper() for name in environment}
    return sorted(name for name in names - known if name.startswith(PREFIX) and not name.startswith(FOR_TESTS))


def find_database_problem(settings: Settings) -> str | None:
    problem = "MARKET_DATABASE_URL must look like postgresql://user:password@host/name or sqlite:////folder/file"
    try:
        url = make_url(settings.database_address)
    except (ArgumentError, ValueError):  # the second for a port that is no number
        return problem
    is_file = url.get_backend_name() != "sqlite" or (url.database and url.database != ":memory:")
    return None if url.drivername in DRIVERS and is_file else problem


def find_search_problem(settings: Settings) -> str | None:
    """What keeps the engine from being opened. Nothing is asked of a cluster."""
    checks = (find_search_url_problem, find_search_file_problem, find_search_index_problem)
    return next((problem for check in checks if (problem := check(settings))), None)


def find_search_url_problem(settings: Settings) -> str | None:
    hosts = [parts for url in settings.cluster_urls if (parts := _split_web_address(url)) is not None]
    is_bare = all(parts.path in ("", "/") and not (parts.query or parts.fragment) for parts in hosts)
    if len(hosts) < len(settings.cluster_urls) or not is_bare:
        return (
            "MARKET_SEARCH_URL must be 'embedded' or look like https://user:password@host:9200, several separated by "
            "commas (a comma within is written %2C)"
        )
    if len({parts.scheme for parts in hosts}) > 1:
        return "MARKET_SEARCH_URL has http and https: a cluster has one of them"
    if len({(parts.username, parts.password) for parts in hosts if parts.username}) > 1:
        return "MARKET_SEARCH_URL has several users or passwords: a cluster takes one"
    return None


def find_search_file_problem(settings: Settings) -> str | None:
    """Only where it is used: a leftover beside the embedded engine stops no start."""
    if not (settings.search_ca_file and settings.cluster_urls):
        return None
    if not all(url.startswith("https://") for url in settings.cluster_urls):
        return "MARKET_SEARCH_CA_FILE is for https: MARKET_SEARCH_URL has http"
    try:
        ssl.create_default_context(cafile=settings.search_ca_file)
    except OSError as problem:  # what is no certificate too
        reason = "there is no certificate in it" if isinstance(problem, ssl.SSLError) else problem.strerror
        return f"MARKET_SEARCH_CA_FILE: {settings.search_ca_file} cannot be read: {reason}"
    return None


def find_search_index_problem(settings: Settings) -> str | None:
    """`…-next` is the name of what a rebuild fills beside the index of `…`."""
    is_right = _INDEX_NAME.fullmatch(settings.search_index) and not settings.search_index.endswith("-next")
    return None if is_right else (
        "MARKET_SEARCH_INDEX has lower case letters a to z, digits, - and _, begins with a letter or a digit, does not "
        "end in -next, and is at most 100 long"
    )  # fmt: skip


def find_embeddings_problem(settings: Settings) -> str | None:
    if not settings.embeddings_url:
        return None
    parts = _split_web_address(settings.embeddings_url)
    is_right = parts is not None and not parts.query
    return None if is_right else "MARKET_EMBEDDINGS_URL must look like http://host:8080/v1#model"


def _name_setting(problem: str) -> str:
    return problem.split(maxsplit=1)[0].rstrip(":")


def find_folder_problem(settings: Settings) -> str | None:
    """The folder itself may be made later; what stands above it must let us."""
    there = find_existing(settings.data_dir)
    is_right = there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    return None if is_right else f"MARKET_DATA_DIR: nothing can be written at {settings.data_dir}"


def find_existing(folder: Path) -> Path:
    """The folder, or the first above it that we can see: one that may not be looked into hides what it has."""
    places = (folder.absolute(), *folder.absolute().parents)
    return next((place for place in places if os.access(place, os.F_OK)), places[-1])


def find_base_problem(settings: Settings) -> str | None:
    parts = _split_web_address(settings.base_url)
    is_right = parts is not None and parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    return None if is_right else "MARKET_BASE_URL must look like https://market.example.org, without a path"


def find_mail_problem(settings: Settings) -> str | None:
    try:
        if settings.mail_url:
            Postman(settings.mail_url)
    except ValueError as problem:
        return str(problem)
    return None


def find_proxy_problem(settings: Settings) -> str | None:
    """The server takes what it cannot read for a name that no sender ever has."""
    for proxy in filter(None, (part.strip() for part in settings.trusted_proxies.split(","))):
        try:
            ip_network(proxy)
        except ValueError:
            return f"MARKET_TRUSTED_PROXIES: {proxy!r} is no address and no network such as 10.0.0.0/8"
    return None


def _split_web_address(address: str) -> SplitResult | None:
    """Its parts, None where it is none."""
    try:
        parts = urlsplit(address)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return None
    whole = parts.scheme in ("http", "https") and parts.hostname and has_port
    return parts if whole and not any(sign.isspace() for sign in address) else None


_CHECKS: tuple[Callable[[Settings], str | None], ...] = (
    find_folder_problem,
    find_database_problem,
    find_base_problem,
    find_mail_problem,
    find_embeddings_problem,
    find_proxy_problem,
    find_search_url_problem,
    find_search_file_problem,
    find_search_index_problem,
)
